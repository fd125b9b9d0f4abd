//! PowerShell as it is gone through: statements, pipelines, commands with their words. What is understood in part only is
//! said not to be understood, and is read in another way.

use super::lexer::{Piece, pieces};
use super::values;
use crate::evaluate::{Machine, Taint, Value};
use portcullis_event::Hazard;

/// Words that begin a statement; what stands in brackets behind them is gone through, whatever decides about it.
const KEYWORDS: [&str; 23] = [
    "if", "elseif", "else", "foreach", "for", "while", "do", "until", "switch", "try", "catch", "finally", "function",
    "filter", "param", "begin", "process", "end", "trap", "return", "throw", "exit", "in",
];

/// Names that PowerShell has for its own commands, and what they mean.
const ALIASES: [(&str, &str); 44] = [
    ("%", "foreach-object"),
    ("foreach", "foreach-object"),
    ("?", "where-object"),
    ("where", "where-object"),
    ("ri", "remove-item"),
    ("rm", "remove-item"),
    ("rmdir", "remove-item"),
    ("del", "remove-item"),
    ("erase", "remove-item"),
    ("rd", "remove-item"),
    ("gc", "get-content"),
    ("cat", "get-content"),
    ("type", "get-content"),
    ("gci", "get-childitem"),
    ("ls", "get-childitem"),
    ("dir", "get-childitem"),
    ("cp", "copy-item"),
    ("copy", "copy-item"),
    ("cpi", "copy-item"),
    ("mv", "move-item"),
    ("move", "move-item"),
    ("mi", "move-item"),
    ("ni", "new-item"),
    ("md", "new-item"),
    ("ac", "add-content"),
    ("cd", "set-location"),
    ("sl", "set-location"),
    ("chdir", "set-location"),
    ("pushd", "set-location"),
    ("push-location", "set-location"),
    ("sp", "set-itemproperty"),
    ("saps", "start-process"),
    ("start", "start-process"),
    ("icm", "invoke-command"),
    ("echo", "write-output"),
    ("write", "write-output"),
    ("kill", "stop-process"),
    ("spps", "stop-process"),
    ("select", "select-object"),
    ("sort", "sort-object"),
    ("measure", "measure-object"),
    ("tee", "tee-object"),
    ("sls", "select-string"),
    ("sal", "set-alias"),
];

/// Goes through a text. Nothing if it is not understood.
pub(super) fn run(machine: &mut Machine<'_>, text: &str, stdin: &Value) -> Option<Value> {
    if !machine.burn(text.len() + 20) || machine.depth >= crate::evaluate::DEEPEST {
        return None;
    }
    let read = pieces(text)?;
    machine.depth += 1;
    let mut out = Some(Value::default());
    for statement in split(&read, &[";", "&&", "||"]) {
        out = out.and_then(|_| self::statement(machine, statement, stdin));
    }
    machine.depth -= 1;
    out
}

/// What stands between operators; nothing is left out but what is empty.
pub(super) fn split<'a>(pieces: &'a [Piece], operators: &[&str]) -> Vec<&'a [Piece]> {
    let ends = |piece: &Piece| matches!(piece, Piece::Operator(text) if operators.contains(&text.as_str()));
    let parts = pieces.split(ends).map(trimmed);
    parts.filter(|part| !part.is_empty()).collect()
}

fn trimmed(mut pieces: &[Piece]) -> &[Piece] {
    while let [Piece::Space, rest @ ..] | [rest @ .., Piece::Space] = pieces {
        pieces = rest;
    }
    pieces
}

fn statement(machine: &mut Machine<'_>, pieces: &[Piece], stdin: &Value) -> Option<Value> {
    if let [Piece::Word(word), rest @ ..] = pieces
        && KEYWORDS.contains(&word.to_ascii_lowercase().as_str())
        && (!word.eq_ignore_ascii_case("foreach") || matches!(trimmed(rest), [Piece::Group('(', _), ..]))
    {
        return keyword(machine, &word.to_ascii_lowercase(), trimmed(rest), stdin);
    }
    if let Some((target, value)) = assignment(pieces) {
        // What a statement gives, and a command as well, may be kept under a name.
        let value = if value.is_empty() { Value::default() } else { statement(machine, value, stdin)? };
        values::assign(machine, target, &value);
        return Some(Value::default());
    }
    let mut passed = stdin.clone();
    for stage in split(pieces, &["|"]) {
        passed = self::stage(machine, stage, &passed)?;
    }
    Some(passed)
}

