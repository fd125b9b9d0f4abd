//! Marks that change the direction of text: overrides that show it in another order than it has, and isolates that are
//! never closed, so that code is not what it looks like.
//!
//! Text from right to left needs isolates and embeddings; programs put them around names. Those are closed on the same
//! line. Overrides have no such use.

use super::script::is_right_to_left;
use super::{Odd, Sign, behind, span};
use crate::injection::Tier;
use crate::injection::rule::rule;

/// So much of a line is looked at.
const MOST: usize = 2048;

pub(crate) fn detect(text: &str, odd: &[Odd], signs: &mut Vec<Sign>) {
    let marks: Vec<Odd> = odd.iter().filter(|odd| opens(odd.letter) || closes(odd.letter)).copied().collect();
    let same_line = |one: &Odd, next: &Odd| {
        next.at - one.at < MOST && text.get(one.end()..next.at).is_some_and(|between| !between.contains('\n'))
    };
    for line in marks.chunk_by(same_line) {
        signs.extend(judge(text, line));
    }
}

fn opens(letter: char) -> bool {
    matches!(letter, '\u{202a}' | '\u{202b}' | '\u{202d}' | '\u{202e}' | '\u{2066}'..='\u{2068}')
}

fn closes(letter: char) -> bool {
    matches!(letter, '\u{202c}' | '\u{2069}')
}

fn judge(text: &str, line: &[Odd]) -> Option<Sign> {
    let end = text.get(span(line).end..)?.split('\n').next().map_or(0, |rest| rest.len().min(MOST));
    let end = text.ceil_char_boundary(span(line).end + end);
    if let Some(first) = line.iter().find(|odd| matches!(odd.letter, '\u{202d}' | '\u{202e}')) {
        let close = line.iter().find(|odd| odd.at > first.at && closes(odd.letter)).map_or(end, |odd| odd.end());
        let covered = text.get(first.end()..close)?;
        let latin = covered.chars().filter(char::is_ascii_alphanumeric).count();
        let tier = if latin >= 3 { Tier::Block } else { Tier::Note };
        let backwards = first.letter == '\u{202e}';
        let shown = backwards.then(|| covered.chars().rev().filter(|letter| !closes(*letter)).collect());
        let why = "an override of the direction of writing".to_owned();
        return Some(Sign { rule: rule::BIDI, tier, span: first.at..close, shown, why });
    }
    let depth = line.iter().fold(0i32, |depth, odd| if opens(odd.letter) { depth + 1 } else { depth - 1 });
    let covered = text.get(span(line).start..end)?;
    let has_rtl = covered.chars().any(is_right_to_left);
    let to_right_to_left = line.iter().any(|odd| matches!(odd.letter, '\u{202b}' | '\u{2067}'));
    let why = if depth > 0 && !has_rtl {
        "a change of the direction of writing that is never closed"
    } else if to_right_to_left && !has_rtl && covers_letters(text, line) {
        "Latin text is made to run from right to left"
    } else {
        return None;
    };
    Some(Sign { rule: rule::BIDI, tier: Tier::Block, span: span(line), shown: None, why: why.to_owned() })
}

/// Whether letters stand directly behind one of the marks.
fn covers_letters(text: &str, line: &[Odd]) -> bool {
    line.iter()
        .filter(|odd| opens(odd.letter))
        .any(|odd| behind(text, odd.end()).is_some_and(|next| !opens(next) && !closes(next)))
}
