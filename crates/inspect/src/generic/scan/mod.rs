//! Finds what is given as a value near a trigger. Nothing is judged here: a scanner knows the ways that values are
//! written, not which values are credentials.

mod arguments;
pub(super) mod assignment;
mod command;
mod connection;
mod literal;
mod operator;
mod pair;
mod table;

use super::place::Place;
use super::shape::{Operator, Shape, Source};
use super::trigger::Kind;
use super::view::View;
use arguments::Arguments;
use std::ops::Range;

/// Called with each shape.
pub(super) type Visit<'v> = &'v mut dyn FnMut(Shape);

/// Visits every value near a trigger.
pub(super) fn shapes(view: View<'_>, trigger: Range<usize>, kind: Kind, place: Place, visit: Visit<'_>) {
    match kind {
        Kind::Name => assignment::visit(view, trigger, place, visit),
        Kind::Call => call(view, trigger, visit),
        Kind::Command => command::visit(view, trigger, visit),
        Kind::Identified => command::identified(view, trigger, visit),
        Kind::Url => connection::url(view, trigger, visit),
        Kind::Connection => connection::other(view, trigger, visit),
        Kind::PasswordFile => connection::password_file(view, trigger, visit),
        Kind::Scheme => bearer(view, trigger, visit),
        Kind::Hash | Kind::PrivateKey => {}
    }
}

/// `login("user", "x")`.
fn call(view: View<'_>, trigger: Range<usize>, visit: Visit<'_>) {
    // A trigger may hold the quote that follows the bracket.
    let open = trigger.end - usize::from(matches!(view.before(trigger.end), b'"' | b'\''));
    let first = view.at(view.skip_line_end(open));
    // Most calls pass variables.
    if !(first == b'"' || first == b'\'' || first == b'$' || first.is_ascii_alphabetic()) {
        return;
    }
    let arguments = Arguments::read(view, open);
    if let Some((argument, literal)) = arguments::login(&arguments, false) {
        visit(Shape { argument, ..Shape::of(Source::Login, trigger, Operator::Call, literal) });
    }
}

/// `Bearer x`.
fn bearer(view: View<'_>, trigger: Range<usize>, visit: Visit<'_>) {
    let literal = literal::bare(view, trigger.end, literal::Stop::Code);
    let value = view.slice(literal.value.clone());
    let token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(byte);
    if view.says(trigger.start, "bearer ")
        && value.len() >= 8
        && value.iter().all(token)
        && !value.iter().all(u8::is_ascii_lowercase)
    {
        visit(Shape::of(Source::Bearer, trigger.start..trigger.end - 1, Operator::Space, literal));
    }
}
