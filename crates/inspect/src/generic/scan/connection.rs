//! A user and a password before the host of a URL or of another connection string, and lines of files of passwords.

use super::Visit;
use crate::generic::shape::{Literal, Operator, Quoting, Shape, Source};
use crate::generic::view::{View, is_line_end};
use std::ops::Range;

/// User, password and host together are at most this long.
const AUTHORITY: usize = 300;

/// `scheme://user:x@host`.
pub(super) fn url(view: View<'_>, trigger: Range<usize>, visit: Visit<'_>) {
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"/\"'`<>|,;?#\\".contains(byte) || *byte == 0;
    let ahead = view.ahead(trigger.end, AUTHORITY);
    let authority = ahead.iter().position(ends).unwrap_or(ahead.len());
    let Some(mut at) = ahead.get(..authority).and_then(|it| it.iter().rposition(|byte| *byte == b'@')) else {
        // A password may hold what ends a host, if an `@` and something like a host follow.
        return odd_password(view, trigger, visit);
    };
    // In `a@b@c`, the last one counts; in `[x@y](…)` the bracket was opened before the URL.
    while matches!(ahead.get(at + 1), None | Some(b')' | b']')) {
        let Some(earlier) = ahead.get(..at).and_then(|it| it.iter().rposition(|byte| *byte == b'@')) else { return };
        at = earlier;
    }
    userinfo(view, trigger, at, visit);
}

/// Takes `user:x` or `x` before an `@` that stands so many bytes after the trigger.
fn userinfo(view: View<'_>, trigger: Range<usize>, at: usize, visit: Visit<'_>) {
    let info = view.ahead(trigger.end, at);
    let start = match info.iter().position(|byte| *byte == b':') {
        Some(colon) => colon + 1,
        // A user alone may be a token; a person's or a service's name is none.
        None if info.len() >= 20 && info.iter().any(u8::is_ascii_digit) => 0,
        None => return,
    };
    let value = trigger.end + start..trigger.end + at;
    if value.len() >= 3 {
        let scheme = view
            .behind(trigger.end, 16)
            .iter()
            .rev()
            .skip(3)
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"+-".contains(byte))
            .count();
        let name = trigger.end - 3 - scheme..trigger.end + start.saturating_sub(1);
        let literal = Literal { quoting: Quoting::Bare, end: value.end, value };
        visit(Shape::of(Source::Userinfo, name, Operator::Userinfo, literal));
    }
}

/// `scheme://user:pa/ss#word@host`: not a URL by the letter, and written nevertheless.
fn odd_password(view: View<'_>, trigger: Range<usize>, visit: Visit<'_>) {
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`<>|,;\\".contains(byte) || *byte == 0;
    let ahead = view.ahead(trigger.end, AUTHORITY);
    let text = ahead.get(..ahead.iter().position(ends).unwrap_or(ahead.len())).unwrap_or_default();
    let (Some(at), Some(colon)) =
        (text.iter().rposition(|byte| *byte == b'@'), text.iter().position(|byte| *byte == b':'))
    else {
        return;
    };
    let user = text.get(..colon).unwrap_or_default();
    let host = text.get(at + 1..).unwrap_or_default();
    let named = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.%".contains(byte);
    let is_port =
        text.get(colon + 1..at).is_some_and(|it| it.iter().take_while(|byte| **byte != b'/').all(u8::is_ascii_digit));
    let is_host =
        host.first().is_some_and(u8::is_ascii_alphanumeric) && host.iter().any(|byte| matches!(byte, b':' | b'/'));
    if colon < at && !is_port && !user.contains(&b'.') && user.iter().all(named) && is_host {
        userinfo(view, trigger, at, visit);
    }
}

/// `user:x@tcp(host)`, `oracle:thin:user/x@host`.
pub(super) fn other(view: View<'_>, trigger: Range<usize>, visit: Visit<'_>) {
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`<>|,;=".contains(byte) || *byte == 0;
    if view.at(trigger.start) == b'@' {
        let behind = view.behind(trigger.start, AUTHORITY);
        let length = behind.iter().rev().take_while(|byte| !ends(byte)).count();
        let start = trigger.start - length;
        let Some(colon) = view.slice(start..trigger.start).iter().position(|byte| *byte == b':') else { return };
        connection(view, start..start + colon, start + colon + 1..trigger.start, visit);
    } else {
        let ahead = view.ahead(trigger.end, AUTHORITY);
        let text = ahead.get(..ahead.iter().position(ends).unwrap_or(ahead.len())).unwrap_or_default();
        let (Some(slash), Some(at)) =
            (text.iter().position(|byte| *byte == b'/'), text.iter().rposition(|byte| *byte == b'@'))
        else {
            return;
        };
        if slash > 0 && slash < at {
            connection(view, trigger.start..trigger.end + slash, trigger.end + slash + 1..trigger.end + at, visit);
        }
    }
}

fn connection(view: View<'_>, name: Range<usize>, value: Range<usize>, visit: Visit<'_>) {
    let text = view.slice(value.clone());
    if text.len() >= 3 && text.iter().all(|byte| byte.is_ascii_graphic() || *byte >= 0x80) {
        let literal = Literal { quoting: Quoting::Bare, end: value.end, value };
        visit(Shape::of(Source::Userinfo, name, Operator::Userinfo, literal));
    }
}

/// A line of `.pgpass`: `host:port:database:user:x`.
pub(super) fn password_file(view: View<'_>, trigger: Range<usize>, visit: Visit<'_>) {
    if view.at(trigger.start) == b']' {
        return relay(view, trigger, visit);
    }
    let start = trigger.start - view.line_before(trigger.start).len();
    let line = view.line_after(start);
    let mut colons = line.iter().enumerate().filter(|(_, byte)| **byte == b':').map(|(at, _)| at);
    let Some(last) = colons.nth(3) else { return };
    let value = line.get(last + 1..).unwrap_or_default();
    let fields = line.get(..last).unwrap_or_default();
    let plain = |byte: &u8| byte.is_ascii_graphic() && !b"\"'`<>(){}/,;=".contains(byte);
    if value.len() >= 3
        && fields.iter().all(plain)
        && value.iter().all(u8::is_ascii_graphic)
        && is_line_end(view.at(start + line.len()))
    {
        let value = start + last + 1..start + line.len();
        let literal = Literal { quoting: Quoting::Bare, end: value.end, value };
        visit(Shape::of(Source::PasswordFile, start..start + last, Operator::Userinfo, literal));
    }
}

/// A line of Postfix's `sasl_passwd`: `[host]:587 user:x`.
fn relay(view: View<'_>, trigger: Range<usize>, visit: Visit<'_>) {
    let start = view.skip_blanks(trigger.end);
    let line = view.line_after(start).trim_ascii_end();
    let Some(colon) = line.iter().position(|byte| *byte == b':') else { return };
    let opened = view.line_before(trigger.start).starts_with(b"[");
    let value = start + colon + 1..start + line.len();
    if opened && line.len() - colon > 3 && line.iter().all(u8::is_ascii_graphic) {
        let literal = Literal { quoting: Quoting::Bare, end: value.end, value };
        visit(Shape::of(Source::PasswordFile, trigger.start..start + colon, Operator::Userinfo, literal));
    }
}
