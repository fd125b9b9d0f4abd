//! git: references, history, and the many settings that make it run something.

use super::{Given, Handler};
use crate::effect::{Direction, What};
use crate::evaluate::{Call, Machine, Place, Value, markers};
use crate::sensitive::ends_in;
use portcullis_event::{GitOp, Hazard};

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

/// Settings whose value git runs, or that take off a guard.
pub(super) fn judge_setting(machine: &mut Machine<'_>, name: &str, value: &Value) {
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
        || (name.starts_with("filter.") && !name.starts_with("filter.lfs"))
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
        super::shells::run_with(machine, &code, &[], &Value::default());
    } else if (name == "http.sslverify" && text == "false") || name == "protocol.ext.allow" {
        machine.danger(Hazard::GuardTampering, format!("`{name}` takes off a guard of git"));
    } else if name.starts_with("url.") && name.ends_with("insteadof") {
        machine.danger(Hazard::GuardTampering, "git is made to talk to another host than it says");
    } else if matches!(name, "http.proxy" | "https.proxy" | "core.gitproxy")
        && super::packages::is_open_to_others(value)
    {
        machine.danger(Hazard::GuardTampering, format!("git talks to everybody by way of {text}"));
    } else if name == "include.path" {
        machine.danger(Hazard::Loader, format!("git reads its settings from {text}"));
    }
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

fn push(machine: &mut Machine<'_>, args: &[Value]) {
    let given =
        Given::read(args, &["-o", "--push-option", "--receive-pack", "--exec", "--repo", "--recurse-submodules"]);
    for program in given.values(&["--receive-pack", "--exec"]) {
        super::shells::run_with(machine, program, &[], &Value::default());
    }
    let remote = given.operand(0).map_or_else(|| "origin".to_owned(), Value::shown);
    let mut refs: Vec<String> = given.operands_from(1).iter().map(Value::shown).collect();
    if given.operands_from(1).iter().any(Value::has_hole) {
        refs.retain(|name| !name.starts_with('…'));
    }
    let deletes = given.has(&["-d", "--delete"]);
    if deletes {
        refs = refs.iter().map(|name| format!(":{name}")).collect();
    }
    let forced = given.has(&["-f", "--force", "--mirror", "--prune"])
        || refs.iter().any(|name| name.starts_with('+') || name.starts_with(':'));
    let leased = given.has(&["--force-with-lease", "--force-if-includes"]);
    if given.has(&["--mirror", "--prune"]) {
        rewrite(machine, "references of the other side that are not here are removed");
    }
    if given.has(&["--no-verify"]) {
        machine.danger(Hazard::GuardTampering, "the hooks of git are passed over");
    }
    if refs.is_empty() {
        refs.push(machine.world.branch().unwrap_or_else(|| "HEAD".to_owned()));
    }
    for name in refs.iter().filter(|name| name.starts_with(':') || forced) {
        let branch = name
            .trim_start_matches(['+', ':'])
            .rsplit(':')
            .next()
            .unwrap_or_default()
            .trim_start_matches("refs/heads/");
        if matches!(branch, "main" | "master" | "trunk" | "develop" | "production" | "release") {
            rewrite(machine, &format!("`{branch}` of the other side is overwritten or removed"));
            machine.danger(
                Hazard::Destruction,
                format!("history of `{branch}` that others use is overwritten or removed"),
            );
        }
    }
    if remote.contains("://") || remote.contains('@') {
        machine.remote_address(&Value::of(remote.clone()), Direction::Out);
        machine.danger(Hazard::Exfiltration, "commits are sent to an address that is no remote of the repository");
    }
    note(machine, GitOp::Push, Some(remote).filter(|name| !name.contains([':', '/'])), refs, forced || leased);
}

