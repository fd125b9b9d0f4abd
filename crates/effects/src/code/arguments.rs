//! What a call is handed, as far as it stands there: strings, the home, and what only passes these on.

use super::calls::{Deed, deed};
use super::lexer::Token;
use crate::evaluate::Value;

/// Names around a value that leave it as it is, nearly.
fn passes_on(name: &str) -> bool {
    let last = name.rsplit(['.', ':']).next().unwrap_or(name);
    matches!(
        last,
        "expanduser"
            | "abspath"
            | "realpath"
            | "Path"
            | "str"
            | "glob"
            | "resolve"
            | "join"
            | "expand_path"
            | "compile"
            | "String"
            | "URI"
            | "URL"
            | "parse"
            | "normalize"
            | "Buffer"
            | "bytes"
            | "encode"
            | "shlex"
            | "split"
            | "new"
            | "Request"
            | "trim"
            | "decode"
            | "sh"
            | "list"
            | "lambda"
            | "await"
            | "unwrap"
            | "async"
            | "return"
            | "f"
            | "r"
            | "b"
            | "rb"
            | "u"
            | "fr"
    )
}

/// The home, as languages write it.
fn is_home(name: &str) -> bool {
    matches!(
        name,
        "process.env.HOME"
            | "pathlib.Path.home"
            | "$HOME"
            | "os.homedir"
            | "os.UserHomeDir"
            | "homedir"
            | "Dir.home"
            | "Path.home"
            | "$ENV"
            | "ENV"
    )
}

/// Calls that give a variable of the environment.
fn asks_environment(name: &str) -> bool {
    matches!(
        name,
        "Deno.env.get"
            | "os.getenv"
            | "getenv"
            | "os.environ.get"
            | "System.getenv"
            | "os.Getenv"
            | "Sys.getenv"
            | "std::env::var"
            | "env::var"
            | "ENV.fetch"
            | "os.environ"
            | "environ.get"
    )
}

