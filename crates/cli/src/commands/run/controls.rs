//! What a command may do to the terminal that you sit at.
//!
//! Colours, the cursor, titles, links and mouse all go through. A few control sequences reach beyond the screen: they put
//! text into your clipboard, have files saved or read, or make the terminal type an answer that your shell would
//! take for yours if it comes when the command has ended. Those are withheld.

use std::collections::BTreeMap;

/// So much of a sequence is held back until it is clear what it is. Nobody paints with a longer one.
const LONGEST: usize = 64;

/// What is known of the sequence that is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// No sequence.
    Plain,
    /// The first byte of a character that may be a control character.
    Lead,
    /// Behind ESC.
    Escape,
    /// A sequence with parameters and a last letter.
    Control,
    /// Behind ESC %.
    Charset,
    /// The head of a string of one of these kinds.
    Head(Kind),
    /// Behind ESC, which may end a command to the system that is nothing but its number.
    HeadEnding,
    /// A string that is withheld.
    Withheld(Kind),
    /// Behind ESC in such a string.
    Ending(Kind),
    /// Behind the first byte of a character in such a string.
    EndingLead(Kind),
}

/// Strings that a terminal acts upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Commands to the system that the terminal runs on.
    System,
    /// Commands to the device.
    Device,
    /// Meant for programs, such as those that draw pictures from files.
    Other,
}

/// Carries what a command prints on, but for what is withheld.
#[derive(Debug)]
pub(super) struct Controls {
    state: State,
    held: Vec<u8>,
    withheld: BTreeMap<&'static str, u64>,
    /// Whether titles are, because the title is ours.
    titles: bool,
    /// Whether the last byte that went on was one of a character's several.
    within: bool,
}

impl Controls {
    pub(super) fn new() -> Self {
        Self { state: State::Plain, held: Vec::new(), withheld: BTreeMap::new(), titles: false, within: false }
    }

    /// The same, which keeps titles back as well.
    pub(super) fn without_titles(titles: bool) -> Self {
        Self { titles, ..Self::new() }
    }

    /// Whether something of ours can be written now without breaking what comes from inside.
    pub(super) fn is_between(&self) -> bool {
        matches!(self.state, State::Plain) && self.held.is_empty() && !self.within
    }

