//! The tree that a shell text is read as.

use std::cell::OnceCell;
use std::rc::Rc;

/// A list of commands.
#[derive(Debug, Clone, Default)]
pub(crate) struct Script {
    pub(crate) items: Vec<Item>,
}

/// Commands that are joined by `&&` and `||`.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) first: Command,
    pub(crate) rest: Vec<(Joint, Command)>,
    pub(crate) background: bool,
}

/// What joins two commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Joint {
    And,
    Or,
}

/// Where something stands in the text, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// A command with its redirections.
#[derive(Debug, Clone)]
pub(crate) struct Command {
    pub(crate) shape: Shape,
    pub(crate) redirects: Vec<Redirect>,
    pub(crate) mark: Mark,
}

impl Command {
    /// Its assignments and words, if it is nothing but these.
    pub(crate) fn simple(&self) -> Option<&Simple> {
        if let Shape::Simple(simple) = &self.shape { Some(simple) } else { None }
    }
}

/// The forms that a command can have.
#[derive(Debug, Clone)]
pub(crate) enum Shape {
    Simple(Simple),
    Pipeline(Vec<Command>),
    Group(Script),
    Subshell(Script),
    Function {
        name: String,
        body: Rc<Command>,
    },
    If {
        tests: Vec<Script>,
        bodies: Vec<Script>,
    },
    For {
        name: String,
        words: Option<Vec<Word>>,
        body: Script,
        selects: bool,
    },
    /// `for ((…))`.
    Count {
        header: Word,
        body: Script,
    },
    While {
        test: Script,
        body: Script,
    },
    Case {
        word: Word,
        cases: Vec<Case>,
    },
    /// `[[ … ]]`, split where `&&` and `||` stand.
    Test(Vec<Vec<Word>>),
    /// `((…))`, and what it holds read as commands.
    Arithmetic {
        word: Word,
        commands: Script,
    },
    Coprocess(Box<Command>),
}

/// One branch of a `case`.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) patterns: Vec<Word>,
    pub(crate) body: Script,
    /// `;&` and `;;&`: another branch may follow.
    pub(crate) goes_on: bool,
}

/// Assignments and words.
#[derive(Debug, Clone, Default)]
pub(crate) struct Simple {
    pub(crate) assignments: Vec<Assignment>,
    pub(crate) words: Vec<Word>,
}

/// `name=value`, `name+=value`, `name[i]=value`, `name=(a b)`.
#[derive(Debug, Clone)]
pub(crate) struct Assignment {
    pub(crate) name: String,
    /// Within brackets.
    pub(crate) index: Option<Word>,
    pub(crate) appends: bool,
    pub(crate) value: Arm,
}

/// What is assigned.
#[derive(Debug, Clone)]
pub(crate) enum Arm {
    One(Word),
    Many(Vec<Element>),
}

/// A value of an array, `[key]=` in front of it or not.
#[derive(Debug, Clone)]
pub(crate) struct Element {
    pub(crate) key: Option<Word>,
    pub(crate) value: Word,
}

/// A word: parts that stand without a gap.
#[derive(Debug, Clone, Default)]
pub(crate) struct Word {
    pub(crate) parts: Vec<Part>,
}

/// A part of a word.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    /// Stands for itself: quoted or escaped.
    Literal(String),
    /// Unquoted text, in which `*`, `~` and braces mean something.
    Plain(String),
    /// `$x`, `${x…}`.
    Parameter { parameter: Box<Parameter>, quoted: bool },
    /// `$(…)` or backquotes.
    Substitution { script: Script, quoted: bool },
    /// `<(…)`, `>(…)` or zsh's `=(…)`.
    Process { script: Script, into: bool },
    /// `$((…))` and `$[…]`.
    Arithmetic(Word),
    /// `@(…)` and its like: what it holds is expanded, and it may stand for many names.
    Pattern(Word),
}

/// A parameter and what is done to its value.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) index: Option<Index>,
    /// `${!x…}`: it names another one.
    pub(crate) indirect: bool,
    pub(crate) op: ParameterOp,
}

/// Which values of an array are meant.
#[derive(Debug, Clone)]
pub(crate) enum Index {
    /// `[@]`.
    Each,
    /// `[*]`.
    Joined,
    At(Word),
}

/// What is done to the value of a parameter.
#[derive(Debug, Clone)]
pub(crate) enum ParameterOp {
    Value,
    Length,
    /// `${x:-w}` and `${x:=w}`.
    Default {
        word: Word,
        assigns: bool,
        if_empty: bool,
    },
    /// `${x:+w}`.
    Alternate {
        word: Word,
        if_empty: bool,
    },
    /// `${x:?w}`.
    Error(Word),
    TrimPrefix(Word, bool),
    TrimSuffix(Word, bool),
    Replace {
        pattern: Word,
        with: Word,
        place: Replaced,
    },
    /// `${x:from:length}`.
    Slice(Word),
    Upper,
    Lower,
    /// `${x@P}`: the value is expanded once more.
    Prompt,
    /// Something else; the value is not known.
    Other(Word),
}

/// Where a pattern is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replaced {
    First,
    All,
    Front,
    End,
}

/// A redirection.
#[derive(Debug, Clone)]
pub(crate) struct Redirect {
    pub(crate) op: RedirectOp,
    /// The descriptor in front of it.
    pub(crate) descriptor: Option<String>,
}

/// What is redirected to where.
#[derive(Debug, Clone)]
pub(crate) enum RedirectOp {
    Read(Word),
    Write(Word),
    Append(Word),
    Both(Word),
    /// `&>` and `>&file`.
    WriteAll {
        word: Word,
        appends: bool,
    },
    /// `<&3`, `>&2`.
    Duplicate {
        word: Word,
        reads: bool,
    },
    /// A here-string.
    Text(Word),
    /// A here-document: its body comes after the line, and is not there before that is read.
    Document(Rc<OnceCell<Word>>),
}
