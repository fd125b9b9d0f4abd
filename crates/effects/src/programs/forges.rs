//! Forges: repositories, releases and rights on them, and what is written there for others to read.

use super::cloud::{has, words_of};
use super::{Given, Handler};
use crate::evaluate::{Call, Machine, Taint, Value};
use portcullis_event::Hazard;

pub(super) fn handler(name: &str) -> Option<Handler> {
    matches!(name, "gh" | "glab" | "tea" | "fj" | "bb" | "berg").then_some(forge as Handler)
}

pub(super) fn forge(machine: &mut Machine<'_>, call: &Call) -> Value {
    let words = words_of(call);
    let pair =
        (words.first().map(String::as_str).unwrap_or_default(), words.get(1).map(String::as_str).unwrap_or_default());
    match pair {
        ("repo" | "repos" | "project", "delete" | "rm" | "archive" | "rename" | "transfer") | ("delete", _) => {
            machine.danger(Hazard::Infrastructure, "a repository is removed or closed");
        }
        ("release" | "releases", "delete" | "delete-asset" | "rm") => {
            machine.danger(Hazard::Infrastructure, "a release is removed");
        }
        ("codespace" | "cs" | "issue" | "gist" | "label" | "milestone", "delete" | "rm") => {
            machine.danger(Hazard::HistoryLoss, "something on the forge is removed");
        }
        ("codespace" | "cs", "ssh") => {
            machine.danger(Hazard::Deployment, "a command runs on another machine");
            let at = call.args().iter().position(|word| word.is("--"));
            let rest = at.and_then(|at| call.args().get(at + 1..)).unwrap_or_default();
            super::elsewhere::run_text(machine, super::elsewhere::There::Server, &Value::join(rest, " "), &call.stdin);
        }
        ("repo", "deploy-key") if words.get(2).is_some_and(|word| word == "add") => {
            machine.danger(Hazard::Persistence, "a key is added to a repository");
        }
        ("repo", "set-default" | "sync") if has(call, &["--force"]) => {
            machine.danger(Hazard::HistoryLoss, "a branch of the forge is written over");
        }
        ("repo", "edit") if call.args().iter().any(|word| word.text.contains("public")) => {
            machine.danger(Hazard::Publication, "a repository becomes public");
        }
        ("repo", "create") if has(call, &["--public"]) => {
            machine.danger(Hazard::Publication, "a public repository is made");
        }
        ("release", "create" | "upload" | "edit") | ("gist", "create" | "edit") | ("snippet", "create") => {
            let files: Vec<Value> = call.args().iter().skip(2).filter(|word| !word.starts_with("-")).cloned().collect();
            for file in &files {
                if machine.place(file).target().is_some_and(|target| machine.is_credential(&target)) {
                    let text = machine.read_file(file);
                    machine.judge_sent(&text, &call.name());
                }
            }
            machine.judge_sent(&call.stdin, &call.name());
            machine.danger(Hazard::Publication, "something is made public");
        }
        ("secret" | "variable", "set" | "delete" | "remove") => {
            machine.danger(Hazard::Deployment, "secrets of a repository change");
        }
        ("auth", "token" | "status") if pair.1 == "token" || has(call, &["-t", "--show-token"]) => {
            machine.danger(Hazard::CredentialAccess, "the login of the forge is shown");
            return Value::hole().tainted(Taint::SECRET);
        }
        ("auth", "login" | "refresh" | "logout" | "setup-git") => {
            machine.danger(Hazard::CredentialAccess, "the login of the forge changes");
        }
        ("ssh-key" | "gpg-key" | "deploy-key", "add") => {
            machine.danger(Hazard::Persistence, "a key is added to an account");
        }
        ("pr" | "mr", "merge") if has(call, &["--admin"]) => {
            machine.danger(Hazard::GuardTampering, "a change is merged past the rules of the repository");
        }
        ("pr" | "mr", "merge") => machine.danger(Hazard::Deployment, "a change is merged for everybody"),
        ("workflow", "run" | "enable" | "disable") | ("run", "delete") => {
            machine.danger(Hazard::Deployment, "a workflow of the forge is started or changed");
        }
        ("extension", "install") => machine.danger(Hazard::ForeignPackage, "an extension is installed"),
        ("api", _) => api(machine, call),
        ("alias", "set") => machine.danger(Hazard::Persistence, "a command gets another meaning"),
        _ => {}
    }
    // A body, a title, a comment: whatever it is, others read it.
    if pair.0 != "auth" {
        call.args().iter().for_each(|word| machine.judge_sent(word, &call.name()));
    }
    Value::hole().tainted(Taint::NETWORK)
}

fn api(machine: &mut Machine<'_>, call: &Call) {
    let given = Given::read(
        call.args(),
        &[
            "-X",
            "--method",
            "-f",
            "-F",
            "--field",
            "--raw-field",
            "--input",
            "-H",
            "--jq",
            "-q",
            "-t",
            "--template",
            "--hostname",
        ],
    );
    // Fields make it a POST unless it is told another method.
    let has_fields =
        ["-f", "-F", "--field", "--raw-field", "--input"].iter().any(|name| given.value(&[name]).is_some());
    let method = given.value(&["-X", "--method"]).map(|word| word.text.to_ascii_uppercase());
    let is_query = given.operand(1).is_some_and(|path| path.is("graphql"));
    let method = method.or_else(|| (has_fields && !is_query).then(|| "POST".to_owned()));
    for field in given.values(&["-F", "--field"]) {
        if let Some((_, file)) = field.text.split_once("=@") {
            let text = machine.read_file(&Value::of(file));
            machine.judge_sent(&text, "gh api");
        }
    }
    let fields = Value::join(given.values(&["-f", "-F", "--field", "--raw-field"]), " ").text;
    if is_query && fields.contains("mutation") {
        let removes =
            ["delete", "archive", "transfer", "Visibility", "remove"].iter().any(|word| fields.contains(word));
        let hazard = if removes { Hazard::Infrastructure } else { Hazard::Deployment };
        machine.danger(hazard, "something on the forge changes");
    }
    match method.as_deref() {
        Some("DELETE") => machine.danger(Hazard::Infrastructure, "something on the forge is removed"),
        Some("PUT" | "PATCH" | "POST") if given.operand(1).is_some_and(|path| gives_rights(&path.text)) => {
            machine.danger(Hazard::Privilege, "somebody gets rights on the forge, or a rule of it changes");
        }
        Some("PUT" | "PATCH" | "POST") => machine.danger(Hazard::Deployment, "something on the forge changes"),
        _ => {}
    }
}

/// Whether a path of a forge's interface is about who may do what.
fn gives_rights(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    lower.split(['/', '?']).any(|part| {
        matches!(
            part,
            "collaborators"
                | "memberships"
                | "invitations"
                | "protection"
                | "rulesets"
                | "keys"
                | "hooks"
                | "permissions"
                | "members"
                | "deploy_keys"
                | "protected_branches"
                | "installations"
        )
    })
}
