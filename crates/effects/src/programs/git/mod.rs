//! git: references, history, and the many settings that make it run something.

mod remotes;
mod settings;

pub(super) use settings::judge_setting;

use super::{Given, Handler};
use crate::effect::{Direction, What};
use crate::evaluate::{Call, Machine, Value, markers};
use portcullis_event::{GitOp, Hazard};
use remotes::{fetch, push, remote, submodule};
use settings::config;

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "git" | "hub" | "jj" | "sl" => git,
        "git-filter-repo" | "bfg" => |machine, _| {
            rewrite(machine, "history is written anew");
            Value::default()
        },
        _ => return None,
    })
}

fn note(machine: &mut Machine<'_>, op: GitOp, remote: Option<String>, refs: Vec<String>, force: bool) {
    machine.note(What::Git { op, remote, refs, force });
}

fn rewrite(machine: &mut Machine<'_>, why: &str) {
    machine.danger(Hazard::HistoryLoss, why);
}

fn git(machine: &mut Machine<'_>, call: &Call) -> Value {
    // `hub` is git, and speaks to a forge as well.
    let verb = call.args().first().map(|word| word.text.as_str()).unwrap_or_default();
    if call.name() == "hub" && matches!(verb, "api" | "delete" | "release" | "gist" | "issue" | "pr" | "create") {
        return super::forges::forge(machine, call);
    }
    let takes = [
        "-C",
        "-c",
        "--git-dir",
        "--work-tree",
        "--namespace",
        "--exec-path",
        "--config-env",
        "--super-prefix",
        "--attr-source",
    ];
    let given = Given::read_front(call.args(), &takes);
    let (cwd, elsewhere) = (machine.scope.cwd.clone(), machine.scope.elsewhere.clone());
    for folder in given.values(&["-C"]) {
        machine.stand_in(folder);
    }
    if let Some(path) =
        given.value(&["--exec-path"]).filter(|_| call.args().iter().any(|word| word.starts_with("--exec-path=")))
    {
        machine.danger(Hazard::Loader, format!("git takes its commands from {}", path.shown()));
    }
    let mut aliases = Vec::new();
    for setting in given.values(&["-c"]) {
        let (name, value) = setting.text.split_once('=').unwrap_or((setting.text.as_str(), "true"));
        let value = Value { text: value.to_owned(), taint: setting.taint };
        if let Some(alias) = name.to_ascii_lowercase().strip_prefix("alias.") {
            aliases.push((alias.to_owned(), value.clone()));
        } else {
            judge_setting(machine, name, &value);
        }
    }
    if given.values(&["--config-env"]).next().is_some() {
        machine.unresolved("a setting of git comes from a variable");
    }
    let out = match given.operand(0) {
        Some(verb) => subcommand(machine, verb, given.operands_from(1), &aliases, call),
        None => Value::default(),
    };
    (machine.scope.cwd, machine.scope.elsewhere) = (cwd, elsewhere);
    out
}

