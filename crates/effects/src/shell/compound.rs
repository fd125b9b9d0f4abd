//! Groups, loops, branches, functions.

use super::ast::{Case, Command, Item, Script, Shape, Word};
use super::parse::{Parser, Read};
use std::rc::Rc;

impl Parser {
    /// A compound command, if one begins here.
    pub(super) fn compound(&mut self) -> Read<Option<Shape>> {
        if self.cursor.sees("((") {
            return self.arithmetic_or_subshell().map(Some);
        }
        if self.cursor.eat("(") {
            return Ok(Some(Shape::Subshell(self.until_bracket()?)));
        }
        for (word, read) in [
            ("{", Self::group as fn(&mut Self) -> Read<Shape>),
            ("if", Self::branch),
            ("for", |parser| parser.for_loop(false)),
            ("select", |parser| parser.for_loop(true)),
            ("while", Self::while_loop),
            ("until", Self::while_loop),
            ("case", Self::case),
            ("function", Self::function),
            ("coproc", Self::coprocess),
            ("[[", Self::test),
        ] {
            if self.eat_word(word) {
                return read(self).map(Some);
            }
        }
        Ok(None)
    }

    fn expect(&mut self, word: &str) -> Read<()> {
        self.gaps();
        if self.eat_word(word) { Ok(()) } else { self.problem("a word that closes or goes on is missing") }
    }

    fn group(&mut self) -> Read<Shape> {
        let script = self.script()?;
        self.expect("}")?;
        Ok(Shape::Group(script))
    }

    fn arithmetic_or_subshell(&mut self) -> Read<Shape> {
        let commands = self.commands_in_brackets();
        if let Some(word) = self.arithmetic()? {
            return Ok(Shape::Arithmetic { word, commands });
        }
        self.cursor.bump();
        Ok(Shape::Subshell(self.until_bracket()?))
    }

    fn branch(&mut self) -> Read<Shape> {
        let (mut tests, mut bodies) = (vec![self.script()?], Vec::new());
        self.expect("then")?;
        bodies.push(self.script()?);
        loop {
            self.gaps();
            if self.eat_word("elif") {
                tests.push(self.script()?);
                self.expect("then")?;
                bodies.push(self.script()?);
            } else if self.eat_word("else") {
                bodies.push(self.script()?);
            } else {
                self.expect("fi")?;
                return Ok(Shape::If { tests, bodies });
            }
        }
    }

    fn for_loop(&mut self, selects: bool) -> Read<Shape> {
        self.blanks();
        if self.cursor.sees("((") {
            let Some(header) = self.arithmetic()? else { return self.problem("a bracket opens where none can") };
            self.blanks();
            self.cursor.eat(";");
            let body = self.loop_body()?;
            return Ok(Shape::Count { header, body });
        }
        let name = self.cursor.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
        self.gaps();
        let mut words = None;
        if self.eat_word("in") {
            words = Some(self.words_of_line()?);
        }
        self.blanks();
        self.cursor.eat(";");
        let body = self.loop_body()?;
        Ok(Shape::For { name, words, body, selects })
    }

    fn words_of_line(&mut self) -> Read<Vec<Word>> {
        let mut words = Vec::new();
        loop {
            self.blanks();
            match self.cursor.peek() {
                None | Some('\n' | ';') => return Ok(words),
                Some('&' | '|' | '(' | ')') => return self.problem("a sign stands where a word would"),
                Some(_) => {
                    let before = self.cursor.byte();
                    words.push(self.word()?);
                    if self.cursor.byte() == before {
                        return self.problem("a sign stands where a word would");
                    }
                }
            }
        }
    }

    fn loop_body(&mut self) -> Read<Script> {
        self.gaps();
        // zsh and bash also take braces.
        if self.eat_word("{") {
            let script = self.script()?;
            self.expect("}")?;
            return Ok(script);
        }
        self.expect("do")?;
        let body = self.script()?;
        self.expect("done")?;
        Ok(body)
    }

    fn while_loop(&mut self) -> Read<Shape> {
        let test = self.script()?;
        let body = self.loop_body()?;
        Ok(Shape::While { test, body })
    }

    fn case(&mut self) -> Read<Shape> {
        self.blanks();
        let word = self.word()?;
        self.expect("in")?;
        let mut cases = Vec::new();
        loop {
            self.gaps();
            if self.eat_word("esac") {
                return Ok(Shape::Case { word, cases });
            }
            self.cursor.eat("(");
            let patterns = self.patterns()?;
            let body = self.script()?;
            self.gaps();
            // `;;`, `;&` and `;;&` end a branch; the last one needs none of them.
            self.cursor.take_while(|c| c == ';');
            let goes_on = self.cursor.eat("&");
            cases.push(Case { patterns, body, goes_on });
        }
    }

