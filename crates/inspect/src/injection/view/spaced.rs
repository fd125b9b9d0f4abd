//! Letters with blanks or signs between them: `i g n o r e   a l l`, `i.g.n.o.r.e`.

use super::passage::{Writer, around};
use super::{Undone, View};
use crate::injection::lexicon;
use std::ops::Range;

/// How much text around such letters is read together with them.
const AROUND: usize = 96;

/// So many letters in a row make it worth reading.
const FEWEST: usize = 6;

/// A word without any blank that is longer than this is cut by the words of the rules.
const LONGEST_WORD: usize = 14;

/// Adds a view for each passage with letters that stand alone.
pub(crate) fn undo(view: &View<'_>, blocks: &[Range<usize>], views: &mut Vec<View<'static>>) {
    for passage in around(&view.text, blocks.iter().cloned(), AROUND) {
        let Some(part) = view.text.get(passage.clone()) else { continue };
        let letters: Vec<(usize, char)> =
            part.char_indices().map(|(at, letter)| (passage.start + at, letter)).collect();
        let mut writer = Writer::default();
        let mut at = 0;
        let mut found = false;
        while let Some((place, letter)) = letters.get(at).copied() {
            let run = run(&letters, at);
            if run.len() >= FEWEST {
                found = true;
                draw_together(&mut writer, &letters, &run);
                at = run.last().map_or(at + 1, |last| last + 1);
            } else {
                writer.same(&view.text, place..place + letter.len_utf8());
                at += 1;
            }
        }
        if found {
            views.push(view.then(Undone::Spaced, writer.text, writer.pieces));
        }
    }
}

fn at(letters: &[(usize, char)], index: usize) -> char {
    letters.get(index).map_or('\n', |(_, letter)| *letter)
}

/// The places of characters that stand alone, from `start` on, with the same sign between each two and wider gaps
/// between words.
fn run(letters: &[(usize, char)], start: usize) -> Vec<usize> {
    let alone = start == 0 || !at(letters, start - 1).is_alphanumeric();
    let sign = at(letters, start + 1);
    if !alone
        || !at(letters, start).is_alphabetic()
        || !matches!(sign, ' ' | '.' | '-' | '_' | '*' | '|' | '/' | '+' | '~' | ',' | '\u{b7}')
    {
        return Vec::new();
    }
    let mut run = vec![start];
    let mut here = start;
    loop {
        // One sign between letters; up to three more between words.
        let gap =
            (here + 1..here + 5).take_while(|index| at(letters, *index) == sign || at(letters, *index) == ' ').count();
        let next = here + 1 + gap;
        let character = at(letters, next);
        let fits = gap > 0 && gap < 5 && at(letters, here + 1) == sign;
        let single = !at(letters, next + 1).is_alphanumeric() || !character.is_alphanumeric();
        let wanted = if sign == ' ' { !character.is_whitespace() } else { character.is_alphanumeric() };
        if !fits || !single || !wanted || next >= letters.len() {
            break;
        }
        run.push(next);
        here = next;
    }
    run
}

fn draw_together(writer: &mut Writer, letters: &[(usize, char)], run: &[usize]) {
    let has_words = run.windows(2).any(|pair| matches!(pair, [one, next] if next - one > 2));
    let cuts = if has_words || run.len() <= LONGEST_WORD { Vec::new() } else { cuts(letters, run) };
    let mut before: Option<usize> = None;
    for (number, index) in run.iter().enumerate() {
        let Some((place, letter)) = letters.get(*index).copied() else { continue };
        let end = place + letter.len_utf8();
        let from = before.and_then(|before| letters.get(before)).map_or(place, |(at, letter)| at + letter.len_utf8());
        if before.is_some_and(|before| index - before > 2) || cuts.binary_search(&number).is_ok() {
            writer.instead(' ', from..place);
        }
        writer.instead(letter, from..end);
        before = Some(*index);
    }
}

/// Where words of the rules begin and end, if nothing else tells words apart.
fn cuts(letters: &[(usize, char)], run: &[usize]) -> Vec<usize> {
    let text: Vec<u8> = run.iter().map(|index| u8::try_from(at(letters, *index)).unwrap_or(b'?')).collect();
    let mut cuts = Vec::new();
    let mut here = 0;
    while here < text.len() {
        match lexicon::longest_at(&text, here) {
            Some(length) => {
                cuts.extend([here, here + length]);
                here += length;
            }
            None => here += 1,
        }
    }
    cuts
}
