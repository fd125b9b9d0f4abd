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
    } else if is(&["convertto-securestring"]) {
        secure_string(view, trigger, visit);
    } else if is(&["eap \"", "xauth \""]) {
        if view.line_before(trigger.start).ends_with(b": ") {
            certain(view, trigger.clone(), trigger.end - 1, visit);
        }
    } else if is(&["isakmp key ", "-server key "]) {
        let kind = matches!(view.at(trigger.end), b'0' | b'7') && view.at(trigger.end + 1) == b' ';
        option_value(view, trigger.clone(), trigger.end + if kind { 2 } else { 0 }, visit);
    } else if is(&["stats auth "]) {
        user_and_password(view, trigger, visit);
    } else if is(&["net use "]) {
        net_use(view, trigger, visit);
    } else if is(&[" -p "]) {
        let line = view.line_before(trigger.start);
        if [" -u", " --username", "login", "sshpass", "mongo"].iter().any(|it| holds(line, it)) {
            option_value(view, trigger.clone(), trigger.end, visit);
        }
    } else {
        let line = view.line_after(trigger.end);
        let line = line.get(..line.len().min(COMMAND)).unwrap_or_default();
        if let Some(at) = find(line, b" -p") {
            option_value(view, trigger.clone(), trigger.end + at + 3, visit);
        }
    }
}

/// `net use Z: \\server\share x /user:name`.
fn net_use(view: View<'_>, trigger: Range<usize>, visit: Visit<'_>) {
    let line = view.line_after(trigger.end);
    let line = line.get(..line.len().min(COMMAND)).unwrap_or_default();
    let Some(share) = find(line, b"\\\\") else { return };
    let Some(blank) = line.get(share..).and_then(|it| it.iter().position(|byte| *byte == b' ')) else { return };
    let at = trigger.end + share + blank + 1;
    // The user stands before the password or behind it.
    let Some(first) = word(view, at) else { return };
    let at = if view.says(at, "/user:") { view.skip_blanks(first.end) } else { at };
    option_value(view, trigger, at, visit);
}

/// `echo x | passwd --stdin`, `echo user:x | chpasswd`, `echo x | docker login --password-stdin`: what is handed to the
/// command whose name or option starts here.
pub(super) fn piped(view: View<'_>, name: Range<usize>, visit: Visit<'_>) {
    let line = view.line_before(name.start);
    let Some(bar) = line.iter().rposition(|byte| *byte == b'|') else { return };
    let start = name.start - line.len();
    let Some(echo) = ["echo ", "printf "].iter().find_map(|it| Some(find(line.get(..bar)?, it.as_bytes())? + it.len()))
    else {
        return;
    };
    let mut at = view.skip_blanks(start + echo);
    if view.says(at, "-n ") || view.says(at, "-e ") {
        at = view.skip_blanks(at + 3);
    }
    let Some(word) = word(view, at) else { return };
    let takes_user = holds(view.slice(name.clone()), "chpasswd");
    let value = view.slice(word.value.clone());
    let colon = value.iter().position(|byte| *byte == b':').filter(|_| takes_user).map_or(0, |colon| colon + 1);
    let rest = view.slice(word.end..start + bar).trim_ascii();
    if (rest.is_empty() || rest.starts_with(b";")) && value.len() - colon >= 3 {
        let literal = Literal { value: word.value.start + colon..word.value.end, ..word };
        visit(Shape::of(Source::Login, name, Operator::Flag, literal));
    }
}

/// `htpasswd -b file user x`.
pub(super) fn last_word(view: View<'_>, name: Range<usize>, visit: Visit<'_>) {
    let line = view.line_after(name.end);
    let flags = line.trim_ascii_start().split(|byte| *byte == b' ').take_while(|it| it.starts_with(b"-"));
    if !flags.clone().any(|it| it.contains(&b'b')) {
        return;
    }
    let mut at = view.skip_blanks(name.end);
    for _ in 0..flags.count() + 2 {
        let Some(word) = word(view, at) else { return };
        at = view.skip_blanks(word.end);
    }
    option_value(view, name, at, visit);
}

/// `ConvertTo-SecureString "x"`, `ConvertTo-SecureString -String 'x'`.
fn secure_string(view: View<'_>, trigger: Range<usize>, visit: Visit<'_>) {
    let at = view.skip_blanks(trigger.end);
    let at = if view.says(at, "-string ") { view.skip_blanks(at + 8) } else { at };
    if let Some(literal) = quoted(view, at) {
        visit(Shape::of(Source::Login, trigger, Operator::Flag, literal));
    }
}

/// `-u user:x`.
fn user_and_password(view: View<'_>, trigger: Range<usize>, visit: Visit<'_>) {
    let lead = usize::from(matches!(view.before(trigger.end), b'\'' | b'"'));
    let separator = usize::from(lead == 0 && matches!(view.at(trigger.end), b'=' | b' '));
    let Some(word) = word(view, view.skip_blanks(trigger.end - lead + separator)) else { return };
    let text = view.slice(word.value.clone());
    let lists = holds(view.line_before(trigger.start), "lftp");
    let parts = |byte: &u8| *byte == b':' || lists && *byte == b',';
    let Some(colon) = text.iter().position(parts) else { return };
    let user = text.get(..colon).unwrap_or_default();
    let is_user = !user.is_empty() && user.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-@+\\".contains(byte));
    let is_number = text.iter().all(|byte| byte.is_ascii_digit() || *byte == b':');
    if text.get(colon + 1..) == Some(b"\\") && is_user {
        // The line is continued behind the colon.
        let next = view.skip_line_end(word.end - 1);
        return option_value(view, trigger, next, visit);
    }
    // A drive, a URL, an image and its tag.
    let password = text.get(colon + 1..).unwrap_or_default();
    if is_user && !is_number && password.len() >= 3 && !password.starts_with(b"/") && !password.starts_with(b"\\") {
        let literal = Literal { value: word.value.start + colon + 1..word.value.end, ..word };
        visit(Shape::of(Source::Login, trigger, Operator::Userinfo, literal));
    }
}

/// Where nothing but a password stands.
fn certain(view: View<'_>, name: Range<usize>, at: usize, visit: Visit<'_>) {
    if let Some(literal) = quoted(view, at) {
        visit(Shape::of(Source::Certain, name, Operator::Flag, literal));
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
