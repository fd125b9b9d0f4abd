//! Finds secrets in a text. One pass probes the text against a table of what rules ask for; where it answers, a matcher
//! looks at a bounded window; what it takes for a match is weighed.
//!
//! Whether something is found at a place depends only on the bytes within [`REACH`] of it, so that a stream gives the
//! same hits however it is cut.

mod address;
mod boundary;
mod confirm;
mod dummy;
mod entropy;
mod named;
mod overlap;
mod published;
mod words;

use crate::generic::{self, Candidate};
use crate::injection::Tells;
use crate::{Hit, secret};
use confirm::Match;
use named::Named;
pub(crate) use overlap::settle;
use portcullis_event::{FindingKind, RuleId, Secret};
use portcullis_patterns::{Entry, Rule, Table, Word};
pub(crate) use published::is_published;
use std::cell::LazyCell;
use std::ops::Range;

/// So far from a place a hit at that place can depend on the text.
pub const REACH: usize = 16 << 10;

/// What a text is searched with: the rules that the program brings along, a user's, or both.
#[derive(Debug)]
pub struct Engine {
    standard: bool,
    own: Option<Own>,
}

/// A user's rules.
#[derive(Debug)]
struct Own {
    rules: Vec<Rule>,
    /// Each word with the number of the rule that asks for it.
    words: Vec<(Word, usize)>,
    table: Table,
}

/// What is known of a text beside its bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// The name or path of the file that it comes from.
    pub hint: Option<&'a str>,
    /// Whether values that look like secrets and are known to everybody are reported too: in code that an agent wrote
    /// they show what it made up or remembered.
    pub look_alikes: bool,
}

impl Engine {
    /// The rules that the program brings along.
    pub const fn standard() -> Self {
        Self { standard: true, own: None }
    }

    /// The rules that the program brings along, and a user's.
    pub fn with(rules: Vec<Rule>) -> Self {
        Self { standard: true, own: Some(Own::new(rules)) }
    }

    /// A user's rules, and none else.
    pub fn only(rules: Vec<Rule>) -> Self {
        Self { standard: false, own: Some(Own::new(rules)) }
    }

    /// All that is found in a text, sorted by place.
    pub fn find(&self, text: &[u8], context: Context<'_>) -> Vec<Hit> {
        self.find_and_tell(text, context, None)
    }

    /// All that is found in a text, sorted by place; on the way it is noted where something tells of injection.
    pub(crate) fn find_and_tell(&self, text: &[u8], context: Context<'_>, mut tells: Option<&mut Tells>) -> Vec<Hit> {
        let mut hits = Vec::new();
        if self.standard {
            standard(text, context, tells.as_deref_mut(), &mut hits);
        } else if let Some(tells) = tells {
            tell(text, tells);
        }
        if let Some(own) = &self.own {
            own.find(text, &mut hits);
        }
        settle(&mut hits);
        hits
    }
}

/// Notes where something tells of injection, and looks for nothing else.
pub(crate) fn tell(text: &[u8], tells: &mut Tells) {
    secret::TABLE.probe(text, |at, entry| {
        if let Entry::Word { word, offset } = entry
            && let Some(asked) = secret::WORDS.get(usize::from(word)).filter(|asked| !asked.tells().is_empty())
            && let Some(span) = word_at(text, at, offset, asked.text())
        {
            tells.note(text, span, asked.tells());
        }
    });
}

fn standard(text: &[u8], context: Context<'_>, mut tells: Option<&mut Tells>, hits: &mut Vec<Hit>) {
    let (mut matches, mut candidates) = (Vec::new(), Vec::new());
    let place = LazyCell::new(|| generic::Context::of(context.hint));
    secret::TABLE.probe(text, |at, entry| match entry {
        Entry::Rule { rule: number, least, most } => {
            if let Some(rule) = secret::numbered(number) {
                confirm::anchored(rule, text, at, (least, most), &mut matches);
            }
        }
        Entry::Word { word, offset } => {
            let Some(asked) = secret::WORDS.get(usize::from(word)) else { return };
            let Some(span) = word_at(text, at, offset, asked.text()) else { return };
            if let Some(tells) = tells.as_deref_mut() {
                tells.note(text, span.clone(), asked.tells());
            }
            if !asked.rules().is_empty()
                && let Some(named) = Named::read(text, span.clone())
            {
                let rules = asked.rules().iter().filter_map(|number| secret::numbered(*number));
                matches.extend(rules.filter_map(|rule| named.matched(rule)));
            }
            if asked.trigger {
                generic::judge(text, span, &place, &mut candidates);
            }
        }
    });
    hits.extend(matches.into_iter().filter_map(|found| hit(text, found)));
    let wanted = candidates.into_iter().filter(|it: &Candidate| context.look_alikes || it.rule.is_on_by_default());
    hits.extend(wanted.map(Hit::from));
}

/// Where `word` stands, if it does, given that four of its bytes do.
fn word_at(text: &[u8], at: usize, offset: i16, word: &[u8]) -> Option<Range<usize>> {
    let start = at.checked_add_signed(-isize::from(offset))?;
    let span = start..start + word.len();
    text.get(span.clone())?.eq_ignore_ascii_case(word).then_some(span)
}

impl Own {
    fn new(rules: Vec<Rule>) -> Self {
        let asked =
            rules.iter().enumerate().flat_map(|(number, rule)| rule.near.iter().map(move |it| (it.clone(), number)));
        let words: Vec<(Word, usize)> = asked.collect();
        let table = Table::build(rules.iter(), words.iter().map(|(word, _)| word.anchors.as_ref()));
        Self { rules, words, table }
    }

    fn find(&self, text: &[u8], hits: &mut Vec<Hit>) {
        let mut matches = Vec::new();
        self.table.probe(text, |at, entry| match entry {
            Entry::Rule { rule: number, least, most } => {
                if let Some(rule) = self.rules.get(usize::from(number)) {
                    confirm::anchored(rule, text, at, (least, most), &mut matches);
                }
            }
            Entry::Word { word, offset } => {
                let Some((word, number)) = self.words.get(usize::from(word)) else { return };
                let Some(span) = word_at(text, at, offset, word.text.as_bytes()) else { return };
                let rule = self.rules.get(*number);
                matches.extend(rule.and_then(|rule| Named::read(text, span)?.matched(rule)));
            }
        });
        hits.extend(matches.into_iter().filter_map(|found| hit(text, found)));
    }
}

fn hit(text: &[u8], found: Match<'_>) -> Option<Hit> {
    let rule = found.rule;
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
        cwe: Some("CWE-798".into()),
    })
}
