//! Interpreters: code on the command line is looked through for what it calls; a file is looked into if it can be.

use super::{Given, Handler};
use crate::code;
use crate::evaluate::{Call, Machine, Place, Value};
use portcullis_event::Hazard;

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "node" | "nodejs" | "bun" | "deno" => javascript,
        "perl" | "ruby" | "php" | "lua" | "luajit" | "Rscript" | "R" | "julia" | "elixir" | "erl" | "osascript"
        | "tclsh" | "guile" | "groovy" | "scala" | "irb" | "jshell" | "expect" | "jruby" | "octave" => script,
        name if is_python(name) => python,
        _ => return None,
    })
}

fn is_python(name: &str) -> bool {
    name.strip_prefix("python")
        .or_else(|| name.strip_prefix("pypy"))
        .is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == '.'))
        || name == "ipython"
}

/// Looks through code of a language.
pub(crate) fn run_code_of(machine: &mut Machine<'_>, language: &str, code: &Value) {
    machine.judge_code(code, language);
    code::look(machine, language, &code.text);
}

fn python(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read_front(call.args(), &["-c", "-m", "-W", "-X"]);
    // What comes behind `-c` and `-m` belongs to the code.
    let args = call.args();
    if let Some(at) = args.iter().position(|word| is_bundle_with(&word.text, 'c')) {
        let code = attached(args, at, 'c');
        run_code_of(machine, "python", &code);
        return output_of(&code, call);
    }
    if let Some(at) = args.iter().position(|word| is_bundle_with(&word.text, 'm')) {
        let module = attached(args, at, 'm');
        let rest = args.get(at + 2..).unwrap_or_default();
        return module_run(machine, &module.text, rest, call);
    }
    run_operand(machine, "python", &given, call)
}

fn is_bundle_with(word: &str, letter: char) -> bool {
    word.strip_prefix('-').is_some_and(|rest| {
        !rest.starts_with('-')
            && rest.contains(letter)
            && rest.chars().take_while(|c| *c != letter).all(|c| c.is_ascii_alphanumeric() && !"MmIrFdXWC".contains(c))
    })
}

/// The value of a letter in a bundle: what follows it, or the next word.
fn attached(args: &[Value], at: usize, letter: char) -> Value {
    let Some(word) = args.get(at) else { return Value::default() };
    let rest = word.text.split_once(letter).map(|(_, rest)| rest).unwrap_or_default();
    if rest.is_empty() {
        args.get(at + 1).cloned().unwrap_or_default()
    } else {
        Value { text: rest.to_owned(), taint: word.taint }
    }
}

/// What code prints is not known; if it decodes, it may be hidden code.
fn output_of(code: &Value, call: &Call) -> Value {
    if let Some(text) = printed_literal(&code.text) {
        return Value::of(text);
    }
    let mut out = Value::hole().tainted(call.stdin.taint | code.taint);
    if [
        "b64decode",
        "fromhex",
        "unhexlify",
        "decompress",
        "atob(",
        "from('",
        "unpack",
        "rot13",
        "chr(",
        "fromCharCode",
        "decode64",
    ]
    .iter()
    .any(|word| code.text.contains(word))
    {
        out = out.tainted(crate::evaluate::Taint::DECODED);
    }
    if ["urlopen", "requests.", "http.client", "fetch(", "http.get", "https.get", "Net::HTTP", "LWP", "open-uri"]
        .iter()
        .any(|word| code.text.contains(word))
    {
        out = out.tainted(crate::evaluate::Taint::NETWORK);
    }
    out
}

/// What code prints that does nothing else than print a literal.
fn printed_literal(code: &str) -> Option<String> {
    let code = code.trim().trim_end_matches(';');
    let words = ["print(", "console.log(", "print ", "puts ", "echo ", "puts(", "io.write("];
    let rest = words.iter().find_map(|word| code.strip_prefix(word))?.trim_end_matches(')').trim();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inner = rest.strip_prefix(quote)?.strip_suffix(quote)?;
    (!inner.contains([quote, '\\', '$', '#'])).then(|| inner.to_owned())
}

