//! Stores of credentials: what is shown of them.

use super::Handler;
use super::cloud::words_of;
use crate::evaluate::{Call, Machine, Taint, Value};
use portcullis_event::Hazard;

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "ansible-vault" | "git-crypt" | "eyaml" | "credstash" | "dotenvx" | "berglas" => vaults,
        "vault" | "op" | "bw" | "lpass" | "pass" | "security" | "secret-tool" | "keyring" | "chamber" | "doppler"
        | "infisical" | "aws-vault" | "gopass" | "keepassxc-cli" | "kwallet-query" => secrets,
        _ => return None,
    })
}

fn secrets(machine: &mut Machine<'_>, call: &Call) -> Value {
    let words = words_of(call);
    if call.name() == "aws-vault" || words.first().is_some_and(|word| matches!(word.as_str(), "run" | "exec")) {
        let at = call.args().iter().position(|word| word.is("--"));
        machine.danger(Hazard::CredentialAccess, "a command is given credentials");
        return match at.and_then(|at| call.args().get(at + 1..)).filter(|rest| !rest.is_empty()) {
            Some(rest) => machine.start(rest.to_vec(), &call.stdin),
            None => Value::hole(),
        };
    }
    let harmless = words.first().is_none_or(|word| {
        matches!(
            word.as_str(),
            "status" | "version" | "help" | "login" | "ls" | "list" | "whoami" | "cms" | "verify-cert"
        )
    }) && !words.iter().any(|word| word.contains("keychain"));
    if harmless || call.args().iter().all(|word| word.starts_with("--v")) {
        return Value::hole();
    }
    machine.danger(Hazard::CredentialAccess, format!("`{}` gets at stored credentials", call.name()));
    Value::hole().tainted(Taint::SECRET)
}

/// Files that are kept encrypted, and are shown.
fn vaults(machine: &mut Machine<'_>, call: &Call) -> Value {
    let shows = call.args().iter().any(|word| {
        matches!(
            word.text.as_str(),
            "view"
                | "decrypt"
                | "edit"
                | "unlock"
                | "get"
                | "getall"
                | "access"
                | "export-key"
                | "-d"
                | "--decrypt"
                | "exec-env"
                | "exec-file"
        )
    });
    if !shows {
        return Value::hole();
    }
    machine.danger(Hazard::CredentialAccess, format!("`{}` shows what is kept encrypted", call.name()));
    Value::hole().tainted(Taint::SECRET)
}