/// `if (…) { … } else { … }` and the like.
fn keyword(machine: &mut Machine<'_>, word: &str, rest: &[Piece], stdin: &Value) -> Option<Value> {
    if matches!(word, "return" | "throw" | "exit" | "in") {
        return if rest.is_empty() { Some(Value::default()) } else { statement(machine, rest, stdin) };
    }
    let mut out = Value::default();
    for piece in rest {
        match piece {
            Piece::Group('(', inner) if word == "foreach" => {
                let (name, list) = inner.split_once(" in ").or_else(|| inner.split_once(" In "))?;
                let list = run(machine, list, stdin)?;
                values::set(machine, name.trim().trim_start_matches('$'), &one_of(&list));
            }
            // A parameter without a value is not known.
            Piece::Group('(', _) if matches!(word, "param" | "function" | "filter") => {}
            Piece::Group('(' | '{', inner) => {
                let printed = run(machine, inner, stdin)?;
                out.push(&printed);
            }
            Piece::Word(_)
            | Piece::Single(_)
            | Piece::Double(_)
            | Piece::Variable(_)
            | Piece::Group(..)
            | Piece::Operator(_)
            | Piece::Space => {}
        }
    }
    Some(out)
}

/// `$x = …`, `$env:X += …`, `$x.y = …`, `[type]::Property = …`.
fn assignment(pieces: &[Piece]) -> Option<(&[Piece], &[Piece])> {
    if !matches!(pieces.first(), Some(Piece::Variable(_) | Piece::Group('[', _))) {
        return None;
    }
    let is_sign = |word: &str| matches!(word, "=" | "+=" | "-=" | "*=" | "/=" | "??=");
    let at = pieces.iter().position(|piece| matches!(piece, Piece::Word(word) if is_sign(word)))?;
    let target = trimmed(pieces.get(..at)?);
    // `$x -eq 1` is none, and neither is `$a b=`.
    let is_target = !target.contains(&Piece::Space) || matches!(target.first(), Some(Piece::Group('[', _)));
    is_target.then(|| (target, trimmed(pieces.get(at + 1..).unwrap_or_default())))
}

/// One of the things that a list holds: they are told apart by lines.
fn one_of(list: &Value) -> Value {
    let mut lines = list.split(&[values::LIST, '\n']);
    if lines.len() == 1 { lines.remove(0) } else { Value::hole().tainted(list.taint) }
}

fn stage(machine: &mut Machine<'_>, pieces: &[Piece], stdin: &Value) -> Option<Value> {
    match pieces {
        [Piece::Operator(sign), rest @ ..] if sign == "&" => command(machine, trimmed(rest), stdin, true),
        [Piece::Word(dot), Piece::Space, rest @ ..] if dot == "." => command(machine, trimmed(rest), stdin, true),
        [Piece::Word(word), ..] if !is_expression(word) => command(machine, pieces, stdin, false),
        _ => values::expression(machine, pieces, stdin),
    }
}

fn is_expression(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
        || matches!(word, "!" | "-not" | "@" | "-join" | "-split" | "-" | "+")
        || word.starts_with("::")
}

