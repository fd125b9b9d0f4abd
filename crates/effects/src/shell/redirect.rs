//! Redirections and here-documents.

use super::ast::{Part, Redirect, RedirectOp, Word};
use super::parse::{Parser, Pending, Read};
use std::rc::Rc;

impl Parser {
    /// Every redirection that stands here.
    pub(super) fn redirects(&mut self, into: &mut Vec<Redirect>) -> Read<()> {
        loop {
            self.blanks();
            match self.redirect()? {
                Some(redirect) => into.push(redirect),
                None => return Ok(()),
            }
        }
    }

    /// A redirection, if one stands here.
    pub(super) fn redirect(&mut self) -> Read<Option<Redirect>> {
        let ahead = self.descriptor_length();
        let sign = |at: usize| self.cursor.peek_at(ahead + at);
        let is_one = match sign(0) {
            // `<(` and `>(` begin a word.
            Some('<' | '>') => sign(1) != Some('('),
            Some('&') => ahead == 0 && sign(1) == Some('>'),
            _ => false,
        };
        if !is_one {
            return Ok(None);
        }
        let descriptor: String = (0..ahead).filter_map(|_| self.cursor.bump()).collect();
        let descriptor = Some(descriptor).filter(|text| !text.is_empty());
        let op = self.redirect_op()?;
        Ok(Some(Redirect { op, descriptor }))
    }

    /// How many characters name a descriptor: `2`, `{fd}`.
    fn descriptor_length(&self) -> usize {
        if self.cursor.peek() == Some('{') {
            let name = |at: usize| self.cursor.peek_at(at).filter(|c| c.is_ascii_alphanumeric() || *c == '_');
            let length = (1..32).take_while(|at| name(*at).is_some()).count();
            return if length > 0 && self.cursor.peek_at(length + 1) == Some('}') { length + 2 } else { 0 };
        }
        self.cursor.count_while(|c| c.is_ascii_digit()).min(8)
    }

    fn redirect_op(&mut self) -> Read<RedirectOp> {
        for signs in ["<<<", "<<-", "<<", "<>", "<&", "<", "&>>", "&>", ">>", ">|", ">!", ">&", ">"] {
            if !self.cursor.eat(signs) {
                continue;
            }
            if signs == "<<" || signs == "<<-" {
                return self.here_document(signs == "<<-");
            }
            // For zsh a file follows, and for bash this is one and a command follows.
            if signs == ">!" && self.cursor.peek().is_some_and(char::is_whitespace) {
                return self.problem("shells do not agree about `>!`");
            }
            self.blanks();
            let word = self.word()?;
            if word.parts.is_empty() {
                return self.problem("a redirection leads nowhere");
            }
            return Ok(match signs {
                "<<<" => RedirectOp::Text(word),
                "<>" => RedirectOp::Both(word),
                "<" => RedirectOp::Read(word),
                "<&" => RedirectOp::Duplicate { word, reads: true },
                ">>" => RedirectOp::Append(word),
                ">&" if is_descriptor(&word) => RedirectOp::Duplicate { word, reads: false },
                "&>" | "&>>" | ">&" => RedirectOp::WriteAll { word, appends: signs == "&>>" },
                _ => RedirectOp::Write(word),
            });
        }
        self.problem("a redirection is not understood")
    }

    fn here_document(&mut self, strips_tabs: bool) -> Read<RedirectOp> {
        self.blanks();
        let word = self.word()?;
        // For a shell, the letter before the line's end belongs to the name.
        let has_return = self.cursor.peek() == Some('\r');
        let mut delimiter = String::new();
        let mut quoted = false;
        for part in &word.parts {
            match part {
                Part::Plain(text) => delimiter.push_str(text),
                Part::Literal(text) => {
                    delimiter.push_str(text);
                    quoted = true;
                }
                Part::Parameter { .. }
                | Part::Substitution { .. }
                | Part::Process { .. }
                | Part::Arithmetic(_)
                | Part::Pattern(_) => {
                    return self.problem("the end of a here-document is not a plain word");
                }
            }
        }
        // Shells do not agree about an end of several lines.
        if word.parts.is_empty() || delimiter.contains('\n') {
            return self.problem("a here-document has no end");
        }
        if has_return {
            delimiter.push('\r');
        }
        let body = Rc::default();
        self.pending.push(Pending { delimiter, quoted, strips_tabs, body: Rc::clone(&body) });
        Ok(RedirectOp::Document(body))
    }

    /// Reads the bodies that the line before asked for.
    pub(super) fn read_pending(&mut self) {
        for here in std::mem::take(&mut self.pending) {
            let start = self.cursor.byte();
            let mut body = String::new();
            while !self.cursor.ended() {
                let line = self.cursor.line();
                let line = if here.strips_tabs { line.trim_start_matches('\t') } else { &line };
                if line == here.delimiter {
                    break;
                }
                body.push_str(line);
                body.push('\n');
                let mut joined = line.to_owned();
                // A line that goes on in the next one: that one is no end.
                while !here.quoted && goes_on(&joined) && !self.cursor.ended() {
                    joined.pop();
                    let next = self.cursor.line();
                    joined.push_str(&next);
                    body.push_str(&next);
                    body.push('\n');
                    if joined.trim_start_matches('\t') == here.delimiter {
                        let problem = self.problem::<()>("shells do not agree where a here-document ends");
                        self.unread = self.unread.take().or(problem.err());
                    }
                }
            }
            let word = if here.quoted {
                Word { parts: vec![Part::Literal(body)] }
            } else {
                // A body that can't be read as text with expansions is kept as what it says: a shell is given it too.
                self.inner(&body, start, Self::quoted_text).unwrap_or_else(|problem| {
                    self.unread.get_or_insert(problem);
                    Word { parts: vec![Part::Literal(body)] }
                })
            };
            // It is read once, for the line that asked for it.
            here.body.set(word).ok();
        }
    }
}

/// Whether a line goes on in the next one.
fn goes_on(line: &str) -> bool {
    line.chars().rev().take_while(|c| *c == '\\').count() % 2 == 1
}

fn is_descriptor(word: &Word) -> bool {
    match word.parts.as_slice() {
        [Part::Plain(text)] => text.chars().all(|c| c.is_ascii_digit() || c == '-'),
        [Part::Parameter { .. }] => true,
        _ => false,
    }
}
