//! Names that stand for one thing throughout a text: `c = "rm -rf ~"; os.system(c)` does what `os.system("rm -rf ~")` does.

use super::lexer::Token;
use std::collections::HashMap;

/// No value is longer, so that names within names stay cheap.
const LONGEST: usize = 32;

/// Of more names than these it is not looked whether they are sure.
const MOST_SURE: usize = 32;

/// A text in which such names are replaced by what they stand for.
pub(super) struct Settled {
    pub(super) tokens: Vec<Token>,
    /// Whether nothing else in the text can have given one of the names another value.
    pub(super) is_sure: bool,
}

/// The text with such names replaced by what they stand for; nothing if there are none.
pub(super) fn settled(tokens: &[Token]) -> Option<Settled> {
    let mut values: HashMap<&str, Vec<Token>> = HashMap::new();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (at, token) in tokens.iter().enumerate() {
        let Token::Name(name) = token else { continue };
        if let Some(begin) = assigned_from(tokens, at) {
            *seen.entry(name).or_default() += 1;
            let value = replaced(value_of(tokens, begin), &values);
            if is_plain(&value) {
                values.insert(name, value);
            }
        }
    }
    values.retain(|name, _| seen.get(name) == Some(&1));
    if values.is_empty() {
        return None;
    }
    let is_sure =
        values.len() <= MOST_SURE && is_straight(tokens) && values.keys().all(|name| is_left_alone(tokens, name));
    let mut out = Vec::with_capacity(tokens.len());
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Name(name) if assigned_from(tokens, at).is_none() => match values.get(name.as_str()) {
                Some(value) if out.len() < tokens.len() * 8 => out.extend(value.iter().cloned()),
                Some(_) | None => out.push(token.clone()),
            },
            Token::Name(_) | Token::Text(..) | Token::Backquoted(_) | Token::Sign(_) => out.push(token.clone()),
        }
    }
    Some(Settled { tokens: out, is_sure })
}

/// Whether a text is one statement behind the other: no functions with names of their own, no loops, no code in code.
fn is_straight(tokens: &[Token]) -> bool {
    const BENDS: [&str; 24] = [
        "def", "lambda", "function", "func", "fn", "sub", "proc", "for", "foreach", "while", "until", "loop", "with",
        "class", "as", "exec", "eval", "globals", "locals", "vars", "setattr", "compile", "global", "my",
    ];
    tokens.iter().enumerate().all(|(at, token)| match token {
        Token::Name(name) => !BENDS.contains(&name.rsplit(['.', ':']).next().unwrap_or(name)),
        // `x => …`, and `from x import *`.
        Token::Sign('=') => tokens.get(at + 1) != Some(&Token::Sign('>')),
        Token::Sign('*') => {
            !matches!(at.checked_sub(1).and_then(|at| tokens.get(at)), Some(Token::Name(name)) if name == "import")
        }
        Token::Text(..) | Token::Backquoted(_) | Token::Sign(_) => true,
    })
}

/// Whether a name is only read where it is not given its value: not added to, indexed, imported, or given another one by a list.
fn is_left_alone(tokens: &[Token], name: &str) -> bool {
    let of_it = |other: &str| other.strip_prefix(name).is_some_and(|rest| rest.starts_with(['.', ':']));
    tokens.iter().enumerate().all(|(at, token)| {
        let Token::Name(other) = token else { return true };
        if of_it(other) {
            return false;
        }
        if other != name || assigned_from(tokens, at).is_some() {
            return true;
        }
        let before = tokens.get(..at).unwrap_or_default();
        let line = before.rsplit(|token| matches!(token, Token::Sign('\n' | ';'))).next().unwrap_or_default();
        let is_imported = line.iter().any(|token| matches!(token, Token::Name(name) if name == "import"));
        let begins = line.is_empty();
        let next = tokens.get(at + 1);
        let changes = matches!(next, Some(Token::Sign('[' | '<' | '.' | '|' | '+' | '-' | '*' | '/' | '?')))
            && (tokens.get(at + 2) == Some(&Token::Sign('=')) || matches!(next, Some(Token::Sign('[' | '<' | '.'))));
        !(is_imported || changes || begins && next == Some(&Token::Sign(',')))
    })
}

/// Where the value begins that a name at this place is given: behind `=`, or `:=`.
fn assigned_from(tokens: &[Token], at: usize) -> Option<usize> {
    let Some(Token::Name(name)) = tokens.get(at) else { return None };
    if name.contains(['.', ':'])
        || matches!(tokens.get(at.checked_sub(1).unwrap_or(usize::MAX)), Some(Token::Sign('.' | ',')))
    {
        return None;
    }
    let sign = |ahead: usize, c: char| tokens.get(at + ahead) == Some(&Token::Sign(c));
    if sign(1, '=') && !sign(2, '=') && !sign(2, '>') {
        Some(at + 2)
    } else if sign(1, ':') && sign(2, '=') {
        Some(at + 3)
    } else if sign(1, ',') && sign(3, ':') && sign(4, '=') {
        // `home, err := …`
        Some(at + 5)
    } else {
        None
    }
}

/// What stands from here to the end of the statement.
fn value_of(tokens: &[Token], begin: usize) -> &[Token] {
    let mut open = 0_usize;
    let rest = tokens.get(begin..).unwrap_or_default();
    let end = rest.iter().take(LONGEST + 1).position(|token| match token {
        Token::Sign('(' | '[' | '{') => {
            open += 1;
            false
        }
        Token::Sign(')' | ']' | '}') if open == 0 => true,
        Token::Sign(')' | ']' | '}') => {
            open -= 1;
            false
        }
        Token::Sign(';' | '\n' | ',') => open == 0,
        Token::Name(_) | Token::Text(..) | Token::Backquoted(_) | Token::Sign(_) => false,
    });
    rest.get(..end.unwrap_or(rest.len())).unwrap_or_default()
}

fn replaced(value: &[Token], values: &HashMap<&str, Vec<Token>>) -> Vec<Token> {
    let of = |token: &Token| match token {
        Token::Name(name) => values.get(name.as_str()).cloned(),
        Token::Text(..) | Token::Backquoted(_) | Token::Sign(_) => None,
    };
    value.iter().take(LONGEST + 1).flat_map(|token| of(token).unwrap_or_else(|| vec![token.clone()])).collect()
}

/// Whether a value does nothing by itself, whatever it is put into.
fn is_plain(value: &[Token]) -> bool {
    const MADE_OF: [&str; 20] = [
        "os.path.expanduser",
        "os.path.join",
        "Path",
        "pathlib.Path",
        "Path.home",
        "pathlib.Path.home",
        "os.environ",
        "os.getenv",
        "os.homedir",
        "process.env.HOME",
        "Dir.home",
        "ENV",
        "$ENV",
        "String",
        "str",
        "f",
        "r",
        "b",
        "require",
        "os.UserHomeDir",
    ];
    !value.is_empty()
        && value.len() <= LONGEST
        && value.iter().all(|token| match token {
            Token::Text(..) => true,
            Token::Name(name) => MADE_OF.contains(&name.as_str()),
            Token::Sign(sign) => "+,()[]{}/".contains(*sign),
            Token::Backquoted(_) => false,
        })
}