/// A command with its words, redirections and blocks.
fn command(machine: &mut Machine<'_>, pieces: &[Piece], stdin: &Value, is_called: bool) -> Option<Value> {
    let mut argv: Vec<Value> = Vec::new();
    let mut blocks: Vec<String> = Vec::new();
    let mut word: Vec<Piece> = Vec::new();
    let mut redirects: Option<bool> = None;
    let ended = [Piece::Space];
    for piece in pieces.iter().chain(&ended) {
        match piece {
            Piece::Space | Piece::Operator(_) => {
                if !word.is_empty() {
                    let value = one_word(machine, &std::mem::take(&mut word), stdin, argv.is_empty())?;
                    match redirects.take() {
                        Some(true) if !value.text.eq_ignore_ascii_case("$null") => machine.write_file(&value),
                        Some(_) => {}
                        None => argv.extend(
                            value.split(&[values::LIST]).into_iter().chain(value.text.is_empty().then(Value::default)),
                        ),
                    }
                }
                match piece {
                    Piece::Operator(sign) if matches!(sign.as_str(), ">" | ">>") => redirects = Some(true),
                    Piece::Operator(sign) if matches!(sign.as_str(), "," | "2>&1" | ">&1" | ">&2") => {}
                    // What goes on behind the command is not waited for.
                    Piece::Operator(sign) if sign == "&" => {}
                    Piece::Operator(_) => return None,
                    Piece::Word(_)
                    | Piece::Single(_)
                    | Piece::Double(_)
                    | Piece::Variable(_)
                    | Piece::Group(..)
                    | Piece::Space => {}
                }
            }
            Piece::Group('{', inner) if word.is_empty() => blocks.push(inner.clone()),
            Piece::Word(_) | Piece::Single(_) | Piece::Double(_) | Piece::Variable(_) | Piece::Group(..) => {
                word.push(piece.clone());
            }
        }
    }
    if argv.is_empty() {
        // `& { … }`
        return run_blocks(machine, &blocks, stdin);
    }
    start(machine, argv, &blocks, stdin, is_called)
}

/// One word, which may be several: a list in brackets.
fn one_word(machine: &mut Machine<'_>, word: &[Piece], stdin: &Value, is_name: bool) -> Option<Value> {
    if let [Piece::Word(text), rest @ ..] = word
        && let Some((name, value)) = text.split_once(':').filter(|(name, _)| name.starts_with('-') && name.len() > 1)
        && !is_name
    {
        // `-Name:value`
        let mut pieces = if value.is_empty() { Vec::new() } else { vec![Piece::Word(value.to_owned())] };
        pieces.extend(rest.iter().cloned());
        let value = if pieces.is_empty() { Value::default() } else { values::joined(machine, &pieces, stdin)? };
        return Some(Value { text: format!("{name}{}{}", values::LIST, value.text), taint: value.taint });
    }
    values::joined(machine, word, stdin)
}

fn run_blocks(machine: &mut Machine<'_>, blocks: &[String], stdin: &Value) -> Option<Value> {
    let mut out = Value::default();
    for block in blocks {
        values::set(machine, "_", &one_of(stdin));
        let printed = run(machine, block, stdin)?;
        out.push(&printed);
    }
    Some(out)
}

