//! Names, strings and signs of nearly any language.

/// A piece of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A name, dots included: `os.path.join`.
    Name(String),
    /// A string, and whether all of it is literal.
    Text(String, bool),
    /// A backquoted text, which some languages run.
    Backquoted(String),
    Sign(char),
}

/// Which character begins a comment to the end of the line.
fn comment(language: &str) -> &'static [&'static str] {
    match language {
        "python" | "ruby" | "perl" | "julia" | "elixir" | "Rscript" | "R" => &["#"],
        "lua" | "luajit" => &["--"],
        "php" => &["//", "#"],
        _ => &["//"],
    }
}

/// The pieces of code, without comments.
pub(super) fn tokens(code: &str, language: &str) -> Vec<Token> {
    let chars: Vec<char> = code.chars().collect();
    let marks = comment(language);
    let sees = |at: usize, text: &str| text.chars().enumerate().all(|(ahead, c)| chars.get(at + ahead) == Some(&c));
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        if c.is_whitespace() {
            if c == '\n' {
                out.push(Token::Sign('\n'));
            }
            at += 1;
        } else if marks.iter().any(|mark| sees(at, mark)) {
            while chars.get(at).is_some_and(|c| *c != '\n') {
                at += 1;
            }
        } else if sees(at, "/*") {
            at += 2;
            while at < chars.len() && !sees(at, "*/") {
                at += 1;
            }
            at += 2;
        } else if matches!(c, '"' | '\'' | '`') {
            let (token, next) = string(&chars, at, c, language, out.last());
            out.push(token);
            at = next;
        } else if is_name(c) || (matches!(c, '$' | '@' | '%') && chars.get(at + 1).is_some_and(|c| is_name(*c))) {
            let start = at;
            at += 1;
            while chars.get(at).is_some_and(|c| {
                is_name(*c)
                    || *c == '.'
                    || (*c == ':' && chars.get(at + 1) == Some(&':'))
                    || (*c == ':' && at > 0 && chars.get(at - 1) == Some(&':'))
            }) {
                at += 1;
            }
            out.push(Token::Name(chars.get(start..at).unwrap_or_default().iter().collect()));
        } else {
            out.push(Token::Sign(c));
            at += 1;
        }
    }
    out
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn string(chars: &[char], at: usize, quote: char, language: &str, before: Option<&Token>) -> (Token, usize) {
    let triple = chars.get(at + 1) == Some(&quote)
        && chars.get(at + 2) == Some(&quote)
        && matches!(language, "python" | "elixir" | "julia");
    let mut next = if triple { at + 3 } else { at + 1 };
    let raw = matches!(before, Some(Token::Name(name)) if matches!(name.as_str(), "r" | "R" | "rb" | "br"));
    let formatted = matches!(before, Some(Token::Name(name)) if matches!(name.as_str(), "f" | "F" | "fr" | "rf"));
    let mut text = String::new();
    while let Some(&c) = chars.get(next) {
        let closes =
            c == quote && (!triple || (chars.get(next + 1) == Some(&quote) && chars.get(next + 2) == Some(&quote)));
        if closes {
            next += if triple { 3 } else { 1 };
            break;
        }
        if c == '\\' && !raw {
            text.push('\\');
            text.extend(chars.get(next + 1));
            next += 2;
            continue;
        }
        text.push(c);
        next += 1;
    }
    if !raw {
        text = crate::shell::unescape(&text);
    }
    if quote == '`' && !matches!(language, "javascript" | "node") {
        return (Token::Backquoted(text), next);
    }
    let interpolates = match language {
        "python" => formatted && text.contains('{'),
        "javascript" => quote == '`' && text.contains("${"),
        "ruby" | "elixir" => quote == '"' && text.contains("#{"),
        "perl" | "php" => quote == '"' && text.contains(['$', '@']),
        _ => false,
    };
    (Token::Text(text, !interpolates), next)
}
