//! The book of rules, read from the files that are compiled in.

use super::ProseRule;
use aho_corasick::{AhoCorasick, MatchKind};
use portcullis_event::{Confidence, RuleId, Severity};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The files of the book.
pub(crate) const FILES: &[(&str, &str)] = &[
    ("agent-control", include_str!("../../rules/agent-control.toml")),
    ("concealment", include_str!("../../rules/concealment.toml")),
    ("credential-phishing", include_str!("../../rules/credential-phishing.toml")),
    ("data-theft", include_str!("../../rules/data-theft.toml")),
    ("destruction", include_str!("../../rules/destruction.toml")),
    ("download-and-run", include_str!("../../rules/download-and-run.toml")),
    ("fraud", include_str!("../../rules/fraud.toml")),
    ("guard-removal", include_str!("../../rules/guard-removal.toml")),
    ("lure", include_str!("../../rules/lure.toml")),
    ("memory", include_str!("../../rules/memory.toml")),
    ("persistence", include_str!("../../rules/persistence.toml")),
    ("sabotage", include_str!("../../rules/sabotage.toml")),
    ("shadowing", include_str!("../../rules/shadowing.toml")),
];
/// The words that all rules share.
const WORDS: &str = include_str!("../../rules/words.toml");

/// Why the book can't be read. Then nothing is scanned at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BookError {
    /// A file is not TOML, or has fields that are not known.
    #[error("the rules `{file}` can't be read: {what}")]
    File {
        /// The file.
        file: String,
        /// What is wrong.
        what: String,
    },
    /// A pattern speaks of a class that is not there.
    #[error("the rules `{file}` name the words `{class}`, which are not there")]
    Class {
        /// The file.
        file: String,
        /// The class.
        class: String,
    },
    /// The words can't be searched for.
    #[error("the words of the rules can't be searched for: {0}")]
    Search(String),
}

/// A file of rules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    id: String,
    title: String,
    severity: Severity,
    why: String,
    fix: String,
    #[serde(default)]
    cwe: Option<String>,
    class: String,
    #[serde(rename = "pattern")]
    pub(crate) patterns: Vec<WrittenPattern>,
    #[serde(default)]
    words: BTreeMap<String, Vec<String>>,
}

/// A pattern of a rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct WrittenPattern {
    /// Classes that must all be there; `a|b` is one of two.
    all: Vec<String>,
    /// Classes that must not be in the passage.
    #[serde(default)]
    unless: Vec<String>,
    /// Whether they stand in this order.
    #[serde(default)]
    ordered: bool,
    /// How many letters lie between two of them at most.
    #[serde(default = "usual_gap")]
    gap: usize,
    /// Over how many sentences they may go.
    #[serde(default = "one")]
    sentences: usize,
    /// Whether "never" or "do not" before it does not take it back.
    #[serde(default)]
    negated: bool,
    /// Whether talk about attacks around it does not take it back.
    #[serde(default)]
    blunt: bool,
    /// Whether it counts only where no reader of the page sees it.
    #[serde(default)]
    pub(crate) hidden: bool,
    /// Whether it counts only in the description of a skill or a tool.
    #[serde(default)]
    pub(crate) described: bool,
    /// Whether it is a command, which stands between backquotes where it is meant to be run.
    #[serde(default)]
    command: bool,
    #[serde(default = "sure")]
    confidence: Confidence,
    #[serde(rename = "match")]
    matches: Vec<String>,
    #[serde(rename = "no_match")]
    no_matches: Vec<String>,
}

const fn usual_gap() -> usize {
    90
}

const fn one() -> usize {
    1
}

const fn sure() -> Confidence {
    Confidence::High
}

/// A pattern, with classes as numbers.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub(crate) rule: usize,
    /// Of each group one class must be there.
    pub(crate) groups: Vec<Vec<u16>>,
    pub(crate) unless: Vec<u16>,
    pub(crate) ordered: bool,
    pub(crate) gap: usize,
    pub(crate) sentences: usize,
    pub(crate) negated: bool,
    pub(crate) blunt: bool,
    pub(crate) hidden: bool,
    pub(crate) described: bool,
    pub(crate) command: bool,
    pub(crate) confidence: Confidence,
}

/// A word or a few, and what has to stand around it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Word {
    /// Every class that it is in, as a range of [`Book::memberships`].
    pub(crate) classes: (u32, u32),
    /// Whether it may go on at its end.
    pub(crate) open: bool,
}

/// All rules, ready to be used.
#[derive(Debug)]
pub(crate) struct Book {
    pub(crate) rules: Vec<ProseRule>,
    pub(crate) patterns: Vec<Pattern>,
    pub(crate) words: Vec<Word>,
    pub(crate) memberships: Vec<u16>,
    pub(crate) search: AhoCorasick,
    pub(crate) negation: u16,
    pub(crate) talk: u16,
    /// The classes of an address of mail, and of a host that is a number.
    pub(crate) mail_address: Vec<u16>,
    pub(crate) raw_ip: Vec<u16>,
    /// Those of a variable that is called like a secret.
    pub(crate) secret_variable: Vec<u16>,
}

impl Book {
    /// Reads the files that are compiled in.
    pub(crate) fn read() -> Result<Self, BookError> {
        let shared: BTreeMap<String, Vec<String>> = parse("words", WORDS)?;
        let mut reading = Reading::default();
        for (class, words) in &shared {
            reading.class(class, words);
        }
        let mut files = Vec::new();
        for (file, text) in FILES {
            let written: Written = parse(file, text)?;
            for (class, words) in &written.words {
                reading.class(&format!("{file}/{class}"), words);
            }
            files.push((*file, written));
        }
        reading.finish(files)
    }
}

