//! Rules as bytes without pointers. A program that brings thousands of rules along as constants has tens of thousands of
//! pointers to set right each time it starts, whether it searches or not; bytes cost nothing until somebody asks for a
//! rule, and then a microsecond, once.

use crate::rule::Text;
use crate::{Automaton, Boundary, Matcher, Rule, Step, Table, Word};
use portcullis_event::{Confidence, Severity};
use std::borrow::Cow;
use std::sync::OnceLock;

/// What the program is given of its rules.
#[derive(Debug)]
pub struct Embedded {
    /// Where each rule begins, and all of them one after the other.
    pub rules: Vec<u8>,
    /// The bytes of all automata.
    pub automata: Vec<u8>,
    /// The three parts of the table: marks, slots, entries.
    pub table: [Vec<u8>; 3],
}

/// Rules as bytes, and the table that finds them and the words beside them.
pub fn embed(rules: &[Rule], table: &Table) -> Embedded {
    let mut writer = Writer::default();
    let mut starts = Vec::new();
    for rule in rules {
        starts.push(writer.bytes.len());
        writer.rule(rule);
    }
    starts.push(writer.bytes.len());
    let index = starts.len() * SIZE;
    // Four gigabytes of rules are not written.
    let place = |start: usize| u32::try_from(index + start).unwrap_or(u32::MAX).to_le_bytes();
    let mut bytes: Vec<u8> = starts.into_iter().flat_map(place).collect();
    bytes.append(&mut writer.bytes);
    Embedded { rules: bytes, automata: writer.automata, table: table.to_bytes() }
}

/// How many bytes a number in the index takes.
const SIZE: usize = 4;

/// `N` rules that lie in bytes which [`embed`] made, each read when it is first asked for.
#[derive(Debug)]
pub struct Rules<const N: usize> {
    bytes: &'static [u8],
    automata: &'static [u8],
    read: [OnceLock<Option<Box<Rule>>>; N],
}

impl<const N: usize> Rules<N> {
    /// The rules in `bytes`, whose automata lie in `automata`.
    pub const fn new(bytes: &'static [u8], automata: &'static [u8]) -> Self {
        Self { bytes, automata, read: [const { OnceLock::new() }; N] }
    }

