//! What PowerShell's expressions come to, as far as that is known.

use super::lexer::{Piece, closing, name_end};
use super::{reader, statics};
use crate::evaluate::{Machine, Taint, Value};
use portcullis_event::Hazard;

/// What stands between the values of a list, as no text holds it.
pub(super) const LIST: char = '\u{1e}';

/// A list as other programs get it: a line for each value.
pub(super) fn lines(value: &Value) -> Value {
    Value { text: value.text.replace(LIST, "\n"), taint: value.taint }
}

/// Keeps a value under a name.
pub(super) fn set(machine: &mut Machine<'_>, name: &str, value: &Value) {
    machine.scope.set(&format!("ps:{}", name.to_ascii_lowercase()), vec![value.clone()]);
}

/// What stands on the left of `=`.
pub(super) fn assign(machine: &mut Machine<'_>, target: &[Piece], value: &Value) {
    match target {
        [Piece::Variable(name)] => match name.to_ascii_lowercase().strip_prefix("env:") {
            Some(_) => {
                let name = name.get(4..).unwrap_or_default().to_owned();
                machine.judge_variable(&name, value, true);
                machine.scope.set(&name, vec![value.clone()]);
            }
            None => set(machine, name, value),
        },
        [Piece::Group('[', _), .., Piece::Variable(name)] => set(machine, name, value),
        [Piece::Group('[', kind), Piece::Word(property), ..]
            if property.to_ascii_lowercase().contains("certificatevalidation") =>
        {
            machine.danger(Hazard::GuardTampering, format!("certificates are not checked by {kind}"));
        }
        _ => {}
    }
}

fn variable(machine: &mut Machine<'_>, name: &str) -> Value {
    let lower = name.to_ascii_lowercase();
    let bare =
        ["script:", "global:", "local:", "private:", "using:"].iter().find_map(|scope| lower.strip_prefix(scope));
    let lower = bare.unwrap_or(&lower);
    if let Some(environment) = lower.strip_prefix("env:") {
        return match environment {
            "userprofile" | "home" | "homepath" => Value::of(machine.world.home().as_str()),
            "temp" | "tmp" => Value::of("/tmp"),
            "appdata" | "localappdata" => Value::of(format!("{}/AppData", machine.world.home())),
            _ => machine.variable(name.get(4..).unwrap_or_default()),
        };
    }
    match lower {
        "home" => Value::of(machine.world.home().as_str()),
        "pwd" | "psscriptroot" => Value::of("."),
        "profile" => Value::of(format!("{}/.config/powershell/profile.ps1", machine.world.home())),
        "null" => Value::of("$null"),
        "true" | "false" => Value::of(lower),
        "lastexitcode" | "?" | "pid" | "error" | "matches" | "psversiontable" => Value::name(),
        _ => match machine.scope.get(&format!("ps:{lower}")) {
            Some(values) => values.into_iter().next().unwrap_or_default(),
            None => Value::hole(),
        },
    }
}

