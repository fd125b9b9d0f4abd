//! Reads a document once from front to back and notes where each value stands. It takes what RFC 8259 takes and nothing
//! else: what two readers would understand differently must not pass between them.

use std::collections::HashSet;
use std::ops::Range;

/// Deeper than this nothing is nested.
const DEEPEST: usize = 128;

/// Members of an object that are compared one by one; of more than these a set is made.
const FEW: usize = 16;

/// Why a document can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{why} at byte {at}")]
pub struct Malformed {
    /// What is wrong.
    pub why: &'static str,
    /// Where.
    pub at: usize,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    Array,
    /// The name of a member; its value comes next.
    Name,
    Text,
    /// A number, `true`, `false` or `null`.
    Other,
}

/// A value, a name, or the beginning of what holds some.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// Where it begins and ends, with its quotes or brackets.
    pub(super) start: usize,
    pub(super) end: usize,
    /// The number of the node behind it and all that it holds.
    pub(super) after: usize,
}

impl Node {
    pub(super) fn span(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// Every value of a document, each in front of what it holds.
pub(super) fn read(source: &str) -> Result<Vec<Node>, Malformed> {
    let mut reader = Reader { source, at: 0, nodes: Vec::with_capacity(source.len() / 24) };
    reader.space();
    reader.value(0)?;
    reader.space();
    if reader.at < source.len() {
        return Err(reader.wrong("something stands behind the document"));
    }
    Ok(reader.nodes)
}

/// How many bytes at the front may stand in a string as they are. Eight are asked at once.
fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    // The high bit of each byte that is below `than`, and maybe of some behind the first such byte.
    let below = |eight: u64, than: u64| eight.wrapping_sub(ONES * than) & !eight & HIGH;
    let (eights, rest) = bytes.as_chunks::<8>();
    for (number, eight) in eights.iter().enumerate() {
        let eight = u64::from_le_bytes(*eight);
        let equal = |byte: u8| below(eight ^ (ONES * u64::from(byte)), 1);
        let found = below(eight, 0x20) | equal(b'"') | equal(b'\\');
        if found != 0 {
            return number * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    eights.len() * 8 + rest.iter().position(special).unwrap_or(rest.len())
}

struct Reader<'a> {
    source: &'a str,
    at: usize,
    nodes: Vec<Node>,
}

impl Reader<'_> {
    fn wrong(&self, why: &'static str) -> Malformed {
        Malformed { why, at: self.at }
    }

    fn peek(&self) -> Option<u8> {
        self.source.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let is = self.peek() == Some(byte);
        self.at += usize::from(is);
        is
    }

    fn begin(&mut self, kind: Kind) -> usize {
        self.nodes.push(Node { kind, start: self.at, end: self.at, after: 0 });
        self.nodes.len() - 1
    }

    fn finish(&mut self, number: usize) {
        let (end, after) = (self.at, self.nodes.len());
        if let Some(node) = self.nodes.get_mut(number) {
            (node.end, node.after) = (end, after);
        }
    }

    fn value(&mut self, depth: usize) -> Result<(), Malformed> {
        if depth > DEEPEST {
            return Err(self.wrong("it is nested too deeply"));
        }
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string(Kind::Text),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => Err(self.wrong("there is no value")),
            None => Err(self.wrong("it ends too early")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<(), Malformed> {
        let number = self.begin(Kind::Object);
        self.at += 1;
        self.space();
        if !self.take(b'}') {
            loop {
                if self.peek() != Some(b'"') {
                    return Err(self.wrong("a member has no name"));
                }
                self.string(Kind::Name)?;
                self.space();
                if !self.take(b':') {
                    return Err(self.wrong("a name has no colon"));
                }
                self.space();
                self.value(depth + 1)?;
                self.space();
                if self.take(b'}') {
                    break;
                }
                if !self.take(b',') {
                    return Err(self.wrong("an object does not go on"));
                }
                self.space();
            }
        }
        self.finish(number);
        self.names_differ(number)
    }

    fn array(&mut self, depth: usize) -> Result<(), Malformed> {
        let number = self.begin(Kind::Array);
        self.at += 1;
        self.space();
        if !self.take(b']') {
            loop {
                self.value(depth + 1)?;
                self.space();
                if self.take(b']') {
                    break;
                }
                if !self.take(b',') {
                    return Err(self.wrong("a list does not go on"));
                }
                self.space();
            }
        }
        self.finish(number);
        Ok(())
    }

    fn string(&mut self, kind: Kind) -> Result<(), Malformed> {
        let number = self.begin(kind);
        self.at += 1;
        let bytes = self.source.as_bytes();
        loop {
            self.at += plain(bytes.get(self.at..).unwrap_or_default());
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                Some(_) => return Err(self.wrong("a string holds a control character")),
                None => return Err(self.wrong("a string has no end")),
            }
        }
        self.at += 1;
        self.finish(number);
        Ok(())
    }

    fn escape(&mut self) -> Result<(), Malformed> {
        let length = match self.source.as_bytes().get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
            Some(b'u') => {
                let digits = self.source.as_bytes().get(self.at + 2..self.at + 6);
                if !digits.is_some_and(|it| it.iter().all(u8::is_ascii_hexdigit)) {
                    return Err(self.wrong("an escape has not four digits"));
                }
                6
            }
            Some(_) | None => return Err(self.wrong("there is no such escape")),
        };
        self.at += length;
        Ok(())
    }

    fn word(&mut self, word: &str) -> Result<(), Malformed> {
        let number = self.begin(Kind::Other);
        if self.source.get(self.at..self.at + word.len()) != Some(word) {
            return Err(self.wrong("there is no value"));
        }
        self.at += word.len();
        self.finish(number);
        Ok(())
    }

    fn number(&mut self) -> Result<(), Malformed> {
        let number = self.begin(Kind::Other);
        self.take(b'-');
        let leads_with_zero = self.peek() == Some(b'0');
        let whole = self.digits();
        if whole == 0 || leads_with_zero && whole > 1 {
            return Err(self.wrong("a number begins wrongly"));
        }
        if self.take(b'.') && self.digits() == 0 {
            return Err(self.wrong("a number has no digits behind its point"));
        }
        if self.take(b'e') || self.take(b'E') {
            _ = self.take(b'+') || self.take(b'-');
            if self.digits() == 0 {
                return Err(self.wrong("a number has no exponent"));
            }
        }
        self.finish(number);
        Ok(())
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    /// Of two members of one name, some readers take the first and some the last.
    fn names_differ(&self, object: usize) -> Result<(), Malformed> {
        let Some(Node { start, after, .. }) = self.nodes.get(object) else { return Ok(()) };
        let wrong = Malformed { why: "two members have the same name", at: *start };
        let mut names: Vec<&str> = Vec::new();
        let mut at = object + 1;
        while at < *after {
            let Some(name) = self.nodes.get(at) else { break };
            names.push(self.source.get(name.start + 1..name.end - 1).unwrap_or_default());
            at = self.nodes.get(at + 1).map_or(*after, |value| value.after);
        }
        // The same letters may be written in two ways.
        if names.iter().any(|name| name.contains('\\')) {
            let mut decoded = HashSet::with_capacity(names.len());
            let all = names.iter().all(|name| decoded.insert(super::Decoded::of_source(name).text().to_owned()));
            return if all { Ok(()) } else { Err(wrong) };
        }
        let differ = if names.len() <= FEW {
            names.iter().enumerate().all(|(at, name)| !names.iter().skip(at + 1).any(|other| other == name))
        } else {
            let mut all = HashSet::with_capacity(names.len());
            names.iter().all(|name| all.insert(*name))
        };
        if differ { Ok(()) } else { Err(wrong) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn eight_bytes_at_once_are_as_good_as_one_after_the_other(
            bytes in proptest::collection::vec(prop_oneof![any::<u8>(), 0x1e..0x24_u8, 0x5b..0x5e_u8, Just(0x80)], 0..40)
        ) {
            let one_by_one = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
            prop_assert_eq!(plain(&bytes), one_by_one.unwrap_or(bytes.len()));
        }

        #[test]
        fn the_first_special_byte_is_found_wherever_it_stands(at in 0..40_usize, special in prop_oneof![0..0x20_u8, Just(b'"'), Just(b'\\')]) {
            let mut bytes = vec![b' '; 48];
            bytes[at] = special;
            prop_assert_eq!(plain(&bytes), at);
        }
    }
}
