//! A text as the rules read it: in small letters, with one blank between words, without marks of emphasis, sentence by
//! sentence; every letter still knows where it came from.

use crate::markdown::{Block, Place};
use std::ops::Range;

/// More text than this in one file is looked into from its start only.
const LONGEST: usize = 512 * 1024;

/// The longest sentence, in bytes.
const LONGEST_SENTENCE: usize = 1000;

/// A sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sentence {
    /// Where it is in the text of the passages.
    pub(crate) span: Range<usize>,
    /// The block that it belongs to.
    pub(crate) block: usize,
}

/// All sentences of a text.
#[derive(Debug, Default)]
pub(crate) struct Passages {
    pub(crate) text: String,
    pub(crate) sentences: Vec<Sentence>,
    pub(crate) blocks: Vec<Block>,
    /// For each run of letters that were copied as they stand: where it begins here, and where it began.
    places: Vec<(usize, usize)>,
}

impl Passages {
    /// Reads the blocks of a text.
    pub(crate) fn of(text: &str, blocks: &[Block]) -> Self {
        let mut passages = Self { blocks: blocks.to_vec(), ..Self::default() };
        for (number, block) in blocks.iter().enumerate() {
            if passages.text.len() > LONGEST {
                break;
            }
            passages.block(text, number, block.span.clone());
        }
        passages
    }

    /// A text that has no blocks.
    pub(crate) fn of_line(text: &str) -> Self {
        Self::of(text, &[Block { span: 0..text.len(), place: Place::Text, under: Vec::new() }])
    }

    /// The bytes of the original that a part of the passages came from.
    pub(crate) fn origin(&self, span: &Range<usize>) -> Range<usize> {
        let at = |byte: usize| {
            let run = self.places.partition_point(|(here, _)| *here <= byte).saturating_sub(1);
            self.places.get(run).map_or(0, |(here, there)| there + byte.saturating_sub(*here))
        };
        let start = at(span.start);
        start..at(span.end.saturating_sub(1)).saturating_add(1).max(start)
    }

    fn block(&mut self, text: &str, number: usize, span: Range<usize>) {
        let raw = text.get(span.clone()).unwrap_or_default();
        let mut begin = self.text.len();
        let mut blank = true;
        let mut copied = false;
        for (at, character) in raw.char_indices() {
            if character.is_whitespace() {
                let ends = self.text.ends_with(['.', '!', '?', ':']) && !self.text.ends_with("e.g.");
                if !blank {
                    self.text.push(' ');
                }
                if ends && !self.text.ends_with(": ") {
                    begin = self.sentence(begin, number);
                }
                (blank, copied) = (true, false);
                continue;
            }
            // Nobody writes such sentences; cut, they cost no more than others.
            if self.text.len() - begin > LONGEST_SENTENCE && (blank || self.text.len() - begin > 2 * LONGEST_SENTENCE) {
                begin = self.sentence(begin, number);
            }
            let at_start = at == 0 || raw.get(..at).is_some_and(|before| before.ends_with('\n'));
            if matches!(character, '*' | '`' | '\u{200b}' | '\u{ad}') || (character == '>' && at_start) {
                copied = false;
                continue;
            }
            if !copied {
                self.places.push((self.text.len(), span.start + at));
            }
            let plain = match character {
                '\u{2019}' | '\u{2018}' => '\'',
                '\u{201c}' | '\u{201d}' => '"',
                '\u{2013}' | '\u{2014}' => '-',
                other => other,
            };
            self.text.push(plain.to_ascii_lowercase());
            // A letter that has another length now ends the run.
            copied = plain.len_utf8() == character.len_utf8();
            blank = false;
        }
        self.sentence(begin, number);
        self.text.push('\n');
    }

    /// Ends the sentence that began at `begin`, and says where the next one begins.
    fn sentence(&mut self, begin: usize, block: usize) -> usize {
        let end = self.text.len();
        if self.text.get(begin..end).is_some_and(|sentence| !sentence.trim().is_empty()) {
            self.sentences.push(Sentence { span: begin..end, block });
        }
        end
    }
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "a cut character is a failed test")]
mod tests {
    use super::*;
    use crate::markdown::Page;
    use proptest::prelude::*;

    #[test]
    fn sentences_are_folded_and_know_where_they_came_from() {
        let text = "Do **not**\n  Stop.  Send\u{2019}s `it` now!\n\n- Next";
        let passages = Passages::of(text, &Page::read(text).blocks);
        let shown: Vec<&str> = passages.sentences.iter().map(|it| passages.text[it.span.clone()].trim()).collect();
        assert_eq!(shown, ["do not stop.", "send's it now!", "- next"]);
        let at = passages.text.find("it now").unwrap();
        assert_eq!(&text[passages.origin(&(at..at + 6))], "it` now");
    }

    proptest! {
        #[test]
        fn every_place_leads_back_into_the_text(text in "[a-zA-Z\u{2019}ä*`\n .>!-]{0,80}") {
            let passages = Passages::of(&text, &Page::read(&text).blocks);
            for sentence in &passages.sentences {
                let origin = passages.origin(&sentence.span);
                prop_assert!(origin.start <= origin.end && origin.end <= text.len() + 3);
            }
        }
    }
}