/// Pieces right behind each other are one word.
pub(super) fn joined(machine: &mut Machine<'_>, pieces: &[Piece], stdin: &Value) -> Option<Value> {
    let mut out = Value::default();
    let mut rest = pieces.iter().peekable();
    while let Some(piece) = rest.next() {
        match piece {
            Piece::Word(text)
                if out.text.is_empty() && (text == "~" || text.starts_with("~/") || text.starts_with("~\\")) =>
            {
                out.push(&Value::of(format!("{}{}", machine.world.home(), text.get(1..)?.replace('\\', "/"))));
            }
            Piece::Word(text) => out.push(&Value::of(unescaped(text))),
            Piece::Single(text) => out.push(&Value::from_outside(&text.replace('\\', "/"))),
            Piece::Double(text) => {
                let text = filled(machine, text, stdin)?;
                out.push(&text);
            }
            Piece::Variable(name) => {
                let mut value = variable(machine, name);
                while let Some(member) = rest.next_if(|piece| matches!(piece, Piece::Word(word) if word.starts_with('.') && !word.starts_with("./") && !word.starts_with(".\\"))) {
                    let Piece::Word(member) = member else { break };
                    let arguments = rest.next_if(|piece| matches!(piece, Piece::Group('(', _))).cloned();
                    value = self::member(machine, &value, member, arguments.as_ref(), stdin)?;
                }
                if rest.next_if(|piece| matches!(piece, Piece::Group('[', _))).is_some() {
                    value = Value::hole().tainted(value.taint);
                }
                out.push(&value);
            }
            Piece::Group('(' | '@', _) => {
                let value = group(machine, piece, stdin)?;
                let mut value = value;
                while let Some(member) =
                    rest.next_if(|piece| matches!(piece, Piece::Word(word) if word.starts_with('.')))
                {
                    let Piece::Word(member) = member else { break };
                    let arguments = rest.next_if(|piece| matches!(piece, Piece::Group('(', _))).cloned();
                    value = self::member(machine, &value, member, arguments.as_ref(), stdin)?;
                }
                out.push(&value);
            }
            Piece::Group('[', kind) => {
                let Some(Piece::Word(member)) =
                    rest.next_if(|piece| matches!(piece, Piece::Word(word) if word.starts_with("::")))
                else {
                    // `[int]$x`, or a pattern in a path.
                    if out.text.is_empty() {
                        if kind.eq_ignore_ascii_case("char") {
                            out.taint |= Taint::DECODED;
                        }
                    } else {
                        out.push(&Value::of(crate::evaluate::markers::ANY));
                    }
                    continue;
                };
                let arguments = rest.next_if(|piece| matches!(piece, Piece::Group('(', _))).cloned();
                let arguments = listed(machine, arguments.as_ref(), stdin)?;
                let mut value = statics::call(machine, kind, member.trim_start_matches(':'), &arguments);
                while let Some(member) =
                    rest.next_if(|piece| matches!(piece, Piece::Word(word) if word.starts_with('.')))
                {
                    let Piece::Word(member) = member else { break };
                    let arguments = rest.next_if(|piece| matches!(piece, Piece::Group('(', _))).cloned();
                    value = self::member(machine, &value, member, arguments.as_ref(), stdin)?;
                }
                out.push(&value);
            }
            Piece::Group(_, text) => {
                // A block that is kept is run by and by.
                reader::run(machine, text, stdin)?;
                out.push(&Value::from_outside(text));
            }
            Piece::Operator(_) | Piece::Space => return None,
        }
    }
    Some(out)
}

/// `\` parts folders on Windows.
fn unescaped(text: &str) -> String {
    let text = text.replace('\\', "/");
    text.replace('*', "\u{fdd1}").replace('?', "\u{fdd2}")
}

/// What stands in brackets: a pipeline, or the values of a table.
fn group(machine: &mut Machine<'_>, piece: &Piece, stdin: &Value) -> Option<Value> {
    match piece {
        Piece::Group('@', inner) => {
            let mut out = Value::hole();
            for entry in inner.split([';', '\n']) {
                let value = entry.split_once('=').map_or(entry, |(_, value)| value);
                let value = reader::run(machine, value, stdin)?;
                out.taint |= value.taint;
            }
            Some(out)
        }
        Piece::Group(_, inner) => reader::run(machine, inner, stdin),
        Piece::Word(_)
        | Piece::Single(_)
        | Piece::Double(_)
        | Piece::Variable(_)
        | Piece::Operator(_)
        | Piece::Space => None,
    }
}

/// What stands in the brackets of a call, each for itself.
fn listed(machine: &mut Machine<'_>, arguments: Option<&Piece>, stdin: &Value) -> Option<Vec<Value>> {
    let Some(Piece::Group(_, inner)) = arguments else { return Some(Vec::new()) };
    if machine.depth >= crate::evaluate::DEEPEST || !machine.burn(inner.len()) {
        return None;
    }
    let read = super::lexer::pieces(inner)?;
    machine.depth += 1;
    let parts = reader::split(&read, &[","]);
    let out = parts.into_iter().map(|part| expression(machine, part, stdin)).collect();
    machine.depth -= 1;
    out
}

