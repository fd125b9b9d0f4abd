//! awk: `system(…)`, pipes to and from commands, files that are written.

use super::lexer::{Token, tokens};
use crate::evaluate::{Machine, Value};
use crate::programs;
use portcullis_event::Hazard;

/// Looks through an awk program.
pub(crate) fn awk(machine: &mut Machine<'_>, program: &str) {
    let tokens = tokens(program, "awk");
    let known = assigned(&tokens);
    let sockets = tokens.iter().any(|token| matches!(token, Token::Text(text, _) if text.starts_with("/inet")));
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens.get(at + 1);
        match token {
            Token::Name(name) if name == "system" => match (next, tokens.get(at + 2), tokens.get(at + 3)) {
                (Some(Token::Sign('(')), Some(Token::Text(code, true)), Some(Token::Sign(')'))) => {
                    programs::run_shell(machine, &Value::of(code.clone()));
                }
                (Some(Token::Sign('(')), Some(Token::Name(name)), Some(Token::Sign(')')))
                    if known.contains_key(name) =>
                {
                    let code = known.get(name).cloned().unwrap_or_default();
                    programs::run_shell(machine, &Value::of(code));
                }
                (Some(Token::Sign('(')), Some(_), _) if !matches!(tokens.get(at + 2), Some(Token::Name(name)) if name == "sprintf") =>
                {
                    let code = put_together(machine, tokens.get(at + 2..).unwrap_or_default(), &known);
                    programs::run_shell(machine, &code);
                }
                (Some(Token::Sign('(')), Some(Token::Name(name)), _) if name == "sprintf" => {
                    machine.danger(Hazard::DecodedCode, "awk puts a command together and runs it");
                }
                _ => machine.danger(Hazard::UnresolvedCode, "awk runs a command that is not known"),
            },
            // `"command" | getline`, `print | "command"`.
            Token::Text(code, true)
                if matches!(next, Some(Token::Sign('|')))
                    && matches!(tokens.get(at + 2), Some(Token::Name(name)) if name == "getline") =>
            {
                programs::run_shell(machine, &Value::of(code.clone()));
            }
            Token::Sign('|') => match next {
                Some(Token::Text(code, true)) => {
                    if sockets {
                        machine.danger(Hazard::RemoteShell, "awk connects a program to a socket");
                    }
                    let printed = match at.checked_sub(1).and_then(|before| tokens.get(before)) {
                        Some(Token::Text(text, true)) => Value::of(text.clone()),
                        _ => Value::hole(),
                    };
                    programs::run_shell_on(machine, &Value::of(code.clone()), &printed);
                }
                Some(Token::Name(name)) if name == "getline" && sockets => {
                    // A name that holds a command, and what it says goes to whoever is on the other side.
                    if matches!(at.checked_sub(1).and_then(|before| tokens.get(before)), Some(Token::Name(_))) {
                        machine.danger(Hazard::RemoteShell, "awk runs what it is told over a socket");
                    }
                }
                Some(Token::Sign('&')) => {
                    if let Some(Token::Text(text, _)) = tokens.get(at + 2) {
                        inet(machine, text);
                    }
                }
                _ => {}
            },
            Token::Sign('>') => {
                if let (Some(Token::Text(file, true)), true) = (next, prints_before(&tokens, at)) {
                    machine.write_file(&Value::of(file.clone()));
                }
            }
            Token::Text(text, _) if text.starts_with("/inet") => inet(machine, text),
            Token::Name(_) | Token::Text(..) | Token::Backquoted(_) | Token::Sign(_) => {}
        }
    }
}

/// What stands in brackets, side by side, is one text: `"rm -rf " ENVIRON["HOME"]`.
fn put_together(
    machine: &mut Machine<'_>,
    tokens: &[Token],
    known: &std::collections::HashMap<String, String>,
) -> Value {
    let mut out = Value::default();
    let mut rest = tokens.iter().take(64).peekable();
    while let Some(token) = rest.next() {
        match token {
            Token::Text(text, true) => out.push(&Value::of(text.clone())),
            Token::Name(name) if name == "ENVIRON" => {
                let inner: Vec<&Token> = rest.by_ref().take_while(|token| **token != Token::Sign(']')).collect();
                let value = match inner.as_slice() {
                    [Token::Sign('['), Token::Text(name, true)] if name == "HOME" => {
                        Value::of(machine.world.home().as_str())
                    }
                    [Token::Sign('['), Token::Text(name, true)] => machine.variable(name),
                    _ => Value::hole(),
                };
                out.push(&value);
            }
            Token::Name(name) => out.push(&known.get(name).map_or_else(Value::hole, |text| Value::of(text.clone()))),
            Token::Sign(')') => break,
            Token::Sign('(') => {}
            Token::Text(..) | Token::Backquoted(_) | Token::Sign(_) => out.push(&Value::hole()),
        }
    }
    out
}

/// Variables that are set to a literal.
fn assigned(tokens: &[Token]) -> std::collections::HashMap<String, String> {
    let literal = tokens.windows(3).filter_map(|window| match window {
        [Token::Name(name), Token::Sign('='), Token::Text(text, true)] => Some((name.clone(), text.clone())),
        _ => None,
    });
    literal.collect()
}

fn prints_before(tokens: &[Token], at: usize) -> bool {
    tokens.iter().take(at).rev().take(16).any(|token| matches!(token, Token::Name(name) if name.starts_with("print")))
}

/// `/inet/tcp/0/host/port`.
fn inet(machine: &mut Machine<'_>, text: &str) {
    let mut parts = text.split('/').skip(4);
    if let (Some(host), port) = (parts.next(), parts.next()) {
        machine.network(
            crate::effect::Direction::Out,
            &Value::of(host),
            port.and_then(|port| port.parse().ok()),
            "tcp",
        );
    }
}

/// What `BEGIN { print "text" }` prints.
pub(crate) fn awk_prints(program: &str) -> Option<String> {
    let tokens = tokens(program, "awk");
    match tokens.as_slice() {
        [Token::Name(begin), Token::Sign('{'), Token::Name(print), Token::Text(text, true), Token::Sign('}')]
            if begin == "BEGIN" && print.starts_with("print") =>
        {
            Some(text.clone())
        }
        _ => None,
    }
}
