//! Unicode tag characters: a copy of ASCII that no screen shows. Their one use today is in three flags.

use super::{Odd, Sign, before, groups, span};
use crate::injection::Tier;
use crate::injection::rule::rule;

/// The flags of England, Scotland and Wales, which are the ones in use.
const FLAGS: [&str; 3] = ["gbeng", "gbsct", "gbwls"];

/// The flag that tags may follow.
const BLACK_FLAG: char = '\u{1f3f4}';

/// How far tags may lie apart to be one text.
const APART: usize = 64;

/// Fewer that stand for no letter carry nothing, not even as bits.
const FEW: usize = 8;

pub(crate) fn detect(text: &str, odd: &[Odd], signs: &mut Vec<Sign>) {
    let tags: Vec<Odd> = odd.iter().filter(|odd| matches!(odd.letter, '\u{e0000}'..='\u{e007f}')).copied().collect();
    let hidden: Vec<Odd> = groups(&tags, 0).filter(|run| !is_flag(text, run)).flatten().copied().collect();
    for group in groups(&hidden, APART) {
        let shown = read(group);
        // Data about characters has single ones that stand for no letter.
        let tier = if shown.is_empty() && hidden.len() < FEW { Tier::Note } else { Tier::Block };
        signs.push(Sign {
            rule: rule::TAG_CHARACTERS,
            tier,
            span: span(group),
            shown: (!shown.is_empty()).then_some(shown),
            why: format!("{} tag characters that belong to no flag", group.len()),
        });
    }
}

/// What the tags say.
fn read(tags: &[Odd]) -> String {
    let ascii = tags.iter().filter_map(|odd| char::from_u32(u32::from(odd.letter).checked_sub(0xe_0000)?));
    ascii.filter(|letter| !letter.is_control()).collect()
}

/// Whether a run of tags is one of the flags, as it must be written: the black flag, the name, the end.
fn is_flag(text: &str, run: &[Odd]) -> bool {
    let Some((last, name)) = run.split_last() else { return false };
    let behind_flag = name.first().is_some_and(|first| before(text, first.at) == Some(BLACK_FLAG));
    behind_flag && last.letter == '\u{e007f}' && FLAGS.contains(&read(name).as_str())
}
