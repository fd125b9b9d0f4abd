//! Reads the symbols of a placeholder through the damage that text suffers on its way through a model.
//!
//! Between two symbols there may be markup, hyphens, white space, invisible characters, a line end with indent and a
//! quote or comment mark, or a plain tag. A symbol may be spelled as an escape (`\u0041`, `\x41`), as an entity (`&#65;`)
//! or percent-encoded. Reading is exact about one more thing: whether the text given decides the matter, or ends too
//! early to tell. That is what makes streaming independent of where chunks end.

use super::symbol::{Symbol, fold};

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// A letter or digit.
    Symbol(Symbol),
    /// Something that can't stand inside of a placeholder, or the end.
    Other,
    /// The text ends before that can be told.
    Short,
}

/// Reads symbols from the start of a text.
#[derive(Debug)]
pub(crate) struct Reader<'t> {
    text: &'t str,
    at: usize,
    /// Whether nothing follows `text`.
    ended: bool,
    /// Whether only indent and quote marks were read since a line end.
    line_start: bool,
    /// Whether all ASCII punctuation may stand between two symbols, because it may in what is looked for.
    over_punctuation: bool,
    /// Whether white space or a line end stands right before the last symbol read.
    spaced: bool,
}

impl<'t> Reader<'t> {
    pub(crate) fn new(text: &'t str, ended: bool) -> Self {
        Self { text, at: 0, ended, line_start: false, over_punctuation: false, spaced: false }
    }

    /// A reader of symbols that any punctuation may stand between.
    pub(crate) fn over_punctuation(text: &'t str, ended: bool) -> Self {
        Self { over_punctuation: true, ..Self::new(text, ended) }
    }

    /// How many bytes were read.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// Whether white space or a line end stands right before the last symbol that was read.
    pub(crate) fn is_spaced(&self) -> bool {
        self.spaced
    }

    /// The symbol that stands right here.
    pub(crate) fn first(&mut self) -> Next {
        match self.piece() {
            Piece::Short => Next::Short,
            Piece::Tag(_) | Piece::End => Next::Other,
            Piece::Char(c, length) => match fold(c) {
                Some(symbol) => self.take(symbol, length),
                None => Next::Other,
            },
        }
    }

    /// The next symbol, over whatever may lie between two symbols.
    pub(crate) fn next(&mut self) -> Next {
        self.spaced = false;
        loop {
            let (gap, length) = match self.piece() {
                Piece::Short => return Next::Short,
                Piece::End => return Next::Other,
                Piece::Tag(length) => (Gap::Inside, length),
                Piece::Char(c, length) => match fold(c) {
                    Some(symbol) => return self.take(symbol, length),
                    None if self.over_punctuation && c.is_ascii_punctuation() => (Gap::Inside, length),
                    None => (gap(c), length),
                },
            };
            match gap {
                Gap::Inside => {}
                Gap::Space => self.spaced = true,
                Gap::LineEnd => (self.spaced, self.line_start) = (true, true),
                Gap::LineMark if self.line_start => {}
                Gap::LineMark | Gap::None => return Next::Other,
            }
            self.at += length;
        }
    }

    fn take(&mut self, symbol: Symbol, length: usize) -> Next {
        self.at += length;
        self.line_start = false;
        Next::Symbol(symbol)
    }

    fn piece(&self) -> Piece {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let piece = match rest.as_bytes().first() {
            None => return if self.ended { Piece::End } else { Piece::Short },
            Some(b'\\') => escape(rest),
            Some(b'&') => entity(rest),
            Some(b'%') => percent(rest),
            Some(b'<') => tag(rest),
            Some(_) => None,
        };
        match piece {
            Some(Piece::Short) if !self.ended => Piece::Short,
            Some(piece @ (Piece::Char(..) | Piece::Tag(_))) => piece,
            Some(Piece::Short | Piece::End) | None => match rest.chars().next() {
                Some(c) => Piece::Char(c, c.len_utf8()),
                None => Piece::End,
            },
        }
    }
}

/// What stands at the start of a text, however it is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    /// A character and the bytes that spell it.
    Char(char, usize),
    /// A tag of so many bytes.
    Tag(usize),
    /// The text ends before that can be told.
    Short,
    /// Nothing.
    End,
}

/// How a character behaves between two symbols.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gap {
    Inside,
    Space,
    LineEnd,
    /// Only after a line end: what quotes a line or makes it a comment.
    LineMark,
    None,
}

