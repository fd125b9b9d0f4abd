//! PowerShell: its program, and texts for it. What is understood is gone through; what is not is searched for words that
//! say enough by themselves, and is said not to be understood.

mod lexer;
mod reader;
mod statics;
mod values;

pub(super) use reader::names_drive;

use crate::evaluate::{Call, Machine, Value};
use base64::Engine as _;
use portcullis_event::Hazard;

pub(super) fn program(machine: &mut Machine<'_>, call: &Call) -> Value {
    let args = call.args();
    let lower: Vec<String> = args.iter().map(|word| word.text.to_ascii_lowercase()).collect();
    for (at, word) in lower.iter().enumerate() {
        let rest = args.get(at + 1..).unwrap_or_default();
        if word.starts_with("-e") && "-encodedcommand".starts_with(word.as_str()) || word == "-ec" || word == "-enc" {
            machine.danger(Hazard::DecodedCode, "PowerShell runs encoded code");
            let encoded = rest.first().map(|word| word.text.clone()).unwrap_or_default();
            let bytes = base64::engine::general_purpose::STANDARD.decode(encoded).unwrap_or_default();
            let units: Vec<u16> = bytes
                .chunks_exact(2)
                .map(|pair| u16::from_le_bytes([pair.first().copied().unwrap_or(0), pair.get(1).copied().unwrap_or(0)]))
                .collect();
            return text(machine, &Value::from_outside(&String::from_utf16_lossy(&units)));
        }
        if word.starts_with("-c") && "-command".starts_with(word.as_str()) {
            return text(machine, &Value::join(rest, " "));
        }
        if word.starts_with("-f") && "-file".starts_with(word.as_str()) {
            rest.first().into_iter().for_each(|file| drop(machine.read_file(file)));
            return Value::hole();
        }
    }
    let code = args.iter().find(|word| !word.starts_with("-"));
    match code {
        Some(_) => text(machine, &Value::join(args, " ")),
        None if !call.stdin.text.is_empty() => {
            machine.judge_code(&call.stdin, "PowerShell");
            text(machine, &call.stdin)
        }
        None => Value::hole(),
    }
}

/// PowerShell, as far as it is like a shell: cmdlets in pipelines.
pub(crate) fn text(machine: &mut Machine<'_>, code: &Value) -> Value {
    machine.judge_code(code, "PowerShell");
    let lower = code.text.to_ascii_lowercase();
    // `msiexec` and `-Confirm` hold short names within theirs.
    let calls = |name: &str| lower.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == name);
    let has = |names: &[&str]| names.iter().any(|name| lower.contains(name));
    let evaluates = calls("iex") || has(&["invoke-expression", "[scriptblock]::create"]);
    let fetches =
        ["invoke-webrequest", "invoke-restmethod", "downloadstring", "downloadfile", "webclient", "start-bitstransfer"];
    let downloads = calls("iwr") || calls("irm") || has(&fetches);
    if evaluates && downloads {
        machine.danger(Hazard::DownloadedCode, "PowerShell runs what it downloads");
    } else if evaluates && lower.contains("frombase64string") {
        machine.danger(Hazard::DecodedCode, "PowerShell runs what it decodes");
    } else if evaluates && code.text.contains('$') {
        machine.danger(Hazard::UnresolvedCode, "PowerShell runs text that is not known");
    }
    let sends = downloads
        && has(&["-method post", "-method put", "-body", "-infile", "uploadstring", "uploadfile", "uploaddata"]);
    let credentials = [
        "env:",
        "/.aws",
        "\\.aws",
        ".ssh",
        "id_rsa",
        "id_ed25519",
        ".kube",
        ".npmrc",
        ".git-credentials",
        "get-clipboard",
        "login data",
        ".env ",
        ".env'",
        ".env\"",
        ".env)",
        "consolehost_history",
        "sam ",
        "lsass",
    ];
    // A variable of the environment that only says where something lies is none.
    let bare = [
        "$env:node_env",
        "$env:path",
        "$env:temp",
        "$env:tmp",
        "$env:userprofile",
        "$env:home",
        "$env:username",
        "$env:ci",
        "$env:port",
    ]
    .iter()
    .fold(lower.clone(), |text, name| text.replace(name, ""));
    if sends && credentials.iter().any(|part| bare.contains(part)) {
        machine.danger(Hazard::Exfiltration, "PowerShell sends a credential");
    }
    static_calls(machine, &lower);
    for word in code.text.split(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '(' | ')' | ',' | ';')) {
        if word.starts_with("http://") || word.starts_with("https://") {
            machine.url(&Value::of(word), crate::effect::Direction::In);
        }
    }
    let lines: Vec<&str> = code.text.lines().map(|line| behind_prompt(line).unwrap_or(line)).collect();
    let without_prompts = lines.join("\n");
    let mut understood = read(machine, &without_prompts);
    // What looks like a prompt may be a word and a redirection.
    if without_prompts.trim_end() != code.text.trim_end() {
        understood = understood.and(read(machine, &code.text));
    }
    match understood {
        Some(out) => out,
        None => as_for_a_shell(machine, code),
    }
}

