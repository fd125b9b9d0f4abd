//! Text behind so much white space that nobody scrolls there.

use super::Sign;
use crate::injection::Tier;
use crate::injection::rule::rule;
use crate::injection::view::line;
use std::ops::Range;

/// So many blanks move text out of sight.
const WIDE: usize = 120;

/// So many empty lines do.
const TALL: usize = 40;

/// So much of what follows is looked at.
const MOST: usize = 1024;

/// `blank` are places where the text has nothing but white space.
pub(crate) fn detect(text: &str, blank: &[Range<usize>], signs: &mut Vec<Sign>) {
    for place in blank {
        let before = text.as_bytes().get(..place.start).unwrap_or_default();
        let start = place.start - before.iter().rev().take(MOST).take_while(|byte| byte.is_ascii_whitespace()).count();
        let behind = text.as_bytes().get(place.end..).unwrap_or_default();
        let end = place.end + behind.iter().take(MOST).take_while(|byte| byte.is_ascii_whitespace()).count();
        let lines = text.get(start..end).map_or(0, |gap| gap.matches('\n').count());
        let indent = text.get(start..end).and_then(|gap| gap.rsplit('\n').next()).map_or(0, str::len);
        let covered = line(text, end, MOST);
        let Some(covered_text) = text.get(end..covered.end) else { continue };
        let words = covered_text
            .split_whitespace()
            .filter(|word| word.chars().filter(char::is_ascii_alphabetic).count() > 1)
            .count();
        let prose = words >= 4
            && !covered_text.contains('|')
            && covered_text.starts_with(|first: char| !matches!(first, '-' | '+' | '='));
        let (tier, why) = if indent >= WIDE && prose {
            (Tier::Alert, format!("a sentence stands behind {indent} blanks"))
        } else if lines >= TALL && prose {
            (Tier::Note, format!("a sentence stands behind {lines} empty lines"))
        } else {
            continue;
        };
        signs.push(Sign { rule: rule::FAR_RIGHT, tier, span: end..covered.end, shown: None, why });
    }
}
