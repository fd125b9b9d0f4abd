//! Words: quoting of every kind, and what is expanded within them.

use super::ast::{Part, Script, Word};
use super::parse::{Parser, Read};

/// Signs that end an unquoted word.
fn ends_word(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>')
}

/// What is read so far of a word.
#[derive(Debug, Default)]
pub(super) struct Draft {
    parts: Vec<Part>,
    pub(super) plain: String,
}

impl Draft {
    fn close(&mut self) {
        if !self.plain.is_empty() {
            self.parts.push(Part::Plain(std::mem::take(&mut self.plain)));
        }
    }

    fn put(&mut self, part: Part) {
        self.close();
        self.parts.push(part);
    }

    pub(super) fn finish(mut self) -> Word {
        self.close();
        Word { parts: self.parts }
    }
}

impl Parser {
    /// An unquoted word; it may be empty.
    pub(super) fn word(&mut self) -> Read<Word> {
        let mut draft = Draft::default();
        while let Some(c) = self.cursor.peek() {
            match c {
                '<' | '>' if self.cursor.peek_at(1) == Some('(') => {
                    self.cursor.bump();
                    self.cursor.bump();
                    let script = self.until_bracket()?;
                    draft.put(Part::Process { script, into: c == '>' });
                }
                '=' if draft.parts.is_empty() && draft.plain.is_empty() && self.cursor.peek_at(1) == Some('(') => {
                    self.cursor.bump();
                    self.cursor.bump();
                    let script = self.until_bracket()?;
                    draft.put(Part::Process { script, into: false });
                }
                // Extended patterns: `!(x)`, `@(a|b)`.
                '(' if draft.plain.ends_with(['?', '*', '+', '@', '!']) => {
                    draft.plain.pop();
                    let pattern = self.extended_pattern()?;
                    draft.put(pattern);
                }
                c if ends_word(c) || self.ends_line_here(c) => break,
                '\'' | '"' | '\\' | '$' | '`' => self.quoted_or_expanded(&mut draft)?,
                c => {
                    draft.plain.push(c);
                    self.cursor.bump();
                }
            }
        }
        Ok(draft.finish())
    }

    pub(super) fn quoted_or_expanded(&mut self, draft: &mut Draft) -> Read<()> {
        match self.cursor.peek() {
            Some('\'') => {
                let text = self.single_quoted()?;
                draft.put(Part::Literal(text));
            }
            Some('"') => {
                self.cursor.bump();
                draft.close();
                self.double_quoted(&mut draft.parts, Some('"'))?;
            }
            Some('\\') => {
                self.cursor.bump();
                match self.cursor.bump() {
                    Some('\n') => {}
                    None => draft.put(Part::Literal("\\".to_owned())),
                    Some(c) => draft.put(Part::Literal(c.to_string())),
                }
            }
            Some('$') => {
                draft.close();
                self.dollar(&mut draft.parts, false)?;
            }
            Some(_) => {
                draft.close();
                let part = self.backquoted(false)?;
                draft.parts.push(part);
            }
            None => {}
        }
        Ok(())
    }

    /// One quoted or expanded piece of the word within braces.
    pub(super) fn operand_piece(&mut self) -> Read<Word> {
        let mut draft = Draft::default();
        self.quoted_or_expanded(&mut draft)?;
        Ok(draft.finish())
    }

    fn single_quoted(&mut self) -> Read<String> {
        self.cursor.bump();
        let text = self.cursor.take_while(|c| c != '\'');
        if self.cursor.bump().is_none() {
            return self.problem("a quote is not closed");
        }
        Ok(text)
    }

    /// What stands in double quotes, up to `close` or the end.
    fn double_quoted(&mut self, parts: &mut Vec<Part>, close: Option<char>) -> Read<()> {
        self.deeper(|parser| parser.double_quoted_here(parts, close))
    }

    fn double_quoted_here(&mut self, parts: &mut Vec<Part>, close: Option<char>) -> Read<()> {
        let mut text = String::new();
        let before = parts.len();
        loop {
            let Some(c) = self.cursor.peek() else {
                if close.is_some() {
                    return self.problem("a quote is not closed");
                }
                break;
            };
            if Some(c) == close {
                self.cursor.bump();
                break;
            }
            match c {
                '\\' => {
                    self.cursor.bump();
                    match self.cursor.peek() {
                        Some('\n') => self.cursor.skip(1),
                        Some(c @ ('$' | '`' | '"' | '\\')) => {
                            text.push(c);
                            self.cursor.bump();
                        }
                        _ => text.push('\\'),
                    }
                }
                '$' | '`' => {
                    if !text.is_empty() {
                        parts.push(Part::Literal(std::mem::take(&mut text)));
                    }
                    if c == '$' {
                        self.dollar(parts, true)?;
                    } else {
                        let part = self.backquoted(true)?;
                        parts.push(part);
                    }
                }
                c => {
                    text.push(c);
                    self.cursor.bump();
                }
            }
        }
        if !text.is_empty() || parts.len() == before {
            parts.push(Part::Literal(text));
        }
        Ok(())
    }

    /// A text that is expanded as if it stood in double quotes.
    pub(super) fn quoted_text(mut self) -> Read<Word> {
        let mut parts = Vec::new();
        self.double_quoted(&mut parts, None)?;
        self.read_pending();
        self.unread.map_or(Ok(Word { parts }), Err)
    }

