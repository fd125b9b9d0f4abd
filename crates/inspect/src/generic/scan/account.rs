//! Lines of users and passwords that `chpasswd` is handed: below the key of a cloud's first start, or in a here document.

use super::Visit;
use crate::generic::shape::{Literal, Operator, Quoting, Shape, Source};
use crate::generic::view::View;
use std::ops::Range;

/// So many lines are read.
const LINES: usize = 12;

/// Visits the password of each line below `chpasswd: list: |` or `chpasswd <<EOF`.
pub(super) fn visit(view: View<'_>, name: Range<usize>, visit: Visit<'_>) {
    let rest = view.line_after(name.end).trim_ascii();
    if !(rest.starts_with(b":") || rest.starts_with(b"<<")) {
        return;
    }
    // `chpasswd <<< "root:x"`.
    if let Some(word) = rest.strip_prefix(b"<<<") {
        let start = name.end + view.line_after(name.end).len() - word.len();
        return line(view, &name, start, word, visit);
    }
    let outer = indent_of(view.line_before(name.start));
    let mut at = next(view, name.end);
    for _ in 0..LINES {
        let text = view.line_after(at);
        let is_inside = rest.starts_with(b"<<") || indent_of(text) > outer;
        if text.trim_ascii().is_empty() || !is_inside {
            return;
        }
        line(view, &name, at, text, visit);
        at = next(view, at);
    }
}

fn next(view: View<'_>, at: usize) -> usize {
    let end = at + view.line_after(at).len();
    end + usize::from(view.at(end) == b'\r') + 1
}

fn indent_of(line: &[u8]) -> usize {
    line.iter().take_while(|byte| **byte == b' ').count()
}

/// `root:x`, `- root:x`, `"root:x"`.
fn line(view: View<'_>, name: &Range<usize>, start: usize, text: &[u8], visit: Visit<'_>) {
    let open = |byte: &&u8| b" \t-\"'".contains(byte);
    let lead = text.iter().take_while(open).count();
    let trail = text.iter().rev().take_while(|byte| b" \t\"'".contains(byte)).count();
    let Some(pair) = text.get(lead..text.len() - trail) else { return };
    let Some(colon) = pair.iter().position(|byte| *byte == b':') else { return };
    let (user, password) = pair.split_at(colon);
    let named = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.$".contains(byte);
    let is_pair = !user.is_empty() && user.iter().all(named) && password.len() > 4 && !password.contains(&b' ');
    if is_pair && view.slice(start + lead..start + lead + user.len()) == user {
        let value = start + lead + colon + 1..start + lead + pair.len();
        let literal = Literal { quoting: Quoting::Bare, end: value.end, value };
        visit(Shape::of(Source::Certain, name.clone(), Operator::Userinfo, literal));
    }
}