fn start(
    machine: &mut Machine<'_>,
    mut argv: Vec<Value>,
    blocks: &[String],
    stdin: &Value,
    is_called: bool,
) -> Option<Value> {
    let first = argv.first_mut()?;
    let lower = first.text.to_ascii_lowercase();
    if let Some((_, meant)) = ALIASES.iter().find(|(alias, _)| *alias == lower) {
        *first = Value { text: (*meant).to_owned(), taint: first.taint };
    }
    let name = first.text.to_ascii_lowercase();
    let rest = argv.get(1..).unwrap_or_default().to_vec();
    Some(match name.as_str() {
        "foreach-object" | "where-object" | "invoke-command" | "start-job" | "measure-command" | "start-threadjob"
        | "new-module" | "trace-command"
            if !blocks.is_empty() =>
        {
            let printed = run_blocks(machine, blocks, stdin)?;
            if name == "invoke-command" {
                machine.start(argv, &values::lines(stdin));
            }
            if name == "where-object" { stdin.clone() } else { printed }
        }
        // What passes on what it is given.
        "where-object" | "foreach-object" | "select-object" | "sort-object" | "tee-object" | "out-string"
        | "convertto-json" | "convertfrom-json" | "write-output" | "format-list" | "format-table" | "out-host"
        | "get-unique" | "convertto-csv" | "out-default" => {
            run_blocks(machine, blocks, stdin)?;
            let mut out = stdin.clone();
            if name == "write-output" {
                out.push(&Value::join(&rest, &values::LIST.to_string()));
            }
            if name == "tee-object" {
                rest.iter().filter(|word| !word.starts_with("-")).for_each(|file| machine.write_file(file));
            }
            if name.starts_with("convert") || name.starts_with("out-s") {
                Value::hole().tainted(out.taint)
            } else {
                out
            }
        }
        "import-module" | "ipmo" => {
            for file in rest.iter().filter(|word| word.text.contains(['/', '.']) && !word.starts_with("-")) {
                super::super::shells::run_file(machine, file, &[], "Import-Module");
            }
            Value::default()
        }
        "out-null" | "write-host" | "write-verbose" | "write-warning" | "write-error" | "write-debug"
        | "write-information" | "start-sleep" | "wait-job" | "get-command" | "test-path" | "get-date"
        | "get-random" | "split-path" | "resolve-path" | "join-path" | "get-member" => paths(&name, &rest, stdin),
        "set-location" => {
            if let Some(folder) = rest.iter().find(|word| !word.starts_with("-")).filter(|folder| !names_drive(folder))
            {
                machine.stand_in(folder);
            }
            Value::default()
        }
        "new-object" => object(machine, &rest),
        "set-alias" | "new-alias" => {
            machine.danger(Hazard::UnresolvedCode, "a command gets another name");
            Value::default()
        }
        "invoke-expression" | "iex" => {
            let code = if rest.is_empty() {
                stdin.clone()
            } else {
                Value::join(rest.iter().filter(|it| !it.text.eq_ignore_ascii_case("-command")), " ")
            };
            super::text(machine, &values::lines(&code))
        }
        _ => {
            run_blocks(machine, blocks, stdin)?;
            if is_called && !first_is_plain(&argv) {
                let code = argv.first().cloned().unwrap_or_default();
                machine.judge_code(&code, "PowerShell");
                // `& ([scriptblock]::Create($text))`
                if code.text.contains([' ', ';', '|']) && !code.has_hole() {
                    return run(machine, &code.text, stdin);
                }
            }
            machine.start(argv, &values::lines(stdin))
        }
    })
}

/// Whether what is called is a name or a path.
fn first_is_plain(argv: &[Value]) -> bool {
    argv.first().is_some_and(|name| name.is_known() && name.taint == Taint::NONE && !name.text.contains([';', '|']))
}

/// Whether a path begins with a drive of Windows.
pub(in super::super) fn names_drive(path: &Value) -> bool {
    path.text.chars().nth(1) == Some(':')
}

fn paths(name: &str, rest: &[Value], stdin: &Value) -> Value {
    let words: Vec<&Value> = rest.iter().filter(|word| !word.starts_with("-")).collect();
    match (name, words.as_slice()) {
        ("join-path", [folder, name, ..]) => Value::join([*folder, *name], "/"),
        ("resolve-path", [path, ..]) => (*path).clone(),
        ("split-path" | "get-command" | "get-member" | "test-path" | "get-date" | "get-random", _) => Value::name(),
        _ => Value::default().tainted(stdin.taint),
    }
}

/// `New-Object Net.WebClient`: what is made is known by its name.
fn object(machine: &mut Machine<'_>, rest: &[Value]) -> Value {
    let kind =
        rest.iter().find(|word| !word.starts_with("-")).map(|word| word.text.to_ascii_lowercase()).unwrap_or_default();
    if kind.contains("tcpclient") || kind.contains("udpclient") {
        if let Some(host) = rest.get(1) {
            machine.network(crate::effect::Direction::Out, host, None, "tcp");
        }
        return Value::hole().tainted(Taint::NETWORK);
    }
    if kind.contains("comobject") || rest.iter().any(|word| word.text.eq_ignore_ascii_case("-comobject")) {
        machine.danger(Hazard::UnresolvedCode, "another program is spoken to through its objects");
    }
    Value::hole()
}