/// A property or a method of a value.
fn member(
    machine: &mut Machine<'_>,
    value: &Value,
    name: &str,
    arguments: Option<&Piece>,
    stdin: &Value,
) -> Option<Value> {
    let is_call = arguments.is_some();
    let arguments = listed(machine, arguments, stdin)?;
    let name = name.trim_start_matches('.').to_ascii_lowercase();
    let last = name.rsplit('.').next().unwrap_or_default();
    Some(match last {
        "fullname" | "path" | "value" | "content" | "text" | "source" | "trim" | "tostring" | "rawcontent" | "name"
        | "trimend" | "trimstart" | "tolower" => value.clone(),
        "downloadstring" | "downloaddata" | "getstringasync" | "openread" | "getasync" => {
            arguments.iter().take(1).for_each(|address| drop(machine.url(address, crate::effect::Direction::In)));
            Value::hole().tainted(Taint::NETWORK)
        }
        "downloadfile" => {
            if let [address, file, ..] = arguments.as_slice() {
                machine.url(address, crate::effect::Direction::In);
                machine.write_file(file);
                machine.remember(file, &Value::hole().tainted(Taint::NETWORK), false);
            }
            Value::default()
        }
        "uploadstring" | "uploadfile" | "uploaddata" | "uploadvalues" | "postasync" => {
            arguments.iter().take(1).for_each(|address| drop(machine.url(address, crate::effect::Direction::Out)));
            let mut sent = Value::join(arguments.iter().skip(1), " ");
            if last == "uploadfile" {
                sent = arguments.last().map(|file| machine.read_file(file)).unwrap_or_default();
            }
            machine.judge_sent(&sent, "PowerShell");
            Value::hole().tainted(Taint::NETWORK)
        }
        "delete" if is_call => {
            machine.delete(value, true);
            Value::default()
        }
        "invoke" | "invokescript" | "invokereturnasis" if is_call => {
            machine.judge_code(value, "PowerShell");
            Value::hole()
        }
        "length" | "count" | "id" | "processname" | "status" | "owningprocess" => Value::name(),
        _ => Value::hole().tainted(value.taint | arguments.iter().fold(Taint::NONE, |all, it| all | it.taint)),
    })
}

/// An expression: values with signs between them.
pub(super) fn expression(machine: &mut Machine<'_>, pieces: &[Piece], stdin: &Value) -> Option<Value> {
    let mut out = Value::default();
    let mut joins = true;
    for part in pieces.split(|piece| matches!(piece, Piece::Space)) {
        match part {
            [] => {}
            [Piece::Word(sign)] if sign == "+" => joins = true,
            [Piece::Word(sign)] if sign.starts_with('-') && sign.len() > 1 && !out.text.is_empty() => {
                // `-replace`, `-f`, `-join`, `-eq`: what comes of it is not looked for.
                out = Value::hole().tainted(out.taint);
                joins = false;
            }
            part => {
                for item in part.split(|piece| matches!(piece, Piece::Operator(sign) if sign == ",")) {
                    if item.is_empty() {
                        continue;
                    }
                    let value = sum(machine, item, stdin)?;
                    if !joins && !out.has_hole() {
                        out.push(&Value::of(LIST));
                    }
                    if joins || !out.has_hole() {
                        out.push(&value);
                    } else {
                        out.taint |= value.taint;
                    }
                    joins = false;
                }
            }
        }
    }
    Some(out)
}

/// `'a'+'b'` without room between them.
fn sum(machine: &mut Machine<'_>, pieces: &[Piece], stdin: &Value) -> Option<Value> {
    let mut out = Value::default();
    for part in pieces.split(|piece| matches!(piece, Piece::Word(sign) if sign == "+")) {
        let value = joined(machine, part, stdin)?;
        out.push(&value);
    }
    Some(out)
}

/// A string with its variables filled in.
fn filled(machine: &mut Machine<'_>, text: &str, stdin: &Value) -> Option<Value> {
    let chars: Vec<char> = text.chars().collect();
    let mut out = Value::default();
    let mut plain = String::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        match (c, chars.get(at + 1)) {
            ('`', Some(escaped)) => {
                plain.push(match escaped {
                    'n' => '\n',
                    't' => '\t',
                    other => *other,
                });
                at += 2;
            }
            ('$', Some('(')) => {
                out.push(&Value::from_outside(&std::mem::take(&mut plain)));
                let end = closing(&chars, at + 1)?;
                let inner: String = chars.get(at + 2..end)?.iter().collect();
                let value = reader::run(machine, &inner, stdin)?;
                out.push(&value);
                at = end + 1;
            }
            ('$', Some(next)) if next.is_alphanumeric() || matches!(next, '_' | '{') => {
                out.push(&Value::from_outside(&std::mem::take(&mut plain)));
                let braced = *next == '{';
                let end = if braced {
                    at + chars.get(at..)?.iter().position(|c| *c == '}')?
                } else {
                    name_end(&chars, at + 1)
                };
                let name: String = chars.get(at + if braced { 2 } else { 1 }..end)?.iter().collect();
                let value = variable(machine, &name);
                out.push(&value);
                at = end + usize::from(braced);
            }
            _ => {
                plain.push(if c == '\\' { '/' } else { c });
                at += 1;
            }
        }
    }
    out.push(&Value::from_outside(&plain));
    Some(out)
}
