//! Characters without width: runs that carry a message, and words that are split so that no search finds them.
//!
//! Emoji, Persian, Arabic, the scripts of India and South-East Asia need some of them; soft hyphens and marks of direction
//! have their uses; a file may begin with one.

use super::script::{is_east_asian, is_emoji, joins};
use super::{Odd, Sign, before, behind, groups, span};
use crate::injection::Tier;
use crate::injection::rule::rule;

/// How far they may lie apart to be one text.
const APART: usize = 12;

/// How many in a row carry a message for sure, and how many do nothing that one would not do.
const MESSAGE: usize = 8;
const STRANGE: usize = 3;

pub(crate) fn detect(text: &str, odd: &[Odd], signs: &mut Vec<Sign>) {
    let invisible: Vec<Odd> = odd.iter().filter(|odd| is_zero_width(odd.letter)).copied().collect();
    for group in groups(&invisible, APART) {
        let longest = groups(group, 0).map(<[Odd]>::len).max().unwrap_or(0);
        let splits = group.iter().filter(|odd| splits_word(text, odd)).count();
        let (tier, why) = if longest >= MESSAGE {
            (Tier::Block, format!("{longest} characters without width in a row"))
        } else if splits >= STRANGE {
            (Tier::Block, format!("words are split by {splits} characters without width"))
        } else if longest >= STRANGE {
            (Tier::Alert, format!("{longest} characters without width in a row"))
        } else if splits > 0 {
            (Tier::Note, "a word is split by a character without width".to_owned())
        } else {
            continue;
        };
        signs.push(Sign { rule: rule::ZERO_WIDTH, tier, span: span(group), shown: read(group), why });
    }
}

fn is_zero_width(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}'
        | '\u{206a}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}')
}

/// Whether it stands inside a word where no script and no hyphenation would put it.
fn splits_word(text: &str, odd: &Odd) -> bool {
    let (Some(one), Some(next)) = (before(text, odd.at), behind(text, odd.end())) else { return false };
    let allowed = [one, next].into_iter().any(|letter| joins(letter) || is_emoji(letter) || is_east_asian(letter));
    if allowed || !one.is_alphanumeric() && !next.is_alphanumeric() {
        return false;
    }
    // A word may be broken after two letters or more.
    let lone = |letter: Option<char>| !letter.is_some_and(char::is_alphabetic);
    let broken = lone(before(text, odd.at - one.len_utf8())) || lone(behind(text, odd.end() + next.len_utf8()));
    match odd.letter {
        '\u{ad}' => broken && one.is_alphabetic() && next.is_alphabetic(),
        // Marks of direction and breaks may stand at the border of a word.
        _ => {
            one.is_ascii_alphanumeric() && next.is_ascii_alphanumeric()
                || broken && one != ' ' && next != ' ' && one.is_alphanumeric() && next.is_alphanumeric()
        }
    }
}

/// The text that the characters carry as bits.
fn read(group: &[Odd]) -> Option<String> {
    let run = groups(group, 0).max_by_key(|run| run.len()).filter(|run| run.len() >= 2 * MESSAGE)?;
    let letters: Vec<char> = run.iter().map(|odd| odd.letter).collect();
    let mut kinds: Vec<(char, usize)> = Vec::new();
    for letter in &letters {
        match kinds.iter_mut().find(|(kind, _)| kind == letter) {
            Some((_, count)) => *count += 1,
            None => kinds.push((*letter, 1)),
        }
    }
    // What stands there once or twice marks the ends.
    kinds.retain(|(_, count)| *count > 2);
    let kinds: Vec<char> = kinds.into_iter().map(|(kind, _)| kind).collect();
    let places = |order: &[char]| {
        letters.iter().filter_map(|letter| order.iter().position(|kind| kind == letter)).collect::<Vec<_>>()
    };
    match kinds.as_slice() {
        [one, other] => [[*one, *other], [*other, *one]].iter().find_map(|order| bits(&places(order), 1)),
        [_, _, _] | [_, _, _, _] => orders(&kinds).iter().find_map(|order| bits(&places(order), 2)),
        _ => None,
    }
}

/// Every order of up to four characters.
fn orders(kinds: &[char]) -> Vec<Vec<char>> {
    if kinds.is_empty() {
        return vec![Vec::new()];
    }
    let without = |kind: &char| kinds.iter().filter(|other| *other != kind).copied().collect::<Vec<_>>();
    let behind = |kind: &char| {
        orders(&without(kind))
            .into_iter()
            .map(|mut rest| {
                rest.insert(0, *kind);
                rest
            })
            .collect::<Vec<_>>()
    };
    kinds.iter().flat_map(behind).collect()
}

/// The values as bits of text, in bytes of eight or seven bits, the highest or the lowest first.
fn bits(values: &[usize], width: usize) -> Option<String> {
    [8, 7].into_iter().find_map(|size| {
        let size = size / width;
        let byte = |values: &[usize], low_first: bool| {
            let join = |byte: usize, value: &usize| byte << width | value;
            let byte = if low_first { values.iter().rev().fold(0, join) } else { values.iter().fold(0, join) };
            u8::try_from(byte).ok()
        };
        [false, true].into_iter().find_map(|low_first| {
            let bytes: Option<Vec<u8>> = values.chunks_exact(size).map(|values| byte(values, low_first)).collect();
            let text = String::from_utf8(bytes?).ok()?;
            let good = text.chars().filter(|letter| letter.is_alphanumeric() || *letter == ' ').count();
            (good >= 2 && good * 10 >= text.chars().count() * 6 && !text.contains('\0')).then_some(text)
        })
    })
}
