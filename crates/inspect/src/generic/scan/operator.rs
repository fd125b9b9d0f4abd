//! What stands between a name and its value.

use super::literal::{Quote, quote_at, quoted};
use crate::generic::name::is_name_byte;
use crate::generic::shape::Operator;
use crate::generic::view::View;

/// A type that is written between a name and `=` is at most this long.
const TYPE: usize = 40;
/// An opening tag is at most this long.
const TAG: usize = 120;

/// How a name is linked to what follows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link {
    pub(super) operator: Operator,
    /// Where the value may start.
    pub(super) at: usize,
    /// The quote that closes the name.
    pub(super) closing: Option<Quote>,
}

/// Methods of a field of a form that fill it in.
const FILLING: &[&str] = &[".type(", ".fill(", ".send_keys(", ".sendkeys(", ".setvalue("];

/// Reads what follows a name that starts and ends here.
pub(super) fn after(view: View<'_>, start: usize, end: usize) -> Option<Link> {
    let closing = quote_at(view, end);
    if let Some(at) = filled(view, end) {
        return Some(Link { operator: Operator::Call, at, closing });
    }
    let mut at = end + closing.map_or(0, Quote::len);
    if closing.is_some() {
        at += view.ahead(at, 2).iter().take_while(|byte| matches!(byte, b']' | b')')).count();
    }
    // Bold in Markdown: `**Password:**`, `**Password** |`.
    at += view.ahead(at, 2).iter().take_while(|byte| **byte == b'*').count();
    let blank = matches!(view.at(at), b' ' | b'\t');
    let at = view.skip_blanks(at);
    let (operator, at) = match view.at(at) {
        b'=' => equals(view, at)?,
        b'!' if view.at(at + 1) == b'=' => (Operator::Compare, skip_equals(view, at + 1)),
        b':' => colon(view, start, at)?,
        // The next cell of a table in Markdown.
        b'|' if matches!(view.at(at + 1), b' ' | b'`') && is_row(view, start) => {
            (Operator::Is, skip_bold(view, at + 1))
        }
        b'?' | b'|' | b'+' | b'.' | b'&' => compound(view, at)?,
        b'<' if view.at(at + 1) == b'-' => (Operator::Assign, at + 2),
        b',' if closing.is_some() || view.slice(start..end).starts_with(b"CURLOPT_") => comma(view, at),
        b'(' if closing.is_none() => (Operator::Call, at + 1),
        b'>' if is_tag(view, start) => (Operator::Element, at + 1),
        b'[' if closing.is_none() => (Operator::Assign, array(view, at)?),
        b'{' => (Operator::Assign, accessors(view, at).or_else(|| block(view, at)).or_else(|| braces(view, at))?),
        byte if byte >= 0x80 => wide(view, at)?,
        b'-' if blank && view.says(at, "-eq ") => (Operator::Compare, at + 4),
        b'"' | b'\'' | b'`' if blank => (Operator::Space, at),
        // `fill in "Password" with "x"`.
        b'w' if closing.is_some() && view.says(at, "with ") => (Operator::Is, at + 5),
        byte if blank && !is_tag(view, start) => word(view, at, byte)?,
        _ if blank => (Operator::Element, tag_end(view, at)?),
        _ => return None,
    };
    Some(Link { operator, at, closing })
}

/// `, x`, or `, with: x` as forms are filled in by tests.
fn comma(view: View<'_>, at: usize) -> (Operator, usize) {
    let after = view.skip_blanks(at + 1);
    if view.says(after, "with: ") { (Operator::Assign, after + 6) } else { (Operator::Comma, at + 1) }
}

/// `"password").send_keys(`, `[name=password]').type(`: where the argument of what fills in a field starts.
fn filled(view: View<'_>, end: usize) -> Option<usize> {
    let marks = view.ahead(end, 4).iter().take_while(|byte| b"\"')]".contains(byte)).count();
    if marks < 2 || view.at(end + marks) != b'.' {
        return None;
    }
    let method = FILLING.iter().find(|it| view.says(end + marks, it))?;
    Some(end + marks + method.len())
}

fn equals(view: View<'_>, at: usize) -> Option<(Operator, usize)> {
    match view.at(at + 1) {
        b'=' => Some((Operator::Compare, skip_equals(view, at))),
        b'>' => Some((Operator::Arrow, at + 2)),
        b'~' => None,
        _ => Some((Operator::Assign, at + 1)),
    }
}

fn skip_equals(view: View<'_>, at: usize) -> usize {
    at + view.ahead(at, 3).iter().take_while(|byte| **byte == b'=').count()
}