pub(crate) fn parse<T: serde::de::DeserializeOwned>(file: &str, text: &str) -> Result<T, BookError> {
    toml::from_str(text).map_err(|error| BookError::File { file: file.to_owned(), what: error.to_string() })
}

/// The weakness classes that rules name.
const WEAKNESSES: [&str; 12] = [
    "CWE-200", "CWE-345", "CWE-451", "CWE-471", "CWE-494", "CWE-506", "CWE-522", "CWE-693", "CWE-829", "CWE-840",
    "CWE-1427", "CWE-250",
];

fn weakness(file: &str, name: &str) -> Result<&'static str, BookError> {
    let what = || BookError::File { file: file.to_owned(), what: format!("`{name}` is not a weakness class here") };
    WEAKNESSES.iter().copied().find(|known| *known == name).ok_or_else(what)
}

#[derive(Default)]
struct Reading {
    names: BTreeMap<String, u16>,
    /// The classes of each word.
    words: BTreeMap<String, Vec<u16>>,
}

impl Reading {
    fn class(&mut self, name: &str, words: &[String]) {
        let next = u16::try_from(self.names.len()).unwrap_or(u16::MAX);
        let number = *self.names.entry(name.to_owned()).or_insert(next);
        for word in words {
            self.words.entry(word.to_ascii_lowercase()).or_default().push(number);
        }
    }

    /// The number of a class: one of the file's own, or a shared one.
    fn number(&self, file: &str, class: &str) -> Result<u16, BookError> {
        let own = self.names.get(&format!("{file}/{class}"));
        let found = own.or_else(|| self.names.get(class)).copied();
        found.ok_or_else(|| BookError::Class { file: file.to_owned(), class: class.to_owned() })
    }

    fn finish(self, files: Vec<(&str, Written)>) -> Result<Book, BookError> {
        let (mut rules, mut patterns) = (Vec::new(), Vec::new());
        for (file, written) in files {
            for pattern in &written.patterns {
                patterns.push(self.pattern(file, rules.len(), pattern)?);
            }
            let Written { id, title, severity, why, fix, cwe, class, .. } = written;
            let cwe = cwe.map(|cwe| weakness(file, &cwe)).transpose()?;
            RuleId::parse(&id).map_err(|error| BookError::File { file: file.to_owned(), what: error.to_string() })?;
            rules.push(ProseRule { id, title, severity, why, fix, cwe, class });
        }
        let (negation, talk) = (self.number("words", "negation")?, self.number("words", "attack-talk")?);
        let (mut words, mut memberships, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        for (text, classes) in &self.words {
            let begin = u32::try_from(memberships.len()).unwrap_or(u32::MAX);
            memberships.extend(classes);
            let end = u32::try_from(memberships.len()).unwrap_or(u32::MAX);
            words.push(Word { classes: (begin, end), open: text.ends_with('*') });
            texts.push(text.trim_end_matches('*').to_owned());
        }
        let search = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(&texts)
            .map_err(|error| BookError::Search(error.to_string()))?;
        let of_word = |word: &str| self.words.get(word).cloned().unwrap_or_default();
        let (mail_address, raw_ip) = (of_word("mail-address"), of_word("raw-ip"));
        let secret_variable = of_word("secret-variable");
        Ok(Book { rules, patterns, words, memberships, search, negation, talk, mail_address, raw_ip, secret_variable })
    }

    fn pattern(&self, file: &str, rule: usize, written: &WrittenPattern) -> Result<Pattern, BookError> {
        if written.matches.is_empty() || written.no_matches.is_empty() {
            let what = "a pattern has no example that it matches, or none that it does not".to_owned();
            return Err(BookError::File { file: file.to_owned(), what });
        }
        let group = |names: &String| names.split('|').map(|name| self.number(file, name)).collect();
        Ok(Pattern {
            rule,
            groups: written.all.iter().map(group).collect::<Result<_, _>>()?,
            unless: written.unless.iter().map(|name| self.number(file, name)).collect::<Result<_, _>>()?,
            ordered: written.ordered,
            gap: written.gap,
            sentences: written.sentences,
            negated: written.negated,
            blunt: written.blunt,
            hidden: written.hidden,
            described: written.described,
            command: written.command,
            confidence: written.confidence,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown::Page;
    use crate::prose::{Passages, Role};

    fn finds(book: &Book, rule: &str, text: &str, pattern: &WrittenPattern) -> bool {
        let place = if pattern.described { Role::Description } else { Role::Page };
        let text = if pattern.hidden { format!("<!-- {text} -->") } else { text.to_owned() };
        let passages = Passages::of(&text, &Page::read(&text).blocks);
        book.find(&passages, place).iter().any(|said| said.rule.id == rule)
    }

    #[test]
    fn every_example_in_the_files_is_as_it_says() {
        let book = Book::read().unwrap();
        let mut wrong = Vec::new();
        for (file, text) in FILES {
            let written: Written = parse(file, text).unwrap();
            for (number, pattern) in written.patterns.iter().enumerate() {
                let missed = pattern.matches.iter().filter(|text| !finds(&book, &written.id, text, pattern));
                wrong.extend(missed.map(|text| format!("{file}, pattern {number} misses: {text}")));
                let said = pattern.no_matches.iter().filter(|text| finds(&book, &written.id, text, pattern));
                wrong.extend(said.map(|text| format!("{file}, pattern {number} finds: {text}")));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn every_file_of_rules_is_in_the_book() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/rules");
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        // Words belong to all files; deeds are of scripts.
        for name in names.filter(|name| name != "words.toml" && name != "deeds.toml") {
            assert!(FILES.iter().any(|(file, _)| format!("{file}.toml") == name), "{name} is not read");
        }
    }
}