fn gap(c: char) -> Gap {
    match c {
        ' ' | '\t' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => Gap::Space,
        // Markup; hyphens and dashes, the soft and the non-breaking one among them; and what nobody sees: joiners, marks
        // of direction, variation selectors.
        '*'
        | '_'
        | '`'
        | '~'
        | '\\'
        | '-'
        | '\u{ad}'
        | '\u{2010}'..='\u{2015}'
        | '\u{2212}'
        | '\u{fe63}'
        | '\u{ff0d}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' => Gap::Inside,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Gap::LineEnd,
        '>' | '/' | '#' | ';' | '|' | '!' => Gap::LineMark,
        _ => Gap::None,
    }
}

/// `\u0041`, `\u{41}` or `\x41`.
fn escape(text: &str) -> Option<Piece> {
    let bytes = text.as_bytes();
    match bytes.get(1) {
        None => Some(Piece::Short),
        Some(b'u') => match bytes.get(2) {
            None => Some(Piece::Short),
            Some(b'{') => closed(text, 3, 16, 6, b'}'),
            Some(_) => hex(text, 2, 4),
        },
        Some(b'x') => hex(text, 2, 2),
        Some(_) => None,
    }
}

/// `&#65;`, `&#x41;`, or one of the named ones that stand for a space, a hyphen or nothing visible.
fn entity(text: &str) -> Option<Piece> {
    const NAMED: [(&str, char); 6] = [
        ("&nbsp;", '\u{a0}'),
        ("&shy;", '\u{ad}'),
        ("&zwj;", '\u{200d}'),
        ("&zwnj;", '\u{200c}'),
        ("&ensp;", '\u{2002}'),
        ("&thinsp;", '\u{2009}'),
    ];
    let bytes = text.as_bytes();
    match (bytes.get(1), bytes.get(2)) {
        (None, _) | (Some(b'#'), None) => Some(Piece::Short),
        (Some(b'#'), Some(b'x' | b'X')) => closed(text, 3, 16, 6, b';'),
        (Some(b'#'), Some(_)) => closed(text, 2, 10, 7, b';'),
        (Some(_), _) => NAMED.iter().find_map(|(name, c)| {
            if text.starts_with(name) {
                return Some(Piece::Char(*c, name.len()));
            }
            name.starts_with(text).then_some(Piece::Short)
        }),
    }
}

/// `%41`, or the two to four of them that spell a character outside of ASCII.
fn percent(text: &str) -> Option<Piece> {
    let mut spelled = [0; 4];
    let mut wanted = 1;
    for (count, place) in spelled.iter_mut().enumerate() {
        if count == wanted {
            break;
        }
        let start = count * 3;
        match text.as_bytes().get(start) {
            None => return Some(Piece::Short),
            Some(b'%') => {}
            Some(_) => return None,
        }
        let Some(digits) = text.as_bytes().get(start + 1..start + 3) else {
            let all_hex = text.bytes().skip(start + 1).all(|it| it.is_ascii_hexdigit());
            return all_hex.then_some(Piece::Short);
        };
        *place = u8::try_from(number(digits, 16)?).ok()?;
        if count == 0 {
            wanted = match *place {
                0x00..0x80 => 1,
                0xC2..0xE0 => 2,
                0xE0..0xF0 => 3,
                0xF0..0xF5 => 4,
                _ => return None,
            };
        }
    }
    let c = std::str::from_utf8(spelled.get(..wanted)?).ok()?.chars().next()?;
    Some(Piece::Char(c, wanted * 3))
}

/// A tag without attributes, such as `<wbr>`, `</b>` or `<br />`.
fn tag(text: &str) -> Option<Piece> {
    const LONGEST_NAME: usize = 10;
    let rest = text.get(1..)?;
    let name = rest.strip_prefix('/').unwrap_or(rest);
    let letters = name.bytes().take_while(u8::is_ascii_alphabetic).count();
    let end = name.get(letters..)?;
    if letters > LONGEST_NAME {
        return None;
    }
    if letters == 0 || end.is_empty() {
        return end.is_empty().then_some(Piece::Short);
    }
    for close in [">", "/>", " />", " >"] {
        if end.starts_with(close) {
            return Some(Piece::Tag(text.len() - end.len() + close.len()));
        }
    }
    (end == "/" || end == " " || end == " /").then_some(Piece::Short)
}