fn module_run(machine: &mut Machine<'_>, module: &str, rest: &[Value], call: &Call) -> Value {
    let program = Value::of(match module {
        "pip" | "ensurepip" => "pip",
        "pytest" | "black" | "mypy" | "ruff" | "flake8" | "isort" | "pylint" | "coverage" | "build" | "unittest"
        | "venv" => return Value::hole(),
        "http.server" | "SimpleHTTPServer" => return serve(machine, rest),
        "twine" => "twine",
        "json.tool" => {
            rest.iter().take(1).for_each(|file| drop(machine.read_file(file)));
            return Value::hole().tainted(call.stdin.taint);
        }
        "base64" => "base64",
        "uv" => "uv",
        other => other,
    });
    if super::handler(&program.text).is_none() {
        return Value::hole();
    }
    let words = [program].into_iter().chain(rest.iter().cloned()).collect();
    machine.start(words, &call.stdin)
}

fn serve(machine: &mut Machine<'_>, rest: &[Value]) -> Value {
    let given = Given::read(rest, &["-d", "--directory", "-b", "--bind", "-p", "--protocol"]);
    let folder = given.value(&["-d", "--directory"]).cloned().unwrap_or_else(|| Value::of("."));
    machine.read_file(&folder);
    let local = given
        .value(&["-b", "--bind"])
        .is_some_and(|bind| bind.text.starts_with("127.") || bind.is("localhost") || bind.is("::1"));
    if !local {
        machine.danger(Hazard::OpenPort, format!("files of {} are served to everybody", folder.shown()));
    }
    Value::default()
}

fn javascript(machine: &mut Machine<'_>, call: &Call) -> Value {
    let takes = [
        "-e",
        "--eval",
        "-p",
        "--print",
        "-pe",
        "-r",
        "--require",
        "--import",
        "--loader",
        "--env-file",
        "--input-type",
        "-C",
        "--conditions",
    ];
    let args = call.args();
    let name = call.name();
    if name == "deno" && args.first().is_some_and(|word| word.is("eval")) {
        let code = args.iter().skip(1).find(|word| !word.starts_with("-")).cloned().unwrap_or_default();
        run_code_of(machine, "javascript", &code);
        return output_of(&code, call);
    }
    if let ("bun" | "deno", Some(address)) = (name.as_str(), args.iter().find(|word| word.text.contains("://")))
        && args
            .first()
            .is_some_and(|word| matches!(word.text.as_str(), "run" | "x" | "install") || word.text.contains("://"))
    {
        machine.url(address, crate::effect::Direction::In);
        machine.danger(Hazard::DownloadedCode, format!("{} is run from the network", address.shown()));
        return Value::hole();
    }
    // A file, and no script of the project.
    if let ("bun" | "deno", Some(first)) = (name.as_str(), args.first())
        && first.is("run")
    {
        let given = Given::read_front(args.get(1..).unwrap_or_default(), &["-c", "--config", "--import-map", "-L"]);
        let is_file = |file: &Value| file.is("-") || file.text.contains('/') || file.text.contains('.');
        if given.operand(0).is_some_and(is_file) {
            return run_operand(machine, "javascript", &given, call);
        }
    }
    if let ("bun" | "deno", Some(first)) = (name.as_str(), args.first())
        && matches!(
            first.text.as_str(),
            "add"
                | "install"
                | "i"
                | "x"
                | "create"
                | "remove"
                | "publish"
                | "update"
                | "run"
                | "test"
                | "build"
                | "task"
                | "fmt"
                | "lint"
                | "check"
                | "dev"
        )
    {
        return super::packages::javascript_manager(machine, call);
    }
    let given = Given::read_front(args, &takes);
    let codes: Vec<Value> = given.values(&["-e", "--eval", "-p", "--print", "-pe"]).cloned().collect();
    for module in given.values(&["-r", "--require", "--import", "--loader"]) {
        if module.text.starts_with(['/', '.', '~']) || module.text.contains("://") {
            super::shells::run_file(machine, module, &[], "node");
        }
    }
    if let Some(code) = codes.first() {
        run_code_of(machine, "javascript", code);
        return output_of(code, call);
    }
    run_operand(machine, "javascript", &given, call)
}

