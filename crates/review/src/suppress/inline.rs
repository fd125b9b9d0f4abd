//! Comments beside a finding that allow it: ours, and those that other scanners read.
//!
//! A comment speaks for its own line. If it stands alone on a line, it speaks for the next one.

use super::{By, Suppressed};
use portcullis_event::RuleId;

/// Ours: `portcullis:allow RULE REASON…`, where RULE is the id of a rule or `any`. Without a rule it allows nothing.
const OURS: &str = "portcullis:allow";

/// Those of other scanners, which speak for every rule.
const THEIRS: [&str; 9] = [
    "gitleaks:allow",
    "betterleaks:allow",
    "pragma: allowlist secret",
    "pragma: whitelist secret",
    "pragma:allowlist secret",
    "trufflehog:ignore",
    "kingfisher:ignore",
    "noseyparker:ignore",
    "ggignore",
];

/// Those of other scanners that only speak for the next line.
const NEXT_LINE: [&str; 2] = ["pragma: allowlist nextline secret", "pragma:allowlist nextline secret"];

/// Longest line in which a comment is looked for on both ends; what is in the middle of a longer one is data.
const LONGEST: usize = 4096;

/// Whether a comment on `line`, or on the line before it, allows what `rule` found there.
pub(crate) fn allowed(rule: &RuleId, line: &[u8], previous: &[u8]) -> Option<Suppressed> {
    let (line, previous) = (ends(line), ends(previous));
    ours(rule, &line).or_else(|| theirs(&line)).or_else(|| {
        let alone = |mark: &str| stands_alone(&previous, mark);
        if alone(OURS) {
            return ours(rule, &previous);
        }
        THEIRS.iter().chain(&NEXT_LINE).find(|mark| alone(mark)).map(|mark| comment(mark, None))
    })
}

fn theirs(line: &str) -> Option<Suppressed> {
    let line = line.to_ascii_lowercase();
    THEIRS.iter().find(|mark| line.contains(*mark)).map(|mark| comment(mark, None))
}

fn ours(rule: &RuleId, line: &str) -> Option<Suppressed> {
    let (_, rest) = line.split_once(OURS)?;
    let rest = rest.trim_start_matches([' ', '\t']);
    let (named, reason) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    if named != rule.as_str() && named != "any" {
        return None;
    }
    let reason = reason.trim().trim_end_matches("*/").trim_end_matches("-->").trim();
    Some(comment(OURS, (!reason.is_empty()).then(|| reason.to_owned())))
}

fn comment(mark: &'static str, reason: Option<String>) -> Suppressed {
    Suppressed { by: By::Comment(mark), reason }
}

/// Whether nothing but the signs that start a comment stands before the mark. The end of another line says nothing about
/// the next.
fn stands_alone(line: &str, mark: &str) -> bool {
    let line = line.to_ascii_lowercase();
    line.split_once(mark).is_some_and(|(before, _)| !before.contains(|character: char| character.is_alphanumeric()))
}

/// The line as text; of a very long one only both ends.
fn ends(line: &[u8]) -> String {
    let head = line.get(..LONGEST).unwrap_or(line);
    let tail = line.get(line.len().saturating_sub(LONGEST).max(head.len())..).unwrap_or_default();
    format!("{}{}", String::from_utf8_lossy(head), String::from_utf8_lossy(tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(line: &str, previous: &str) -> Option<(By, Option<String>)> {
        let rule = RuleId::parse("made-up-token").unwrap();
        allowed(&rule, line.as_bytes(), previous.as_bytes()).map(|suppressed| (suppressed.by, suppressed.reason))
    }

    #[test]
    fn a_comment_on_the_line_allows_what_it_names() {
        let ours = |reason: Option<&str>| Some((By::Comment(OURS), reason.map(str::to_owned)));
        assert_eq!(
            by("x = 1 # portcullis:allow made-up-token sample of the docs", ""),
            ours(Some("sample of the docs"))
        );
        assert_eq!(by("x = 1 // portcullis:allow any", ""), ours(None));
        assert_eq!(by("<a/> <!-- portcullis:allow any old -->", ""), ours(Some("old")));
        assert_eq!(by("x = 1 # portcullis:allow other-rule it is old", ""), None);
        assert_eq!(by("x = 1 # portcullis:allow", ""), None);
        assert_eq!(by("x = 1 # GitLeaks:allow", ""), Some((By::Comment("gitleaks:allow"), None)));
        assert_eq!(by("x = 1", ""), None);
    }

    #[test]
    fn a_comment_that_stands_alone_speaks_for_the_next_line() {
        assert_eq!(by("x = 1", "  # gitleaks:allow"), Some((By::Comment("gitleaks:allow"), None)));
        assert_eq!(by("x = 1", "/* portcullis:allow made-up-token dummy */").unwrap().1.as_deref(), Some("dummy"));
        assert_eq!(by("x = 1", "# pragma: allowlist nextline secret").unwrap().0, By::Comment(NEXT_LINE[0]));
    }

    #[test]
    fn the_end_of_another_line_says_nothing_about_this_one() {
        assert_eq!(by("x = 1", "y = 2 # gitleaks:allow"), None);
        assert_eq!(by("x = 1", "y = 2 # portcullis:allow any z"), None);
        assert_eq!(by("x = 1 # pragma: allowlist nextline secret", ""), None);
    }

    #[test]
    fn the_middle_of_a_line_that_is_far_too_long_is_data() {
        let filler = "x".repeat(3 * LONGEST);
        assert_eq!(by(&format!("{filler} gitleaks:allow {filler}"), ""), None);
        assert!(by(&format!("{filler} # gitleaks:allow"), "").is_some());
    }
}
