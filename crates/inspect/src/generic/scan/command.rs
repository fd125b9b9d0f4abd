//! Credentials among the words of a command: `curl -u user:x`, `mysql -px`, `docker login -u user -p x`,
//! `IDENTIFIED BY 'x'`.

use super::Visit;
use super::literal::{Stop, bare, quoted};
use crate::generic::shape::{Literal, Operator, Shape, Source};
use crate::generic::view::{View, find, holds};
use std::ops::Range;

/// So far along its line a command is read.
const COMMAND: usize = 200;

/// Visits the password among the words of a command.
pub(super) fn visit(view: View<'_>, trigger: Range<usize>, visit: Visit<'_>) {
    let text = view.slice(trigger.clone());
    let is = |words: &[&str]| words.iter().any(|it| text.eq_ignore_ascii_case(it.as_bytes()));
    if is(&[" -u ", " -u'", " -u\"", "--user"]) {
        user_and_password(view, trigger, visit);
    } else if is(&[" -p "]) {
        let line = view.line_before(trigger.start);
        if holds(line, " -u") || holds(line, " --username") || holds(line, "login") {
            option_value(view, trigger.clone(), trigger.end, visit);
        }
    } else {
        let option: &[u8] = match text.first().map(u8::to_ascii_lowercase) {
            Some(b'r') => b" -a ",
            Some(b'l') => b" -w ",
            Some(b's') => b" -P ",
            _ => b" -p",
        };
        let line = view.line_after(trigger.end);
        let line = line.get(..line.len().min(COMMAND)).unwrap_or_default();
        if let Some(at) = find(line, option) {
            option_value(view, trigger.clone(), trigger.end + at + option.len(), visit);
        }
    }
}

/// `-u user:x`.
fn user_and_password(view: View<'_>, trigger: Range<usize>, visit: Visit<'_>) {
    let lead = usize::from(matches!(view.before(trigger.end), b'\'' | b'"'));
    let separator = usize::from(lead == 0 && matches!(view.at(trigger.end), b'=' | b' '));
    let Some(word) = word(view, view.skip_blanks(trigger.end - lead + separator)) else { return };
    let text = view.slice(word.value.clone());
    let Some(colon) = text.iter().position(|byte| *byte == b':') else { return };
    let user = text.get(..colon).unwrap_or_default();
    let is_user = !user.is_empty() && user.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-@+\\".contains(byte));
    let is_number = text.iter().all(|byte| byte.is_ascii_digit() || *byte == b':');
    // A drive, a URL, an image and its tag.
    let password = text.get(colon + 1..).unwrap_or_default();
    if is_user && !is_number && password.len() >= 3 && !password.starts_with(b"/") && !password.starts_with(b"\\") {
        let literal = Literal { value: word.value.start + colon + 1..word.value.end, ..word };
        visit(Shape::of(Source::Login, trigger, Operator::Userinfo, literal));
    }
}

fn option_value(view: View<'_>, name: Range<usize>, at: usize, visit: Visit<'_>) {
    let Some(word) = word(view, at) else { return };
    let value = view.slice(word.value.clone());
    let is_port = value.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.' | b'/'));
    let is_path =
        value.starts_with(b"/") || value.starts_with(b"-") || value.starts_with(b"$") || value.starts_with(b"~");
    if value.len() >= 3 && !is_port && !is_path {
        visit(Shape::of(Source::Login, name, Operator::Flag, word));
    }
}

/// A word of a command, in quotes or bare.
fn word(view: View<'_>, at: usize) -> Option<Literal> {
    quoted(view, at).or_else(|| Some(bare(view, at, Stop::Settings)).filter(|it| !it.value.is_empty()))
}

/// `IDENTIFIED BY 'x'`, `IDENTIFIED WITH plugin BY 'x'`.
pub(super) fn identified(view: View<'_>, trigger: Range<usize>, visit: Visit<'_>) {
    let shouts = view.slice(trigger.clone()).iter().all(|byte| !byte.is_ascii_lowercase());
    let line = view.line_before(trigger.start);
    if !shouts && !["user", "grant", "role", "login"].iter().any(|it| holds(line, it)) {
        // English: "is identified by".
        return;
    }
    let mut at = view.skip_blanks(trigger.end);
    for _ in 0..6 {
        if let Some(literal) = quoted(view, at) {
            visit(Shape::of(Source::Identified, trigger.start..trigger.end - 1, Operator::Space, literal));
            return;
        }
        let word = bare(view, at, Stop::Code);
        let text = view.slice(word.value.clone());
        let is_syntax = ["by", "with", "as", "password", "values", "using", "plaintext_password"]
            .iter()
            .any(|it| text.eq_ignore_ascii_case(it.as_bytes()));
        let follows_by = view.slice(trigger.end..at).trim_ascii_end().to_ascii_lowercase().ends_with(b"by");
        if text.is_empty() {
            return;
        }
        if !is_syntax && follows_by {
            if text.len() >= 4 && text.iter().all(u8::is_ascii_graphic) && !text.starts_with(b"$") {
                visit(Shape::of(Source::Identified, trigger.start..trigger.end - 1, Operator::Space, word));
            }
            return;
        }
        at = view.skip_blanks(word.end);
    }
}
