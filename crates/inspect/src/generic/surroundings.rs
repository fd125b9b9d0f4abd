//! What stands around an assignment: on its line, and on the lines next to it.

use super::scan::assignment::is_comment;
use super::shape::{Quoting, Shape};
use super::view::View;
use super::words::Words;

/// So far before the name and behind the value neighbours are looked for.
const NEAR: usize = 240;

/// What was seen around an assignment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Surroundings {
    pub(super) in_comment: bool,
    /// Bytes of the line before the name.
    pub(super) before: usize,
    /// Bytes of the line behind the value.
    pub(super) behind: usize,
    /// The byte before the name, as a class.
    pub(super) opens: u8,
    /// The byte behind the value and its quotes, as a class.
    pub(super) closes: u8,
    /// Words near by that name a user, a host or a login.
    pub(super) access_words: usize,
    /// Words near by that show texts to a reader: labels, titles, messages.
    pub(super) display_words: usize,
    /// Words on the line that check or log something.
    pub(super) checking_words: usize,
    /// Words on the line that look something up.
    pub(super) lookup_words: usize,
    /// Quotes on the rest of the line.
    pub(super) quotes: usize,
    /// Bytes near by that are not ASCII.
    pub(super) wide: usize,
    /// Lines near by, to tell dense data from code.
    pub(super) lines: usize,
}

#[rustfmt::skip]
static ACCESS: Words<19> = Words::new([
    "user", "login", "host", "port", "database", "email", "connect", "admin", "account", "client_id", "clientid",
    "server", "localhost", "url", "jdbc", "mysql", "postgres", "root", "smtp",
]);
#[rustfmt::skip]
static DISPLAY: Words<15> = Words::new([
    "label", "placeholder", "title", "message", "description", "tooltip", "hint", "help", "caption", "translat",
    "i18n", "heading", "button", "locale", "text:",
]);
#[rustfmt::skip]
static CHECKING: Words<15> = Words::new([
    "assert", "expect", "raise", "throw", "error", "print", "log.", "logger", "console.", "warn", "echo", "describe(",
    "it(", "test(", "should",
]);
#[rustfmt::skip]
static LOOKUP: Words<19> = Words::new([
    ".get(", "getenv", "environ", "getstring", "getproperty", "lookup", "fetch(", "find", "select ", "has(",
    "contains(", "key_exists", "isset", "request.", "params", "header", "column", "field", "attribute",
]);

/// What stands beside a key in the test of a cipher. Two of them are seldom a chance.
#[rustfmt::skip]
static VECTOR: Words<21> = Words::new([
    "plaintext", "ciphertext", "cleartext", "ctext", "ptext", "aad", "nonce", "\"iv\"", "iv:", "iv =", "iv=", "\"tag\"",
    "tag:", "tag =", "\"msg\"", "msg:", "msg =", "tcid", "keystream", "test_vector", "test vector",
]);

/// Whether a value stands among the numbers of a test of a cipher.
pub(super) fn is_test_vector(view: View<'_>, shape: &Shape) -> bool {
    let texts = [view.behind(shape.name.start, NEAR), view.ahead(shape.literal.end, NEAR)];
    VECTOR.count(&texts) >= 2
}

impl Surroundings {
    /// Looks around a shape.
    pub(super) fn of(view: View<'_>, shape: &Shape) -> Self {
        let line_before = view.line_before(shape.name.start);
        let line_behind = view.line_after(shape.literal.end);
        let near_before = view.behind(shape.name.start, NEAR);
        let near_behind = view.ahead(shape.literal.end, NEAR);
        let between = view.slice(shape.name.start..shape.literal.value.start.max(shape.name.start));
        let skip = usize::from(shape.literal.quoting == Quoting::Bare);
        Self {
            in_comment: is_comment(line_before),
            before: line_before.trim_ascii_start().len(),
            behind: line_behind.len(),
            opens: class(before_quote(view, shape.name.start)),
            closes: class(view.at(view.skip_blanks(shape.literal.end))),
            access_words: ACCESS.count(&[near_before, near_behind]),
            display_words: DISPLAY.count(&[near_before, near_behind, between]),
            checking_words: CHECKING.count(&[line_before, between]),
            lookup_words: LOOKUP.count(&[line_before, between]),
            quotes: line_behind.iter().skip(skip).filter(|byte| matches!(byte, b'"' | b'\'' | b'`')).count(),
            wide: near_before.iter().chain(near_behind).filter(|byte| **byte >= 0x80).count(),
            lines: near_before.iter().chain(near_behind).filter(|byte| **byte == b'\n').count(),
        }
    }
}

/// The byte before a name, or before the quote and the blanks before it.
fn before_quote(view: View<'_>, start: usize) -> u8 {
    let mut at = start;
    while matches!(view.before(at), b'"' | b'\'' | b'`' | b'\\') {
        at -= 1;
    }
    if at == start { view.before(at) } else { view.before(view.back_over_blanks(at)) }
}

/// Classes of bytes that may stand next to an assignment.
fn class(byte: u8) -> u8 {
    match byte {
        0 | b'\n' | b'\r' => 0,
        b' ' | b'\t' => 1,
        b';' => 2,
        b',' => 3,
        b')' => 4,
        b'}' | b']' => 5,
        b'"' | b'\'' | b'`' => 6,
        b'.' => 7,
        b'+' => 8,
        b':' => 9,
        b'<' | b'>' => 10,
        b'#' => 11,
        b'&' | b'?' => 12,
        b'(' | b'[' | b'{' => 13,
        b'$' | b'@' => 14,
        b'=' => 15,
        b'/' | b'\\' => 16,
        b'|' | b'*' => 17,
        byte if byte.is_ascii_alphanumeric() => 18,
        _ => 19,
    }
}
