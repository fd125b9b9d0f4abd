//! Archives: what is packed is read, where it is unpacked is written, and some run programs on the way.

use super::{Given, Handler};
use crate::evaluate::{Call, Machine, Taint, Value};

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "tar" | "gtar" | "bsdtar" => tar,
        "zip" => zip,
        "unzip" | "unrar" | "unar" => unzip,
        "7z" | "7za" | "rar" => |machine, call| {
            let given = Given::read(call.args(), &[]);
            let mut content = Value::hole();
            for file in given.operands_from(1) {
                let read = match file.behind("@") {
                    Some(list) => {
                        let list = machine.read_file(&list);
                        read_listed(machine, &list)
                    }
                    None => machine.read_file(file),
                };
                content.taint |= read.taint;
            }
            if let Some(archive) =
                given.operand(1).filter(|_| given.operand(0).is_some_and(|verb| verb.is("a") || verb.is("u")))
            {
                machine.write_file(archive);
                machine.remember(archive, &content, false);
            }
            if call.args().iter().any(|word| word.is("-sdel") || word.is("-df")) {
                given.operands_from(2).iter().for_each(|file| machine.delete(file, true));
            }
            Value::default()
        },
        "cpio" | "pax" | "ar" | "afio" => |machine, call| {
            let listed = read_listed(machine, &call.stdin);
            Value::hole().tainted(call.stdin.taint | listed.taint)
        },
        _ => return None,
    })
}

fn tar(machine: &mut Machine<'_>, call: &Call) -> Value {
    let takes = [
        "-f",
        "--file",
        "-C",
        "--directory",
        "-I",
        "--use-compress-program",
        "--to-command",
        "--checkpoint-action",
        "-T",
        "--files-from",
        "--exclude",
        "-X",
        "--exclude-from",
        "-F",
        "--info-script",
        "--new-volume-script",
        "--rsh-command",
        "--transform",
        "--strip-components",
        "-b",
        "-g",
        "-K",
        "-N",
        "-V",
    ];
    let mut words = call.args().to_vec();
    // `tar xzf a` is `tar -xzf a`.
    if let Some(first) = words.first_mut().filter(|word| !word.starts_with("-") && !word.text.contains(['/', '.', '=']))
    {
        first.text.insert(0, '-');
        bundle_last(first);
    }
    let given = Given::read(&words, &takes);
    for code in given.values(&[
        "--to-command",
        "-I",
        "--use-compress-program",
        "-F",
        "--info-script",
        "--new-volume-script",
        "--rsh-command",
    ]) {
        super::shells::run_with(machine, code, &[], &Value::default());
    }
    for action in given.values(&["--checkpoint-action"]) {
        if let Some(code) = action.behind("exec=") {
            super::shells::run_with(machine, &code, &[], &Value::default());
        }
    }
    let archive = given.value(&["-f", "--file"]).cloned();
    let folder = given.value(&["-C", "--directory"]).cloned().unwrap_or_else(|| Value::of("."));
    let remote = archive
        .as_ref()
        .and_then(|file| file.text.split_once(':').map(|(host, _)| host.to_owned()))
        .filter(|host| !host.contains('/'));
    if let Some(host) = remote {
        let host = host.rsplit('@').next().unwrap_or_default().to_owned();
        machine.network(crate::effect::Direction::Out, &Value::of(host), None, "rsh");
    }
    if given.has(&["-c", "--create", "-r", "-u", "--append", "--update"]) {
        return pack(machine, &given, archive, &folder, call);
    }
    if given.has(&["-x", "--extract", "--get"]) {
        let content = archive.map_or_else(|| call.stdin.clone(), |file| machine.read_file(&file));
        if given.has(&["-O", "--to-stdout"]) {
            return Value::hole().tainted(content.taint);
        }
        machine.write_file(&folder);
        if given.has(&["-P", "--absolute-names"]) {
            machine.unresolved("an archive is unpacked to wherever it says");
        }
        remember_downloaded(machine, &folder, &content);
        return Value::default();
    }
    if let Some(file) = &archive {
        machine.read_file(file);
    }
    Value::default()
}

/// In `cfz a` the letter that takes the value need not be the last.
fn bundle_last(word: &mut Value) {
    if word.text.contains('f') && !word.text.ends_with('f') {
        word.text = word.text.replacen('f', "", 1);
        word.text.push('f');
    }
}

fn pack(machine: &mut Machine<'_>, given: &Given, archive: Option<Value>, folder: &Value, call: &Call) -> Value {
    let mut content = Value::hole();
    for file in &given.operands {
        let mut path = file.clone();
        if given.has(&["-C", "--directory"]) && !file.starts_with("/") {
            path = folder.clone();
            path.push(&Value::of("/"));
            path.push(file);
        }
        content.taint |= machine.read_file(&path).taint;
        if given.has(&["--remove-files"]) {
            machine.delete(&path, true);
        }
    }
    given.values(&["-X"]).for_each(|file| drop(machine.read_file(file)));
    for list in given.values(&["-T", "--files-from"]) {
        let list = if list.is("-") { call.stdin.clone() } else { machine.read_file(list) };
        content.taint |= read_listed(machine, &list).taint;
    }
    match archive.filter(|file| !file.is("-")) {
        Some(file) => {
            machine.write_file(&file);
            machine.remember(&file, &content, false);
            Value::default()
        }
        None => content,
    }
}

/// Reads the files whose names stand in a list, one in a line.
pub(super) fn read_listed(machine: &mut Machine<'_>, list: &Value) -> Value {
    let mut out = Value::hole();
    for file in list.split(&['\n', '\0']).iter().take(64) {
        out.taint |= machine.read_file(file).taint;
    }
    out
}

/// What is unpacked comes from where the archive came from.
fn remember_downloaded(machine: &mut Machine<'_>, folder: &Value, content: &Value) {
    if content.taint.has(Taint::NETWORK)
        && let Some(target) = machine.place(folder).target()
    {
        machine.downloaded.push(target.path);
    }
}

fn zip(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-x", "-i", "-P", "-TT", "--unzip-command", "-b", "-n", "-t"]);
    for code in given.values(&["-TT", "--unzip-command"]) {
        super::shells::run_with(machine, code, &[], &Value::default());
    }
    let mut content = Value::hole();
    for file in given.operands_from(1) {
        content.taint |= machine.read_file(file).taint;
        if given.has(&["-m", "--move"]) {
            machine.delete(file, true);
        }
    }
    if given.has(&["-@", "--names-stdin"]) {
        content.taint |= read_listed(machine, &call.stdin).taint;
    }
    if let Some(archive) = given.operand(0).filter(|file| !file.is("-")) {
        machine.write_file(archive);
        machine.remember(archive, &content, false);
        return Value::default();
    }
    content
}

fn unzip(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-d", "-P", "-x"]);
    let content = given.operand(0).map(|file| machine.read_file(file)).unwrap_or_default();
    if given.has(&["-p", "-c"]) {
        return Value::hole().tainted(content.taint);
    }
    if !given.has(&["-l", "-v", "-t", "-Z"]) {
        let folder = given.value(&["-d"]).cloned().unwrap_or_else(|| Value::of("."));
        machine.write_file(&folder);
        remember_downloaded(machine, &folder, &content);
    }
    Value::default()
}