fn subcommand(
    machine: &mut Machine<'_>,
    verb: &Value,
    args: &[Value],
    aliases: &[(String, Value)],
    call: &Call,
) -> Value {
    if verb.has_hole() {
        machine.unresolved("which command of git it is is not known");
        return Value::hole();
    }
    if let Some(out) = alias(machine, &verb.text, args, aliases, call) {
        return out;
    }
    match verb.text.as_str() {
        "push" => push(machine, args),
        "fetch" | "pull" | "clone" | "ls-remote" | "remote-update" => return fetch(machine, &verb.text, args),
        "remote" => remote(machine, args),
        "submodule" => submodule(machine, args),
        "commit" => commit(machine, args),
        "merge" | "cherry-pick" | "revert" | "am" | "apply" | "add" | "stash" | "rm" | "mv" | "notes"
        | "commit-tree" | "write-tree" => changes(machine, &verb.text, args),
        "reset" | "checkout" | "switch" | "restore" | "clean" => throws_away(machine, &verb.text, args),
        "rebase" => rebase(machine, args),
        "branch" | "tag" | "update-ref" | "symbolic-ref" | "worktree" => branches(machine, &verb.text, args),
        "filter-branch" | "filter-repo" | "replace" => {
            let given = Given::read(
                args,
                &[
                    "--tree-filter",
                    "--index-filter",
                    "--env-filter",
                    "--msg-filter",
                    "--commit-filter",
                    "--parent-filter",
                    "--tag-name-filter",
                    "--subdirectory-filter",
                    "--setup",
                    "-d",
                ],
            );
            for code in given.values(&[
                "--tree-filter",
                "--index-filter",
                "--env-filter",
                "--msg-filter",
                "--commit-filter",
                "--parent-filter",
                "--tag-name-filter",
                "--setup",
            ]) {
                super::shells::run_with(machine, code, &[], &Value::default());
            }
            rewrite(machine, "history is written anew");
        }
        "reflog" | "gc" | "prune" => {
            let expires = args
                .iter()
                .any(|word| matches!(word.text.as_str(), "expire" | "delete" | "--prune=now" | "--prune=all"));
            if expires || verb.is("prune") {
                rewrite(machine, "what git keeps of lost commits is removed");
            }
        }
        "bisect" if args.first().is_some_and(|word| word.is("run")) => {
            machine.start(args.get(1..).unwrap_or_default().to_vec(), &Value::default());
        }
        "for-each-ref" | "grep" | "log" | "show" | "diff" | "blame" | "difftool" | "archive" | "cat-file"
        | "rev-parse" | "ls-files" | "ls-tree" | "status" | "describe" | "config" | "bundle" | "format-patch"
        | "send-email" | "daemon" | "instaweb" | "credential" | "shell" | "upload-pack" => {
            return looks(machine, &verb.text, args, call);
        }
        "lfs" => {
            let rewrites =
                args.first().is_some_and(|word| word.is("migrate")) && !args.iter().any(|word| word.is("info"));
            if rewrites {
                rewrite(machine, "history is written anew");
            }
        }
        "fast-import" if args.iter().any(|word| word.is("--force")) => rewrite(machine, "history is written anew"),
        "read-tree" if args.iter().any(|word| word.is("--reset") && args.iter().any(|word| word.is("-u"))) => {
            rewrite(machine, "`git read-tree` throws away work that is not committed");
        }
        "checkout-index" if args.iter().any(|word| matches!(word.text.as_str(), "-f" | "--force" | "-af" | "-fa")) => {
            rewrite(machine, "`git checkout-index` throws away work that is not committed");
        }
        "annex" if args.iter().any(|word| word.is("--force")) => {
            rewrite(machine, "files that git keeps elsewhere are dropped");
        }
        "for-each-repo" => {
            let rest: Vec<Value> = args.iter().filter(|word| !word.starts_with("--")).cloned().collect();
            machine.start([vec![Value::of("git")], rest].concat(), &Value::default());
        }
        "init" => {
            let given = Given::read(args, &["--template", "-b", "--initial-branch", "--separate-git-dir"]);
            if let Some(template) = given.value(&["--template"]) {
                machine.danger(Hazard::Loader, format!("hooks come from {}", template.shown()));
            }
            given.operands.iter().for_each(|folder| machine.write_file(folder));
        }
        _ => {}
    }
    Value::hole()
}

/// Aliases of git: `!` in front means a shell.
fn alias(
    machine: &mut Machine<'_>,
    verb: &str,
    args: &[Value],
    aliases: &[(String, Value)],
    call: &Call,
) -> Option<Value> {
    let given = aliases.iter().find(|(name, _)| name == verb).map(|(_, value)| value.clone());
    let known = matches!(verb, "push" | "status" | "commit" | "log" | "diff" | "add" | "fetch" | "pull" | "checkout");
    let value = given
        .or_else(|| if known { None } else { machine.world.git_alias(verb).map(|text| Value::from_outside(&text)) })?;
    if machine.calls.iter().filter(|name| *name == "git alias").count() > 4 {
        return Some(Value::hole());
    }
    Some(machine.called("git alias", |machine| {
        if let Some(mut code) = value.behind("!") {
            for word in args {
                code.push(&Value::of(" "));
                code.push(&crate::evaluate::quoted(word));
            }
            super::shells::run_with(machine, &code, args, &call.stdin)
        } else {
            let mut words = vec![Value::of("git")];
            words.extend(value.split(&[' ']));
            words.extend(args.iter().cloned());
            machine.start(words, &call.stdin)
        }
    }))
}

