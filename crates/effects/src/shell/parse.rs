//! Lists, pipelines and simple commands.

use super::ast::{Arm, Assignment, Command, Item, Joint, Mark, Redirect, RedirectOp, Script, Shape, Simple, Word};
use super::cursor::Cursor;
use super::{Parsed, Problem};

/// How deep commands and substitutions may lie in each other.
const DEEPEST: usize = 48;

/// A here-document whose body comes after the line.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) delimiter: String,
    pub(super) quoted: bool,
    pub(super) strips_tabs: bool,
    /// Where the body goes.
    pub(super) slot: usize,
}

/// Reads a text, from front to back, once.
#[derive(Debug)]
pub(super) struct Parser {
    pub(super) cursor: Cursor,
    pub(super) depth: usize,
    pub(super) pending: Vec<Pending>,
    /// Bodies of here-documents that were read, by their slot.
    pub(super) bodies: Vec<Option<Word>>,
}

pub(super) type Read<T> = Result<T, Problem>;

/// Words that end a list when they stand where a command would.
const CLOSERS: [&str; 9] = ["then", "else", "elif", "fi", "do", "done", "esac", "}", ";;"];

impl Parser {
    pub(super) fn new(text: &str) -> Self {
        Self { cursor: Cursor::new(text), depth: 0, pending: Vec::new(), bodies: Vec::new() }
    }

    pub(super) fn problem<T>(&self, why: &'static str) -> Read<T> {
        Err(Problem { why, at: self.cursor.byte() })
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
                    problem = problem
                        .or(Some(Problem { why: "something closes here that was not opened", at: self.cursor.byte() }));
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
        let mut bodies = self.bodies;
        fill_script(&mut script, &mut bodies);
        Parsed { script, problem }
    }