fn script(machine: &mut Machine<'_>, call: &Call) -> Value {
    let name = call.name();
    let args = call.args();
    let letters: &[char] = match name.as_str() {
        "perl" => &['e', 'E'],
        "php" => &['r'],
        "erl" => &[],
        "expect" => &['c'],
        _ => &['e'],
    };
    let code = letters.iter().find_map(|letter| {
        let at = args.iter().position(|word| is_bundle_with(&word.text, *letter))?;
        Some(attached(args, at, *letter))
    });
    let code = code.or_else(|| {
        let at = args.iter().position(|word| matches!(word.text.as_str(), "-eval" | "--eval" | "-run"))?;
        args.get(at + 1).cloned()
    });
    if let Some(code) = code {
        run_code_of(machine, &name, &code);
        let in_place = args.iter().any(|word| word.starts_with("-i") || word.starts_with("-pi"));
        let files = args.iter().skip_while(|word| word.text != code.text).skip(1).filter(|word| !word.starts_with("-"));
        let mut out = output_of(&code, call);
        for file in files.cloned().collect::<Vec<_>>() {
            let text = machine.read_file(&file);
            out.taint |= text.taint;
            if in_place {
                machine.write_file(&file);
            }
        }
        return out;
    }
    let given = Given::read_front(
        args,
        &[
            "-I",
            "-l",
            "-r",
            "-d",
            "-f",
            "-t",
            "-S",
            "--slave",
            "-L",
            "--class-path",
            "--classpath",
            "-classpath",
            "-cp",
            "--startup",
            "--feedback",
        ],
    );
    run_operand(machine, &name, &given, call)
}

/// A script by its name, or from standard input.
fn run_operand(machine: &mut Machine<'_>, language: &str, given: &Given, call: &Call) -> Value {
    let file = given.operand(0).filter(|file| !file.is("-") && !file.is("/dev/stdin"));
    let Some(file) = file else {
        if !call.stdin.text.is_empty() {
            run_code_of(machine, language, &call.stdin);
            return output_of(&call.stdin, call);
        }
        return Value::hole();
    };
    if file.text.contains("://") {
        machine.url(file, crate::effect::Direction::In);
        machine.danger(Hazard::DownloadedCode, format!("{} is run from the network", file.shown()));
        return Value::hole();
    }
    let tool = crate::evaluate::base_name(&file.text).to_owned();
    super::frameworks::judge(machine, &tool, given.operands_from(1));
    let Place::At(target) = machine.place(file) else {
        if machine.in_script == 0 {
            machine.danger(Hazard::UnresolvedCode, format!("`{}` runs a file that is not known", call.name()));
        }
        return Value::hole();
    };
    if let Some(code) = machine.files.get(&target.path).cloned() {
        run_code_of(machine, language, &code);
        return Value::hole();
    }
    machine.judge_downloaded(&target.path);
    machine.read_file(file);
    if let Some(code) = machine.text_of(&target) {
        machine.in_script += 1;
        code::look(machine, language, &code.text);
        machine.in_script -= 1;
    }
    for argument in given.operands_from(1) {
        if machine.place(argument).target().is_some_and(|target| machine.is_credential(&target)) {
            machine.read_file(argument);
        }
    }
    Value::hole()
}

impl Machine<'_> {
    /// Whether a file came over the network in this very command.
    pub(crate) fn judge_downloaded(&mut self, path: &portcullis_event::AbsPath) {
        if self.downloaded.iter().any(|folder| path.is_within(folder)) {
            self.danger(Hazard::DownloadedCode, format!("{path} comes from the network"));
        } else if self.cloned.iter().any(|folder| path.is_within(folder)) {
            self.danger(Hazard::UnresolvedCode, format!("{path} comes from a repository that was just cloned"));
        }
    }
}
