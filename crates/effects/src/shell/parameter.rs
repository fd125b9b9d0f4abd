//! `${…}` and what is done to the value.

use super::ast::{Parameter, ParameterOp, Part, Word};
use super::parse::{Parser, Read};

/// A parameter without more.
pub(super) fn plain(name: String) -> Parameter {
    Parameter { name, index: None, op: ParameterOp::Value }
}

impl Parser {
    /// Behind `${`, up to and over the closing brace.
    pub(super) fn braced_parameter(&mut self) -> Read<Parameter> {
        let length = self.cursor.peek() == Some('#') && self.cursor.peek_at(1) != Some('}');
        let indirect = self.cursor.peek() == Some('!') && self.cursor.peek_at(1) != Some('}');
        if length || indirect {
            self.cursor.bump();
        }
        let mut name = self.cursor.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
        if name.is_empty() {
            name.extend(self.cursor.bump());
        }
        let mut index = None;
        if self.cursor.eat("[") {
            index = Some(self.cursor.take_while(|c| c != ']' && c != '}'));
            self.cursor.eat("]");
        }
        let op = if length {
            ParameterOp::Length
        } else if indirect {
            ParameterOp::Indirect
        } else {
            self.parameter_op()?
        };
        if matches!(op, ParameterOp::Length | ParameterOp::Indirect | ParameterOp::Value | ParameterOp::Slice(_)) {
            self.cursor.take_while(|c| c != '}');
        }
        if !self.cursor.eat("}") {
            return self.problem("a brace is not closed");
        }
        Ok(Parameter { name, index, op })
    }

    fn parameter_op(&mut self) -> Read<ParameterOp> {
        let signs = [
            ":-", ":=", ":+", ":?", "##", "%%", "//", "^^", ",,", "-", "=", "+", "?", "#", "%", "/", "^", ",", "@", ":",
        ];
        let Some(sign) = signs.into_iter().find(|sign| self.cursor.eat(sign)) else {
            return Ok(if self.cursor.peek() == Some('}') { ParameterOp::Value } else { ParameterOp::Other });
        };
        Ok(match sign {
            ":-" | "-" => ParameterOp::Default(self.operand("}")?, false),
            ":=" | "=" => ParameterOp::Default(self.operand("}")?, true),
            ":+" | "+" => ParameterOp::Alternate(self.operand("}")?),
            ":?" | "?" => {
                self.operand("}")?;
                ParameterOp::Error
            }
            "#" | "##" => ParameterOp::TrimPrefix(self.operand("}")?, sign == "##"),
            "%" | "%%" => ParameterOp::TrimSuffix(self.operand("}")?, sign == "%%"),
            "/" | "//" => {
                let pattern = self.operand("/}")?;
                let with = if self.cursor.eat("/") { self.operand("}")? } else { Word::default() };
                ParameterOp::Replace(pattern, with, sign == "//")
            }
            "^" | "^^" => {
                self.operand("}")?;
                if sign == "^^" { ParameterOp::Upper } else { ParameterOp::Other }
            }
            "," | ",," => {
                self.operand("}")?;
                if sign == ",," { ParameterOp::Lower } else { ParameterOp::Other }
            }
            ":" => ParameterOp::Slice(self.cursor.take_while(|c| c != '}')),
            _ => {
                self.operand("}")?;
                ParameterOp::Other
            }
        })
    }

    /// A word within braces: blanks belong to it.
    fn operand(&mut self, ends: &str) -> Read<Word> {
        let mut parts: Vec<Part> = Vec::new();
        while let Some(c) = self.cursor.peek().filter(|c| !ends.contains(*c)) {
            if "'\"\\$`".contains(c) {
                let word = self.operand_piece()?;
                parts.extend(word.parts);
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
