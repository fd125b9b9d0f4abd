//! Lists, pipelines and simple commands.

use super::ast::{
    Arm, Assignment, Command, Element, Item, Joint, Mark, Redirect, RedirectOp, Script, Shape, Simple, Word,
};
use super::cursor::Cursor;
use super::{Parsed, Problem};
use std::cell::OnceCell;
use std::rc::Rc;

/// How deep commands and substitutions may lie in each other.
const DEEPEST: usize = 48;

/// A here-document whose body comes after the line.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) delimiter: String,
    pub(super) quoted: bool,
    pub(super) strips_tabs: bool,
    /// Where the body goes.
    pub(super) body: Rc<OnceCell<Word>>,
}

/// Reads a text, from front to back, once.
#[derive(Debug)]
pub(super) struct Parser {
    pub(super) cursor: Cursor,
    pub(super) depth: usize,
    pub(super) pending: Vec<Pending>,
    /// Where the text stands in another one, in which no place of its own can be told: it was quoted there.
    within: Option<Mark>,
    /// The first thing that could not be read, and that did not keep what follows from being read.
    pub(super) unread: Option<Problem>,
}

pub(super) type Read<T> = Result<T, Problem>;

/// Commands whose arguments are assignments too.
pub(crate) const DECLARING: [&str; 5] = ["export", "declare", "typeset", "local", "readonly"];

/// Words that end a list when they stand where a command would.
const CLOSERS: [&str; 9] = ["then", "else", "elif", "fi", "do", "done", "esac", "}", ";;"];

impl Parser {
    pub(super) fn new(text: &str) -> Self {
        Self { cursor: Cursor::new(text), depth: 0, pending: Vec::new(), within: None, unread: None }
    }

    /// Reads a text of its own that stands in this one from `start` to here: between backquotes, in the body of a
    /// here-document, in arithmetic.
    pub(super) fn inner<T>(&mut self, text: &str, start: usize, read: impl FnOnce(Self) -> Read<T>) -> Read<T> {
        self.deeper(|outer| {
            let within = Some(outer.mark_from(start));
            read(Self { depth: outer.depth, within, ..Self::new(text) })
        })
    }

    /// From `start` to here.
    fn mark_from(&self, start: usize) -> Mark {
        self.within.unwrap_or(Mark { start, end: self.cursor.byte() })
    }

    /// What is wrong at this place.
    fn problem_here(&self, why: &'static str) -> Problem {
        Problem { why, at: self.mark_from(self.cursor.byte()).start }
    }

    pub(super) fn problem<T>(&self, why: &'static str) -> Read<T> {
        Err(self.problem_here(why))
    }

