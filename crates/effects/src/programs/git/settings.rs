//! Settings of git: many of them name a program that it runs.

use super::super::{Given, packages, shells};
use super::note;
use crate::evaluate::{Machine, Value};
use crate::sensitive::ends_in;
use portcullis_event::{GitOp, Hazard};

/// Settings whose value git runs, or that take off a guard.
pub(in super::super) fn judge_setting(machine: &mut Machine<'_>, name: &str, value: &Value) {
    let lower = name.to_ascii_lowercase();
    let name = lower.as_str();
    let text = value.shown();
    let runs = matches!(
        name,
        "core.pager"
            | "core.editor"
            | "core.sshcommand"
            | "core.fsmonitor"
            | "core.askpass"
            | "sequence.editor"
            | "core.gitproxy"
            | "gpg.program"
            | "gpg.ssh.program"
            | "diff.external"
            | "credential.helper"
            | "uploadpack.packobjectshook"
            | "init.templatedir"
            | "core.alternaterefscommand"
            | "interactive.difffilter"
            | "sendemail.smtpserver"
    ) || name.starts_with("pager.")
        || (name.starts_with("filter.") && !name.ends_with(".required"))
        || (name.starts_with("diff.") && (ends_in(name, ".command") || ends_in(name, ".textconv")))
        || ((name.starts_with("merge") || name.starts_with("difftool"))
            && (ends_in(name, ".driver") || ends_in(name, ".cmd")))
        || (name.starts_with("credential.") && ends_in(name, ".helper"))
        || (name.starts_with("submodule.") && ends_in(name, ".update") && text.starts_with('!'))
        || (name.starts_with("remote.") && (name.ends_with("pack") || ends_in(name, ".vcs")))
        || (name.starts_with("alias.") && text.starts_with('!'));
    let harmless = matches!(
        text.as_str(),
        "cat"
            | "less"
            | "delta"
            | "false"
            | "true"
            | ""
            | "store"
            | "cache"
            | "osxkeychain"
            | "manager"
            | "libsecret"
            | "vim"
            | "nano"
            | "vi"
            | "nvim"
            | "code --wait"
            | ":"
            | "less -R"
            | "less -FRX"
            | "less -F -X"
            | "gpg"
            | "ssh"
            | "more"
            | "!gh auth git-credential"
            | "git-lfs clean -- %f"
            | "git-lfs smudge -- %f"
            | "git-lfs smudge --skip -- %f"
            | "git-lfs filter-process"
            | "git-lfs filter-process --skip"
    );
    if name == "core.hookspath" {
        let usual = ends_in(&text, ".husky")
            || ends_in(&text, ".githooks")
            || text.ends_with("hooks") && !text.starts_with("/tmp");
        if text == "/dev/null" || text.is_empty() {
            machine.danger(Hazard::GuardTampering, "the hooks of git are taken off");
        } else if !usual {
            machine.danger(Hazard::Loader, format!("git runs hooks from {text}"));
        }
    } else if runs && !harmless {
        if text.starts_with("ssh ") && !text.contains("ProxyCommand") && !text.contains([';', '|', '`', '$']) {
            return;
        }
        machine.danger(Hazard::Loader, format!("`{name}` makes git run {text}"));
        let code = Value { text: value.text.trim_start_matches('!').to_owned(), taint: value.taint };
        shells::run_with(machine, &code, &[], &Value::default());
    } else if (name == "http.sslverify" && text == "false") || name == "protocol.ext.allow" {
        machine.danger(Hazard::GuardTampering, format!("`{name}` takes off a guard of git"));
    } else if name.starts_with("url.") && name.ends_with("insteadof") {
        machine.danger(Hazard::GuardTampering, "git is made to talk to another host than it says");
    } else if matches!(name, "http.proxy" | "https.proxy" | "core.gitproxy") && packages::is_open_to_others(value) {
        machine.danger(Hazard::GuardTampering, format!("git talks to everybody by way of {text}"));
    } else if name == "include.path" {
        machine.danger(Hazard::Loader, format!("git reads its settings from {text}"));
    }
}

/// `git config`: looking is harmless, some settings are not.
pub(super) fn config(machine: &mut Machine<'_>, args: &[Value]) {
    let given = Given::read(args, &["-f", "--file", "--blob", "--type", "-t", "--default", "--comment"]);
    let verbs = usize::from(
        given.operand(0).is_some_and(|word| matches!(word.text.as_str(), "set" | "get" | "list" | "unset" | "edit")),
    );
    if given.has(&["--get", "--get-all", "--get-regexp", "-l", "--list", "--show-origin"])
        || given.operand(0).is_some_and(|word| matches!(word.text.as_str(), "get" | "list"))
    {
        return;
    }
    let (Some(name), Some(value)) = (given.operand(verbs), given.operand(verbs + 1)) else { return };
    judge_setting(machine, &name.text, value);
    let harmless = [
        "user.",
        "color.",
        "core.autocrlf",
        "core.filemode",
        "init.defaultbranch",
        "pull.",
        "push.",
        "core.ignorecase",
        "core.longpaths",
        "advice.",
        "rerere.",
        "diff.algorithm",
        "merge.conflictstyle",
        "fetch.prune",
        "branch.",
        "commit.gpgsign",
        "alias.",
        "core.eol",
        "column.",
        "log.",
        "status.",
        "submodule.recurse",
        "http.postbuffer",
        "safe.directory",
        "remote.",
        "core.editor",
        "core.hookspath",
        "core.pager",
        "core.excludesfile",
        "blame.",
    ];
    let lower = name.text.to_ascii_lowercase();
    let global = given.has(&["--global", "--system"]);
    if global && !harmless.iter().any(|prefix| lower.starts_with(prefix)) {
        note(machine, GitOp::Configure, None, Vec::new(), false);
    }
}