/// Exactly `length` hexadecimal digits from `start` on.
fn hex(text: &str, start: usize, length: usize) -> Option<Piece> {
    let digits = text.as_bytes().get(start..)?;
    let digits = digits.get(..length).unwrap_or(digits);
    let value = number(digits, 16);
    if digits.len() == length {
        // Half of a character outside of the first plane is no symbol, but it is one escape.
        return Some(Piece::Char(char::from_u32(value?).unwrap_or(char::REPLACEMENT_CHARACTER), start + length));
    }
    (digits.is_empty() || value.is_some()).then_some(Piece::Short)
}

/// One to `most` digits from `start` on, and what closes them.
fn closed(text: &str, start: usize, radix: u32, most: usize, close: u8) -> Option<Piece> {
    let rest = text.as_bytes().get(start..)?;
    let count = rest.iter().take_while(|it| char::from(**it).is_digit(radix)).count();
    if count > most {
        return None;
    }
    match rest.get(count) {
        None => Some(Piece::Short),
        Some(it) if *it == close && count > 0 => {
            let value = number(rest.get(..count)?, radix)?;
            Some(Piece::Char(char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER), start + count + 1))
        }
        Some(_) => None,
    }
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    digits
        .iter()
        .try_fold(0_u32, |number, digit| number.checked_mul(radix)?.checked_add(char::from(*digit).to_digit(radix)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The symbols from the start on, and how the reading ended.
    fn read(text: &str, ended: bool) -> (String, Next) {
        let mut reader = Reader::new(text, ended);
        let mut symbols = String::new();
        let mut next = reader.first();
        while let Next::Symbol(symbol) = next {
            symbols.push(char::from(symbol));
            next = reader.next();
        }
        (symbols, next)
    }

    #[test]
    fn reads_through_what_text_goes_through() {
        for damaged in [
            "aBcD",
            "A**B**CD",
            "A_B\\_CD",
            "A`B`C`D",
            "A\u{200b}B\u{ad}C\u{2011}D",
            "A B C D",
            "AB\n    CD",
            "AB\r\n> > CD",
            "AB\n    // CD",
            "AB\n# CD",
            "AB \\\n\tCD",
            "A\\u0042C\\x44",
            "\\u0041BCD",
            "\\u{41}B\\u{000043}D",
            "&#65;B&#x43;D",
            "%41B%43D",
            "A%E2%80%8BBCD",
            "A&shy;B&nbsp;CD",
            "A<wbr>B</b>C<br />D",
            "ＡBＣD",
        ] {
            assert_eq!(read(damaged, true), ("ABCD".to_owned(), Next::Other), "{damaged}");
        }
    }

    #[test]
    fn stops_at_what_can_not_stand_inside() {
        for (text, symbols) in
            [("A\"B", "A"), ("A.B", "A"), ("A>B", "A"), ("A#B", "A"), ("Aé", "A"), ("A<b class=x>B", "A")]
        {
            assert_eq!(read(text, true), (symbols.to_owned(), Next::Other), "{text}");
        }
    }

    #[test]
    fn an_escape_that_is_none_is_read_as_it_stands() {
        assert_eq!(read("A\\u00", true).0, "AU00");
        assert_eq!(read("A\\uXYZW", true).0, "AUXYZW");
        assert_eq!(read("A%4", true).0, "A");
        assert_eq!(read("A&#65B", true).0, "A");
        assert_eq!(read("A\\ud83dB", true).0, "A");
    }

    #[test]
    fn says_so_when_the_text_ends_too_early_to_tell() {
        for short in [
            "",
            "A",
            "A*",
            "A\\",
            "A\\u",
            "A\\u0",
            "A\\u004",
            "A\\u{4",
            "A\\x",
            "A\\x4",
            "A&",
            "A&#",
            "A&#6",
            "A&#x4",
            "A&sh",
            "A%",
            "A%4",
            "A%E2",
            "A%E2%",
            "A%E2%8",
            "A%E2%80%8",
            "A<",
            "A</",
            "A<wb",
            "A<br /",
            "A\n",
            "A\n// ",
        ] {
            assert_eq!(read(short, false).1, Next::Short, "{short:?}");
            assert_eq!(read(short, true).1, Next::Other, "{short:?}");
        }
        for decided in ["A.", "A&x", "A%G", "A<1", "A<b c", "A\\ud83d", "A%FF"] {
            assert_eq!(read(decided, false).1, Next::Other, "{decided:?}");
        }
    }
}