    fn patterns(&mut self) -> Read<Vec<Word>> {
        let mut patterns = Vec::new();
        loop {
            self.blanks();
            patterns.push(self.word()?);
            self.blanks();
            match self.cursor.bump() {
                Some('|') => {}
                Some(')') => return Ok(patterns),
                _ => return self.problem("a pattern of `case` is not closed"),
            }
        }
    }

    fn function(&mut self) -> Read<Shape> {
        self.blanks();
        let name = self.function_name();
        self.blanks();
        if self.cursor.eat("(") {
            self.blanks();
            self.cursor.eat(")");
        }
        // zsh: several names for one body.
        let mut names = Vec::new();
        while !self.compound_begins(0)
            && !matches!(self.cursor.peek(), None | Some('\n' | '#'))
            && !self.cursor.sees("((")
        {
            let other = self.function_name();
            if other.is_empty() || names.len() > 16 {
                break;
            }
            names.push(other);
            self.blanks();
        }
        let first = self.function_body(name)?;
        let Shape::Function { body, .. } = &first else { return Ok(first) };
        let shapes = names.into_iter().map(|name| Shape::Function { name, body: Rc::clone(body) }).collect::<Vec<_>>();
        if shapes.is_empty() {
            return Ok(first);
        }
        let mark = body.mark;
        let items = std::iter::once(first).chain(shapes).map(|shape| Item {
            first: Command { shape, redirects: Vec::new(), mark },
            rest: Vec::new(),
            background: false,
        });
        Ok(Shape::Group(Script { items: items.collect() }))
    }

    fn function_name(&mut self) -> String {
        self.cursor.take_while(|c| !c.is_ascii_whitespace() && !"(){};&|<>".contains(c))
    }

    pub(super) fn function_body(&mut self, name: String) -> Read<Shape> {
        self.gaps();
        let body = self.command()?;
        Ok(Shape::Function { name, body: Rc::new(body) })
    }

    fn coprocess(&mut self) -> Read<Shape> {
        self.blanks();
        // `coproc NAME { …; }`: the name counts for nothing.
        let length = self.cursor.count_while(|c| c.is_ascii_alphanumeric() || c == '_');
        if length > 0 && self.cursor.peek_at(length) == Some(' ') && self.compound_begins(length + 1) {
            self.cursor.skip(length + 1);
        }
        Ok(Shape::Coprocess(Box::new(self.command()?)))
    }

    /// Whether a compound command begins so far ahead.
    fn compound_begins(&self, ahead: usize) -> bool {
        let word: String = (ahead..ahead + 8)
            .map_while(|at| self.cursor.peek_at(at))
            .take_while(|c| !c.is_ascii_whitespace() && *c != '(')
            .collect();
        match word.as_str() {
            "" => self.cursor.peek_at(ahead) == Some('('),
            word => matches!(word, "{" | "if" | "for" | "select" | "while" | "until" | "case" | "[["),
        }
    }

    fn test(&mut self) -> Read<Shape> {
        let mut parts: Vec<Vec<Word>> = vec![Vec::new()];
        loop {
            self.gaps();
            if self.eat_word("]]") {
                return Ok(Shape::Test(parts));
            }
            match self.cursor.peek() {
                None => return self.problem("`[[` is not closed"),
                Some('&' | '|' | '(' | ')' | '<' | '>' | ';') if !self.cursor.sees("<(") => {
                    if matches!(self.cursor.bump(), Some('&' | '|')) {
                        parts.push(Vec::new());
                    }
                }
                Some(_) => {
                    let word = self.word()?;
                    if let Some(part) = parts.last_mut() {
                        part.push(word);
                    }
                }
            }
        }
    }

    /// What stands in `((…))`, read as the commands that it is to a shell without arithmetic commands.
    fn commands_in_brackets(&mut self) -> Script {
        let Some(length) = self.arithmetic_length() else { return Script::default() };
        let text: String = (2..length.saturating_sub(1)).filter_map(|at| self.cursor.peek_at(at)).collect();
        if text.contains("((") {
            return Script::default();
        }
        let at = self.cursor.byte();
        self.inner(&text, at, |inner| Ok(inner.whole().script)).unwrap_or_default()
    }
}