fn colon(view: View<'_>, start: usize, at: usize) -> Option<(Operator, usize)> {
    let fallback = view.slice(start.saturating_sub(2)..start) == b"${";
    match view.at(at + 1) {
        // In LDIF what follows is in base64: `userPassword:: eA==`.
        b':' if view.at(at + 2) == b' ' && view.line_before(start).is_empty() => Some((Operator::Colon, at + 2)),
        b':' => None,
        b'=' => Some((Operator::Assign, at + 2)),
        b'-' if fallback => Some((Operator::Assign, at + 2)),
        b'?' | b'+' if fallback => None,
        _ => {
            let after = at + 1 + view.ahead(at + 1, 2).iter().take_while(|byte| **byte == b'*').count();
            Some(typed(view, after).map_or((Operator::Colon, after), |value| (Operator::Assign, value)))
        }
    }
}

/// Skips `: Type =` if a quoted text follows it.
fn typed(view: View<'_>, at: usize) -> Option<usize> {
    let start = view.skip_blanks(at);
    let kind = |byte: &u8| byte.is_ascii_alphanumeric() || b"_&?<>.[]|* '".contains(byte);
    let length = view.ahead(start, TYPE).iter().take_while(|byte| kind(byte)).count();
    let at = start + length;
    let is_type = length > 0 && view.at(start).is_ascii_alphabetic() | b"&*?[".contains(&view.at(start));
    let assigns = is_type && view.at(at) == b'=' && view.before(at) == b' ' && !matches!(view.at(at + 1), b'=' | b'>');
    let value = view.skip_blanks(at + 1);
    (assigns && is_literal_start(view, value)).then_some(at + 1)
}

fn is_literal_start(view: View<'_>, at: usize) -> bool {
    let letters =
        view.ahead(at, 16).iter().take_while(|byte| byte.is_ascii_alphabetic() || b".(@".contains(byte)).count();
    quote_at(view, at + letters).is_some()
}

/// `?=`, `??=`, `||=`, `+=`, `.=`, `?:`.
fn compound(view: View<'_>, at: usize) -> Option<(Operator, usize)> {
    let marks = view.ahead(at, 2).iter().take_while(|byte| b"?|+.&".contains(byte)).count();
    // `process.env.X || "x"`: what is taken if the other is not there.
    let value = view.skip_blanks(at + marks);
    if (view.says(at, "||") || view.says(at, "??")) && value > at + marks && quote_at(view, value).is_some() {
        return Some((Operator::Assign, value));
    }
    match view.at(at + marks) {
        b'=' if view.at(at + marks + 1) != b'=' => Some((Operator::Assign, at + marks + 1)),
        b':' if marks == 1 && view.at(at) == b'?' => {
            Some(typed(view, at + 2).map_or((Operator::Colon, at + 2), |value| (Operator::Assign, value)))
        }
        _ => None,
    }
}

/// Skips `[32] =`.
fn array(view: View<'_>, at: usize) -> Option<usize> {
    let length = view.ahead(at, 32).iter().position(|byte| *byte == b']')?;
    let at = view.skip_blanks(at + length + 1);
    (view.at(at) == b'=' && view.at(at + 1) != b'=').then_some(at + 1)
}

/// Skips `{ get; set; } =`.
fn accessors(view: View<'_>, at: usize) -> Option<usize> {
    let inside = view.ahead(at, 40);
    let length = inside.iter().position(|byte| *byte == b'}')?;
    let at = view.skip_blanks(at + length + 1);
    (inside.get(1..).unwrap_or_default().trim_ascii_start().starts_with(b"get") && view.at(at) == b'=')
        .then_some(at + 1)
}

/// Steps into `{ "x" }`, as factories of test data are written in Ruby.
fn block(view: View<'_>, at: usize) -> Option<usize> {
    let inside = view.skip_blanks(at + 1);
    (inside > at + 1 && matches!(view.at(inside), b'"' | b'\'')).then_some(inside)
}

/// Steps into `{"x"}`, as C++ begins a variable.
fn braces(view: View<'_>, at: usize) -> Option<usize> {
    let literal = quoted(view, at + 1)?;
    (view.at(view.skip_blanks(literal.end)) == b'}').then_some(at + 1)
}

/// The colon and the verbs of Chinese, and the full-width equals sign, which stand beside a name without a blank.
fn wide(view: View<'_>, at: usize) -> Option<(Operator, usize)> {
    let length = linking(view, at)?;
    let operator = if view.slice(at..at + length) == "是".as_bytes() { Operator::Is } else { Operator::Colon };
    Some((operator, at + length))
}

/// How long a sign is that links a name to its value and is no letter of the name.
pub(super) fn linking(view: View<'_>, at: usize) -> Option<usize> {
    ["：", "＝", "是", "为", "為"].iter().find(|it| view.slice(at..at + it.len()) == it.as_bytes()).map(|it| it.len())
}