fn commit(machine: &mut Machine<'_>, args: &[Value]) {
    let given = Given::read(
        args,
        &[
            "-m",
            "--message",
            "-F",
            "--file",
            "-C",
            "-c",
            "--author",
            "--date",
            "-t",
            "--template",
            "--fixup",
            "--squash",
            "--trailer",
        ],
    );
    given.values(&["-F", "--file"]).for_each(|file| drop(machine.read_file(file)));
    if given.has(&["--no-verify", "-n"]) {
        machine.danger(Hazard::GuardTampering, "the hooks of git are passed over");
    }
    note(machine, GitOp::Commit, None, Vec::new(), false);
}

fn changes(machine: &mut Machine<'_>, verb: &str, args: &[Value]) {
    let given = Given::read(args, &["-m", "-s", "-X", "-S", "--strategy"]);
    match (verb, given.operand(0).map(|word| word.text.as_str())) {
        ("stash", Some("drop" | "clear")) => rewrite(machine, "work that was put aside is removed"),
        ("rm", _) if !given.has(&["--cached", "-n", "--dry-run"]) => {
            let recursive = given.has(&["-r"]);
            given.operands.iter().for_each(|file| machine.delete(file, recursive));
        }
        ("add", _) if given.has(&["-f", "--force"]) => {
            for file in &given.operands {
                let secret = machine.place(file).target().is_some_and(|target| machine.is_credential(&target));
                if secret {
                    machine.read_file(file);
                    machine.danger(
                        Hazard::Exfiltration,
                        "a credential that git was told to leave out becomes part of a commit",
                    );
                }
            }
        }
        ("mv", _) => given.operands.iter().for_each(|file| machine.write_file(file)),
        ("apply" | "am", _) => given.operands.iter().for_each(|file| drop(machine.read_file(file))),
        ("merge" | "cherry-pick" | "revert", _) => note(machine, GitOp::Commit, None, Vec::new(), false),
        _ => {}
    }
}

/// Commands that replace files by what git holds.
fn throws_away(machine: &mut Machine<'_>, verb: &str, args: &[Value]) {
    let given = Given::read(
        args,
        &["-b", "-B", "-s", "--source", "-c", "-C", "-e", "--exclude", "--orphan", "--pathspec-from-file"],
    );
    let all = given.operands.iter().any(|word| matches!(word.text.as_str(), "." | "./" | ":/" | "*" | "\u{fdd1}"));
    let lost = match verb {
        "reset" => given.has(&["--hard", "--merge", "--keep"]),
        "clean" => given.has(&["-f", "--force"]) && !given.has(&["-n", "--dry-run"]),
        "restore" => all && (!given.has(&["--staged", "-S"]) || given.has(&["--worktree", "-W"])),
        "checkout" | "switch" => given.has(&["-f", "--force", "--discard-changes"]) || (all && verb == "checkout"),
        _ => false,
    };
    if lost {
        rewrite(machine, &format!("`git {verb}` throws away work that is not committed"));
    }
}

fn rebase(machine: &mut Machine<'_>, args: &[Value]) {
    let given = Given::read(args, &["-x", "--exec", "--onto", "-s", "-X", "-C"]);
    for code in given.values(&["-x", "--exec"]) {
        super::shells::run_with(machine, code, &[], &Value::default());
    }
    if given.operands.iter().all(|word| word.text != "--abort") {
        note(machine, GitOp::Branch, None, vec!["HEAD".to_owned()], false);
    }
}

