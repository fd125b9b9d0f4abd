//! Counts what was found of a labelled set, and what was found that is none.

use super::set::{Labelled, Set, Truth};
use crate::figures::number;
use std::collections::BTreeSet;

/// How sure a scanner is of a finding. Who does not say is as sure as can be of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tier {
    Low,
    Medium,
    High,
}

/// What a scanner reported.
#[derive(Debug, Clone)]
pub(super) struct Finding {
    /// The path under the scanned folder.
    pub(super) path: String,
    pub(super) line: u64,
    pub(super) place: Place,
    pub(super) tier: Tier,
    pub(super) rule: String,
    /// Whether a person is told of it by itself.
    pub(super) told: bool,
}

/// How exactly a finding says where on its line it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// It names the line only.
    Line,
    /// It quotes the value.
    Value(String),
    /// It names the columns, from 1, the end exclusive.
    Columns(u64, u64),
}

/// Right, wrong and missed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Count {
    /// Credentials that were found.
    pub(super) found: u64,
    /// Credentials that there are.
    pub(super) all: u64,
    /// Findings that are no credential.
    pub(super) wrong: u64,
}

impl Count {
    pub(super) fn precision(self) -> f64 {
        number(self.found) / number(self.found + self.wrong)
    }

    pub(super) fn recall(self) -> f64 {
        number(self.found) / number(self.all)
    }

    pub(super) fn f1(self) -> f64 {
        2.0 * number(self.found) / number(self.all + self.found + self.wrong)
    }
}

/// Whether a finding stands on a credential: on one of its lines, and over some of it if the finding says where.
pub(super) fn hits(finding: &Finding, truth: &Truth) -> bool {
    let (first, last) = truth.lines;
    if !(first..=last).contains(&finding.line) {
        return false;
    }
    match &finding.place {
        _ if first != last => true,
        Place::Line => true,
        Place::Value(value) => {
            let value = value.trim();
            !value.is_empty() && (truth.value.contains(value) || value.contains(&truth.value))
        }
        Place::Columns(start, end) => *start < truth.columns.1 && truth.columns.0 < *end,
    }
}

/// Counts the findings of a tier and above, in the files that `chosen` picks.
pub(super) fn count(set: &Set, findings: &[Finding], least: Tier, chosen: impl Fn(&Labelled) -> bool) -> Count {
    let mut count = Count::default();
    let mut wrong = BTreeSet::new();
    for (path, file) in set.iter().filter(|(_, file)| chosen(file)) {
        let here: Vec<&Finding> = findings.iter().filter(|it| it.path == *path && it.tier >= least).collect();
        for truth in &file.truths {
            count.all += 1;
            count.found += u64::from(here.iter().any(|it| hits(it, truth)));
        }
        for finding in here {
            if !file.truths.iter().any(|truth| hits(finding, truth)) {
                wrong.insert((path, finding.line, &finding.place));
            }
        }
    }
    count.wrong = u64::try_from(wrong.len()).unwrap_or(u64::MAX);
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set() -> Set {
        let truth = Truth { lines: (2, 2), columns: (5, 8), value: "abc".to_owned() };
        let file = Labelled { part: "test", group: "a".to_owned(), truths: vec![truth] };
        Set::from([("x".to_owned(), file)])
    }

    fn finding(line: u64, place: Place, tier: Tier) -> Finding {
        Finding { path: "x".to_owned(), line, place, tier, rule: String::new(), told: true }
    }

    #[test]
    fn a_finding_counts_on_the_right_line_and_value_only() {
        for (line, place, expected) in [
            (2, Place::Line, 1),
            (1, Place::Line, 0),
            (2, Place::Value("key=abc".to_owned()), 1),
            (2, Place::Value("other".to_owned()), 0),
            (2, Place::Value(String::new()), 0),
            (2, Place::Columns(7, 9), 1),
            (2, Place::Columns(8, 9), 0),
        ] {
            let count = count(&set(), &[finding(line, place.clone(), Tier::High)], Tier::Low, |_| true);
            assert_eq!((count.found, count.wrong), (expected, 1 - expected), "{line} {place:?}");
        }
    }

    #[test]
    fn tiers_and_doubles_are_counted_once() {
        let twice = vec![finding(2, Place::Line, Tier::Low), finding(2, Place::Columns(5, 8), Tier::High)];
        assert_eq!(count(&set(), &twice, Tier::High, |_| true), Count { found: 1, all: 1, wrong: 0 });
        let wrong = vec![finding(3, Place::Line, Tier::Low), finding(3, Place::Line, Tier::Low)];
        assert_eq!(count(&set(), &wrong, Tier::Low, |_| true), Count { found: 0, all: 1, wrong: 1 });
        assert_eq!(count(&set(), &wrong, Tier::Medium, |_| true).wrong, 0);
    }
}
