//! What a scan found, and where.

use crate::prose::{ProseRule, Said};
use crate::rule::Rule;
use portcullis_event::{Confidence, FindingKind, RuleId, Secret, Severity};
use portcullis_inspect::Hit;
use std::ops::Range;

/// Something that was found in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The file, by its name in the tree.
    pub path: String,
    /// What was found, and where in the file.
    pub hit: Hit,
    /// What to do about it.
    pub fix: String,
    /// Which class of attack it belongs to.
    pub class: String,
}

impl Found {
    /// What a rule that is code found. `value` is what makes two findings the same.
    pub fn of(rule: &Rule, path: &str, span: Range<usize>, value: &str, message: String) -> Option<Self> {
        Some(Self {
            path: path.to_owned(),
            fix: rule.fix.to_owned(),
            class: rule.class.to_owned(),
            hit: Hit {
                rule: RuleId::parse(rule.id).ok()?,
                kind: FindingKind::AgentConfig,
                severity: rule.severity,
                confidence: rule.confidence,
                message,
                span,
                value: Secret::new(value.to_owned()),
                why: vec![rule.why.to_owned()],
                cwe: Some(rule.cwe.into()),
            },
        })
    }
}

/// Collects what is found.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) list: Vec<Found>,
}

/// More findings of one rule in one file tell nobody more.
const MOST: usize = 20;

impl Findings {
    /// Adds what a rule that is code found. `value` is what makes two findings the same.
    pub(crate) fn add(&mut self, rule: &Rule, path: &str, span: Range<usize>, value: &str, message: String) {
        self.add_as(rule, rule.severity, rule.confidence, path, span, value, message);
    }

    /// The same, as bad and as sure as it is in this case.
    #[expect(clippy::too_many_arguments, reason = "they are what a finding is made of")]
    pub(crate) fn add_as(
        &mut self,
        rule: &Rule,
        severity: Severity,
        confidence: Confidence,
        path: &str,
        span: Range<usize>,
        value: &str,
        message: String,
    ) {
        if let Some(mut found) = Found::of(rule, path, span, value, message) {
            (found.hit.severity, found.hit.confidence) = (severity, confidence);
            self.push(found);
        }
    }

    /// Adds what the book of rules found in a text.
    pub(crate) fn add_said(&mut self, said: &Said<'_>, path: &str, span: Range<usize>, value: &str, place: &str) {
        let ProseRule { id, title, severity, why, fix, class, .. } = said.rule;
        let Ok(id) = RuleId::parse(id) else { return };
        self.push(Found {
            path: path.to_owned(),
            fix: fix.clone(),
            class: class.clone(),
            hit: Hit {
                rule: id,
                kind: FindingKind::AgentConfig,
                severity: *severity,
                confidence: said.confidence,
                message: format!("{place} {title}."),
                span,
                value: Secret::new(value.to_owned()),
                why: vec![why.clone()],
                cwe: said.rule.cwe.map(Into::into),
            },
        });
    }

    fn push(&mut self, new: Found) {
        // Files are looked into one after the other.
        let here = self.list.iter().rev().take_while(|old| old.path == new.path);
        let alike = here.filter(|old| old.hit.rule == new.hit.rule);
        if alike.clone().count() < MOST && !alike.clone().any(|old| old.hit.span == new.hit.span) {
            self.list.push(new);
        }
    }
}
