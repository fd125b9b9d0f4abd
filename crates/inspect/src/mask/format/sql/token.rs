//! The words, strings and marks of SQL.

use crate::mask::row::Style;
use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Space,
    /// Also a line that is a command to the client, such as `\connect`.
    Comment,
    Word,
    /// A name in quotes.
    Name,
    Number,
    /// A string that may be a value.
    String {
        opening: usize,
        style: Style,
    },
    /// A string of bits.
    Opaque,
    /// A string of bytes: two hexadecimal digits each, behind `opening` characters and before `closing` ones.
    Bytes {
        opening: usize,
        closing: usize,
    },
    /// What stands between two tags of this length that begin and end with dollar signs.
    Dollars {
        tag: usize,
    },
    Mark,
}

/// A piece of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) raw: String,
}

impl Token {
    pub(super) fn is_mark(&self, mark: char) -> bool {
        self.kind == Kind::Mark && self.raw.starts_with(mark)
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.raw.eq_ignore_ascii_case(word)
    }

    /// The name that it is, without quotes.
    pub(super) fn name(&self) -> Option<String> {
        match self.kind {
            Kind::Word => Some(self.raw.clone()),
            Kind::Name => {
                let mut characters = self.raw.chars();
                let quote = characters.next_back()?;
                characters.next();
                Some(characters.as_str().replace(&format!("{quote}{quote}"), &quote.to_string()))
            }
            // `MySQL` takes double quotes for strings, and other dumps for names.
            Kind::String { style: Style::SqlDouble, .. } => Some(self.raw.trim_matches('"').replace("\"\"", "\"")),
            Kind::Space
            | Kind::Comment
            | Kind::Number
            | Kind::String { .. }
            | Kind::Opaque
            | Kind::Bytes { .. }
            | Kind::Dollars { .. }
            | Kind::Mark => None,
        }
    }

    /// Where the text of a string stands if the token begins at `start`, the text, and how it is written.
    pub(super) fn string(&self, start: usize) -> Option<(Range<usize>, String, Style)> {
        match self.kind {
            Kind::Bytes { opening, closing } => return self.bytes(start, opening, closing),
            Kind::Dollars { tag } => {
                let end = self.raw.len().checked_sub(tag)?;
                return Some((start + tag..start + end, self.raw.get(tag..end)?.to_owned(), Style::Raw));
            }
            Kind::String { .. }
            | Kind::Space
            | Kind::Comment
            | Kind::Word
            | Kind::Name
            | Kind::Number
            | Kind::Opaque
            | Kind::Mark => {}
        }
        let Kind::String { opening, style } = self.kind else { return None };
        let end = self.raw.len() - 1;
        let text = self.raw.get(opening..end)?;
        let value = match style {
            Style::Sql { backslash: true } => unescaped(&text.replace("''", "'")),
            Style::SqlDouble => unescaped(&text.replace("\"\"", "\"")),
            Style::Sql { backslash: false }
            | Style::Raw
            | Style::Field { .. }
            | Style::QuotedField
            | Style::Json
            | Style::Number
            | Style::Copy
            | Style::Hexadecimal
            | Style::Bytes
            | Style::Keyed { .. } => text.replace("''", "'"),
        };
        Some((start + opening..start + end, value, style))
    }
}

impl Token {
    /// The text that bytes are, or their digits if they are no text.
    fn bytes(&self, start: usize, opening: usize, closing: usize) -> Option<(Range<usize>, String, Style)> {
        let end = self.raw.len().checked_sub(closing)?;
        let digits = self.raw.get(opening..end)?;
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let bytes: Option<Vec<u8>> = digits.as_bytes().chunks(2).map(byte).collect();
        let is_text = |text: &String| !text.contains(|c: char| c.is_control() && !c.is_whitespace());
        let text =
            bytes.filter(|_| digits.len() % 2 == 0).and_then(|bytes| String::from_utf8(bytes).ok()).filter(is_text);
        let (text, style) = match text {
            Some(text) => (text, Style::Hexadecimal),
            None => (digits.to_owned(), Style::Bytes),
        };
        Some((start + opening..start + end, text, style))
    }
}

