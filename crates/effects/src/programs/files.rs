//! Programs that make, move, change and remove files.

use super::{Given, Handler};
use crate::effect::What;
use crate::evaluate::{Call, Machine, Value, markers};
use portcullis_event::Hazard;

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "rm" | "srm" | "trash" | "trash-put" | "gio-trash" | "grm" => remove,
        "rmdir" | "unlink" => |machine, call| {
            let given = Given::read(call.args(), &[]);
            given.operands.iter().for_each(|path| machine.delete(path, false));
            Value::default()
        },
        "rimraf" | "del-cli" => |machine, call| {
            let given = Given::read(call.args(), &["-g", "--glob"]);
            given.operands.iter().for_each(|path| machine.delete(path, true));
            Value::default()
        },
        "shred" | "wipe" => |machine, call| {
            let given = Given::read(call.args(), &["-n", "-s", "--iterations", "--size"]);
            given.operands.iter().for_each(|path| {
                machine.judge_emptied(path);
                machine.write_file(path);
                machine.delete(path, true);
            });
            Value::default()
        },
        "cp" | "gcp" | "ditto" => copy,
        "mv" | "gmv" => rename,
        "ln" | "link" => link,
        "install" => install,
        "mkdir" | "mkfifo" | "mknod" | "touch" => make,
        "tee" | "sponge" => tee,
        "chmod" | "chattr" | "setfacl" => mode,
        "chown" | "chgrp" => owner,
        "dd" => dd,
        "truncate" => |machine, call| {
            let given = Given::read(call.args(), &["-s", "--size", "-r", "--reference"]);
            given.operands.iter().for_each(|path| {
                machine.judge_emptied(path);
                machine.write_file(path);
            });
            Value::default()
        },
        "mktemp" => |machine, call| {
            let given = Given::read(call.args(), &["-p", "--tmpdir", "--suffix"]);
            let folder = given.value(&["-p"]).cloned().unwrap_or_else(|| Value::of("/tmp"));
            let mut path = given.operand(0).cloned().filter(|path| path.text.contains('/')).unwrap_or_else(|| {
                let mut path = folder;
                path.push(&Value::of("/tmp."));
                path
            });
            path.push(&Value::name());
            machine.burn(1);
            path
        },
        "split" | "csplit" | "patch" => |machine, call| {
            let given = Given::read(call.args(), &["-b", "-l", "-n", "-a", "-p", "-i", "-d", "-o", "-D"]);
            given.values(&["-i"]).chain(given.operands.iter().take(1)).for_each(|path| drop(machine.read_file(path)));
            Value::default()
        },
        _ => return None,
    })
}

fn remove(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &[]);
    let recursive = given.has(&["-r", "-R", "--recursive"]) || call.name().starts_with("trash");
    if given.has(&["--no-preserve-root"]) {
        machine.danger(Hazard::Destruction, "the guard of `rm` against removing everything is off");
    }
    given.operands.iter().for_each(|path| machine.delete(path, recursive));
    Value::default()
}

/// Where copies go, and what is copied.
fn sources_and_target(given: &Given) -> (Vec<Value>, Option<Value>) {
    if let Some(folder) = given.value(&["-t", "--target-directory"]) {
        return (given.operands.clone(), Some(folder.clone()));
    }
    match given.operands.as_slice() {
        [sources @ .., target] if !sources.is_empty() => (sources.to_vec(), Some(target.clone())),
        sources => (sources.to_vec(), None),
    }
}

fn copy(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-t", "--target-directory", "-S", "--suffix"]);
    let (sources, target) = sources_and_target(&given);
    let mut content = Value::default();
    for source in &sources {
        let text = machine.read_file(source);
        content.push(&text);
    }
    if let Some(target) = target {
        machine.write_file(&target);
        machine.remember(&target, &content, false);
        land_in(machine, &sources, &target);
        remember_within(machine, &sources, &target, &content);
        for source in &sources {
            link_too(machine, source, &target);
        }
    }
    Value::default()
}

/// The target may be a folder: then the text lies in it, under the name that it had.
fn remember_within(machine: &mut Machine<'_>, sources: &[Value], target: &Value, content: &Value) {
    let [source] = sources else { return };
    let name = source.text.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let path = Value { text: format!("{}/{name}", target.text.trim_end_matches('/')), taint: target.taint };
    if !content.has_hole() && !content.text.is_empty() && !name.is_empty() {
        machine.remember(&path, content, false);
    }
}

/// What is put into a folder keeps its name: `cp evil.sh ~/.config/autostart/`.
fn land_in(machine: &mut Machine<'_>, sources: &[Value], target: &Value) {
    if !target.text.ends_with('/') && sources.len() < 2 && !target.text.ends_with("hooks") {
        return;
    }
    for source in sources {
        let name = source.text.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        if !name.is_empty() && !name.contains([markers::STAR, markers::ANY]) {
            let path = Value { text: format!("{}/{name}", target.text.trim_end_matches('/')), taint: target.taint };
            machine.write_file(&path);
        }
    }
}

/// The name of a file without its folder.
fn last_name(file: &Value) -> Value {
    let name = file.text.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    Value { text: name.to_owned(), taint: file.taint }
}

fn within(folder: &Value, name: &str) -> Value {
    Value { text: format!("{}/{name}", folder.text.trim_end_matches('/')), taint: folder.taint }
}

/// A link that is moved or copied leads where it led before.
fn link_too(machine: &mut Machine<'_>, source: &Value, target: &Value) {
    let links = machine.place(source).exact().and_then(|path| machine.links.get(path).cloned());
    let Some(files) = links else { return };
    for name in [target.clone(), within(target, &last_name(source).text)] {
        machine.link_name(&name, &files);
    }
}

