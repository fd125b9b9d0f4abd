//! What the scanners hand on: a value, what introduced it, and how it was written.

use super::name::Name;
use std::ops::Range;

/// What introduces a value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source {
    /// A name that says credential.
    Name(Name),
    /// A call or a command that takes a user and a password in a row.
    Login,
    /// An option of a program or an argument of a function that is nothing but a password.
    Certain,
    /// `IDENTIFIED BY`.
    Identified,
    /// User and password before the host of a URL or connection string.
    Userinfo,
    /// `Bearer`.
    Bearer,
    /// A line of a file of passwords.
    PasswordFile,
}

/// What stands between a name and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    /// `=`, `:=`, `||=`, `<-`.
    Assign,
    /// `:`.
    Colon,
    /// `=>`.
    Arrow,
    /// `==`, `!=`, `.equals(`.
    Compare,
    /// `,` after a quoted name.
    Comma,
    /// `(`: the value is an argument.
    Call,
    /// Blanks only.
    Space,
    /// Blanks or `=` after an option of a command.
    Flag,
    /// `>`: the value is the text of an element.
    Element,
    /// The name is the value of `name=` or `key:`, and the value is that of `value`.
    Pair,
    /// The word `is`.
    Is,
    /// `:` between a user and a password.
    Userinfo,
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoting {
    /// As it is.
    Bare,
    /// `'…'`.
    Single,
    /// `"…"`.
    Double,
    /// `` `…` ``.
    Backtick,
    /// `"""…"""` or `'''…'''`.
    Triple,
    /// `\"…\"`: within another quoted text.
    Escaped,
}

/// A value as it is written.
#[derive(Debug, Clone)]
pub(super) struct Literal {
    pub(super) quoting: Quoting,
    /// What is between the quotes.
    pub(super) value: Range<usize>,
    /// Where the quotes end.
    pub(super) end: usize,
}

/// A value that may be a credential.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) source: Source,
    /// The name, the scheme or the command.
    pub(super) name: Range<usize>,
    pub(super) operator: Operator,
    pub(super) literal: Literal,
    /// Which argument of a call the value is, from 0.
    pub(super) argument: u8,
    /// Whether the name stands in quotes or brackets.
    pub(super) name_is_quoted: bool,
    /// Whether something stands around the literal: a conversion, a bracket, a fallback.
    pub(super) is_wrapped: bool,
}