    fn dollar(&mut self, parts: &mut Vec<Part>, quoted: bool) -> Read<()> {
        self.cursor.bump();
        let part = match self.cursor.peek() {
            Some('\'') if !quoted => Part::Literal(self.ansi_quoted()?),
            Some('"') if !quoted => {
                self.cursor.bump();
                return self.double_quoted(parts, Some('"'));
            }
            Some('(') if self.cursor.peek_at(1) == Some('(') => return self.double_bracket(parts, quoted),
            Some('(') => {
                self.cursor.bump();
                Part::Substitution { script: self.until_bracket()?, quoted }
            }
            Some('[') => {
                self.cursor.bump();
                Part::Arithmetic(self.deeper(Self::subscript)?)
            }
            Some('{') => {
                self.cursor.bump();
                let parameter = self.deeper(|parser| parser.braced_parameter(quoted))?;
                Part::Parameter { parameter: Box::new(parameter), quoted }
            }
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                let name = self.cursor.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
                Part::Parameter { parameter: Box::new(super::parameter::plain(name)), quoted }
            }
            Some(c) if c.is_ascii_digit() || "@*#?-$!".contains(c) => {
                self.cursor.bump();
                Part::Parameter { parameter: Box::new(super::parameter::plain(c.to_string())), quoted }
            }
            _ => Part::Literal("$".to_owned()),
        };
        parts.push(part);
        Ok(())
    }

    /// `$((…))` is arithmetic; `$( (…) )` written without the blank is a subshell.
    fn double_bracket(&mut self, parts: &mut Vec<Part>, quoted: bool) -> Read<()> {
        if let Some(word) = self.arithmetic()? {
            parts.push(Part::Arithmetic(word));
            return Ok(());
        }
        self.cursor.bump();
        let script = self.until_bracket()?;
        parts.push(Part::Substitution { script, quoted });
        Ok(())
    }

    /// Commands up to the bracket that closes them.
    pub(super) fn until_bracket(&mut self) -> Read<Script> {
        // What the line around it waits for does not come before its own end.
        let mut outer = std::mem::take(&mut self.pending);
        let script = self.script()?;
        outer.append(&mut self.pending);
        self.pending = outer;
        if !self.cursor.eat(")") {
            return self.problem("a bracket is not closed");
        }
        Ok(script)
    }

    fn backquoted(&mut self, quoted: bool) -> Read<Part> {
        let at = self.cursor.byte();
        self.cursor.bump();
        let mut text = String::new();
        loop {
            match self.cursor.bump() {
                None => return self.problem("a backquote is not closed"),
                Some('`') => break,
                Some('\\') => match self.cursor.bump() {
                    Some(c @ ('`' | '\\' | '$')) => text.push(c),
                    Some('"') if quoted => text.push('"'),
                    Some(c) => text.extend(['\\', c]),
                    None => {}
                },
                Some(c) => text.push(c),
            }
        }
        let script = self.inner(&text, at, |inner| {
            let parsed = inner.whole();
            parsed.problem.map_or(Ok(parsed.script), Err)
        })?;
        Ok(Part::Substitution { script, quoted })
    }

    /// `$'…'`: escapes are read as bytes, which together must be text.
    fn ansi_quoted(&mut self) -> Read<String> {
        self.cursor.bump();
        let mut bytes: Vec<u8> = Vec::new();
        loop {
            match self.cursor.bump() {
                None => return self.problem("a quote is not closed"),
                Some('\'') => break,
                Some('\\') => {
                    let Some(c) = self.cursor.bump() else { continue };
                    let mut digits = |radix: u32, most: usize, first: Option<char>| {
                        let mut text: String = first.into_iter().collect();
                        while text.len() < most && self.cursor.peek().is_some_and(|c| c.is_digit(radix)) {
                            text.extend(self.cursor.bump());
                        }
                        u32::from_str_radix(&text, radix).unwrap_or(0)
                    };
                    push_escape(c, &mut digits, &mut bytes);
                }
                Some(c) => bytes.extend(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// What an escape of `$'…'`, `echo -e` or `printf` stands for.
pub(crate) fn push_escape(c: char, digits: &mut dyn FnMut(u32, usize, Option<char>) -> u32, bytes: &mut Vec<u8>) {
    let byte = |value: u32| u8::try_from(value & 0xFF).unwrap_or_default();
    match c {
        'a' => bytes.push(7),
        'b' => bytes.push(8),
        'e' | 'E' => bytes.push(0x1b),
        'f' => bytes.push(0xc),
        'n' => bytes.push(b'\n'),
        'r' => bytes.push(b'\r'),
        't' => bytes.push(b'\t'),
        'v' => bytes.push(0xb),
        'x' => bytes.push(byte(digits(16, 2, None))),
        '0'..='7' => bytes.push(byte(digits(8, 3, Some(c)))),
        'u' | 'U' => {
            let value = digits(16, if c == 'u' { 4 } else { 8 }, None);
            let c = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
            bytes.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
        '\\' | '\'' | '"' | '?' => bytes.push(u8::try_from(u32::from(c)).unwrap_or(b'?')),
        c => {
            bytes.push(b'\\');
            bytes.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
}

/// A text with its escapes read, as `echo -e` and `printf` do.
pub(crate) fn unescape(text: &str) -> String {
    let mut chars = text.chars().peekable();
    let mut bytes = Vec::with_capacity(text.len());
    while let Some(c) = chars.next() {
        if c != '\\' {
            bytes.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        let Some(escaped) = chars.next() else {
            bytes.push(b'\\');
            break;
        };
        let mut digits = |radix: u32, most: usize, first: Option<char>| {
            // `\0` takes three more digits.
            let most = if first == Some('0') { 4 } else { most };
            let mut text: String = first.into_iter().collect();
            while text.len() < most && chars.peek().is_some_and(|c| c.is_digit(radix)) {
                text.extend(chars.next());
            }
            u32::from_str_radix(&text, radix).unwrap_or(0)
        };
        push_escape(escaped, &mut digits, &mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
