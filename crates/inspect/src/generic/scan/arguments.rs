//! The arguments of a call, of which one may be a credential: `setPassword("x")`, `login("user", "x")`.

use super::literal::quoted;
use crate::generic::name::Family;
use crate::generic::shape::Literal;
use crate::generic::view::View;

/// More arguments than this are not looked at.
const MOST: usize = 8;
/// Methods that leave a text what it is.
const CONVERSIONS: &[&str] =
    &[".tochararray()", ".getbytes()", ".encode()", ".to_string()", ".to_owned()", ".into()", ".utf8", ".asstring()"];
/// An argument that is no literal is skipped if it is at most this long.
const EXPRESSION: usize = 80;

/// The literals among the arguments of a call; none where an argument is something else.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    literals: [Option<Literal>; MOST],
    count: usize,
}

impl Arguments {
    /// Reads the arguments after an opening bracket.
    pub(super) fn read(view: View<'_>, open: usize) -> Self {
        let mut arguments = Self::default();
        let mut at = open;
        while let Some(place) = arguments.literals.get_mut(arguments.count) {
            at = view.skip_line_end(at);
            let literal = quoted(view, at).map(|it| converted(view, it)).or_else(|| encoded(view, at));
            let Some(end) = end_of_argument(view, literal.as_ref().map_or(at, |it| it.end)) else { break };
            // Text that is joined to something else is no literal.
            let is_whole = literal.as_ref().is_some_and(|it| view.slice(it.end..end).trim_ascii().is_empty());
            if end > at {
                arguments.count += 1;
            }
            *place = literal.filter(|_| is_whole);
            if view.at(end) != b',' {
                break;
            }
            at = end + 1;
        }
        arguments
    }

    /// One of them.
    pub(super) fn get(&self, which: usize) -> Option<&Literal> {
        self.literals.get(which)?.as_ref()
    }
}

/// A literal with the method that makes characters or bytes of it: `"x".toCharArray()`.
fn converted(view: View<'_>, literal: Literal) -> Literal {
    let method = CONVERSIONS.iter().find(|it| view.says(literal.end, it));
    Literal { end: literal.end + method.map_or(0, |it| it.len()), ..literal }
}

/// The literal in `encoder.encode("x")` and `encoder().encode("x")`: a password that is hashed when the program runs.
fn encoded(view: View<'_>, at: usize) -> Option<Literal> {
    let chain = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_.()".contains(byte);
    let length = view.ahead(at, EXPRESSION).iter().take_while(chain).count();
    let calls = view.slice(at..at + length).to_ascii_lowercase();
    let literal = quoted(view, at + length).filter(|_| calls.ends_with(b"encode(") || calls.ends_with(b"hash("))?;
    let closed = view.at(literal.end) == b')';
    closed.then(|| Literal { end: literal.end + 1, ..literal })
}

/// The comma or bracket that ends an argument.
fn end_of_argument(view: View<'_>, at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut mark = 0;
    for (length, byte) in view.ahead(at, EXPRESSION).iter().enumerate() {
        match byte {
            _ if mark != 0 => mark = if *byte == mark { 0 } else { mark },
            b'"' | b'\'' => mark = *byte,
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth > 0 => depth -= 1,
            b',' | b')' | b']' | b'}' if depth == 0 => return Some(at + length),
            b';' | 0 => return None,
            _ => {}
        }
    }
    None
}

/// The arguments that can be credentials, with their number: the only one, or those after a user.
pub(super) fn credentials(arguments: &Arguments, family: Family, after_user: bool) -> [Option<(u8, Literal)>; 2] {
    let take = |which: usize| Some((u8::try_from(which).ok()?, arguments.get(which)?.clone()));
    if after_user {
        return [login(arguments, false), None];
    }
    match family {
        Family::Auth | Family::Credential => [login(arguments, family == Family::Credential), None],
        Family::Password if arguments.count <= 3 => [take(0), take(1)],
        Family::Password
        | Family::Secret
        | Family::Token
        | Family::ApiKey
        | Family::Key
        | Family::PlainKey
        | Family::Salt
        | Family::Session
        | Family::Mnemonic
        | Family::Community => [if arguments.count <= 2 { take(0) } else { None }, None],
    }
}

/// The password of a call that takes a user and a password, and maybe a server or a client's id before them.
pub(super) fn login(arguments: &Arguments, realm: bool) -> Option<(u8, Literal)> {
    // Two names before the user, as of a realm and a host, or what follows the password.
    let which = match (arguments.get(2), arguments.get(3), arguments.count) {
        (_, Some(_), 4) if realm => 3,
        (Some(_), _, _) => 2,
        (None, _, _) => 1,
    };
    Some((u8::try_from(which).ok()?, arguments.get(which)?.clone()))
}