impl Machine<'_> {
    /// Where a repository is fetched from or sent to.
    pub(crate) fn remote_address(&mut self, address: &Value, direction: Direction) {
        let text = &address.text;
        if text.starts_with("ext::") {
            self.danger(Hazard::Loader, "git runs a command in place of a connection");
            let code = text.trim_start_matches("ext::").replace('%', "");
            super::shells::run_with(self, &Value::of(code), &[], &Value::default());
        } else if text.contains("://") {
            self.url(address, direction);
        } else if let Some((host, _)) = text.split_once(':').filter(|(host, _)| !host.contains('/') && !host.is_empty())
        {
            let host = host.rsplit('@').next().unwrap_or_default().to_owned();
            self.network(direction, &Value { text: host, taint: address.taint }, Some(22), "ssh");
        } else if text.starts_with(['/', '.', '~']) {
            self.list(address);
        }
    }
}

fn fetch(machine: &mut Machine<'_>, verb: &str, args: &[Value]) -> Value {
    let given = Given::read(
        args,
        &[
            "-u",
            "--upload-pack",
            "-b",
            "--branch",
            "--depth",
            "-c",
            "--config",
            "--template",
            "-o",
            "--origin",
            "-j",
            "--jobs",
            "--reference",
            "--separate-git-dir",
            "--filter",
            "--shallow-since",
            "-X",
            "-s",
        ],
    );
    for program in
        given.values(&["--upload-pack"]).chain(given.values(&["-u"]).filter(|_| verb != "pull" && verb != "push"))
    {
        machine.danger(Hazard::Loader, format!("git runs {} for the other side", program.shown()));
        super::shells::run_with(machine, program, &[], &Value::default());
    }
    for setting in given.values(&["-c", "--config"]) {
        let (name, value) = setting.text.split_once('=').unwrap_or((setting.text.as_str(), "true"));
        judge_setting(machine, name, &Value { text: value.to_owned(), taint: setting.taint });
    }
    if let Some(address) = given.operand(0) {
        machine.remote_address(address, Direction::In);
        if verb == "clone" {
            let name = address
                .text
                .trim_end_matches('/')
                .trim_end_matches(".git")
                .rsplit(['/', ':'])
                .next()
                .unwrap_or_default()
                .to_owned();
            let folder = given.operand(1).cloned().unwrap_or_else(|| Value::of(name));
            machine.write_file(&folder);
            if let Place::At(target) = machine.place(&folder) {
                machine.cloned.push(target.path);
            }
        }
    }
    note(
        machine,
        GitOp::Fetch,
        given.operand(0).map(Value::shown).filter(|name| !name.contains([':', '/'])),
        Vec::new(),
        false,
    );
    Value::hole()
}

fn remote(machine: &mut Machine<'_>, args: &[Value]) {
    let given = Given::read(args, &["-t", "-m"]);
    let verb = given.operand(0).map(|verb| verb.text.clone()).unwrap_or_default();
    if matches!(verb.as_str(), "add" | "set-url")
        && let Some(address) = given.operands.last()
    {
        machine.remote_address(address, Direction::In);
        if verb == "set-url" {
            note(machine, GitOp::Configure, None, Vec::new(), false);
        }
    }
}

fn submodule(machine: &mut Machine<'_>, args: &[Value]) {
    let given = Given::read_front(args, &[]);
    match given.operand(0).map(|verb| verb.text.as_str()) {
        Some("foreach") => {
            let words: Vec<Value> =
                given.operands_from(1).iter().filter(|word| !word.is("--recursive")).cloned().collect();
            super::shells::run_with(machine, &Value::join(&words, " "), &[], &Value::default());
        }
        Some("add") => {
            if let Some(address) =
                given.operands.iter().find(|word| word.text.contains("://") || word.text.contains('@'))
            {
                machine.remote_address(&address.clone(), Direction::In);
            }
        }
        _ => {}
    }
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
            given
                .values(&["--exec"])
                .for_each(|code| drop(super::shells::run_with(machine, code, &[], &Value::default())));
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

/// `git config`: looking is harmless, some settings are not.
fn config(machine: &mut Machine<'_>, args: &[Value]) {
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
