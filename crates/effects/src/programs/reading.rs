//! Programs that print or look at files.

use super::{Given, Handler};
use crate::evaluate::{Call, Machine, Value};

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "cat" | "tac" | "head" | "tail" | "less" | "more" | "bat" | "batcat" | "nl" | "od" | "hexdump" | "hd"
        | "strings" | "zcat" | "bzcat" | "xzcat" | "zless" | "view" | "gcat" | "most" | "pr" | "expand"
        | "unexpand" | "fold" | "column" | "paste" | "comm" | "diff" | "cmp" | "sdiff" | "colordiff" | "delta"
        | "shuf" | "glow" | "mdcat" | "csvlook" | "look" => print,
        "ls" | "dir" | "vdir" | "tree" | "exa" | "eza" | "lsd" | "stat" | "file" | "du" | "df" | "readlink"
        | "realpath" | "wc" | "test-f" => names,
        "basename" | "dirname" => parts,
        "md5sum" | "sha1sum" | "sha256sum" | "sha512sum" | "shasum" | "cksum" | "b2sum" | "md5" => sums,
        "date" | "nproc" | "whoami" | "id" | "hostname" | "uname" | "uptime" | "seq" | "arch" | "tty" | "getconf"
        | "lsb_release" | "sw_vers" | "uuidgen" | "cal" | "expr" | "bc" | "jot" | "pgrep" | "pidof" | "free"
        | "groups" | "logname" | "tput" => name_only,
        "printenv" => environment,
        "ssh-agent"
        | "direnv"
        | "pyenv"
        | "rbenv"
        | "nodenv"
        | "goenv"
        | "jenv"
        | "starship"
        | "fnm"
        | "conda"
        | "mamba"
        | "opam"
        | "zoxide"
        | "mise"
        | "rtx"
        | "thefuck"
        | "dircolors"
        | "lesspipe"
        | "register-python-argcomplete"
        | "keychain"
        | "brew-shellenv"
        | "asdf" => setup,
        _ => return None,
    })
}

const TAKES: [&str; 14] =
    ["-n", "-c", "--lines", "--bytes", "-w", "-s", "-t", "-A", "-N", "-j", "-d", "--width", "-l", "--language"];

fn print(machine: &mut Machine<'_>, call: &Call) -> Value {
    // `-c` takes a value only where bytes or lines are counted.
    let counts = matches!(call.name().as_str(), "head" | "tail" | "fold" | "column" | "paste" | "pr" | "shuf");
    let takes: Vec<&str> =
        TAKES.into_iter().filter(|name| counts || !matches!(*name, "-c" | "-d" | "-s" | "-w" | "-l")).collect();
    let given = Given::read(call.args(), &takes);
    if given.operands.is_empty() {
        return call.stdin.clone();
    }
    let mut out = Value::default();
    for file in &given.operands {
        let text = if file.is("-") { call.stdin.clone() } else { machine.read_file(file) };
        out.push(&text);
    }
    if matches!(call.name().as_str(), "zcat" | "bzcat" | "xzcat") {
        return Value::hole().tainted(out.taint | crate::evaluate::Taint::DECODED);
    }
    // Only `cat` prints all of it, in order.
    if matches!(call.name().as_str(), "cat" | "bat" | "gcat") { out } else { Value::hole().tainted(out.taint) }
}

fn names(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(
        call.args(),
        &["-I", "-L", "-w", "-c", "-f", "--format", "-d", "--max-depth", "-P", "--level", "-T", "--time-style"],
    );
    given.operands.iter().for_each(|path| machine.list(path));
    match call.name().as_str() {
        "realpath" | "readlink" => given.operand(0).cloned().map_or_else(Value::hole, |path| {
            let is_link = !machine.linked(&path, crate::evaluate::Follows::All).is_empty();
            let place = machine.place(&path);
            place.exact().filter(|_| !is_link).map_or_else(Value::hole, |path| Value::of(path.as_str()))
        }),
        "ls" | "dir" | "exa" | "eza" | "lsd" => listing(&given),
        _ => Value::name(),
    }
}

