//! Words that mix Latin letters with letters of other scripts that look the same.
//!
//! Greek letters in formulas and names (`TNFα`, `Δx`), Russian endings behind Latin abbreviations, and whole words of
//! another script are what people write; a Cyrillic `о` in the middle of a Latin word is not.

use super::Sign;
use crate::injection::Tier;
use crate::injection::rule::rule;
use crate::injection::view::{foreign, lookalike};
use std::ops::Range;

/// How far such words may lie apart to count together.
const APART: usize = 160;

/// The longest beginning of an escape before a word: a backslash, `u` and four digits.
const ESCAPE: usize = 6;

/// A word that mixes scripts.
#[derive(Debug)]
struct Mixed {
    span: Range<usize>,
    /// Whether nobody would write it so by accident.
    sure: bool,
}

pub(crate) fn detect(text: &str, signs: &mut Vec<Sign>) {
    let mixed: Vec<Mixed> = foreign::words(text).into_iter().filter_map(|word| judge(text, word)).collect();
    for group in mixed.chunk_by(|one, next| next.span.start <= one.span.end + APART) {
        let sure = group.iter().filter(|word| word.sure).count();
        let tier = match (sure, group.len()) {
            (2.., _) => Tier::Block,
            (1, _) | (_, 3..) => Tier::Alert,
            _ => Tier::Note,
        };
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let span = first.span.start..last.span.end;
        let why = format!("{} words mix scripts with letters that look the same", group.len());
        signs.push(Sign { rule: rule::HOMOGLYPH, tier, shown: text.get(span.clone()).map(latin), span, why });
    }
}

/// The text with look-alikes made Latin.
fn latin(text: &str) -> String {
    text.chars().map(|letter| lookalike(letter).unwrap_or(letter)).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Latin,
    Greek,
    Lookalike,
}

fn kind(letter: char) -> Option<Kind> {
    match letter {
        _ if letter.is_ascii() => Some(Kind::Latin),
        '\u{370}'..='\u{3ff}' => lookalike(letter).map(|_| Kind::Greek),
        _ if lookalike(letter).is_some() => Some(Kind::Lookalike),
        // Latin letters with accents.
        '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Some(Kind::Latin),
        _ => None,
    }
}

/// The word without what belongs to an escape before it: `\u200Dσ` has no `D`.
fn behind_escape(text: &str, span: Range<usize>) -> Range<usize> {
    let before = text.get(..span.start).unwrap_or_default();
    let near = before.get(before.ceil_char_boundary(before.len().saturating_sub(ESCAPE))..).unwrap_or_default();
    let Some(at) = near.rfind("\\u") else { return span };
    let digits = near.get(at + 2..).unwrap_or_default();
    let word = text.get(span.clone()).unwrap_or_default();
    let missing = 4_usize.saturating_sub(digits.len());
    let belongs = word.bytes().take(missing).take_while(u8::is_ascii_hexdigit).count();
    if digits.bytes().all(|digit| digit.is_ascii_hexdigit()) && belongs == missing {
        span.start + missing..span.end
    } else {
        span
    }
}

/// Whether a letter stands four times in a row, as in no word: so do the words that programs for addresses are tested with.
fn repeats(word: &str) -> bool {
    let mut runs = word.chars().scan((None, 0), |(last, run), letter| {
        *run = if *last == Some(letter) { *run + 1 } else { 1 };
        *last = Some(letter);
        Some(*run)
    });
    runs.any(|run| run == 4)
}

/// The word, if it mixes Latin letters with look-alikes and nothing else.
fn judge(text: &str, span: Range<usize>) -> Option<Mixed> {
    let span = behind_escape(text, span);
    let letters = text.get(span.clone())?.chars().filter(|letter| letter.is_alphabetic());
    let kinds: Option<Vec<Kind>> = letters.map(kind).collect();
    let kinds = kinds?;
    let latin = kinds.iter().filter(|kind| **kind == Kind::Latin).count();
    if latin == 0 || latin == kinds.len() || kinds.len() < 3 {
        return None;
    }
    let repeats = repeats(text.get(span.clone())?);
    let changes = kinds.windows(2).filter(|pair| matches!(pair, [one, next] if one != next)).count();
    if kinds.contains(&Kind::Greek) {
        // Formulas put Greek letters before or behind, not into words.
        let inside = kinds.get(1..kinds.len() - 1).is_some_and(|inside| inside.contains(&Kind::Greek));
        // Nobody takes letters with accents for others: they show that somebody tries how a program takes them.
        let accents =
            text.get(span.clone())?.chars().any(|letter| !letter.is_ascii() && kind(letter) == Some(Kind::Latin));
        return (inside && changes >= 2 && kinds.len() >= 4 && latin >= 2)
            .then_some(Mixed { span, sure: !accents && !repeats });
    }
    // Tables of characters put letters with accents beside others; a word that can be read has plain ones.
    let plain = text.get(span.clone())?.chars().filter(char::is_ascii_alphabetic).count();
    if plain == 0 || repeats {
        return Some(Mixed { span, sure: false });
    }
    let ending = changes == 1 && kinds.first() == Some(&Kind::Latin);
    let abbreviation = text.get(span.clone()).is_some_and(|word| {
        word.starts_with(|first: char| first.is_ascii_uppercase())
            && word.chars().filter(char::is_ascii_uppercase).count() >= 2
    });
    if ending && abbreviation {
        return None;
    }
    Some(Mixed { span, sure: !ending && (changes >= 2 || latin >= 3) })
}
