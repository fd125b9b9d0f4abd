//! What git sends to other repositories, fetches from them, and where they lie.

use super::super::{Given, shells};
use super::settings::judge_setting;
use super::{note, rewrite};
use crate::effect::Direction;
use crate::evaluate::{Machine, Place, Value};
use portcullis_event::{GitOp, Hazard};

pub(super) fn push(machine: &mut Machine<'_>, args: &[Value]) {
    let given =
        Given::read(args, &["-o", "--push-option", "--receive-pack", "--exec", "--repo", "--recurse-submodules"]);
    for program in given.values(&["--receive-pack", "--exec"]) {
        shells::run_with(machine, program, &[], &Value::default());
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
    if machine.scope.get(&remote_variable(&remote)).is_some() {
        machine
            .danger(Hazard::Publication, format!("commits are sent to where `{remote}` leads since this very command"));
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
            shells::run_with(self, &Value::of(code), &[], &Value::default());
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

pub(super) fn fetch(machine: &mut Machine<'_>, verb: &str, args: &[Value]) -> Value {
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
        shells::run_with(machine, program, &[], &Value::default());
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

/// Under which name an address is kept that a remote is given here.
fn remote_variable(remote: &str) -> String {
    format!("git remote {remote}")
}

pub(super) fn remote(machine: &mut Machine<'_>, args: &[Value]) {
    let given = Given::read(args, &["-t", "-m"]);
    let verb = given.operand(0).map(|verb| verb.text.clone()).unwrap_or_default();
    if matches!(verb.as_str(), "add" | "set-url")
        && let Some(address) = given.operands.last()
    {
        machine.remote_address(address, Direction::In);
        let name = given.operand(1).map(Value::shown).unwrap_or_default();
        // The first remote of a repository that was just made is what forges tell everybody to add.
        if verb == "set-url" || !matches!(name.as_str(), "origin" | "upstream") {
            machine.scope.set(&remote_variable(&name), vec![address.clone()]);
        }
        if verb == "set-url" {
            note(machine, GitOp::Configure, None, Vec::new(), false);
        }
    }
}

pub(super) fn submodule(machine: &mut Machine<'_>, args: &[Value]) {
    let given = Given::read_front(args, &[]);
    match given.operand(0).map(|verb| verb.text.as_str()) {
        Some("foreach") => {
            let words: Vec<Value> =
                given.operands_from(1).iter().filter(|word| !word.is("--recursive")).cloned().collect();
            shells::run_with(machine, &Value::join(&words, " "), &[], &Value::default());
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
