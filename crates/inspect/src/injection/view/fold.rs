//! The first view: letters in their simplest form, invisible characters left out, look-alike letters made Latin where a
//! word mixes scripts.

use super::letter::simplest;
use super::passage::Writer;
use super::{View, foreign, is_invisible, lookalike};
use std::ops::Range;

/// How far a word of look-alikes must be from a plain word of their script to be taken for Latin.
const ALONE: usize = 48;

/// The text in its simplest form. Text in ASCII is its own simplest form.
pub(crate) fn fold(text: &str) -> View<'_> {
    if text.is_ascii() {
        return View::original(text);
    }
    let disguised = disguised(text);
    let mut writer = Writer::default();
    writer.text.reserve(text.len());
    let mut next = disguised.iter().peekable();
    let mut done = 0;
    while let Some((at, character)) = foreign::next(text, done) {
        while next.peek().is_some_and(|word| word.end <= at) {
            next.next();
        }
        writer.same(text, done..at);
        letter(&mut writer, at, character, next.peek().is_some_and(|word| word.contains(&at)));
        done = at + character.len_utf8();
    }
    writer.same(text, done..text.len());
    View::folded(writer.text, writer.pieces)
}

/// Writes a letter that is not ASCII in its simplest form.
fn letter(writer: &mut Writer, at: usize, letter: char, disguised: bool) {
    let raw = at..at + letter.len_utf8();
    if is_invisible(letter) {
        return;
    }
    let start = writer.text.len();
    match lookalike(letter).filter(|_| disguised) {
        Some(latin) => writer.instead(latin, raw.clone()),
        None => simplest(letter, |simple| writer.instead(simple, raw.clone())),
    }
    if writer.text.len() == start {
        // A mark belongs to the letter that it sits on.
        writer.absorb(raw);
    }
}

/// What a word is made of.
#[derive(Debug, Default)]
struct Letters {
    span: Range<usize>,
    latin: usize,
    lookalikes: usize,
    others: usize,
}

/// The words that are Latin in disguise: some or all of their letters are look-alikes of another script.
fn disguised(text: &str) -> Vec<Range<usize>> {
    let words: Vec<Letters> = foreign::words(text).into_iter().map(|span| Letters::of(text, span)).collect();
    let plain: Vec<&Range<usize>> = words.iter().filter(|word| word.others > 0).map(|word| &word.span).collect();
    let stands_alone = |word: &Letters| {
        let next = plain.partition_point(|other| other.end < word.span.start);
        let near = |other: &&&Range<usize>| other.start < word.span.end + ALONE && other.end + ALONE > word.span.start;
        let before = next.checked_sub(1).and_then(|at| plain.get(at)).filter(near);
        before.is_none() && plain.get(next).as_ref().is_none_or(|it| !near(it))
    };
    let in_disguise =
        |word: &&Letters| word.lookalikes > 0 && word.others == 0 && (word.latin > 0 || stands_alone(word));
    words.iter().filter(in_disguise).map(|word| word.span.clone()).collect()
}

impl Letters {
    fn of(text: &str, span: Range<usize>) -> Self {
        let letters = text.get(span.clone()).unwrap_or_default().chars().filter(|letter| letter.is_alphabetic());
        let mut word = Self { span, ..Self::default() };
        letters.for_each(|letter| count(&mut word, letter));
        word
    }
}

fn count(word: &mut Letters, letter: char) {
    if letter.is_ascii() {
        word.latin += 1;
    } else if lookalike(letter).is_some() {
        word.lookalikes += 1;
    } else {
        let mut latin = false;
        simplest(letter, |simple| latin |= simple.is_ascii_alphabetic());
        if latin {
            word.latin += 1;
        } else {
            word.others += 1;
        }
    }
}
