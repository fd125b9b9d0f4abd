//! Letters that show nothing: Hangul fillers, the braille pattern without dots. They pass as a letter of a name in code.

use super::script::{is_braille, is_hangul};
use super::{Odd, Sign, before, behind, groups, span};
use crate::injection::Tier;
use crate::injection::rule::rule;

/// The braille pattern without dots, which is no white space.
pub(crate) const BRAILLE_BLANK: char = '\u{2800}';

/// How far they may lie apart to be one text.
const APART: usize = 16;

/// So many in a row are no accident.
const MANY: usize = 8;

pub(crate) fn detect(text: &str, odd: &[Odd], signs: &mut Vec<Sign>) {
    let fillers: Vec<Odd> = odd.iter().filter(|odd| is_filler(odd.letter) && !at_home(text, odd)).copied().collect();
    for group in groups(&fillers, APART) {
        let in_code = group.iter().any(|odd| stands_in_name(text, odd));
        let (tier, why) = if in_code {
            (Tier::Block, "a letter that shows nothing is part of a name".to_owned())
        } else if group.len() >= MANY && group.first().is_some_and(|odd| odd.letter != BRAILLE_BLANK) {
            (Tier::Alert, format!("{} letters that show nothing", group.len()))
        } else {
            continue;
        };
        signs.push(Sign { rule: rule::FILLER, tier, span: span(group), shown: None, why });
    }
}

fn is_filler(letter: char) -> bool {
    matches!(letter, '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}' | '\u{ffa0}' | BRAILLE_BLANK)
}

/// Whether it stands among letters of its own script.
fn at_home(text: &str, odd: &Odd) -> bool {
    let beside = [before(text, odd.at), behind(text, odd.end())];
    match odd.letter {
        BRAILLE_BLANK => {
            let line = |part: Option<&str>| {
                part.unwrap_or_default().chars().take(240).take_while(|letter| *letter != '\n').any(is_braille)
            };
            let back: String = text
                .get(..odd.at)
                .unwrap_or_default()
                .chars()
                .rev()
                .take(240)
                .take_while(|letter| *letter != '\n')
                .collect();
            line(text.get(odd.at..)) || line(Some(&back))
        }
        '\u{17b4}' | '\u{17b5}' => beside.into_iter().flatten().any(|letter| matches!(letter, '\u{1780}'..='\u{17ff}')),
        _ => beside.into_iter().flatten().any(is_hangul),
    }
}

/// Whether it stands beside a letter of a name, or where a name may stand in code.
fn stands_in_name(text: &str, odd: &Odd) -> bool {
    let (one, next) = (before(text, odd.at), behind(text, odd.end()));
    let of_name = |letter: Option<char>| {
        letter.is_some_and(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '$'))
    };
    let listed = matches!(one, Some(',' | '{' | '[' | '(' | '.')) && matches!(next, Some(',' | '}' | ']' | ')' | '='));
    of_name(one) || of_name(next) || listed
}
