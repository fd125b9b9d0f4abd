//! Finds what is given as a value near a trigger. Nothing is judged here: a scanner knows the ways that values are
//! written, not which values are credentials.

mod account;
mod arguments;
pub(super) mod assignment;
mod command;
mod connection;
mod function;
mod literal;
mod named;
mod operator;
mod pair;
pub(super) mod program;
mod prose;
mod statement;
mod table;

use super::name::Name;
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
        Kind::Key => key(view, trigger, visit),
        Kind::Command => command::visit(view, trigger, visit),
        Kind::Program => program::visit(view, trigger, visit),
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
    if !(first == b'"' || first == b'\'' || matches!(first, b'$' | b'&') || first.is_ascii_alphabetic()) {
        return;
    }
    let arguments = Arguments::read(view, open);
    if let Some((argument, literal)) = function::password(view, open, &arguments) {
        visit(Shape { argument, ..Shape::of(Source::Certain, trigger, Operator::Call, literal) });
    } else if let Some((argument, literal)) = arguments::login(&arguments, false) {
        visit(Shape { argument, ..Shape::of(Source::Login, trigger, Operator::Call, literal) });
    }
}

/// `jwt.sign(claims, "x")`, `createHmac('sha256', 'x')`, `hmac.new(b"x", …)`.
fn key(view: View<'_>, trigger: Range<usize>, visit: Visit<'_>) {
    let arguments = Arguments::read(view, trigger.end);
    let which = usize::from(!view.says(trigger.start, "hmac"));
    if let (Some(literal), Some(name)) = (arguments.get(which), Name::read(b"secret")) {
        let argument = u8::from(which > 0);
        visit(Shape { argument, ..Shape::of(Source::Name(name), trigger, Operator::Call, literal.clone()) });
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