    /// Blanks, comments and continued lines.
    pub(super) fn blanks(&mut self) {
        loop {
            match self.cursor.peek() {
                Some(' ' | '\t' | '\r') => self.cursor.skip(1),
                Some('\\') if self.cursor.peek_at(1) == Some('\n') => {
                    self.cursor.eat("\\\n");
                }
                Some('#') => drop(self.cursor.take_while(|c| c != '\n')),
                _ => return,
            }
        }
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
            while self.cursor.peek() == Some(';') && self.cursor.peek_at(1) != Some(';') {
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
            Some(';') => self.cursor.peek_at(1) == Some(';'),
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
            if self.eat_word("-p") {
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
            self.cursor.eat("&");
            self.gaps();
            match self.command() {
                Ok(command) => commands.push(command),
                Err(problem) => {
                    let first = pipeline_of(commands, Mark { start, end: self.cursor.byte() });
                    script.items.push(Item { first, rest: Vec::new(), background: false });
                    return Err(problem);
                }
            }
        }
        Ok(pipeline_of(commands, Mark { start, end: self.cursor.byte() }))
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
        Ok(Command { shape, redirects, mark: Mark { start, end: self.cursor.byte() } })
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
        let mut end = length;
        if self.cursor.peek_at(end) == Some('[') {
            while let Some(c) = self.cursor.peek_at(end).filter(|c| !"=\n \t;".contains(*c)) {
                end += 1;
                if c == ']' {
                    break;
                }
            }
        }
        let appends = self.cursor.peek_at(end) == Some('+');
        let sign = end + usize::from(appends);
        if self.cursor.peek_at(sign) != Some('=') {
            return Ok(None);
        }
        let name: String = (0..length).filter_map(|_| self.cursor.bump()).collect();
        self.cursor.skip(sign + 1 - length);
        let value = if self.cursor.peek() == Some('(') { Arm::Many(self.array()?) } else { Arm::One(self.word()?) };
        Ok(Some(Assignment { name, appends, value }))
    }

    fn array(&mut self) -> Read<Vec<Word>> {
        self.cursor.bump();
        let mut words = Vec::new();
        loop {
            self.gaps();
            match self.cursor.peek() {
                None => return self.problem("an array is not closed"),
                Some(')') => {
                    self.cursor.bump();
                    return Ok(words);
                }
                Some('(' | ';' | '&' | '|') => return self.problem("a sign stands where a value would"),
                Some('<' | '>') if self.cursor.peek_at(1) != Some('(') => {
                    return self.problem("a sign stands where a value would");
                }
                Some(_) => words.push(self.word()?),
            }
        }
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

/// Commands whose arguments are assignments too.
fn declares(simple: &Simple) -> bool {
    let [word, ..] = simple.words.as_slice() else { return false };
    let [super::Part::Plain(name)] = word.parts.as_slice() else { return false };
    matches!(name.as_str(), "export" | "declare" | "typeset" | "local" | "readonly")
}

fn pipeline_of(mut commands: Vec<Command>, mark: Mark) -> Command {
    match commands.len() {
        1 => commands.remove(0),
        _ => Command { shape: Shape::Pipeline(commands), redirects: Vec::new(), mark },
    }
}

/// Puts the bodies of here-documents, which come after their line, where they belong.
fn fill_script(script: &mut Script, bodies: &mut [Option<Word>]) {
    if bodies.is_empty() {
        return;
    }
    for item in &mut script.items {
        fill_command(&mut item.first, bodies);
        item.rest.iter_mut().for_each(|(_, command)| fill_command(command, bodies));
    }
}

fn fill_command(command: &mut Command, bodies: &mut [Option<Word>]) {
    for redirect in &mut command.redirects {
        if let RedirectOp::Text(word) = &mut redirect.op {
            fill_slot(word, bodies);
        }
    }
    match &mut command.shape {
        Shape::Simple(simple) => {
            simple.words.iter_mut().for_each(|word| fill_word(word, bodies));
            for assignment in &mut simple.assignments {
                match &mut assignment.value {
                    Arm::One(word) => fill_word(word, bodies),
                    Arm::Many(words) => words.iter_mut().for_each(|word| fill_word(word, bodies)),
                }
            }
        }
        Shape::Pipeline(commands) => commands.iter_mut().for_each(|command| fill_command(command, bodies)),
        Shape::Group(script) | Shape::Subshell(script) | Shape::For { body: script, .. } => fill_script(script, bodies),
        Shape::Function { body, .. } => {
            if let Some(body) = std::rc::Rc::get_mut(body) {
                fill_command(body, bodies);
            }
        }
        Shape::If { tests, bodies: scripts } => {
            tests.iter_mut().chain(scripts).for_each(|script| fill_script(script, bodies));
        }
        Shape::While { test, body } => [test, body].into_iter().for_each(|script| fill_script(script, bodies)),
        Shape::Case { cases, .. } => cases.iter_mut().for_each(|case| fill_script(&mut case.body, bodies)),
        Shape::Coprocess(command) => fill_command(command, bodies),
        Shape::Test(_) | Shape::Arithmetic(_) => {}
    }
}

fn fill_word(word: &mut Word, bodies: &mut [Option<Word>]) {
    for part in &mut word.parts {
        match part {
            super::Part::Substitution { script, .. } | super::Part::Process { script, .. } => {
                fill_script(script, bodies);
            }
            super::Part::Literal(_)
            | super::Part::Plain(_)
            | super::Part::Parameter { .. }
            | super::Part::Arithmetic(_) => {}
        }
    }
}

/// A body that is still to come is held by the number of its slot.
fn fill_slot(word: &mut Word, bodies: &mut [Option<Word>]) {
    let [super::Part::Arithmetic(slot)] = word.parts.as_slice() else { return };
    let Some(slot) = slot.strip_prefix(super::redirect::SLOT).and_then(|number| number.parse::<usize>().ok()) else {
        return;
    };
    *word = bodies.get_mut(slot).and_then(Option::take).unwrap_or_default();
}
