//! Rules of other scanners, carried out as they are: a pattern, words that must stand in the text, a group that is the
//! secret, an entropy, a path.

use super::ImportError;
use super::dialect::{compile, compile_grep};
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use portcullis_event::{Confidence, FindingKind, RuleId, Secret, Severity};
use portcullis_inspect::Hit;
use regex::bytes::{Captures, Regex};
use std::collections::HashMap;

/// A rule of another scanner.
#[derive(Debug, Clone, PartialEq)]
pub struct UserRule {
    /// Its name.
    pub id: RuleId,
    /// What it finds, in words.
    pub description: String,
    /// What it looks for.
    pub pattern: String,
    /// How the pattern is written.
    pub dialect: Dialect,
    /// The group of the pattern that is the secret. 0 stands for the first that is not empty, or the whole match.
    pub group: usize,
    /// The secret has to have more than so many bits for each byte.
    pub entropy: Option<f32>,
    /// Words of which one must stand in the text, in lower case; none means that it always looks.
    pub words: Vec<String>,
    /// The paths that it looks at.
    pub path: Option<String>,
}

/// How a pattern is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// As Go and Python read it.
    Common,
    /// As `grep -E` reads it.
    Grep,
}

impl UserRule {
    /// A rule that is a pattern and nothing else.
    pub fn new(id: RuleId, pattern: &str, dialect: Dialect) -> Self {
        let (description, pattern) = (String::new(), pattern.to_owned());
        Self { id, description, pattern, dialect, group: 0, entropy: None, words: Vec::new(), path: None }
    }
}

/// Rules of another scanner, compiled.
#[derive(Debug, Default)]
pub struct ForeignRules {
    rules: Vec<Compiled>,
    /// All words that rules ask for, each with the number of its rule.
    words: Option<(AhoCorasick, Vec<usize>)>,
}

#[derive(Debug)]
struct Compiled {
    rule: UserRule,
    pattern: Regex,
    path: Option<Regex>,
}

impl ForeignRules {
    /// The names of the rules.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|it| it.rule.id.as_str())
    }

    /// Compiles rules. Those that can't be carried out are named.
    pub fn compile(rules: Vec<UserRule>) -> (Self, Vec<ImportError>) {
        let (mut compiled, mut failed) = (Vec::new(), Vec::new());
        for rule in rules {
            match Compiled::new(rule) {
                Ok(rule) => compiled.push(rule),
                Err(error) => failed.push(error),
            }
        }
        let numbered = compiled.iter().enumerate();
        let (words, owners): (Vec<&str>, Vec<usize>) =
            numbered.flat_map(|(at, it)| it.rule.words.iter().map(move |word| (word.as_str(), at))).unzip();
        // The automaton that is chosen by itself for so many words is several times slower.
        let search = AhoCorasick::builder().ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA)).build(words);
        match search {
            Ok(search) => (Self { rules: compiled, words: Some((search, owners)) }, failed),
            Err(error) => {
                failed.push(ImportError::Pattern { of: "the words of all rules".to_owned(), what: error.to_string() });
                (Self::default(), failed)
            }
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// What tells these rules from others.
    pub fn describe(&self) -> String {
        let rules: Vec<&UserRule> = self.rules.iter().map(|compiled| &compiled.rule).collect();
        format!("{rules:?}")
    }

    /// All that they find in a text. `hint` is the path that it comes from.
    pub fn look(&self, text: &[u8], hint: Option<&str>) -> Vec<Hit> {
        let mut called: Vec<bool> = self.rules.iter().map(|compiled| compiled.rule.words.is_empty()).collect();
        if let Some((search, owners)) = &self.words {
            for found in search.find_overlapping_iter(text) {
                if let Some(called) = owners.get(found.pattern().as_usize()).and_then(|owner| called.get_mut(*owner)) {
                    *called = true;
                }
            }
        }
        let called = self.rules.iter().zip(called).filter(|(_, called)| *called);
        called.flat_map(|(compiled, _)| compiled.look(text, hint)).collect()
    }

    /// Adds what they find to what our own rules found. Where both found the same bytes, the one that knows more stays:
    /// ours if it is sure, theirs if ours only knows that it looks like a credential.
    pub fn look_beside(&self, text: &[u8], hint: Option<&str>, hits: &mut Vec<Hit>) {
        if self.is_empty() {
            return;
        }
        let overlap = |a: &Hit, b: &Hit| a.span.start < b.span.end && b.span.start < a.span.end;
        let mut theirs = self.look(text, hint);
        theirs.retain(|hit| !hits.iter().any(|ours| overlap(hit, ours) && ours.confidence >= Confidence::High));
        hits.retain(|ours| !theirs.iter().any(|hit| overlap(hit, ours)));
        hits.extend(theirs);
        hits.sort_by(|a, b| (a.span.start, a.span.end, &a.rule).cmp(&(b.span.start, b.span.end, &b.rule)));
    }
}

impl Compiled {
    fn new(rule: UserRule) -> Result<Self, ImportError> {
        let of = format!("the rule {}", crate::printable(rule.id.as_str()));
        let pattern = match rule.dialect {
            Dialect::Common => compile(&of, &rule.pattern)?,
            Dialect::Grep => compile_grep(&of, &rule.pattern)?,
        };
        let path = rule.path.as_deref().map(|path| compile(&of, path)).transpose()?;
        Ok(Self { rule, pattern, path })
    }

    fn look(&self, text: &[u8], hint: Option<&str>) -> Vec<Hit> {
        let elsewhere = self.path.as_ref().is_some_and(|path| !hint.is_some_and(|hint| path.is_match(hint.as_bytes())));
        if elsewhere {
            return Vec::new();
        }
        self.pattern.captures_iter(text).filter_map(|captures| self.hit(&captures)).collect()
    }

    fn hit(&self, captures: &Captures<'_>) -> Option<Hit> {
        let UserRule { id, description, group, entropy, .. } = &self.rule;
        let first = || captures.iter().skip(1).flatten().find(|group| !group.is_empty()).or(captures.get(0));
        let secret = if *group > 0 { captures.get(*group) } else { first() }?;
        let value = secret.as_bytes();
        if value.is_empty() || entropy.is_some_and(|least| bits_per_byte(value) <= least) {
            return None;
        }
        let unnamed = || format!("What the rule {} looks for", crate::printable(id.as_str()));
        Some(Hit {
            rule: id.clone(),
            kind: FindingKind::Secret,
            severity: Severity::High,
            confidence: Confidence::Medium,
            message: if description.is_empty() { unnamed() } else { crate::printable(description) },
            span: secret.range(),
            value: Secret::new(String::from_utf8_lossy(value).into_owned()),
            why: vec!["a rule of your own matches".to_owned()],
            cwe: Some("CWE-798".into()),
        })
    }
}

/// Shannon's entropy.
fn bits_per_byte(value: &[u8]) -> f32 {
    let mut counts: HashMap<u8, f32> = HashMap::new();
    for byte in value {
        *counts.entry(*byte).or_default() += 1.0;
    }
    let length: f32 = counts.values().sum();
    // Sorted, so that the sum does not depend on the order of the map.
    let mut shares: Vec<f32> = counts.into_values().map(|count| count / length).collect();
    shares.sort_unstable_by(f32::total_cmp);
    shares.iter().map(|share| -share * share.log2()).sum()
}
