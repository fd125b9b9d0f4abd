//! A place in a text that only moves forward, so that reading is linear.

/// Characters and the place among them.
#[derive(Debug)]
pub(super) struct Cursor {
    chars: Vec<char>,
    at: usize,
    byte: usize,
}

impl Cursor {
    pub(super) fn new(text: &str) -> Self {
        Self { chars: text.chars().collect(), at: 0, byte: 0 }
    }

    /// The place in bytes.
    pub(super) fn byte(&self) -> usize {
        self.byte
    }

    pub(super) fn ended(&self) -> bool {
        self.at >= self.chars.len()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    pub(super) fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        self.byte += c.len_utf8();
        Some(c)
    }

    /// Goes over so many characters.
    pub(super) fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.bump();
        }
    }

    /// Whether `text` stands here.
    pub(super) fn sees(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(ahead, c)| self.peek_at(ahead) == Some(c))
    }

    /// Goes over `text` if it stands here.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let seen = self.sees(text);
        if seen {
            self.skip(text.chars().count());
        }
        seen
    }

    /// The characters from here that fit.
    pub(super) fn take_while(&mut self, fits: impl Fn(char) -> bool) -> String {
        let mut out = String::new();
        while let Some(c) = self.peek().filter(|c| fits(*c)) {
            out.push(c);
            self.bump();
        }
        out
    }

    /// How many characters from here fit.
    pub(super) fn count_while(&self, fits: impl Fn(char) -> bool) -> usize {
        self.chars.iter().skip(self.at).take_while(|c| fits(**c)).count()
    }

    /// A line without its end, and whether it had one.
    pub(super) fn line(&mut self) -> String {
        let line = self.take_while(|c| c != '\n');
        self.bump();
        line
    }
}
