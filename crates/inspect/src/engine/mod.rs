//! Finds secrets in a text. One pass probes each four bytes against a table of what rules ask for; where it answers, an
//! automaton looks at a bounded window; what it takes for a match is weighed.
//!
//! Whether something is found at a place depends only on the bytes within [`REACH`] of it, so that a stream gives the
//! same hits however it is cut.

mod boundary;
mod confirm;
mod dummy;
mod entropy;
mod named;
mod overlap;
mod table;

use crate::{Hit, secret};
use confirm::Match;
use portcullis_event::{FindingKind, RuleId, Secret};
use portcullis_patterns::Rule;
use std::sync::OnceLock;
use table::{Entry, Table};

/// So far from a place a hit at that place can depend on the text.
pub const REACH: usize = 16 << 10;

/// Rules, ready to search with.
#[derive(Debug)]
pub struct Engine {
    standard: &'static [Rule],
    own: Vec<Rule>,
    table: Table,
}

/// What is known of a text beside its bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// The name or path of the file that it comes from.
    pub hint: Option<&'a str>,
}

impl Engine {
    /// The rules that the program brings along.
    pub fn standard() -> &'static Self {
        static STANDARD: OnceLock<Engine> = OnceLock::new();
        STANDARD.get_or_init(|| Self::with(Vec::new()))
    }

    /// The rules that the program brings along, and a user's.
    pub fn with(own: Vec<Rule>) -> Self {
        Self::of(secret::rules(), own)
    }

    /// A user's rules, and none else.
    pub fn only(own: Vec<Rule>) -> Self {
        Self::of(&[], own)
    }

    fn of(standard: &'static [Rule], own: Vec<Rule>) -> Self {
        let table = Table::new(standard.iter().chain(&own));
        Self { standard, own, table }
    }

    fn rule(&self, number: u16) -> Option<&Rule> {
        let number = usize::from(number);
        self.standard.get(number).or_else(|| self.own.get(number.checked_sub(self.standard.len())?))
    }

    /// All that is found in a text, sorted by place.
    pub fn find(&self, text: &[u8], _context: Context<'_>) -> Vec<Hit> {
        let mut matches = Vec::new();
        self.table.probe(text, |at, entry| match entry {
            Entry::Anchor { rule: number, least, most } => {
                if let Some(rule) = self.rule(number) {
                    confirm::anchored(number, rule, text, at, (least, most), &mut matches);
                }
            }
            Entry::Word { word, offset } => self.named(text, at, (word, offset), &mut matches),
            Entry::Trigger { .. } => {}
        });
        let mut hits: Vec<Hit> = matches.into_iter().filter_map(|found| self.hit(text, found)).collect();
        overlap::settle(&mut hits);
        hits
    }

    fn named(&self, text: &[u8], at: usize, (word, offset): (u16, u16), out: &mut Vec<Match>) {
        let Some(word) = self.table.words.get(usize::from(word)) else { return };
        let Some(start) = at.checked_sub(usize::from(offset)) else { return };
        let span = start..start + word.text.len();
        if !text.get(span.clone()).is_some_and(|it| it.eq_ignore_ascii_case(word.text.as_bytes())) {
            return;
        }
        for number in &word.rules {
            if let Some(rule) = self.rule(*number) {
                named::named(*number, rule, text, span.clone(), out);
            }
        }
    }

    fn hit(&self, text: &[u8], found: Match) -> Option<Hit> {
        let rule = self.rule(found.rule)?;
        let value = String::from_utf8_lossy(text.get(found.span.clone())?).into_owned();
        Some(Hit {
            rule: RuleId::parse(rule.id.as_ref()).ok()?,
            kind: FindingKind::Secret,
            severity: rule.severity,
            confidence: found.confidence,
            message: rule.name.to_string(),
            span: found.span,
            value: Secret::new(value),
            why: found.reason.into_iter().collect(),
            cwe: Some("CWE-798"),
        })
    }
}