/// Goes through a text in a place of its own. Nothing if it is not understood.
fn read(machine: &mut Machine<'_>, text: &str) -> Option<Value> {
    machine.aside(|machine| {
        let mut out = None;
        machine.called("powershell", |machine| {
            out = reader::run(machine, text, &Value::default());
            Value::default()
        });
        out
    })
}

/// A text that is not understood, read as one for a shell as far as it is like that.
fn as_for_a_shell(machine: &mut Machine<'_>, code: &Value) -> Value {
    // What is left reads nearly as a shell's text does, with `\` as a plain character.
    let text =
        code.text.replace('\\', "/").replace("$env:USERPROFILE", "~").replace("$HOME", "~").replace("$env:HOME", "~");
    let is_read = |text: &str| crate::shell::parse(text).problem.is_none();
    let is_whole = is_read(&text);
    if !is_whole {
        machine.unresolved("PowerShell that is not understood");
    }
    // What stands between braces is a word for a shell and a command for PowerShell, and a prompt is a redirection.
    let says_more = text.contains('{') || text.lines().any(|line| behind_prompt(line).is_some());
    let parts = (!is_whole || says_more).then(|| parts_of_powershell(&text));
    let (read, unread): (Vec<String>, Vec<String>) = parts.into_iter().flatten().partition(|part| is_read(part));
    // What stands in brackets is a command of its own, and so is what stands around them.
    let pieces = unread.iter().flat_map(|part| part.split(['(', ')', ';', '='])).map(str::trim).map(str::to_owned);
    let parts = read.into_iter().chain(pieces.filter(|piece| !piece.is_empty() && is_read(piece)));
    for text in is_whole.then(|| text.clone()).into_iter().chain(parts) {
        machine.called("powershell", |machine| {
            machine.aside(|machine| machine.run_value(&Value { text, taint: code.taint }, &Value::default()))
        });
    }
    Value::hole()
}

/// `[IO.Directory]::Delete(…)`: what .NET does when it is called by name.
fn static_calls(machine: &mut Machine<'_>, lower: &str) {
    let squeezed: String = lower.chars().filter(|c| !c.is_whitespace()).collect();
    for rest in squeezed.split("]::delete(").skip(1) {
        let argument = rest.split([',', ')']).next().unwrap_or_default().trim_matches(['"', '\'']);
        let whole = ["$env:userprofile", "$home", "$env:homepath", "$env:systemroot", "~", "/"].contains(&argument)
            || (argument.len() <= 3 && argument.contains(':'));
        if whole {
            machine.danger(Hazard::Destruction, format!("removes {argument}"));
        }
    }
    let loads = [
        "[reflection.assembly]::load",
        "[system.reflection.assembly]::load",
        "add-type-typedefinition",
        "virtualalloc",
        "amsiutils",
        "amsiinitfailed",
    ];
    if loads.iter().any(|part| squeezed.contains(part)) && !squeezed.contains("::loadwithpartialname") {
        let is_guard = squeezed.contains("amsi");
        let hazard = if is_guard { Hazard::GuardTampering } else { Hazard::UnresolvedCode };
        machine.danger(hazard, "PowerShell is made to run code of machines, or not to look at what it runs");
    }
}

/// What stands behind the sign that PowerShell shows before each line, if it is there.
fn behind_prompt(line: &str) -> Option<&str> {
    let (prompt, command) = line.trim_start().split_once('>')?;
    (prompt == "PS" || prompt.starts_with("PS ")).then_some(command)
}

/// The lines of a text, and what stands between braces in them.
fn parts_of_powershell(text: &str) -> Vec<String> {
    // A backtick before the end of a line has it go on.
    let joined = text.replace("`\r\n", " ").replace("`\n", " ");
    let parts = joined.lines().flat_map(|line| behind_prompt(line).unwrap_or(line).split(['{', '}']));
    parts.map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}
