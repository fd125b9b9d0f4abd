//! Groups, loops, branches, functions.

use super::ast::{Case, Shape, Word};
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
            ("for", Self::for_loop),
            ("select", Self::for_loop),
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
        let mut depth = 0_usize;
        let mut length = 0;
        while let Some(c) = self.cursor.peek_at(length) {
            match c {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                '\n' => break,
                _ => {}
            }
            length += 1;
            if depth == 0 || length > 2048 {
                break;
            }
        }
        if depth == 0 && self.cursor.peek_at(length.saturating_sub(2)) == Some(')') {
            let at = self.cursor.byte();
            let text: String = (0..length).filter_map(|_| self.cursor.bump()).collect();
            let inner = text.get(2..text.len().saturating_sub(2)).unwrap_or_default();
            let word = self.inner(inner, at, Self::quoted_text)?;
            return Ok(Shape::Arithmetic(word));
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

    fn for_loop(&mut self) -> Read<Shape> {
        self.blanks();
        if self.cursor.sees("((") {
            self.cursor.take_while(|c| c != ')');
            self.cursor.take_while(|c| c == ')');
            self.blanks();
            self.cursor.eat(";");
            let body = self.loop_body()?;
            return Ok(Shape::For { name: String::new(), words: Some(Vec::new()), body });
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
        Ok(Shape::For { name, words, body })
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

    fn loop_body(&mut self) -> Read<super::Script> {
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
            cases.push(Case { patterns, body });
            self.gaps();
            // `;;`, `;&` and `;;&` end a branch; the last one needs none of them.
            self.cursor.take_while(|c| c == ';');
            self.cursor.eat("&");
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
        let name = self.cursor.take_while(|c| !c.is_ascii_whitespace() && !"(){};&|<>".contains(c));
        self.blanks();
        if self.cursor.eat("(") {
            self.blanks();
            self.cursor.eat(")");
        }
        self.function_body(name)
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
        if length > 0
            && self.cursor.peek_at(length) == Some(' ')
            && matches!(self.cursor.peek_at(length + 1), Some('{' | '('))
        {
            self.cursor.skip(length + 1);
        }
        Ok(Shape::Coprocess(Box::new(self.command()?)))
    }

    fn test(&mut self) -> Read<Shape> {
        let mut words = Vec::new();
        loop {
            self.gaps();
            if self.eat_word("]]") {
                return Ok(Shape::Test(words));
            }
            match self.cursor.peek() {
                None => return self.problem("`[[` is not closed"),
                Some('&' | '|' | '(' | ')' | '<' | '>' | ';') if !self.cursor.sees("<(") => {
                    self.cursor.bump();
                }
                Some(_) => words.push(self.word()?),
            }
        }
    }
}
