//! Digits and signs that stand for letters: `1gn0re`.

use super::passage::{Writer, around};
use super::{Undone, View};
use std::ops::Range;

/// How much text around such words is read together with them.
const AROUND: usize = 160;

/// So many such words make a passage that is worth reading.
const FEWEST: usize = 2;

/// Adds a view for each passage that is written so. What `1` stands for is open, so there are two.
pub(crate) fn undo(view: &View<'_>, blocks: &[Range<usize>], views: &mut Vec<View<'static>>) {
    for passage in around(&view.text, blocks.iter().cloned(), AROUND) {
        let words = words(&view.text, passage.clone());
        if words.len() < FEWEST {
            continue;
        }
        for one in ['i', 'l'] {
            let writer = write(&view.text, passage.clone(), &words, one);
            let ambiguous = view.text.get(passage.clone()).is_some_and(|text| text.contains(['1', '|']));
            views.push(view.then(Undone::Leet, writer.text, writer.pieces));
            if !ambiguous {
                break;
            }
        }
    }
}

/// Words in which a digit or a sign stands between letters.
fn words(text: &str, passage: Range<usize>) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut words = Vec::new();
    let mut start = passage.start;
    for at in passage.start..=passage.end {
        if at < passage.end
            && bytes.get(at).copied().is_some_and(|byte| byte.is_ascii_alphabetic() || letter(byte, 'i').is_some())
        {
            continue;
        }
        let word = bytes.get(start..at).unwrap_or_default();
        let letters = word.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
        let signs = word.len() - letters;
        // Hashes and version numbers have many digits; a written word has about as many letters.
        if letters >= 1 && signs >= 1 && letters + 2 >= signs && word.len() <= 24 {
            words.push(start..at);
        }
        start = at + 1;
    }
    words
}

fn write(text: &str, passage: Range<usize>, words: &[Range<usize>], one: char) -> Writer {
    let bytes = text.as_bytes();
    let mut writer = Writer::default();
    let mut from = passage.start;
    for word in words {
        for at in word.clone() {
            let behind =
                bytes.get(at + 1).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'!' || *byte == b'$');
            let sign = bytes.get(at).copied().and_then(|byte| letter(byte, one).filter(|_| behind || byte != b'!'));
            if let Some(read) = sign {
                writer.same(text, from..at);
                writer.instead(read, at..at + 1);
                from = at + 1;
            }
        }
    }
    writer.same(text, from..passage.end);
    writer
}

/// The letter that a digit or a sign stands for.
fn letter(byte: u8, one: char) -> Option<char> {
    match byte {
        b'0' => Some('o'),
        b'1' | b'|' => Some(one),
        b'!' => Some('i'),
        b'3' => Some('e'),
        b'4' | b'@' => Some('a'),
        b'5' | b'$' => Some('s'),
        b'7' => Some('t'),
        b'8' => Some('b'),
        b'9' => Some('g'),
        _ => None,
    }
}
