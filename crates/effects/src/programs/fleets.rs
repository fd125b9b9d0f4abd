//! Tools that tell many machines at once what to do.

use super::cloud::has;
use super::elsewhere::{self, There};
use super::{Given, Handler};
use crate::evaluate::{Call, Machine, Taint, Value};
use portcullis_event::Hazard;

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "ansible" | "ansible-playbook" | "chef" | "salt" | "salt-ssh" | "puppet" | "knife" | "bolt" => ansible,
        "ansible-pull" | "ansible-galaxy" | "chef-solo" | "chef-client" | "cookiecutter" | "copier"
        | "cargo-generate" | "degit" => fetched,
        "pssh" | "parallel-ssh" | "pdsh" | "clush" | "mussh" | "dsh" => many,
        _ => return None,
    })
}

fn ansible(machine: &mut Machine<'_>, call: &Call) -> Value {
    if has(call, &["--check", "--syntax-check", "--list-tasks", "--list-hosts", "--version"]) {
        return Value::hole();
    }
    machine.danger(Hazard::Deployment, "other machines change");
    let given = Given::read(
        call.args(),
        &["-m", "--module-name", "-a", "--args", "-i", "--inventory", "-u", "--user", "-e", "-l", "-t"],
    );
    let here = given.operands.iter().any(|word| matches!(word.text.as_str(), "localhost" | "127.0.0.1"))
        || has(call, &["--connection=local"]);
    let module = given.value(&["-m", "--module-name"]).map(|word| word.text.clone()).unwrap_or_default();
    let module = module.rsplit('.').next().unwrap_or_default().to_owned();
    let code = given.value(&["-a", "--args"]).cloned().or_else(|| {
        // `salt '*' cmd.run 'TEXT'`
        let at =
            given.operands.iter().position(|word| matches!(word.text.as_str(), "cmd.run" | "cmd.shell" | "command"));
        at.and_then(|at| given.operand(at + 1)).cloned()
    });
    let Some(code) = code else { return Value::hole() };
    match module.as_str() {
        "" | "shell" | "command" | "raw" | "script" if here => {
            super::shells::run_with(machine, &code, &[], &Value::default());
        }
        "" | "shell" | "command" | "raw" => elsewhere::run_text(machine, There::Server, &code, &Value::default()),
        "copy" | "lineinfile" | "blockinfile" | "template" | "file" | "get_url" | "replace" if here => {
            for word in code.split(&[' ']) {
                let path = ["path=", "dest=", "name="].iter().find_map(|name| word.behind(name));
                if let Some(path) = path {
                    machine.write_file(&path);
                }
            }
        }
        "file" if code.text.contains("state=absent") => {
            machine.danger(Hazard::Infrastructure, "files of other machines are removed");
        }
        _ => {}
    }
    Value::hole()
}

/// Playbooks, roles and templates that are fetched from an address, and what they say is run here.
fn fetched(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-U", "--url", "-r", "--recipe-url", "-i", "-d", "-C", "-o", "-p", "--git"]);
    let named: Vec<Value> = given
        .values(&["-U", "--url", "-r", "--recipe-url", "--git"])
        .chain(&given.operands)
        .filter(|word| {
            word.text.contains("://") || word.starts_with("git+") || word.starts_with("gh:") || word.starts_with("git@")
        })
        .cloned()
        .collect();
    for address in &named {
        super::packages::named(machine, "template", address);
        if call.name() == "ansible-pull" || call.name().starts_with("chef") {
            machine.danger(
                Hazard::DownloadedCode,
                format!("`{}` runs what it fetches from {}", call.name(), address.shown()),
            );
        } else if !address.text.contains("://") {
            machine.danger(Hazard::ForeignPackage, format!("a template comes from {}", address.shown()));
        }
    }
    Value::hole()
}

/// A command for many machines: it stands behind the options.
fn many(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read_front(
        call.args(),
        &["-h", "-H", "-l", "-p", "-t", "-o", "-e", "-O", "-x", "-w", "-g", "-b", "-m", "-f"],
    );
    machine.danger(Hazard::Deployment, "a command runs on many machines");
    let code = Value::join(&given.operands, " ");
    elsewhere::run_text(machine, There::Server, &code, &call.stdin);
    Value::hole().tainted(Taint::NETWORK)
}