fn branches(machine: &mut Machine<'_>, verb: &str, args: &[Value]) {
    let given = Given::read(
        args,
        &[
            "-m",
            "-F",
            "-u",
            "--set-upstream-to",
            "--format",
            "--sort",
            "--contains",
            "--points-at",
            "-b",
            "-B",
            "--list",
        ],
    );
    match verb {
        "branch" if given.has(&["-D"]) || (given.has(&["-d", "--delete"]) && given.has(&["-f", "--force"])) => {
            rewrite(machine, "a branch is removed, merged or not");
        }
        "update-ref" if given.has(&["-d", "--stdin"]) || given.operands.len() > 1 => {
            rewrite(machine, "a reference is moved past git's checks");
        }
        "tag" if given.has(&["-d", "--delete"]) => {}
        "worktree" => {
            if given.operand(0).is_some_and(|word| word.is("remove")) && given.has(&["-f", "--force"]) {
                rewrite(machine, "a working tree with changes is removed");
            }
            if given.operand(0).is_some_and(|word| word.is("add")) {
                given.operands_from(1).iter().take(1).for_each(|path| machine.write_file(path));
            }
        }
        _ => {}
    }
}

fn looks(machine: &mut Machine<'_>, verb: &str, args: &[Value], call: &Call) -> Value {
    let given = Given::read(
        args,
        &[
            "-o",
            "--output",
            "-O",
            "--open-files-in-pager",
            "--extcmd",
            "-x",
            "--exec",
            "-f",
            "--file",
            "--format",
            "-n",
            "--remote",
            "-L",
            "-S",
            "-G",
            "--blob",
        ],
    );
    match verb {
        "rev-parse" if given.has(&["--show-toplevel"]) => {
            return machine.world.repository().map_or_else(Value::hole, |root| Value::of(root.as_str()));
        }
        "rev-parse" | "describe" => return Value::name(),
        "ls-files" | "diff" if verb == "ls-files" || given.has(&["--name-only"]) => return super::text::within(None),
        "show" => {
            let secret = given.operands.iter().any(|word| {
                word.text.split_once(':').is_some_and(|(_, file)| crate::sensitive::looks_like_credential(file))
            });
            if secret {
                machine.danger(Hazard::CredentialAccess, "a credential is taken out of history");
            }
        }
        "grep"
            if given.has(&["-l", "-L", "--files-with-matches", "--files-without-match", "--name-only"])
                && !given.has(&["-O", "--open-files-in-pager"]) =>
        {
            return super::text::within(None);
        }
        "grep" => {
            for program in given.values(&["-O", "--open-files-in-pager"]) {
                machine.start(vec![program.clone()], &Value::default());
            }
            let attached: Vec<Value> =
                args.iter().filter_map(|word| word.behind("-O")).filter(|word| !word.text.is_empty()).collect();
            for program in &attached {
                super::shells::run_with(machine, program, &[], &Value::default());
            }
        }
        "difftool" => given
            .values(&["--extcmd", "-x"])
            .for_each(|code| drop(super::shells::run_with(machine, code, &[], &Value::default()))),
        "config" => {
            config(machine, args);
            let shows = ["extraheader", "credential", "password", "token", "smtppass"];
            let is_secret = |word: &Value| shows.iter().any(|part| word.text.to_ascii_lowercase().contains(part));
            if given.operands.iter().any(|word| is_secret(word) && !word.text.contains("helper")) {
                return Value::hole().tainted(crate::evaluate::Taint::SECRET);
            }
        }
        "credential" if given.operand(0).is_some_and(|word| word.is("fill")) => {
            machine.danger(Hazard::CredentialAccess, "git is asked for its credentials");
            return Value::hole().tainted(crate::evaluate::Taint::SECRET);
        }
        "archive" => {
            for code in given.values(&["--exec"]).filter(|code| !code.is("git-upload-archive")) {
                machine.danger(Hazard::Loader, format!("git runs {} for the other side", code.shown()));
                super::shells::run_with(machine, code, &[], &Value::default());
            }
            given.values(&["--remote"]).for_each(|address| machine.remote_address(address, Direction::In));
        }
        "send-email" => machine.danger(Hazard::Publication, "a mail is sent"),
        "daemon" | "instaweb" => machine.danger(Hazard::OpenPort, "the repository is served to others"),
        _ => {}
    }
    if verb == "diff" && given.has(&["--no-index"]) {
        given.operands.iter().for_each(|file| drop(machine.read_file(file)));
    }
    given
        .values(&["-o", "--output"])
        .filter(|file| !file.text.contains(markers::HOLE))
        .for_each(|file| machine.write_file(file));
    Value::hole().tainted(call.stdin.taint)
}