/// The first token of a text, if it is all there.
pub(super) fn next(text: &str, backslash: bool, ended: bool) -> Option<Token> {
    let first = text.chars().next()?;
    let (kind, length) = match first {
        c if c.is_whitespace() => (Kind::Space, run(text, ended, char::is_whitespace)?),
        '-' if text.starts_with("--") => (Kind::Comment, to(text, 2, "\n", ended)?),
        '-' | '/' if text.len() == 1 && !ended => return None,
        '#' if backslash => (Kind::Comment, to(text, 1, "\n", ended)?),
        '\\' => (Kind::Comment, to(text, 1, "\n", ended)?),
        '/' if text.starts_with("/*") => (Kind::Comment, to(text, 2, "*/", false)?),
        '\'' => string(text, 0, Style::Sql { backslash }, ended)?,
        '"' if backslash => string(text, 0, Style::SqlDouble, ended)?,
        '"' | '`' => (Kind::Name, closed(text, 1, first, false, ended)?),
        '[' if !backslash
            && text.get(1..).is_some_and(|rest| rest.starts_with(|c: char| c.is_alphabetic() || c == '_')) =>
        {
            (Kind::Name, to(text, 1, "]", false)?)
        }
        '$' => dollar(text, ended)?,
        c if c.is_ascii_digit() => {
            let length = number(text, ended)?;
            let is_bytes = length > 2 && (text.starts_with("0x") || text.starts_with("0X"));
            (if is_bytes { Kind::Bytes { opening: 2, closing: 0 } } else { Kind::Number }, length)
        }
        c if c.is_alphabetic() || c == '_' || c == '@' => word(text, backslash, ended)?,
        c => (Kind::Mark, c.len_utf8()),
    };
    let raw = text.get(..length)?.to_owned();
    let kind = if kind == Kind::Name && first == '[' { Kind::Word } else { kind };
    Some(Token { kind, raw })
}

/// A word, or the letter before a string together with it.
fn word(text: &str, backslash: bool, ended: bool) -> Option<(Kind, usize)> {
    let length = run(text, ended, |c| c.is_alphanumeric() || "_$@".contains(c))?;
    let (word, rest) = text.split_at_checked(length)?;
    if !rest.starts_with('\'') {
        return Some((Kind::Word, length));
    }
    match word.to_ascii_lowercase().as_str() {
        "b" => Some((Kind::Opaque, closed(text, length + 1, '\'', false, ended)?)),
        "x" => Some((Kind::Bytes { opening: 2, closing: 1 }, closed(text, length + 1, '\'', false, ended)?)),
        "e" => string(text, length, Style::Sql { backslash: true }, ended),
        "n" => string(text, length, Style::Sql { backslash }, ended),
        // The name of a character set in MySQL.
        charset if charset.starts_with('_') => string(text, length, Style::Sql { backslash }, ended),
        _ => Some((Kind::Word, length)),
    }
}

fn string(text: &str, prefix: usize, style: Style, ended: bool) -> Option<(Kind, usize)> {
    let quote = if style == Style::SqlDouble { '"' } else { '\'' };
    let backslash = style != Style::Sql { backslash: false };
    let length = closed(text, prefix + 1, quote, backslash, ended)?;
    Some((Kind::String { opening: prefix + 1, style }, length))
}

/// The end of what is closed by `quote`, from `start` on. Two quotes in a row are one of the text.
fn closed(text: &str, start: usize, quote: char, backslash: bool, ended: bool) -> Option<usize> {
    let mut characters = text.get(start..)?.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        if c == '\\' && backslash {
            characters.next();
        } else if c == quote {
            match characters.peek() {
                Some((_, next)) if *next == quote => {
                    characters.next();
                }
                Some(_) => return Some(start + at + 1),
                None => return ended.then_some(start + at + 1),
            }
        }
    }
    None
}

/// Text between two dollar signs, or between two tags of them; or a dollar sign.
fn dollar(text: &str, ended: bool) -> Option<(Kind, usize)> {
    let tag = text.get(1..)?.find(|c: char| !(c.is_alphanumeric() || c == '_'));
    match tag {
        None if !ended => None,
        Some(end) if text.get(end + 1..)?.starts_with('$') => {
            Some((Kind::Dollars { tag: end + 2 }, to(text, end + 2, text.get(..end + 2)?, false)?))
        }
        Some(_) | None => Some((Kind::Mark, 1)),
    }
}

fn number(text: &str, ended: bool) -> Option<usize> {
    let mut before = ' ';
    run(text, ended, |c| {
        let fits = c.is_ascii_alphanumeric() || c == '.' || ("+-".contains(c) && "eE".contains(before));
        before = c;
        fits
    })
}

/// How long the run of such characters is, if its end can be seen.
fn run(text: &str, ended: bool, mut fits: impl FnMut(char) -> bool) -> Option<usize> {
    match text.find(|c| !fits(c)) {
        Some(end) => Some(end),
        None => ended.then_some(text.len()),
    }
}

/// Up to and with `end`, which need not come if the text ends with the line.
fn to(text: &str, start: usize, end: &str, may_lack_end: bool) -> Option<usize> {
    match text.get(start..)?.find(end) {
        Some(at) => Some(start + at + end.len()),
        None => may_lack_end.then_some(text.len()),
    }
}

/// A text with its backslash escapes undone.
pub(super) fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match characters.next() {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('v') => out.push('\u{b}'),
            Some('0') => out.push('\0'),
            Some('Z') => out.push('\u{1a}'),
            Some(other) => out.push(other),
            None => out.push('\\'),
        }
    }
    out
}
