//! What stands in brackets of its own: arithmetic, subscripts, extended patterns. Whatever is expanded there runs like
//! anywhere else.

use super::ast::{Part, Word};
use super::parse::{Parser, Read};
use super::words::Draft;

/// Nobody writes longer arithmetic; what is longer is read as commands.
const LONGEST_ARITHMETIC: usize = 2048;
/// Nor a longer subscript.
const LONGEST_SUBSCRIPT: usize = 256;

impl Parser {
    /// What stands between `((` and `))`; nothing if the brackets do not close together, for then they hold commands.
    pub(super) fn arithmetic(&mut self) -> Read<Option<Word>> {
        let Some(length) = self.arithmetic_length() else { return Ok(None) };
        let at = self.cursor.byte();
        let text: String = (0..=length).filter_map(|_| self.cursor.bump()).collect();
        let inner = text.get(2..text.len().saturating_sub(2)).unwrap_or_default();
        self.inner(inner, at, Self::quoted_text).map(Some)
    }

    /// How far it is to the last bracket, if this is arithmetic.
    pub(super) fn arithmetic_length(&self) -> Option<usize> {
        let length = self.length_from(0, ('(', ')'), 2, LONGEST_ARITHMETIC)?;
        (self.cursor.peek_at(length) == Some(')')).then_some(length)
    }

    /// What stands in brackets, up to and over the one that closes.
    pub(super) fn subscript(&mut self) -> Read<Word> {
        let mut draft = Draft::default();
        let mut depth = 0_usize;
        loop {
            match self.cursor.peek() {
                None => return self.problem("a bracket is not closed"),
                Some(']') if depth == 0 => {
                    self.cursor.bump();
                    return Ok(draft.finish());
                }
                Some('\'' | '"' | '\\' | '$' | '`') => self.quoted_or_expanded(&mut draft)?,
                Some(c) => {
                    match c {
                        '[' => depth += 1,
                        ']' => depth -= 1,
                        _ => {}
                    }
                    draft.plain.push(c);
                    self.cursor.bump();
                }
            }
        }
    }

    /// How far the subscript reaches that begins so far ahead, with its brackets.
    pub(super) fn subscript_length(&self, ahead: usize) -> Option<usize> {
        if self.cursor.peek_at(ahead) != Some('[') {
            return None;
        }
        self.length_from(ahead, ('[', ']'), 1, LONGEST_SUBSCRIPT)
    }

    /// An extended pattern may stand for many names.
    pub(super) fn extended_pattern(&mut self) -> Read<Part> {
        let mut draft = Draft::default();
        let mut depth = 0_usize;
        loop {
            match self.cursor.peek() {
                None => return self.problem("a pattern is not closed"),
                Some('\'' | '"' | '\\' | '$' | '`') => {
                    self.quoted_or_expanded(&mut draft)?;
                    continue;
                }
                Some('(') => depth += 1,
                Some(')') => depth = depth.saturating_sub(1),
                Some(_) => {}
            }
            draft.plain.extend(self.cursor.bump());
            if depth == 0 {
                return Ok(Part::Pattern(draft.finish()));
            }
        }
    }

    /// How many characters there are up to and with the bracket that closes the last of those that are `opened` in a row.
    fn length_from(&self, start: usize, brackets: (char, char), opened: usize, longest: usize) -> Option<usize> {
        let (mut depth, mut at) = (0_usize, start);
        let mut quote: Option<char> = None;
        while let Some(c) = self.cursor.peek_at(at).filter(|_| at - start <= longest) {
            at += 1;
            match quote {
                _ if c == '\\' && quote != Some('\'') => at += 1,
                Some(open) => quote = quote.filter(|_| c != open),
                None if matches!(c, '\'' | '"' | '`') => quote = Some(c),
                None if c == brackets.0 => depth += 1,
                None if c == brackets.1 => {
                    depth = depth.saturating_sub(1);
                    if depth + 1 == opened {
                        return Some(at - start);
                    }
                }
                None => {}
            }
        }
        None
    }
}