    /// What of these bytes goes on, with what was held back of earlier ones.
    pub(super) fn pass(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len() + self.held.len());
        for &byte in bytes {
            self.byte(byte, &mut out);
        }
        self.within = out.last().map_or(self.within, |last| !last.is_ascii());
        out
    }

    /// What was withheld, and how often.
    pub(super) fn withheld(&self) -> &BTreeMap<&'static str, u64> {
        &self.withheld
    }

    fn byte(&mut self, byte: u8, out: &mut Vec<u8>) {
        match self.state {
            State::Withheld(kind) | State::Ending(kind) | State::EndingLead(kind) => self.skip(kind, byte, out),
            State::Head(Kind::System) if byte == 0x1b && self.against_system(b';', 0).is_none() => {
                self.held.push(byte);
                self.state = State::HeadEnding;
            }
            State::HeadEnding if byte == b'\\' => {
                self.held.push(byte);
                self.let_go(out);
            }
            State::HeadEnding => {
                self.held = vec![0x1b];
                self.state = State::Escape;
                self.byte(byte, out);
            }
            // A sequence that is broken off does nothing. Its beginning must not stay: what follows would complete it.
            _ if byte == 0x1b => {
                self.held.clear();
                self.held.push(byte);
                self.state = State::Escape;
            }
            State::Plain if byte == 0xc2 => {
                self.held.push(byte);
                self.state = State::Lead;
            }
            State::Plain => out.push(byte),
            // Not the first byte's second one, but a first byte again; the one before it began nothing.
            State::Lead if byte == 0xc2 => {}
            State::Lead => {
                self.held.push(byte);
                self.begin(byte.max(0x80), out);
            }
            State::Charset => {
                self.held.push(byte);
                // To UTF-8, which it is in anyway.
                if byte == b'G' { self.let_go(out) } else { self.drop_it("a change of how characters are read") }
            }
            State::Control | State::Escape | State::Head(_) if matches!(byte, 0x18 | 0x1a) => {
                self.held.clear();
                self.state = State::Plain;
            }
            // Terminals act upon these as if they stood elsewhere, or pass over them; the sequence goes on behind.
            State::Control | State::Escape if byte < 0x20 => out.push(byte),
            State::Escape if byte == 0x7f => {}
            // No byte of a sequence. It may begin a character that is a control character, which breaks the sequence off.
            State::Control | State::Escape if !byte.is_ascii() => {
                self.held.clear();
                self.state = State::Plain;
                self.byte(byte, out);
            }
            State::Escape => {
                self.held.push(byte);
                // What is written with ESC and a letter is also a character of its own.
                self.begin(byte.wrapping_add(0x40), out);
            }
            State::Head(_) if byte < 0x20 && byte != 0x07 => {}
            State::Control => self.control(byte, out),
            State::Head(kind) => self.head(kind, byte, out),
        }
    }

    /// What begins with this control character.
    fn begin(&mut self, character: u8, out: &mut Vec<u8>) {
        self.state = match character {
            0x9b => State::Control,
            0x9d => State::Head(Kind::System),
            0x90 => State::Head(Kind::Device),
            0x98 | 0x9e | 0x9f => {
                self.withhold("a message to a program of the terminal");
                State::Withheld(Kind::Other)
            }
            // ESC % chooses how bytes are read: in another way than here.
            0x65 => State::Charset,
            _ => return self.let_go(out),
        };
    }

    fn control(&mut self, byte: u8, out: &mut Vec<u8>) {
        self.held.push(byte);
        if self.held.len() > LONGEST {
            return self.drop_it("a sequence without an end");
        }
        if !(0x40..=0x7e).contains(&byte) {
            return;
        }
        let (first, is_invoking) = (self.parameter(), self.said().ends_with(b"*z"));
        match (byte, first) {
            (b't', Some(20 | 21)) => self.drop_it("a question that the terminal answers with its title"),
            (b'i', _) => self.drop_it("a command to print"),
            (b'z', _) if is_invoking => self.drop_it("a macro"),
            _ => self.let_go(out),
        }
    }

    fn head(&mut self, kind: Kind, byte: u8, out: &mut Vec<u8>) {
        self.held.push(byte);
        let is_longer = self.held.len() <= LONGEST;
        let why = match kind {
            Kind::System if byte.is_ascii_digit() && is_longer => return,
            Kind::System => self.against_system(byte, 1),
            Kind::Device => {
                let numbers = |byte: &&u8| byte.is_ascii_digit() || **byte == b';';
                let rest = self.said().get(self.said().iter().take_while(numbers).count()..).unwrap_or_default();
                match rest {
                    [] | [b'+'] if is_longer => return,
                    // Pictures, and what the terminal can do, which it tells in hex.
                    [b'q'] | [b'+', b'q'] => None,
                    _ => Some("a command to the terminal itself"),
                }
            }
            Kind::Other => None,
        };
        let Some(why) = why else { return self.let_go(out) };
        self.withhold(why);
        // The byte that ended the head may end the string.
        self.state = State::Withheld(kind);
        self.skip(kind, byte, out);
    }

    /// What speaks against a command to the system whose number is ended by this byte, which is held already or not.
    fn against_system(&self, byte: u8, held: usize) -> Option<&'static str> {
        let digits = self.said().len().saturating_sub(held);
        match self.parameter() {
            Some(0..=2) if self.titles => Some("a title, in the place of which this run's state is shown,"),
            Some(52 | 5522) => Some("text for your clipboard"),
            Some(1337 | 5113) => Some("a file, or a command to the terminal program"),
            Some(50) => Some("a question that the terminal answers with its font"),
            Some(51) => Some("a command to the editor around the terminal"),
            Some(3 | 46) => Some("a setting of the terminal program"),
            Some(_) if matches!(byte, b';' | 0x07) && digits <= 5 => None,
            // The console of Linux has colours behind a letter; Sun's terminals have titles.
            None if digits == 0 && matches!(byte, b'P' | b'R' | b'l' | b'L' | b'I') => None,
            Some(_) | None => Some("a command that is written like no other"),
        }
    }

    /// A byte of a string that is withheld.
    fn skip(&mut self, kind: Kind, byte: u8, out: &mut Vec<u8>) {
        self.state = match (self.state, byte) {
            (State::Ending(_), b'\\') | (State::EndingLead(_), 0x9c) | (_, 0x18 | 0x1a) => State::Plain,
            (_, 0x07) if kind == Kind::System => State::Plain,
            (_, 0x1b) => State::Ending(kind),
            // Another sequence breaks the string off.
            (State::Ending(_), _) => {
                self.held.push(0x1b);
                self.state = State::Escape;
                return self.byte(byte, out);
            }
            (_, 0xc2) => State::EndingLead(kind),
            _ => State::Withheld(kind),
        };
    }

    /// The sequence so far, without what introduced it: two bytes, whichever way.
    fn said(&self) -> &[u8] {
        self.held.get(2..).unwrap_or_default()
    }

    /// The first number of the sequence.
    fn parameter(&self) -> Option<u32> {
        let digits = self.said().iter().take_while(|byte| byte.is_ascii_digit());
        digits.fold(None, |number: Option<u32>, digit| {
            Some(number.unwrap_or(0).saturating_mul(10).saturating_add(u32::from(digit - b'0')))
        })
    }

    fn let_go(&mut self, out: &mut Vec<u8>) {
        out.append(&mut self.held);
        self.state = State::Plain;
    }

    fn drop_it(&mut self, what: &'static str) {
        self.withhold(what);
        self.state = State::Plain;
    }

    fn withhold(&mut self, what: &'static str) {
        self.held.clear();
        *self.withheld.entry(what).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn passed(bytes: &[u8]) -> Vec<u8> {
        Controls::new().pass(bytes)
    }

    #[test]
    fn what_programs_paint_with_goes_through_unchanged() {
        for text in [
            &b"plain\r\n\ttext \xc3\xa9 \xe2\x9d\xaf \xf0\x9f\x98\x80"[..],
            b"\x1b[1;31mred\x1b[0m\x1b[?1049h\x1b[?2004h\x1b[>4;2m\x1b[6n\x1b[18t\x1b[22;0t",
            b"\x1b]0;title\x07\x1b]8;;https://a.example\x1b\\link\x1b]8;;\x1b\\\x1b]10;?\x07\x1b]133;A\x07\x1b]9;done\x07",
            b"\x1bP0;1q#0;2;0;0;0~\x1b\\\x1bP+q544e\x1b\\\x1b(B\x1b7\x1b8\x1b=\x1bc\x1bM\x1bk title\x1b\\",
            b"\x1b]P0112233",
            b"\xff\xfe \x80 broken \xc2 text \xc2\xa0",
            b"\x1b]2;a longer title; with signs\x07\x1b]30001\x1b\\\x1b[38;2;255;255;255;48;2;0;0;0m",
        ] {
            assert_eq!(passed(text), text, "{:?}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn what_reaches_beyond_the_screen_is_withheld_in_every_spelling() {
        for text in [
            &b"\x1b]52;c;ZXZpbA==\x07"[..],
            b"\x1b]52;c;ZXZpbA==\x1b\\",
            b"\x1b]052;c;?\x07",
            b"\xc2\x9d52;c;ZXZpbA==\xc2\x9c",
            b"\x1b]52\x07",
            b"\x1b]5522;type=write\x1b\\",
            b"\x1b]1337;File=name=eA==;inline=0:ZXZpbA==\x07",
            b"\x1b]50;?\x07",
            b"\x1b]51;Eevil\x07",
            b"\x1b[21t",
            b"\xc2\x9b20t",
            b"\x1b[5i",
            b"\x1bP$qevil\x1b\\",
            b"\x1bPtmux;\x1b\x1b]52;c;ZXZpbA==\x07\x1b\\",
            b"\x1b_Gf=32,t=f;L2V0Yy9wYXNzd2Q=\x1b\\",
            b"\x1b^private\x1b\\",
            b"\x1bXstring\x1b\\",
            b"\x1b]0000000000000000000000000000000000000000000000000000000000000000000000000052;c;ZXZpbA==\x07",
            b"\x1b]\x0052;c;ZXZpbA==\x07",
            b"\x1b]x52;c;ZXZpbA==\x07",
            b"\x1b[2\x001t",
            b"\x1b[00000000021t",
            b"\x1bP\x00$qevil\x1b\\",
            b"\x1bP0;1|17/ZXZp\x1b\\",
            b"\x1bP@kitty-echo|ZXZp\x1b\\",
            b"\x1bP1000p\x1b\\",
            b"\x1bP1;0;1!z5a585a70\x1b\\\x1b[1*z",
            b"\x1bP\x1b]\x1b\\\x1bP52;c;ZXZpbA==\x07\x1b\\",
            b"\x1b%@",
            b"\x1b\x00]52;c;ZXZpbA==\x07",
            b"\x1b\x01\r\n\x7f]52;c;ZXZpbA==\x07",
            b"\x1b]0;x\x1b\x00]52;c;ZXZpbA==\x07",
            b"\x1b\x00[21t",
            b"\x1b\x7fP$qZXZp\x1b\\",
            b"\x1b\x00_GZXZp\x1b\\",
            b"\x1b\xc2\x9d52;c;ZXZpbA==\x07",
            b"\x1b[\xc2\x9d52;c;ZXZpbA==\x07",
            b"\x1b[1\xc2\x9d52;c;ZXZpbA==\x07",
            b"\xc2\xc2\x9d52;c;ZXZpbA==\x07",
            b"\x1b\xc2\xc2\x9d52;c;ZXZpbA==\x07",
        ] {
            let text = [b"a", text, b"b"].concat();
            let left = passed(&text);
            assert_eq!(left.first(), Some(&b'a'));
            assert!(left.ends_with(b"b") && !left.windows(4).any(|four| four == b"ZXZp"), "{left:?}");
            assert!(!left.windows(3).any(|three| three == b"]52"), "{left:?}");
        }
    }

    #[test]
    fn a_screen_s_wrapping_a_broken_string_and_one_within_another_hide_nothing() {
        assert_eq!(passed(b"\x1bP\x1b]52;c;eA==\x07\x1b\\x"), b"\x1b\\x");
        assert_eq!(passed(b"\x1b\x1b[21t]52;c;eA==\x07"), b"]52;c;eA==\x07");
        assert_eq!(passed(b"\xc2\x1b[21t\x9d52;c;eA==\x07"), b"\x9d52;c;eA==\x07");
        assert_eq!(passed(b"\x1b]5\x1b[21t2;c;eA==\x07"), b"2;c;eA==\x07");
        assert_eq!(passed(b"\x1b[12\x18 \x1b]52\x1a;"), b" ;");
        assert_eq!(passed(b"\x1b]52;c;\x1b[31mred"), b"\x1b[31mred");
        assert_eq!(passed(b"\x1b]0;ti\x1b]52;c;eA==\x07tle\x07"), b"\x1b]0;title\x07");
        assert_eq!(passed(b"\x1b]52;c;eA=="), b"");
        assert_eq!(passed(b"\xc2\xc2\x1b\\"), b"\x1b\\");
        let mut controls = Controls::new();
        controls.pass(b"\x1b]52;c;eA==\x07\x1b]52;c;eA==\x07");
        assert_eq!(controls.withheld().get("text for your clipboard"), Some(&2));
    }

    proptest! {
        #[test]
        fn it_matters_not_how_it_is_cut(
            pieces in prop::collection::vec(prop_oneof![
                prop::collection::vec(any::<u8>(), 0..6),
                prop::sample::select(vec![
                    b"\x1b]52;".to_vec(), b"\x1b[21t".to_vec(), b"\x1bP$q".to_vec(), b"\x07".to_vec(), b"\x1b\\".to_vec(),
                    b"\xc2".to_vec(), b"\x9d".to_vec(), b"\x1b".to_vec(), b"]".to_vec(), b"text".to_vec(),
                ]),
            ], 0..30),
        ) {
            let whole = passed(&pieces.concat());
            let mut controls = Controls::new();
            let cut: Vec<u8> = pieces.iter().flat_map(|piece| controls.pass(piece)).collect();
            prop_assert_eq!(&cut, &whole);
            // What has gone through goes through again. At its end all is broken off, so that nothing is held back.
            let again = [&whole[..], b"\x18"].concat();
            prop_assert_eq!(passed(&again), again);
        }
    }
}
