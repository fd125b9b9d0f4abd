//! Methods of Python that write or remove the file that they are called on, and the path of that file.

use super::arguments::arguments;
use super::lexer::Token;
use crate::evaluate::Value;

/// Whether a method of Python changes or removes the file that it is called on: `Path("x").write_text(…)`.
pub(super) fn changes_its_owner(name: &str, language: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    language == "python" && matches!(last, "write_text" | "write_bytes" | "touch" | "unlink" | "rmdir")
}

/// Whether every path that a program makes is one below the working folder: then so is one that is not known more exactly.
pub(super) fn stays_here(tokens: &[Token]) -> bool {
    let mut made = tokens.windows(3).filter_map(|window| match window {
        [Token::Name(name), open, first] => match (name.rsplit('.').next()?, open) {
            ("Path" | "PurePath" | "PosixPath", Token::Sign('(')) => Some(match first {
                Token::Text(text, _) => !text.starts_with(['/', '~', '$']) && !text.contains(".."),
                Token::Name(_) | Token::Backquoted(_) => false,
                Token::Sign(sign) => *sign == ')',
            }),
            ("home" | "expanduser" | "absolute" | "resolve", Token::Sign('(')) => Some(false),
            _ => None,
        },
        _ => None,
    });
    let first = made.next();
    first.is_some_and(|stays| stays && made.all(|stays| stays))
}

/// The path of what a method is called on: `Path("x").write_text`, `(Path.home() / "x").write_text`, or a variable that
/// was set to such a path. Nothing if it is not known at all.
pub(super) fn owner_of(tokens: &[Token], at: usize, name: &str) -> Option<Value> {
    let before = tokens.get(..at)?;
    let owner = name.rsplit_once('.').map_or("", |(owner, _)| owner);
    let begin = if owner.is_empty() {
        // What stands in the brackets right before the dot.
        let mut open = 0_usize;
        before.iter().rposition(|token| {
            match token {
                Token::Sign(')') => open += 1,
                Token::Sign('(') => open = open.saturating_sub(1),
                Token::Name(_) | Token::Text(..) | Token::Backquoted(_) | Token::Sign(_) => return false,
            }
            open == 0
        })?
    } else {
        let sets = |window: &[Token]| matches!(window, [Token::Name(name), Token::Sign('=')] if name == owner);
        let set = before.windows(2).rposition(sets)? + 2;
        let end = before.iter().skip(set).position(|token| matches!(token, Token::Sign(';' | '\n')));
        let mut value = vec![Token::Sign('(')];
        value.extend(before.get(set..end.map_or(before.len(), |end| set + end))?.iter().cloned());
        value.push(Token::Sign(')'));
        return arguments(&value, 0, "python")?.first().filter(|path| path.text.len() > 1).cloned();
    };
    arguments(before, begin, "python")?.first().filter(|path| path.text.chars().count() > 1).cloned()
}
