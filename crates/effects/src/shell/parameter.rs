//! `${…}` and what is done to the value.

use super::ast::{Index, Parameter, ParameterOp, Part, Replaced, Word};
use super::parse::{Parser, Read};

/// A parameter without more.
pub(super) fn plain(name: String) -> Parameter {
    Parameter { name, index: None, indirect: false, op: ParameterOp::Value }
}

impl Parser {
    /// Behind `${`, up to and over the closing brace.
    pub(super) fn braced_parameter(&mut self, quoted: bool) -> Read<Parameter> {
        // Flags of zsh: some expand the value once more, and most make another one of it.
        let flags = if self.cursor.peek() == Some('(') {
            self.cursor.take_while(|c| c != ')' && c != '}')
        } else {
            String::new()
        };
        if !flags.is_empty() {
            self.cursor.eat(")");
        }
        let length = self.cursor.peek() == Some('#') && self.cursor.peek_at(1) != Some('}');
        let indirect = self.cursor.peek() == Some('!') && self.cursor.peek_at(1) != Some('}');
        if length || indirect {
            self.cursor.bump();
        }
        let mut name = self.cursor.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
        if name.is_empty() {
            name.extend(self.cursor.bump());
        }
        let index = self.index()?;
        let mut op = if length { ParameterOp::Length } else { self.parameter_op(quoted)? };
        if flags.contains(['e', '%']) {
            op = ParameterOp::Prompt;
        } else if !flags.is_empty() && matches!(op, ParameterOp::Value) && !flags.contains('P') {
            op = ParameterOp::Other(Word::default());
        }
        if !self.cursor.eat("}") {
            return self.problem("a brace is not closed");
        }
        Ok(Parameter { name, index, indirect: indirect || flags.contains('P'), op })
    }

    fn index(&mut self) -> Read<Option<Index>> {
        Ok(if self.cursor.eat("[@]") {
            Some(Index::Each)
        } else if self.cursor.eat("[*]") {
            Some(Index::Joined)
        } else if self.cursor.eat("[") {
            Some(Index::At(self.subscript()?))
        } else {
            None
        })
    }

    fn parameter_op(&mut self, quoted: bool) -> Read<ParameterOp> {
        let signs = [
            ":-", ":=", ":+", ":?", "##", "%%", "//", "^^", ",,", "-", "=", "+", "?", "#", "%", "/", "^", ",", "@", ":",
        ];
        let Some(sign) = signs.into_iter().find(|sign| self.cursor.eat(sign)) else {
            return Ok(if self.cursor.peek() == Some('}') { ParameterOp::Value } else { self.other(quoted)? });
        };
        let if_empty = sign.starts_with(':');
        Ok(match sign {
            ":-" | "-" | ":=" | "=" => ParameterOp::Default {
                word: self.operand("}", quoted, quoted)?,
                assigns: sign.ends_with('='),
                if_empty,
            },
            ":+" | "+" => ParameterOp::Alternate { word: self.operand("}", quoted, quoted)?, if_empty },
            ":?" | "?" => ParameterOp::Error(self.operand("}", quoted, quoted)?),
            "#" | "##" => ParameterOp::TrimPrefix(self.operand("}", false, quoted)?, sign == "##"),
            "%" | "%%" => ParameterOp::TrimSuffix(self.operand("}", false, quoted)?, sign == "%%"),
            "/" | "//" => self.replacement(sign == "//", quoted)?,
            "^^" | ",," if self.cursor.peek() == Some('}') => {
                if sign == "^^" {
                    ParameterOp::Upper
                } else {
                    ParameterOp::Lower
                }
            }
            "@" if self.cursor.sees("P}") => {
                self.cursor.bump();
                ParameterOp::Prompt
            }
            ":" => ParameterOp::Slice(self.operand("}", false, quoted)?),
            _ => self.other(quoted)?,
        })
    }

    fn other(&mut self, quoted: bool) -> Read<ParameterOp> {
        self.operand("}", false, quoted).map(ParameterOp::Other)
    }

    fn replacement(&mut self, all: bool, quoted: bool) -> Read<ParameterOp> {
        let place = match self.cursor.peek() {
            _ if all => Replaced::All,
            Some('#') => Replaced::Front,
            Some('%') => Replaced::End,
            _ => Replaced::First,
        };
        if matches!(place, Replaced::Front | Replaced::End) {
            self.cursor.bump();
        }
        let pattern = self.operand("/}", false, quoted)?;
        let with = if self.cursor.eat("/") { self.operand("}", false, quoted)? } else { Word::default() };
        Ok(ParameterOp::Replace { pattern, with, place })
    }

    /// A word within braces: blanks belong to it. Within double quotes, single ones may stand for themselves.
    fn operand(&mut self, ends: &str, plain_quotes: bool, quoted: bool) -> Read<Word> {
        let mut parts: Vec<Part> = Vec::new();
        while let Some(c) = self.cursor.peek().filter(|c| !ends.contains(*c)) {
            if "'\"\\$`".contains(c) && !(plain_quotes && c == '\'') {
                let word = self.operand_piece()?;
                parts.extend(word.parts);
            } else if !quoted && matches!(c, '<' | '>') && self.cursor.peek_at(1) == Some('(') {
                self.cursor.skip(2);
                parts.push(Part::Process { script: self.until_bracket()?, into: c == '>' });
            } else {
                self.cursor.bump();
                match parts.last_mut() {
                    Some(Part::Plain(text)) => text.push(c),
                    _ => parts.push(Part::Plain(c.to_string())),
                }
            }
        }
        Ok(Word { parts })
    }
}