/// Whether a line is a row of a table in Markdown.
fn is_row(view: View<'_>, at: usize) -> bool {
    view.line_before(at).trim_ascii_start().starts_with(b"|")
}

/// Skips blanks, and what makes the value bold.
fn skip_bold(view: View<'_>, at: usize) -> usize {
    let at = view.skip_blanks(at);
    at + view.ahead(at, 2).iter().take_while(|byte| **byte == b'*').count()
}

/// A word after a name: a comparison, a type and `=`, or the value itself.
fn word(view: View<'_>, at: usize, first: u8) -> Option<(Operator, usize)> {
    for (says, operator) in [("is ", Operator::Is), ("eq ", Operator::Compare), ("ne ", Operator::Compare)] {
        if view.says(at, says) {
            return Some((operator, at + says.len()));
        }
    }
    if view.says(at, "for ") {
        // `SET PASSWORD FOR 'user'@'host' = 'x'`.
        let sign = view.line_after(at).iter().take(80).position(|byte| *byte == b'=')?;
        return Some((Operator::Assign, at + sign + 1));
    }
    for kind in ["string", "*string", "[]byte", "&str", "varchar"] {
        let after = view.skip_blanks(at + kind.len());
        if view.says(at, kind) && view.at(after) == b'=' && view.at(after + 1) != b'=' {
            return Some((Operator::Assign, after + 1));
        }
    }
    let starts_value = first.is_ascii_alphanumeric() || b"!#@%*-_/+".contains(&first) || first >= 0x80;
    starts_value.then_some((Operator::Space, at))
}

/// Whether a name starts a tag: `<password` or `<ns:password`.
fn is_tag(view: View<'_>, start: usize) -> bool {
    match view.before(start) {
        b'<' => true,
        b':' => {
            let prefix = view.behind(start - 1, 24);
            let name = prefix.iter().rev().take_while(|byte| is_name_byte(**byte)).count();
            name > 0 && prefix.iter().rev().nth(name) == Some(&b'<')
        }
        _ => false,
    }
}

/// Where the content of an element starts whose tag has attributes.
fn tag_end(view: View<'_>, at: usize) -> Option<usize> {
    let tag = view.ahead(at, TAG);
    let length = tag.iter().position(|byte| matches!(byte, b'>' | b'<' | b'\n'))?;
    (tag.get(length) == Some(&b'>') && view.before(at + length) != b'/').then_some(at + length + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(text: &str, name: &str) -> Option<(Operator, String)> {
        let start = text.find(name)?;
        let link = after(View::new(text.as_bytes()), start, start + name.len())?;
        Some((link.operator, text.get(link.at..)?.trim_start().to_owned()))
    }

    #[test]
    fn reads_the_operators_of_many_languages() {
        for (text, operator) in [
            ("pw = X", Operator::Assign),
            ("pw := X", Operator::Assign),
            ("pw ||= X", Operator::Assign),
            ("PW ?= X", Operator::Assign),
            ("pw <- X", Operator::Assign),
            ("${PW:-X", Operator::Assign),
            ("pw: &str = \"X", Operator::Assign),
            ("pw?: string = 'X", Operator::Assign),
            ("pw string = X", Operator::Assign),
            ("pw[32] = X", Operator::Assign),
            ("Pw { get; set; } = X", Operator::Assign),
            ("c['pw'] = X", Operator::Assign),
            ("pw: X", Operator::Colon),
            (r#""pw": X"#, Operator::Colon),
            (r#"\"pw\": X"#, Operator::Colon),
            ("'pw' => X", Operator::Arrow),
            ("pw == X", Operator::Compare),
            ("pw !== X", Operator::Compare),
            ("$pw -eq X", Operator::Compare),
            ("put(\"pw\", X", Operator::Comma),
            ("pw(X", Operator::Call),
            ("<pw>X", Operator::Element),
            ("<n:pw>X", Operator::Element),
            ("<pw type=\"a\">X", Operator::Element),
            ("--pw X", Operator::Space),
            ("pw is X", Operator::Is),
        ] {
            let name = if text.contains("PW") {
                "PW"
            } else if text.contains("Pw") {
                "Pw"
            } else {
                "pw"
            };
            let (found, rest) = link(text, name).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(found, operator, "{text}");
            assert!(rest.trim_start_matches(['"', '\'']).starts_with('X'), "{text}: {rest}");
        }
    }

    #[test]
    fn what_gives_no_value_is_no_link() {
        for text in ["pw =~ X", "pw::X", "${PW:?X", "pw;", "pw)", "pw, X", "pw > X", "<pw/>", "pw"] {
            let name = if text.contains("PW") { "PW" } else { "pw" };
            assert!(link(text, name).is_none(), "{text}");
        }
    }
}