    /// Goes one level deeper for the time of `inner`.
    pub(super) fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        if self.depth >= DEEPEST {
            return self.problem("it is nested too deeply");
        }
        self.depth += 1;
        let read = inner(self);
        self.depth -= 1;
        read
    }

    /// The whole text.
    pub(super) fn whole(mut self) -> Parsed {
        let mut script = Script::default();
        let mut problem = None;
        loop {
            match self.list(&mut script) {
                Ok(()) if self.cursor.ended() => break,
                Ok(()) => {
                    problem = problem.or_else(|| Some(self.problem_here("something closes here that was not opened")));
                    // What follows is still looked at: a stray bracket must not hide it.
                    self.cursor.bump();
                    if matches!(self.cursor.peek(), Some(';')) {
                        self.cursor.bump();
                    }
                }
                Err(found) => {
                    problem = problem.or(Some(found));
                    break;
                }
            }
        }
        self.read_pending();
        Parsed { script, problem: problem.or(self.unread) }
    }

    /// Blanks, comments and continued lines.
    pub(super) fn blanks(&mut self) {
        loop {
            match self.cursor.peek() {
                Some(' ' | '\t') => self.cursor.skip(1),
                Some(c) if self.ends_line_here(c) => self.cursor.skip(1),
                Some('\\') if self.cursor.peek_at(1) == Some('\n') => {
                    self.cursor.eat("\\\n");
                }
                Some('#') => drop(self.cursor.take_while(|c| c != '\n')),
                _ => return,
            }
        }
    }

    /// `\r` belongs to the end of a line, and is a letter like others elsewhere.
    pub(super) fn ends_line_here(&self, c: char) -> bool {
        c == '\r' && self.cursor.peek_at(1).is_none_or(|next| next == '\n')
    }

    /// Blanks and line ends.
    pub(super) fn gaps(&mut self) {
        loop {
            self.blanks();
            if self.cursor.peek() != Some('\n') {
                return;
            }
            self.cursor.bump();
            self.read_pending();
        }
    }

    /// Commands up to something that closes them.
    pub(super) fn list(&mut self, script: &mut Script) -> Read<()> {
        loop {
            self.gaps();
            while self.cursor.peek() == Some(';') && !matches!(self.cursor.peek_at(1), Some(';' | '&')) {
                self.cursor.bump();
                self.gaps();
            }
            if self.closes() {
                return Ok(());
            }
            let item = self.item(script)?;
            script.items.push(item);
        }
    }

    pub(super) fn script(&mut self) -> Read<Script> {
        let mut script = Script::default();
        self.deeper(|parser| parser.list(&mut script))?;
        Ok(script)
    }

    /// Whether a list ends here.
    fn closes(&self) -> bool {
        match self.cursor.peek() {
            None | Some(')') => true,
            Some(';') => matches!(self.cursor.peek_at(1), Some(';' | '&')),
            Some(_) => CLOSERS.iter().any(|word| self.sees_word(word)),
        }
    }

    /// Whether this very word stands here, unquoted.
    pub(super) fn sees_word(&self, word: &str) -> bool {
        self.cursor.sees(word)
            && self
                .cursor
                .peek_at(word.chars().count())
                .is_none_or(|c| c.is_ascii_whitespace() || ";|&()<>".contains(c))
    }

    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let seen = self.sees_word(word);
        if seen {
            self.cursor.eat(word);
        }
        seen
    }

    fn item(&mut self, script: &mut Script) -> Read<Item> {
        let first = self.pipeline(script)?;
        let mut item = Item { first, rest: Vec::new(), background: false };
        loop {
            self.blanks();
            let joint = if self.cursor.eat("&&") {
                Joint::And
            } else if self.cursor.eat("||") {
                Joint::Or
            } else {
                break;
            };
            self.gaps();
            match self.pipeline(script) {
                Ok(command) => item.rest.push((joint, command)),
                Err(problem) => {
                    script.items.push(item);
                    return Err(problem);
                }
            }
        }
        self.blanks();
        if self.cursor.peek() == Some('&') {
            self.cursor.bump();
            // zsh: `&!` and `&|` also let go of it.
            if matches!(self.cursor.peek(), Some('!' | '|')) {
                self.cursor.bump();
            }
            item.background = true;
        }
        Ok(item)
    }

    fn pipeline(&mut self, script: &mut Script) -> Read<Command> {
        let start = self.cursor.byte();
        while self.eat_word("!") || self.eat_word("time") {
            self.gaps();
            while self.eat_word("-p") || self.eat_word("--") {
                self.gaps();
            }
        }
        let mut commands = vec![self.command()?];
        loop {
            self.blanks();
            if self.cursor.sees("||") || self.cursor.peek() != Some('|') {
                break;
            }
            self.cursor.bump();
            if self.cursor.eat("&")
                && let Some(last) = commands.last_mut()
            {
                // zsh puts it in front of the others, bash behind them.
                last.redirects.insert(0, errors_too());
                last.redirects.push(errors_too());
            }
            self.gaps();
            match self.command() {
                Ok(command) => commands.push(command),
                Err(problem) => {
                    let first = pipeline_of(commands, self.mark_from(start));
                    script.items.push(Item { first, rest: Vec::new(), background: false });
                    return Err(problem);
                }
            }
        }
        Ok(pipeline_of(commands, self.mark_from(start)))
    }

    /// One command with its redirections.
    pub(super) fn command(&mut self) -> Read<Command> {
        self.deeper(Self::command_here)
    }

    fn command_here(&mut self) -> Read<Command> {
        self.blanks();
        let start = self.cursor.byte();
        let mut redirects = Vec::new();
        let shape = match self.compound()? {
            Some(shape) => {
                self.redirects(&mut redirects)?;
                shape
            }
            None => self.simple(&mut redirects)?,
        };
        Ok(Command { shape, redirects, mark: self.mark_from(start) })
    }

    fn simple(&mut self, redirects: &mut Vec<Redirect>) -> Read<Shape> {
        let mut simple = Simple::default();
        loop {
            self.blanks();
            if let Some(redirect) = self.redirect()? {
                redirects.push(redirect);
                continue;
            }
            match self.cursor.peek() {
                None | Some('\n' | ';' | '&' | '|' | ')') => break,
                Some('(') if simple.words.len() == 1 && simple.assignments.is_empty() => {
                    if let Some(function) = self.function_behind_name(&simple)? {
                        return Ok(function);
                    }
                    return self.problem("a bracket opens where none can");
                }
                Some('(') => return self.problem("a bracket opens where none can"),
                Some(_) => {}
            }
            if (simple.words.is_empty() || declares(&simple))
                && let Some(assignment) = self.assignment()?
            {
                simple.assignments.push(assignment);
                continue;
            }
            let word = self.word()?;
            simple.words.push(word);
        }
        if simple.words.is_empty() && simple.assignments.is_empty() && redirects.is_empty() {
            return self.problem("a command is missing");
        }
        Ok(Shape::Simple(simple))
    }

    /// `name=`, `name+=`, `name[…]=` and what follows.
    fn assignment(&mut self) -> Read<Option<Assignment>> {
        let length = self.cursor.count_while(|c| c.is_ascii_alphanumeric() || c == '_');
        if length == 0 || self.cursor.peek().is_none_or(|c| c.is_ascii_digit()) {
            return Ok(None);
        }
        let end = length + self.subscript_length(length).unwrap_or(0);
        let appends = self.cursor.peek_at(end) == Some('+');
        let sign = end + usize::from(appends);
        if self.cursor.peek_at(sign) != Some('=') {
            return Ok(None);
        }
        let name: String = (0..length).filter_map(|_| self.cursor.bump()).collect();
        let index = if self.cursor.eat("[") { Some(self.subscript()?) } else { None };
        self.cursor.skip(sign + 1 - end);
        let value = if self.cursor.peek() == Some('(') { Arm::Many(self.array()?) } else { Arm::One(self.word()?) };
        Ok(Some(Assignment { name, index, appends, value }))
    }

    fn array(&mut self) -> Read<Vec<Element>> {
        self.cursor.bump();
        let mut elements = Vec::new();
        loop {
            self.gaps();
            match self.cursor.peek() {
                None => return self.problem("an array is not closed"),
                Some(')') => {
                    self.cursor.bump();
                    return Ok(elements);
                }
                Some('(' | ';' | '&' | '|') => return self.problem("a sign stands where a value would"),
                Some('<' | '>') if self.cursor.peek_at(1) != Some('(') => {
                    return self.problem("a sign stands where a value would");
                }
                Some(_) => {
                    let key = self.key()?;
                    elements.push(Element { key, value: self.word()? });
                }
            }
        }
    }

    /// `[key]=`.
    fn key(&mut self) -> Read<Option<Word>> {
        let Some(length) = self.subscript_length(0) else { return Ok(None) };
        let sign = length + usize::from(self.cursor.peek_at(length) == Some('+'));
        if self.cursor.peek_at(sign) != Some('=') {
            return Ok(None);
        }
        self.cursor.bump();
        let key = self.subscript()?;
        self.cursor.skip(sign + 1 - length);
        Ok(Some(key))
    }

    fn function_behind_name(&mut self, simple: &Simple) -> Read<Option<Shape>> {
        let Some([super::Part::Plain(name)]) = simple.words.first().map(|word| word.parts.as_slice()) else {
            return Ok(None);
        };
        self.cursor.bump();
        self.blanks();
        if !self.cursor.eat(")") {
            return Ok(None);
        }
        self.function_body(name.clone()).map(Some)
    }
}

/// Whether the arguments are assignments too.
fn declares(simple: &Simple) -> bool {
    let [word, ..] = simple.words.as_slice() else { return false };
    let [super::Part::Plain(name)] = word.parts.as_slice() else { return false };
    DECLARING.contains(&name.as_str())
}

/// `|&`: what goes wrong is handed on, too.
fn errors_too() -> Redirect {
    let out = Word { parts: vec![super::Part::Plain("1".to_owned())] };
    Redirect { op: RedirectOp::Duplicate { word: out, reads: false }, descriptor: Some("2".to_owned()) }
}

fn pipeline_of(mut commands: Vec<Command>, mark: Mark) -> Command {
    match commands.len() {
        1 => commands.remove(0),
        _ => Command { shape: Shape::Pipeline(commands), redirects: Vec::new(), mark },
    }
}