/// What `ls` prints: names; with patterns, what the patterns stand for.
fn listing(given: &Given) -> Value {
    match given.operands.iter().find(|word| word.has_pattern()) {
        Some(pattern) => pattern.clone(),
        None => Value::name(),
    }
}

fn parts(_: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-s", "--suffix"]);
    let Some(path) = given.operand(0) else { return Value::name() };
    let trimmed = path.text.trim_end_matches('/');
    let text = match (call.name().as_str(), trimmed.rsplit_once('/')) {
        ("basename", Some((_, name))) => name,
        ("basename", None) => trimmed,
        (_, Some(("", _))) => "/",
        (_, Some((folder, _))) => folder,
        (_, None) => ".",
    };
    let suffix = given.operand(1).map(|suffix| suffix.text.clone()).unwrap_or_default();
    Value { text: text.strip_suffix(suffix.as_str()).unwrap_or(text).to_owned(), taint: path.taint }
}

fn sums(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-a", "--algorithm"]);
    given.operands.iter().for_each(|file| drop(machine.read_file(file)));
    Value::name()
}

fn name_only(_: &mut Machine<'_>, call: &Call) -> Value {
    // `date +TEXT` prints the text.
    let format = call.args().iter().find_map(|word| word.behind("+")).filter(|_| call.name() == "date");
    format.filter(|format| !format.text.contains('%')).unwrap_or_else(Value::name)
}

fn environment(machine: &mut Machine<'_>, call: &Call) -> Value {
    match call.args().first() {
        Some(name) if !crate::sensitive::is_secret_name(&name.text) => machine.variable(&name.text),
        Some(_) | None => Value::hole().tainted(crate::evaluate::Taint::SECRET),
    }
}

/// `direnv allow`, `mise trust`: whatever the file says is run whenever somebody steps into the folder. That of this
/// repository is what it was before; one that lies elsewhere, or that this very command has written, is not.
fn trusted(machine: &mut Machine<'_>, call: &Call) {
    let name = call.name();
    let given = Given::read(call.args(), &[]);
    let verb = given.operand(0).map(|verb| verb.text.clone()).unwrap_or_default();
    if !matches!((name.as_str(), verb.as_str()), ("direnv", "allow" | "permit" | "grant") | ("mise" | "rtx", "trust")) {
        return;
    }
    let folder = given.operand(1).cloned().unwrap_or_else(|| Value::of("."));
    let place = machine.place(&folder).target();
    let root = machine.world.repository().unwrap_or_else(|| machine.world.cwd());
    let is_own = place.as_ref().is_some_and(|target| target.path.is_within(&root));
    let names = [".envrc", ".mise.toml", "mise.toml", ".env"];
    let mut files: Vec<_> = place.iter().map(|target| target.path.clone()).collect();
    files.extend(names.iter().filter_map(|name| place.as_ref().and_then(|target| target.path.join(name).ok())));
    let written: Vec<Value> = files.iter().filter_map(|path| machine.files.get(path).cloned()).collect();
    if !is_own || !written.is_empty() {
        machine.danger(
            portcullis_event::Hazard::Persistence,
            "what is trusted is run whenever somebody steps into the folder",
        );
    }
    for code in written {
        super::run_shell(machine, &code);
    }
}

/// What these print sets a shell up; it is no code of anybody else.
fn setup(machine: &mut Machine<'_>, call: &Call) -> Value {
    if let ("conda" | "mamba", Some(first)) = (call.name().as_str(), call.args().first())
        && matches!(first.text.as_str(), "install" | "create")
    {
        return super::packages::conda(machine, call);
    }
    trusted(machine, call);
    if let ("direnv" | "pyenv" | "mise" | "asdf" | "conda", Some(first)) = (call.name().as_str(), call.args().first())
        && matches!(first.text.as_str(), "exec" | "x" | "run")
    {
        let rest = call.args().iter().skip(1).skip_while(|word| word.starts_with("-")).cloned().collect::<Vec<_>>();
        let rest = match rest.iter().position(|word| word.is("--")) {
            Some(at) => rest.get(at + 1..).unwrap_or_default().to_vec(),
            None if call.name() == "direnv" => rest.get(1..).unwrap_or_default().to_vec(),
            None => rest,
        };
        return machine.start(rest, &call.stdin);
    }
    Value::default()
}
