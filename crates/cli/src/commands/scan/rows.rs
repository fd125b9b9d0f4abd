//! From what a scan found to the rows of a report.

use super::verification::Verdicts;
use portcullis_event::{Confidence, FindingKind};
use portcullis_inspect::purpose::Purpose;
use portcullis_inspect::secret;
use portcullis_report::{Aside, Findings, Location, Row, Skipped, Suppression, Totals};
use portcullis_review::suppress::{By, Suppressed};
use portcullis_review::{Found, Origin, Place, Report, Whence};
use std::path::{Path, PathBuf};

/// How many digits of a fingerprint name a finding in front of a person.
const SHORT: usize = 12;

/// The report, with paths as they look from `cwd`. Of what lies under `roots` it is said what is told in sum only; without
/// them everything is told.
pub(crate) fn findings(report: &Report, cwd: &Path, roots: Option<&[PathBuf]>, verdicts: &Verdicts) -> Findings {
    let skipped =
        report.not_looked_into.iter().map(|it| Skipped { path: it.origin.to_string(), why: it.why.to_string() });
    let statistics = report.statistics;
    Findings {
        findings: report
            .findings
            .iter()
            .map(|it| Row { aside: aside(it, roots, verdicts), ..row(it, cwd, verdicts) })
            .collect(),
        suppressed: report.suppressed.iter().map(|it| row(it, cwd, verdicts)).collect(),
        skipped: skipped.collect(),
        totals: Totals { items: statistics.items, bytes: statistics.bytes, known_clean: statistics.known_clean },
    }
}

fn row(found: &Found, cwd: &Path, verdicts: &Verdicts) -> Row {
    let fingerprint = found.fingerprint.to_string();
    let mut places = found.places.iter().map(|place| location(place, cwd));
    let said_in = found.first().and_then(|place| said_in(&place.origin));
    let rule = secret::rule(found.hit.rule.as_str());
    let mut why = found.hit.why.clone();
    why.extend(said_in);
    why.extend(rule.and_then(|rule| rule.why.as_ref()).map(ToString::to_string));
    Row {
        id: fingerprint.chars().take(SHORT).collect(),
        rule: found.hit.rule.to_string(),
        kind: found.hit.kind,
        severity: found.hit.severity,
        confidence: found.hit.confidence,
        location: places.next().unwrap_or_default(),
        excerpt: found.first().and_then(|place| place.excerpt.text()).map(str::to_owned),
        message: found.hit.message.clone(),
        why,
        fix: rule.and_then(|rule| rule.fix.as_ref()).map(ToString::to_string).or_else(|| fix(found)),
        cwe: found.hit.cwe.as_deref().map(str::to_owned),
        fingerprint,
        introduced: found.introduced(),
        also: places.collect(),
        more: found.more_places,
        aside: None,
        suppressed: found.suppressed.as_ref().map(suppression),
        verified: verdicts.get(&found.fingerprint).map(ToString::to_string),
    }
}

/// Why a person is told of a finding in sum only. What its issuer knows is told, wherever it lies.
fn aside(found: &Found, roots: Option<&[PathBuf]>, verdicts: &Verdicts) -> Option<Aside> {
    let roots =
        roots.filter(|_| found.hit.kind == FindingKind::Secret && !verdicts.contains_key(&found.fingerprint))?;
    match found.purpose(roots) {
        Some(Purpose::Test) => Some(Aside::Test),
        Some(Purpose::Example) => Some(Aside::Example),
        None => (found.hit.confidence == Confidence::Low).then_some(Aside::LowConfidence),
    }
}

fn suppression(it: &Suppressed) -> Suppression {
    let by = match &it.by {
        By::Comment(words) => format!("the comment `{words}`"),
        By::Suppression { file, line, owner: Some(owner) } => format!("{}:{line}, {owner}", file.display()),
        By::Suppression { file, line, owner: None } => format!("{}:{line}", file.display()),
        By::Baseline { file } => format!("the baseline {}", file.display()),
        By::Foreign { file } => file.clone(),
    };
    Suppression { by, reason: it.reason.clone().unwrap_or_default() }
}

/// In which turn of a session something was said.
fn said_in(origin: &Origin) -> Option<String> {
    let Origin::Turn { agent, session, turn, role, .. } = origin else { return None };
    let [session, role] = [session, role].map(portcullis_review::printable);
    let by = if role.is_empty() { String::new() } else { format!(", said by {role}") };
    Some(format!("it is in turn {turn} of the {agent} session {session}{by}"))
}

pub(super) fn location(place: &Place, cwd: &Path) -> Location {
    let path = match place.origin.path() {
        Some(path) => portcullis_review::printable(path.strip_prefix(cwd).unwrap_or(&path)),
        None => place.origin.to_string(),
    };
    let commit = match &place.origin {
        Origin::Object { whence: Whence::Commit(introduced), .. } => Some(introduced.commit.to_string()),
        Origin::Object { .. }
        | Origin::File { .. }
        | Origin::Staged { .. }
        | Origin::Turn { .. }
        | Origin::Variable { .. }
        | Origin::Stdin { .. } => None,
    };
    Location { commit, ..Location::new(Some(path), place.span) }
}

/// What to do about a finding whose rule says nothing of its own.
fn fix(found: &Found) -> Option<String> {
    let text = match found.hit.kind {
        FindingKind::Secret => "Revoke it, then take it out: whoever can read this has it already.",
        FindingKind::PersonalData => "Take it out, or put a made-up value in its place.",
        FindingKind::Marker => "Take it out, or keep the file where only those read it who may.",
        FindingKind::Injection => "Read it before an agent does.",
        FindingKind::Code | FindingKind::Dependency | FindingKind::AgentConfig | FindingKind::Change => return None,
    };
    Some(text.to_owned())
}