fn rename(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-t", "--target-directory", "-S", "--suffix"]);
    let (sources, target) = sources_and_target(&given);
    for source in &sources {
        let content = machine.place(source).exact().and_then(|path| machine.files.get(path).cloned());
        machine.delete(source, true);
        if let Some(target) = &target {
            link_too(machine, source, target);
            let content = content.unwrap_or_else(Value::hole);
            machine.remember(target, &content, false);
            remember_within(machine, std::slice::from_ref(source), target, &content);
        }
    }
    if let Some(target) = target {
        machine.write_file(&target);
        land_in(machine, &sources, &target);
    }
    Value::default()
}

fn link(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-t", "--target-directory", "-S", "--suffix"]);
    let (sources, target) = sources_and_target(&given);
    if let Some(target) = &target {
        machine.write_name(target);
        land_in(machine, &sources, target);
    }
    // A name for another file: what is done to one is done to the other.
    for source in &sources {
        if let Some(file) = machine.place(source).target()
            && (machine.is_credential(&file) || machine.is_guarded(&file))
        {
            machine.read_file(source);
            if machine.is_guarded(&file) {
                machine.write_file(source);
            }
        }
        let name = last_name(source);
        let names = match &target {
            // It may be a folder: then the link lies in it, under the name that the file has.
            Some(target) => vec![target.clone(), within(target, &name.text)],
            None => vec![name],
        };
        for name in names {
            let mut files = machine.elsewhere_by_name(source);
            files.extend(machine.place(source).target());
            // A link that is no other name of the file begins where it lies.
            let folder = name.text.rsplit_once('/').map(|(folder, _)| folder);
            if let Some(folder) = folder.filter(|_| !source.text.starts_with(['/', markers::HOLE, markers::UNSET])) {
                files.extend(machine.place(&within(&Value::of(folder), &source.text)).target());
            }
            machine.link_name(&name, &files);
        }
    }
    Value::default()
}

fn install(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-m", "--mode", "-o", "-g", "-t", "--target-directory", "-S"]);
    if let Some(mode) = given.value(&["-m", "--mode"]) {
        judge_mode(machine, &mode.text);
    }
    if given.has(&["-d", "--directory"]) {
        given.operands.iter().for_each(|path| machine.write_file(path));
        return Value::default();
    }
    copy(machine, call)
}

fn make(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-m", "--mode", "-d", "--date", "-t", "-r", "--reference"]);
    given.operands.iter().for_each(|path| machine.write_file(path));
    Value::default()
}

fn tee(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &[]);
    for path in &given.operands {
        machine.write_file(path);
        machine.remember(path, &call.stdin, given.has(&["-a", "--append"]));
    }
    call.stdin.clone()
}

fn mode(machine: &mut Machine<'_>, call: &Call) -> Value {
    let words: Vec<Value> =
        call.args().iter().filter(|word| !word.is("-R") && !word.starts_with("--")).cloned().collect();
    let [first, files @ ..] = words.as_slice() else { return Value::default() };
    judge_mode(machine, &first.text);
    let recursive = call.args().iter().any(|word| word.is("-R") || word.is("--recursive"));
    for file in files {
        machine.change_mode(file);
        if recursive {
            machine.judge_swept(file, "rights of");
        }
    }
    Value::default()
}

/// Bits that give the rights of the owner to whoever starts the file.
fn judge_mode(machine: &mut Machine<'_>, mode: &str) {
    let digits = mode.chars().all(|c| c.is_digit(8)) && mode.len() >= 4;
    let special = digits && mode.chars().rev().nth(3).is_some_and(|c| matches!(c, '2' | '4' | '6'));
    if special || (mode.contains('s') && mode.contains(['+', '=']) && !mode.starts_with("--")) {
        machine.danger(Hazard::Privilege, "a file runs with the rights of its owner");
    }
}

fn owner(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["--reference", "--from"]);
    for file in given.operands_from(1) {
        machine.change_mode(file);
        if given.has(&["-R", "--recursive"]) {
            machine.judge_swept(file, "owner of");
        }
    }
    Value::default()
}

fn dd(machine: &mut Machine<'_>, call: &Call) -> Value {
    let mut content = call.stdin.clone();
    for word in call.args() {
        if let Some(file) = word.behind("if=") {
            content = machine.read_file(&file);
        }
    }
    let mut out = content.clone();
    for word in call.args() {
        if let Some(file) = word.behind("of=") {
            machine.write_file(&file);
            machine.remember(&file, &content, false);
            out = Value::default();
        }
    }
    out
}

impl Machine<'_> {
    /// Whether a file is one that something runs later, or that guards go by.
    pub(crate) fn is_guarded(&self, file: &crate::effect::Target) -> bool {
        crate::sensitive::what_runs_later(&file.path, &self.world.home()).is_some()
    }

    /// Something is changed about everything in a folder.
    fn judge_swept(&mut self, file: &Value, what: &str) {
        let Some(target) = self.place(file).target() else { return };
        let everything = crate::sensitive::is_everything(&target.path, &self.world.home(), None, &self.world.cwd());
        let in_repository = self.world.repository().is_some_and(|root| target.path.is_within(&root));
        if let Some(everything) = everything.filter(|_| !in_repository) {
            self.danger(Hazard::Destruction, format!("changes the {what} {everything}"));
        }
        self.note(What::Mode { file: target });
    }
}
