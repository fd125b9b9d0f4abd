//! Whether a text may still become JSON, character by character.

/// How deep objects and lists may be nested.
const DEEPEST: usize = 64;

/// What the next character is, in a text that begins with an object or a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// White space, punctuation, a number or a word.
    Structure,
    /// The quote that opens a string.
    Quote,
    /// Nothing that could stand there.
    Wrong,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    /// An object or a list; white space around it.
    Start,
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    CommaOrEnd,
    /// The rest of a number.
    Number,
    /// The rest of `true`, `false` or `null`.
    Word(&'static str),
}

/// Reads everything of JSON but the inside of its strings. One value after the other is fine, as in JSON lines.
#[derive(Debug)]
pub(super) struct Acceptor {
    /// What is open; whether it is an object.
    open: Vec<bool>,
    expect: Expect,
}

impl Acceptor {
    pub(super) fn new() -> Self {
        Self { open: Vec::new(), expect: Expect::Start }
    }

    /// Reads the character after what was read so far, outside of a string.
    pub(super) fn read(&mut self, c: char) -> Token {
        match self.expect {
            Expect::Word(rest) => match rest.strip_prefix(c) {
                Some("") => self.value_ended(),
                Some(rest) => self.then(Expect::Word(rest)),
                None => Token::Wrong,
            },
            Expect::Number if c.is_ascii_digit() || "+-.eE".contains(c) => Token::Structure,
            Expect::Number => {
                self.value_ended();
                self.read(c)
            }
            _ if matches!(c, ' ' | '\t' | '\n' | '\r') => Token::Structure,
            Expect::Start => self.value(c, false),
            Expect::ValueOrEnd if c == ']' => self.close(),
            Expect::Value | Expect::ValueOrEnd => self.value(c, true),
            Expect::KeyOrEnd if c == '}' => self.close(),
            Expect::Key | Expect::KeyOrEnd if c == '"' => self.quote(Expect::Colon),
            Expect::Colon if c == ':' => self.then(Expect::Value),
            Expect::CommaOrEnd => self.after_value(c),
            Expect::Key | Expect::KeyOrEnd | Expect::Colon => Token::Wrong,
        }
    }

    fn value(&mut self, c: char, may_be_plain: bool) -> Token {
        match c {
            '{' | '[' if self.open.len() >= DEEPEST => Token::Wrong,
            '{' => {
                self.open.push(true);
                self.then(Expect::KeyOrEnd)
            }
            '[' => {
                self.open.push(false);
                self.then(Expect::ValueOrEnd)
            }
            _ if !may_be_plain => Token::Wrong,
            '"' => self.quote(Expect::CommaOrEnd),
            't' => self.then(Expect::Word("rue")),
            'f' => self.then(Expect::Word("alse")),
            'n' => self.then(Expect::Word("ull")),
            '-' | '0'..='9' => self.then(Expect::Number),
            _ => Token::Wrong,
        }
    }

    fn after_value(&mut self, c: char) -> Token {
        match (c, self.open.last()) {
            (',', Some(true)) => self.then(Expect::Key),
            (',', Some(false)) => self.then(Expect::Value),
            ('}', Some(true)) | (']', Some(false)) => self.close(),
            _ => Token::Wrong,
        }
    }

    fn close(&mut self) -> Token {
        self.open.pop();
        self.value_ended()
    }

    fn value_ended(&mut self) -> Token {
        self.then(if self.open.is_empty() { Expect::Start } else { Expect::CommaOrEnd })
    }

    fn quote(&mut self, after: Expect) -> Token {
        self.expect = after;
        Token::Quote
    }

    fn then(&mut self, expect: Expect) -> Token {
        self.expect = expect;
        Token::Structure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether all of it is accepted; strings have no escapes here.
    fn accepts(text: &str) -> bool {
        let mut acceptor = Acceptor::new();
        let mut in_string = false;
        text.chars().all(|c| match (in_string, c) {
            (true, '"') => {
                in_string = false;
                true
            }
            (true, _) => true,
            (false, _) => {
                let token = acceptor.read(c);
                in_string = token == Token::Quote;
                token != Token::Wrong
            }
        })
    }

    #[test]
    fn takes_json_and_every_beginning_of_it() {
        let text = " {\"a\": [1, -2.5e+3, true, false, null, \"x\", {}, []], \"b\": {\"c\": \"d\"}}\n{\"e\":0}\n";
        assert!(text.char_indices().all(|(end, _)| accepts(text.get(..end).unwrap())));
        assert!(accepts(text));
    }

    #[test]
    fn refuses_what_only_begins_like_it() {
        for other in [
            "{ let x",
            "[link](",
            "{a:1}",
            "[1 2]",
            "{\"a\" 1}",
            "{\"a\":tru}",
            "{]",
            "[}",
            "\"text\"",
            "1",
            "x",
            "{,",
            "[,",
            "{} x",
        ] {
            assert!(!accepts(other), "{other}");
        }
        assert!(!accepts(&"[".repeat(DEEPEST + 1)));
    }
}
