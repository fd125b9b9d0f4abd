//! What somebody tells a reader in a sentence: "the root password of db3 is now x", "uses `x` as its password".

use super::Visit;
use super::literal::{Stop, bare, quoted, skip_emphasis};
use crate::generic::name::{Family, Name};
use crate::generic::place::{Format, Place};
use crate::generic::shape::{Literal, Operator, Quoting, Shape, Source};
use crate::generic::template::is_method;
use crate::generic::view::{View, holds};
use std::ops::Range;

/// So many words may stand between what is called a password and what it is.
const BETWEEN: usize = 6;
/// A sentence is read so far.
const SENTENCE: usize = 120;
/// Verbs that say what a password is, in the languages of the names.
const VERBS: &[&str] = &["is", "was", "are", "ist", "lautet", "war", "est", "es", "é", "è", "jest", "is:", "ist:"];
/// Words that may follow such a verb.
const ADVERBS: &[&str] =
    &["now", "still", "again", "always", "just", "jetzt", "nun", "immer", "nu", "ahora", "currently", ":"];
/// Words that may stand before `password` in "as its password".
const OWNERS: &[&str] = &["the", "its", "a", "my", "our", "your", "their", "his", "her", "root", "admin", "default"];

/// Whether sentences are looked for around a name.
pub(super) fn may_tell(view: View<'_>, name: &Range<usize>, read: Name, place: Place) -> bool {
    let is_prose = match place.format {
        Format::Prose | Format::Unknown | Format::Data | Format::Markup => true,
        Format::Code | Format::Script | Format::Settings | Format::Credentials | Format::Style => {
            super::assignment::is_comment(view.line_before(name.start))
        }
        Format::Lock => false,
    };
    let text = view.slice(name.clone());
    let is_word = text.iter().all(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80);
    // `pass` is a verb as well.
    is_prose && is_word && text.len() >= 5 && read.family == Family::Password && !place.is_locale
}

/// Visits what a sentence says that a password is.
pub(super) fn visit(view: View<'_>, name: Range<usize>, read: Name, visit: Visit<'_>) {
    for literal in [after(view, name.end), behind_value(view, name.start)].into_iter().flatten() {
        visit(Shape::of(Source::Name(read), name.clone(), Operator::Is, literal));
    }
}

/// "password … is x".
fn after(view: View<'_>, from: usize) -> Option<Literal> {
    let line = view.line_after(from);
    let line = line.get(..line.len().min(SENTENCE)).unwrap_or_default();
    if line.first() != Some(&b' ') {
        return None;
    }
    let mut at = 0;
    let mut told = false;
    for _ in 0..=BETWEEN + 2 {
        at += line.get(at..)?.iter().take_while(|byte| **byte == b' ').count();
        let length = line.get(at..)?.iter().take_while(|byte| **byte != b' ').count();
        let word = line.get(at..at + length)?;
        let is = |list: &[&str]| list.iter().any(|it| word.eq_ignore_ascii_case(it.as_bytes()));
        if told && !is(ADVERBS) {
            return value(view, from + at);
        }
        told |= is(VERBS) || at > 0 && word.ends_with(b":");
        // Between them stand words, and no end of a sentence.
        if !told
            && !word
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'\'' | b'-' | b'/') || *byte >= 0x80)
        {
            return None;
        }
        at += length;
    }
    None
}

/// "`x` as its password", "`x` is the password".
pub(super) fn behind_value(view: View<'_>, start: usize) -> Option<Literal> {
    // Most names follow no such word, and that is seen in a few bytes.
    let near = view.behind(start, 4);
    if !["as ", "is ", "he ", "ts ", " a ", "my ", "r ", "t ", "n "].iter().any(|it| near.ends_with(it.as_bytes())) {
        return None;
    }
    let line = view.line_before(start);
    let mut words: Vec<&[u8]> = Vec::with_capacity(3);
    let mut rest = line.trim_ascii_end();
    for _ in 0..3 {
        let length = rest.iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let (earlier, word) = rest.split_at(rest.len() - length);
        if word.is_empty() {
            break;
        }
        words.push(word);
        rest = earlier.trim_ascii_end();
        if matches!(word, b"as" | b"is") {
            break;
        }
    }
    let leads = words.pop().is_some_and(|word| matches!(word, b"as" | b"is"));
    let owned = words.iter().all(|word| OWNERS.iter().any(|it| word.eq_ignore_ascii_case(it.as_bytes())));
    let marks = rest.iter().rev().take_while(|byte| **byte == b'`').count();
    let inside = rest.get(..rest.len() - marks)?;
    let open = inside.iter().rposition(|byte| *byte == b'`')?;
    let value = start - line.len() + open + 1..start - line.len() + inside.len();
    let is_whole = value.len() >= 4 && !view.slice(value.clone()).contains(&b' ');
    (leads && owned && (1..=2).contains(&marks) && is_whole).then(|| Literal {
        quoting: Quoting::Backtick,
        end: value.end + marks,
        value,
    })
}

/// The value at a place of a sentence: in quotes, or plainly no word.
pub(super) fn value(view: View<'_>, at: usize) -> Option<Literal> {
    let plain = at;
    let at = skip_emphasis(view, at);
    let is_shown = at > plain;
    let marks = view.ahead(at, 2).iter().take_while(|byte| **byte == b'`').count();
    if let Some(literal) = quoted(view, at + marks.saturating_sub(1)) {
        let text = view.slice(literal.value.clone());
        return Some(literal).filter(|_| text.len() >= 4 && !text.contains(&b' ') && is_odd(text));
    }
    let literal = bare(view, at, Stop::Code);
    let trail = view.slice(literal.value.clone()).iter().rev().take_while(|byte| b".,;!?)".contains(byte)).count();
    // `!` and `?` end sentences, and passwords too: the last one is left to the password.
    let sentence = view.slice(literal.value.clone()).ends_with(b".") || trail > 1;
    let end = literal.value.end - usize::from(sentence);
    let value = literal.value.start..end;
    let text = view.slice(value.clone());
    let is_value = is_odd(text) && (is_shown || is_mixed(text)) && !is_measure(text) && !is_method(text);
    (text.len() >= 5 && is_value).then_some(Literal { quoting: Quoting::Bare, end, value })
}

/// Letters and digits, or a sign that stands in no word.
fn is_odd(text: &[u8]) -> bool {
    let has = |is: fn(&u8) -> bool| text.iter().any(is);
    let letters = has(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80);
    // In a page a sign may be written as `&quot;`.
    let is_escaped = ["&quot", "&amp", "&lt", "&gt", "&#"].iter().any(|it| holds(text, it));
    letters && !is_escaped && (has(u8::is_ascii_digit) || has(|byte| b"!@#$%&+=?^~|".contains(byte)))
}

/// Whether a word could not be the name of a format or an algorithm: `rfc7613`, `httplib2`, `Argon2id`.
fn is_mixed(text: &[u8]) -> bool {
    let has = |is: fn(&u8) -> bool| text.iter().any(is);
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    let signs = has(|byte| b"!@#$%&+=?^~|-_".contains(byte));
    signs || digits > 2 && has(u8::is_ascii_uppercase) || digits > 2 && !text.ends_with(b"3") && text.len() >= 10
}

/// `8-character`, `12chars`, `32-byte`.
fn is_measure(text: &[u8]) -> bool {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = text.get(digits..).unwrap_or_default();
    digits > 0 && rest.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'-')
}
