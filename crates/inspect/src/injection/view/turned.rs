//! Rot13, and text written backwards. Common words betray both: `gur` is "the", and so is `eht`.

use super::passage::{Writer, line};
use super::{Undone, View};
use crate::injection::lexicon::Token;
use crate::injection::rule::class;
use std::ops::Range;

/// So much of a line is read around such a word.
const AROUND: usize = 600;

/// So many different words make it worth reading.
const FEWEST: usize = 2;

/// Adds a view for each line with common words that are turned.
pub(crate) fn undo(view: &View<'_>, words: &[Token], views: &mut Vec<View<'static>>) {
    let text = view.text.as_ref();
    for (class, undone) in [(class::ROT13, Undone::Rot13), (class::REVERSED, Undone::Reversed)] {
        let found: Vec<Token> = words.iter().copied().filter(|token| token.classes.holds(class)).collect();
        let mut done = 0;
        for (number, token) in found.iter().enumerate().filter(|_| found.len() >= FEWEST) {
            if token.start < done {
                continue;
            }
            let line = line(text, token.start, AROUND);
            let inside = found.iter().skip(number).take_while(|token| token.start < line.end);
            let mut different: Vec<&str> = inside.filter_map(|token| text.get(token.start..token.end)).collect();
            different.sort_unstable();
            different.dedup();
            if different.len() >= FEWEST {
                done = line.end;
                views.push(turn(view, line, undone));
            }
        }
    }
}

fn turn(view: &View<'_>, line: Range<usize>, undone: Undone) -> View<'static> {
    let part = view.text.get(line.clone()).unwrap_or_default();
    if undone == Undone::Reversed {
        return view.then_whole(undone, part.chars().rev().collect(), line);
    }
    let mut writer = Writer::default();
    for (at, letter) in part.char_indices() {
        let raw = line.start + at..line.start + at + letter.len_utf8();
        writer.instead(rot13(letter), raw);
    }
    view.then(undone, writer.text, writer.pieces)
}

fn rot13(letter: char) -> char {
    match letter {
        'a'..='m' | 'A'..='M' => char::from_u32(u32::from(letter) + 13).unwrap_or(letter),
        'n'..='z' | 'N'..='Z' => char::from_u32(u32::from(letter) - 13).unwrap_or(letter),
        _ => letter,
    }
}