/// The literal words behind a name: of a call with brackets, or of a statement without.
pub(super) fn arguments(tokens: &[Token], from: usize, language: &str) -> Option<Vec<Value>> {
    let bracket = matches!(tokens.get(from), Some(Token::Sign('(')));
    let bare = matches!(language, "ruby" | "perl" | "php" | "lua" | "luajit");
    // `exec ["…"].pack("H*")`
    let list = language == "ruby" && matches!(tokens.get(from), Some(Token::Sign('[')));
    let statement = list || bare && matches!(tokens.get(from), Some(Token::Text(..) | Token::Name(_)));
    if !(bracket || statement) {
        return None;
    }
    let joins_with_dots = matches!(language, "perl" | "php");
    let mut open: Vec<char> = Vec::new();
    let mut out: Vec<Value> = vec![Value::default()];
    let mut is_empty = true;
    // Whoever writes more than this into one call is read no further, so that calls within calls stay cheap.
    let mut words = tokens.iter().skip(from).take(MOST_TOKENS).peekable();
    while let Some(token) = words.next() {
        match token {
            Token::Sign(c @ ('(' | '[' | '{')) => open.push(*c),
            Token::Sign(')' | ']' | '}') => {
                open.pop();
                // What is done to a list belongs to it: `[…].pack("H*")`.
                if open.is_empty() && !list {
                    break;
                }
            }
            Token::Sign(';' | '\n') if open.is_empty() => break,
            // Within a call that only passes on, as `os.path.join(a, b)` does, parts belong together.
            Token::Sign(',') if open.len() > 1 && open.last() == Some(&'(') => {
                out.last_mut()?.push(&Value::of("/"));
            }
            Token::Sign(',') => {
                out.push(Value::default());
                is_empty = true;
            }
            Token::Text(text, literal) => {
                // Two strings in a row, or with `+`, are one.
                let home = machine_home(text);
                let text = home.as_deref().unwrap_or(text);
                let value = if *literal { Value::from_outside(text) } else { part_of(text) };
                out.last_mut()?.push(&if !joins_with_dots && is_changed(words.peek().copied(), words.clone().nth(1)) {
                    Value::hole()
                } else {
                    value
                });
                is_empty = false;
            }
            Token::Name(name) if is_home(name) => {
                out.last_mut()?.push(&Value::of("~"));
                is_empty = false;
                // `ENV["HOME"]`
                if matches!(words.peek(), Some(Token::Sign('[' | '{' | '('))) {
                    words.by_ref().take_while(|token| !matches!(token, Token::Sign(']' | '}' | ')'))).count();
                }
            }
            // `require('os').homedir()`: what is loaded says nothing about the value.
            Token::Name(name) if matches!(name.as_str(), "require" | "__import__") => {
                words.by_ref().take_while(|token| !matches!(token, Token::Sign(')'))).count();
            }
            Token::Name(name) if asks_environment(name) => {
                let mut inner = words.clone().skip(1);
                let is_home = matches!(inner.next(), Some(Token::Text(name, _)) if matches!(name.as_str(), "HOME" | "USERPROFILE"));
                words.by_ref().take_while(|token| !matches!(token, Token::Sign(')' | ']'))).count();
                out.last_mut()?.push(&if is_home { Value::of("~") } else { Value::hole() });
                is_empty = false;
            }
            // What is decoded is not what is written.
            Token::Name(name) if name.starts_with("codecs.") || deed(name, language) == Some(Deed::Decode) => {
                out.last_mut()?.push(&Value::hole());
                is_empty = false;
            }
            // `atPath: "…"` only says which argument it is.
            Token::Name(_) if language == "swift" && matches!(words.peek(), Some(Token::Sign(':'))) => {}
            Token::Name(name) if passes_on(name) => {}
            Token::Name(_) | Token::Backquoted(_) => {
                if let Some(last) = out.last_mut().filter(|last| !last.has_hole()) {
                    last.push(&Value::hole());
                }
                is_empty = false;
            }
            // Python puts paths together so.
            Token::Sign('/') if language == "python" && out.last().is_some_and(|last| !last.text.is_empty()) => {
                out.last_mut()?.push(&Value::of("/"));
            }
            Token::Sign(_) => {}
        }
        if out.len() > 32 {
            break;
        }
    }
    if is_empty && out.len() > 1 {
        out.pop();
    }
    Some(out)
}

/// Whether a string is changed before it is used: `"~ fr- mr"[::-1]`, `"xx".replace(…)`.
fn is_changed(next: Option<&Token>, after: Option<&Token>) -> bool {
    match (next, after) {
        (Some(Token::Sign('[')), _) => true,
        (Some(Token::Sign('.')), Some(Token::Name(method))) => matches!(
            method.split(['.', '?']).next().unwrap_or_default(),
            "replace"
                | "replaceAll"
                | "translate"
                | "swapcase"
                | "reverse"
                | "join"
                | "format"
                | "tr"
                | "gsub"
                | "sub"
                | "slice"
                | "substring"
                | "substr"
                | "charAt"
                | "split"
                | "chars"
                | "map"
                | "each_char"
                | "bytes"
                | "scan"
                | "unpack"
                | "delete"
                | "lower"
                | "casefold"
                | "removeprefix"
                | "removesuffix"
                | "sprintf"
        ),
        _ => false,
    }
}

/// Perl and PHP fill the home into strings.
fn machine_home(text: &str) -> Option<String> {
    let rest = text
        .strip_prefix("$ENV{HOME}")
        .or_else(|| text.strip_prefix("#{ENV['HOME']}"))
        .or_else(|| text.strip_prefix("${process.env.HOME}"))?;
    Some(format!("~{rest}"))
}

/// So much of one call is read at most.
pub(super) const MOST_TOKENS: usize = 256;

/// A text with something filled in: what comes before is known.
fn part_of(text: &str) -> Value {
    let known = text.split(['{', '$', '#', '@']).next().unwrap_or_default();
    let mut out = Value::from_outside(known);
    out.push(&Value::hole());
    out
}
