//! Names of people, by what stands before them: `first_name: Jane`, `Dear Mr Holmes`. A list of names would find every April
//! and every Mark, so there is none.

use super::search::{Found, Search};
use portcullis_event::Confidence;
use std::ops::Range;

/// Longest name.
const LONGEST: usize = 64;
/// Most words of a name.
const MOST_WORDS: usize = 4;

/// What stands behind such words in code and in forms, and is no name.
const NO_NAMES: &[&str] = &[
    "string",
    "str",
    "text",
    "none",
    "null",
    "nil",
    "undefined",
    "true",
    "false",
    "optional",
    "required",
    "varchar",
    "char",
    "first",
    "last",
    "name",
    "first name",
    "last name",
    "full name",
    "firstname",
    "lastname",
    "fullname",
    "surname",
    "unknown",
    "n/a",
    "na",
    "test",
    "example",
    "your name",
    "patient",
    "value",
    "any",
    "field",
    "column",
    "label",
    "user",
    "admin",
    "vec",
    "option",
    "object",
    "array",
    "number",
    "integer",
    "date",
    "boolean",
    "middle",
    "given",
    "family",
    "the",
    "a",
    "an",
    "is",
    "redacted",
    "anonymous",
    "enter",
    "please",
    "input",
    "type",
    "data",
    "default",
    "required field",
    "given name",
    "family name",
    "middle name",
    "sir",
    "madam",
    "customer",
    "team",
    "all",
    "friend",
    "editor",
    "john doe",
    "jane doe",
    "max mustermann",
    "erika mustermann",
    "foo",
    "bar",
    "foo bar",
    "user name",
    "username",
];

/// Words behind which a name follows without a colon.
fn is_salutation(word: &str) -> bool {
    ["dear ", "sehr geehrte", "madame", "monsieur", "estimad"].iter().any(|start| word.starts_with(start))
}

/// Words that name a person, not a name: two words have to follow.
fn is_role(word: &str) -> bool {
    matches!(word, "patient" | "cardholder" | "card holder" | "account holder" | "accountholder")
}

/// Looks for a name behind a word.
pub(super) fn find_behind(search: &mut Search<'_>, rule: u16, word: &Range<usize>) {
    let written = String::from_utf8_lossy(search.slice(word.clone())).to_lowercase().replace(['_', '-'], " ");
    let behind = search.slice(word.end..(word.end + 2 * LONGEST).min(search.text.len()));
    let Some(joint) = Joint::read(behind, is_salutation(&written)) else { return };
    let Some(length) = name_length(behind.get(joint.length..).unwrap_or_default()) else { return };
    let name = behind.get(joint.length..joint.length + length).unwrap_or_default();
    let next = behind.get(joint.length + length).copied();
    let Ok(text) = std::str::from_utf8(name) else { return };
    let words = text.split(' ').count();
    let enough = words >= if is_role(&written) { 2 } else { 1 };
    if enough
        && joint.closes(next, behind.get(joint.length + length + 1).copied())
        && !NO_NAMES.contains(&text.to_lowercase().as_str())
    {
        let span = word.end + joint.length..word.end + joint.length + length;
        search.add(Found { span, rule, confidence: Confidence::Medium, word: Some(word.clone()), why: None });
    }
}

/// What stands between the word and the name.
struct Joint {
    length: usize,
    quote: Option<u8>,
    equals: bool,
}

impl Joint {
    fn read(text: &[u8], salutation: bool) -> Option<Self> {
        let byte = |at: usize| text.get(at).copied();
        let spaces = |at: usize| {
            text.get(at..).unwrap_or_default().iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
        };
        if salutation {
            let dot = usize::from(byte(0) == Some(b'.'));
            let space = spaces(dot);
            return (space == 1).then_some(Self { length: dot + space, quote: None, equals: false });
        }
        // `"name": "Jane"` closes the quotation marks of the name first.
        let mut at = usize::from(matches!(byte(0), Some(b'"' | b'\'' | b'`')));
        at += usize::from(byte(at) == Some(b']'));
        at += spaces(at);
        at += match text.get(at..at + 3) {
            Some(three) if three == "：".as_bytes() => 3,
            Some([b'=', b'>', _]) => 2,
            Some([b':' | b'=', next, _]) if !matches!(next, b':' | b'=') => 1,
            _ => return None,
        };
        let equals = matches!(byte(at - 1), Some(b'=' | b'>'));
        at += spaces(at);
        let quote = byte(at).filter(|byte| matches!(byte, b'"' | b'\'' | b'`'));
        Some(Self { length: at + usize::from(quote.is_some()), quote, equals })
    }

    /// Whether the name ends where its value ends.
    fn closes(&self, next: Option<u8>, second: Option<u8>) -> bool {
        match (self.quote, next) {
            (Some(quote), next) => next == Some(quote),
            (None, None | Some(b'\n' | b'\r')) => true,
            // Behind an equals sign there is a program.
            (None, Some(b',' | b';' | b'<' | b'|' | b'!' | b')')) => !self.equals,
            (None, Some(b'.' | b':')) => !self.equals && second.is_none_or(|byte| byte.is_ascii_whitespace()),
            // Two spaces or a tab end a column.
            (None, Some(b' ')) => second == Some(b' '),
            (None, Some(next)) => next == b'\t',
        }
    }
}

/// How long the name is that begins here: words with a capital, initials, and small words between them; or two to four
/// characters of Chinese.
fn name_length(text: &[u8]) -> Option<usize> {
    let text = text.utf8_chunks().next()?.valid();
    let is_han = |c: char| matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}');
    let han: usize = text.chars().take_while(|c| is_han(*c)).map(char::len_utf8).sum();
    if han > 0 {
        return (2..=4).contains(&(han / 3)).then_some(han);
    }
    let (mut length, mut at) = (0, 0);
    for word in text.split(' ').take(MOST_WORDS) {
        let taken = word_length(word, length > 0);
        if taken == 0 {
            break;
        }
        at += taken;
        let small = word.chars().next().is_some_and(char::is_lowercase);
        if !small {
            length = at;
        }
        if taken < word.len() {
            break;
        }
        at += 1;
    }
    (length > 1 && length <= LONGEST).then_some(length)
}

/// How much of a word belongs to a name.
fn word_length(word: &str, later: bool) -> usize {
    if later
        && matches!(
            word,
            "de" | "da" | "do" | "di" | "del" | "von" | "van" | "der" | "den" | "la" | "le" | "al" | "bin" | "y" | "zu"
        )
    {
        return word.len();
    }
    let mut letters = word.char_indices();
    let Some((_, first)) = letters.next().filter(|(_, first)| first.is_uppercase()) else { return 0 };
    let tail: usize = word
        .chars()
        .skip(1)
        .take_while(|c| c.is_alphabetic() || matches!(c, '\'' | '’' | '-'))
        .map(char::len_utf8)
        .sum();
    let tail = word.get(first.len_utf8()..first.len_utf8() + tail).unwrap_or_default();
    // The mark that closes the value is no part of the name.
    let tail = tail.trim_end_matches(['-', '\'', '’']);
    let length = first.len_utf8() + tail.len();
    if tail.is_empty() && word.get(length..).is_some_and(|rest| rest.starts_with('.')) {
        return length + 1;
    }
    // Constants and abbreviations are all capitals.
    let shouted = tail.chars().count() > 1 && !tail.chars().any(char::is_lowercase);
    if shouted { 0 } else { length }
}
