//! The pieces of a text of PowerShell, at one depth: what stands in brackets is a piece of its own, to be read when it is
//! its turn.

/// A piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Characters as they are.
    Word(String),
    /// A string without variables.
    Single(String),
    /// A string with variables in it.
    Double(String),
    /// `$name`, without the sign.
    Variable(String),
    /// What stands in brackets, by what opens it: `(`, `{`, `[`, and `@` for a table.
    Group(char, String),
    /// `;`, `|`, `&`, `&&`, `||`, `,`, and redirections.
    Operator(String),
    Space,
}

/// Reads a text; nothing if it ends within a string or a bracket.
pub(super) fn pieces(text: &str) -> Option<Vec<Piece>> {
    let chars: Vec<char> = text.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let next = chars.get(at + 1).copied();
        let is_fresh = matches!(out.last(), None | Some(Piece::Space | Piece::Operator(_)));
        match (c, next) {
            ('`', Some('\n')) => {
                out.push(Piece::Space);
                at += 2;
            }
            ('`', Some(escaped)) => {
                out.push(Piece::Word(escaped.to_string()));
                at += 2;
            }
            ('\n' | ';', _) => {
                out.push(Piece::Operator(";".to_owned()));
                at += 1;
            }
            (c, _) if c.is_whitespace() => {
                out.push(Piece::Space);
                at += 1;
            }
            ('<', Some('#')) => at = find(&chars, at + 2, "#>")? + 2,
            ('#', _) if is_fresh => at = find(&chars, at, "\n").unwrap_or(chars.len()),
            ('@', Some(quote @ ('\'' | '"'))) => {
                let end = find(&chars, at + 2, &format!("\n{quote}@"))?;
                out.push(string(quote, chars.get(at + 2..end)?.iter().collect()));
                at = end + 3;
            }
            ('\'' | '"', _) => {
                let (text, end) = quoted(&chars, at + 1, c)?;
                out.push(string(c, text));
                at = end;
            }
            ('$' | '@', Some('(')) | ('@', Some('{')) => {
                let end = closing(&chars, at + 1)?;
                let opens = if next == Some('{') { '@' } else { '(' };
                out.push(Piece::Group(opens, chars.get(at + 2..end)?.iter().collect()));
                at = end + 1;
            }
            ('(' | '{' | '[', _) => {
                let end = closing(&chars, at)?;
                out.push(Piece::Group(c, chars.get(at + 1..end)?.iter().collect()));
                at = end + 1;
            }
            (')' | '}' | ']', _) => return None,
            ('$', Some('{')) => {
                let end = find(&chars, at, "}")?;
                out.push(Piece::Variable(chars.get(at + 2..end)?.iter().collect()));
                at = end + 1;
            }
            ('$', Some(_)) => {
                let end = name_end(&chars, at + 1);
                out.push(Piece::Variable(chars.get(at + 1..end)?.iter().collect()));
                at = end;
            }
            ('|' | '&' | ',' | '>' | '<', _) => {
                let (text, end) = operator(&chars, at);
                out.push(Piece::Operator(text));
                at = end;
            }
            ('0'..='9' | '*', Some('>')) if is_fresh => {
                let (text, end) = operator(&chars, at + 1);
                out.push(Piece::Operator(text));
                at = end;
            }
            _ => {
                let end = (at + 1..chars.len()).find(|at| ends_word(&chars, *at)).unwrap_or(chars.len());
                out.push(Piece::Word(chars.get(at..end)?.iter().collect()));
                at = end;
            }
        }
    }
    Some(out)
}

fn string(quote: char, text: String) -> Piece {
    if quote == '"' { Piece::Double(text) } else { Piece::Single(text) }
}

fn ends_word(chars: &[char], at: usize) -> bool {
    chars.get(at).is_some_and(|c| c.is_whitespace() || "'\"`(){}[];|&,<>$".contains(*c))
}

fn find(chars: &[char], from: usize, text: &str) -> Option<usize> {
    (from..chars.len()).find(|at| text.chars().enumerate().all(|(ahead, c)| chars.get(at + ahead) == Some(&c)))
}

/// Where a variable's name ends: `env:PATH`, `script:x`, `_`, `?`.
pub(super) fn name_end(chars: &[char], from: usize) -> usize {
    if matches!(chars.get(from), Some('?' | '$' | '^')) {
        return from + 1;
    }
    let is_part = |at: usize| match chars.get(at) {
        Some(':') => {
            chars.get(at + 1).is_some_and(|c| c.is_alphanumeric() || *c == '_') && chars.get(at - 1) != Some(&':')
        }
        Some(c) => c.is_alphanumeric() || *c == '_',
        None => false,
    };
    (from..chars.len()).find(|at| !is_part(*at)).unwrap_or(chars.len())
}

/// What stands in quotes, and where it goes on behind them. Two quotes in a row are one.
fn quoted(chars: &[char], from: usize, quote: char) -> Option<(String, usize)> {
    let mut out = String::new();
    let mut at = from;
    loop {
        let c = *chars.get(at)?;
        if c == quote {
            if chars.get(at + 1) != Some(&quote) {
                return Some((out, at + 1));
            }
            at += 1;
        } else if c == '`' && quote == '"' {
            // Kept for whoever fills in the variables.
            out.push(c);
            at += 1;
        }
        out.push(*chars.get(at)?);
        at += 1;
    }
}

/// Where the bracket that opens at this place is closed.
pub(super) fn closing(chars: &[char], from: usize) -> Option<usize> {
    let mut open = Vec::new();
    let mut at = from;
    loop {
        match *chars.get(at)? {
            '`' => at += 1,
            quote @ ('\'' | '"') => {
                at = quoted(chars, at + 1, quote)?.1;
                continue;
            }
            '(' => open.push(')'),
            '{' => open.push('}'),
            '[' => open.push(']'),
            c @ (')' | '}' | ']') => {
                if open.pop() != Some(c) {
                    return None;
                }
                if open.is_empty() {
                    return Some(at);
                }
            }
            _ => {}
        }
        at += 1;
    }
}

fn operator(chars: &[char], at: usize) -> (String, usize) {
    for text in ["2>&1", ">&1", ">&2", ">>", "&&", "||"] {
        if text.chars().enumerate().all(|(ahead, c)| chars.get(at + ahead) == Some(&c)) {
            return (text.to_owned(), at + text.len());
        }
    }
    (chars.get(at).map(char::to_string).unwrap_or_default(), at + 1)
}