    /// The rule with this number.
    pub fn get(&'static self, number: usize) -> Option<&'static Rule> {
        self.read.get(number)?.get_or_init(|| self.reader(number)?.rule().map(Box::new)).as_deref()
    }

    /// The rule of this name.
    pub fn named(&'static self, id: &str) -> Option<&'static Rule> {
        let is_it = |number: &usize| self.reader(*number).and_then(|mut it| it.str()).is_some_and(|it| it == id);
        self.get((0..N).find(is_it)?)
    }

    /// All of them.
    pub fn iter(&'static self) -> impl Iterator<Item = &'static Rule> {
        (0..N).filter_map(|number| self.get(number))
    }

    fn reader(&self, number: usize) -> Option<Reader> {
        let start = |number: usize| {
            let place = self.bytes.get(number * SIZE..)?.first_chunk::<SIZE>()?;
            usize::try_from(u32::from_le_bytes(*place)).ok()
        };
        let rest = self.bytes.get(start(number)?..start(number + 1)?)?;
        Some(Reader { rest, automata: self.automata })
    }
}

const SEVERITIES: [Severity; 5] = [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
const CONFIDENCES: [Confidence; 4] = [Confidence::Low, Confidence::Medium, Confidence::High, Confidence::Proven];
const BOUNDARIES: [Boundary; 3] = [Boundary::None, Boundary::Word, Boundary::Dash];

/// Writes rules one after the other. The name comes first, so that a rule can be told without reading it.
#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    automata: Vec<u8>,
}

impl Writer {
    fn rule(&mut self, rule: &Rule) {
        self.text(&rule.id);
        self.text(&rule.vendor);
        self.text(&rule.name);
        self.place(&SEVERITIES, &rule.severity);
        self.place(&CONFIDENCES, &rule.confidence);
        // The table holds the anchors of words and rules; nobody asks the rules for them.
        self.all(&rule.near, |out, word| out.text(&word.text));
        self.all(&rule.with, |out, text| out.text(text));
        self.option(rule.before.as_ref(), Self::matcher);
        self.matcher(&rule.pattern);
        self.option(rule.after.as_ref(), Self::matcher);
        self.number(rule.longest);
        self.option(rule.entropy.as_ref(), |out, entropy| out.bytes.extend(entropy.to_le_bytes()));
        self.place(&BOUNDARIES, &rule.boundary);
        self.bytes.extend([rule.multiline, rule.dummy, rule.homemade].map(u8::from));
        self.option(rule.proof.as_ref(), |out, text| out.text(text));
        self.option(rule.pair.as_ref(), |out, (id, within)| {
            out.text(id);
            out.number(usize::from(*within));
        });
        for told in [&rule.why, &rule.fix, &rule.verify] {
            self.option(told.as_ref(), |out, text| out.text(text));
        }
    }

    fn number(&mut self, number: usize) {
        // What is too large for the format is caught by the test that reads all rules back.
        self.bytes.extend(u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
    }

    fn some(&mut self, bytes: &[u8]) {
        self.number(bytes.len());
        self.bytes.extend(bytes);
    }

    fn text(&mut self, text: &str) {
        self.some(text.as_bytes());
    }

    fn place<T: PartialEq>(&mut self, all: &[T], value: &T) {
        let place = all.iter().position(|it| it == value).and_then(|place| u8::try_from(place).ok());
        self.bytes.push(place.unwrap_or(u8::MAX));
    }

    fn all<T>(&mut self, items: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.number(items.len());
        for item in items {
            write(self, item);
        }
    }

    fn option<T>(&mut self, value: Option<&T>, write: impl FnOnce(&mut Self, &T)) {
        self.bytes.push(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }

    fn matcher(&mut self, matcher: &Matcher) {
        match matcher {
            Matcher::Steps(steps) => {
                self.bytes.push(0);
                self.all(steps, Self::step);
            }
            Matcher::Automaton(automaton) => {
                self.bytes.push(1);
                self.number(self.automata.len());
                self.automata.extend(automaton.to_bytes());
                self.number(self.automata.len());
            }
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Literal(bytes) => {
                self.bytes.push(0);
                self.some(bytes);
            }
            Step::Any(all) => {
                self.bytes.push(1);
                self.all(all, |out, bytes| out.some(bytes));
            }
            Step::Run { set, least, most } => {
                self.bytes.push(2);
                self.bytes.extend(set.iter().flat_map(|word| word.to_le_bytes()));
                self.bytes.extend(least.to_le_bytes());
                self.bytes.extend(most.to_le_bytes());
            }
        }
    }
}

/// Reads what a [`Writer`] wrote; `None` where that is not what is there.
struct Reader {
    rest: &'static [u8],
    automata: &'static [u8],
}

impl Reader {
    fn rule(&mut self) -> Option<Rule> {
        Some(Rule {
            id: self.text()?,
            vendor: self.text()?,
            name: self.text()?,
            severity: self.one_of(&SEVERITIES)?,
            confidence: self.one_of(&CONFIDENCES)?,
            anchors: Cow::Borrowed(&[]),
            near: self.all(|it| Some(Word { text: it.text()?, anchors: Cow::Borrowed(&[]) }))?.into(),
            with: self.all(Self::text)?.into(),
            before: self.option(Self::matcher)?,
            pattern: self.matcher()?,
            after: self.option(Self::matcher)?,
            longest: self.number()?,
            entropy: self.option(|it| it.take().map(f32::from_le_bytes))?,
            boundary: self.one_of(&BOUNDARIES)?,
            multiline: self.byte()? != 0,
            dummy: self.byte()? != 0,
            homemade: self.byte()? != 0,
            proof: self.option(Self::text)?,
            pair: self.option(|it| Some((it.text()?, u16::try_from(it.number()?).ok()?)))?,
            why: self.option(Self::text)?,
            fix: self.option(Self::text)?,
            verify: self.option(Self::text)?,
        })
    }

    fn take<const SOME: usize>(&mut self) -> Option<[u8; SOME]> {
        let (taken, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take().map(|[byte]| byte)
    }

    fn number(&mut self) -> Option<usize> {
        usize::try_from(u32::from_le_bytes(self.take()?)).ok()
    }

    fn some(&mut self) -> Option<&'static [u8]> {
        let length = self.number()?;
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn str(&mut self) -> Option<&'static str> {
        std::str::from_utf8(self.some()?).ok()
    }

    fn text(&mut self) -> Option<Text> {
        self.str().map(Cow::Borrowed)
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        all.get(usize::from(self.byte()?)).copied()
    }

    fn all<T>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        (0..self.number()?).map(|_| read(self)).collect()
    }

    #[expect(clippy::option_option, reason = "bytes that are no rule, and a rule that has none, are two things")]
    fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        if self.byte()? == 0 { Some(None) } else { read(self).map(Some) }
    }

    fn matcher(&mut self) -> Option<Matcher> {
        match self.byte()? {
            0 => Some(Matcher::Steps(self.all(Self::step)?.into())),
            1 => Some(Matcher::Automaton(Automaton::embedded(self.automata, self.number()?, self.number()?))),
            _ => None,
        }
    }

    fn step(&mut self) -> Option<Step> {
        match self.byte()? {
            0 => Some(Step::Literal(self.some()?.into())),
            1 => Some(Step::Any(self.all(|it| it.some().map(Cow::Borrowed))?.into())),
            2 => {
                let mut set = [0; 4];
                for word in &mut set {
                    *word = u64::from_le_bytes(self.take()?);
                }
                Some(Step::Run { set, least: u16::from_le_bytes(self.take()?), most: u16::from_le_bytes(self.take()?) })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RuleFile, compile_file};

    fn written() -> Vec<Rule> {
        let file = r#"
            vendor = "Vendor"
            [[rule]]
            id = "steps"
            name = "Steps"
            severity = "high"
            confidence = "high"
            pattern = "vend_(?:eu|us)[0-9a-f]{20}"
            match = ["vend_eu0123456789abcdef0123"]
            [[rule]]
            id = "automaton"
            name = "Automaton"
            severity = "low"
            confidence = "medium"
            near = ["vendor"]
            pattern = "[a-z]{20,30}z"
            entropy = 2.5
            match = ["vendor = abcdefghijklmnopqrstuvwxyz"]
        "#;
        compile_file(&RuleFile::parse(file).unwrap()).unwrap()
    }

    fn embedded<const N: usize>(rules: &[Rule]) -> &'static Rules<N> {
        let table = Table::build(rules.iter(), std::iter::empty());
        let made = embed(rules, &table);
        Box::leak(Box::new(Rules::new(made.rules.leak(), made.automata.leak())))
    }

    #[test]
    fn what_is_read_is_what_was_written() {
        let written = written();
        let read = embedded::<2>(&written);
        for (written, read) in written.iter().zip(read.iter()) {
            assert_eq!((&written.id, &written.vendor, &written.name), (&read.id, &read.vendor, &read.name));
            assert_eq!((written.severity, written.confidence), (read.severity, read.confidence));
            assert_eq!((&written.with, written.longest, written.entropy), (&read.with, read.longest, read.entropy));
            assert!(written.near.iter().map(|it| &it.text).eq(read.near.iter().map(|it| &it.text)));
            assert!(read.pattern.is_sound());
        }
        let text = b"vend_eu0123456789abcdef0123";
        assert_eq!(read.get(0).unwrap().pattern.end(text, 0, text.len()), Some(text.len()));
        let text = b"abcdefghijklmnopqrstuvwxyz";
        assert_eq!(read.get(1).unwrap().pattern.end(text, 0, text.len()), Some(text.len()));
    }

    #[test]
    fn a_rule_is_found_by_its_name() {
        let read = embedded::<2>(&written());
        assert_eq!(read.named("automaton").unwrap().id, "automaton");
        assert!(read.named("auto").is_none() && read.named("").is_none());
    }

    #[test]
    fn bytes_that_were_cut_off_are_no_rules() {
        let made = embed(&written(), &Table::build([].iter(), std::iter::empty()));
        for length in 0..made.rules.len() {
            let cut: &'static [u8] = made.rules.get(..length).unwrap().to_vec().leak();
            let rules: &'static Rules<2> = Box::leak(Box::new(Rules::new(cut, &[])));
            assert!(rules.get(1).is_none(), "{length}");
        }
        let none: &'static Rules<3> = Box::leak(Box::new(Rules::new(&[], &[])));
        assert!(none.get(0).is_none() && none.get(7).is_none());
    }
}
