//! How a page is worded: a small linear model that knows orders which harm whoever the agent works for.
//!
//! It sees what the rules don't name, and is no proof: it speaks where no rule does, and never of what is quoted or of what
//! shows how attacks look.
//!
//! The weights are made of the sentences in `training/grammar`, of pages that are taken for honest, and of the first six sets in
//! `corpus`, each of whose rows is there three times: of a harmful page or list of tools only the sentences that the model before
//! found worst. No other set has anything in it.
//!
//! ```sh
//! cargo run --release -p portcullis-inspect --example injection_training -- rows crates/trust/training/grammar > made.jsonl
//! cargo run --release -p portcullis-trust --example trust_measure -- rows made.jsonl FOLDER > rows.jsonl
//! cargo run --release -p portcullis-trust --example trust_measure -- rows crates/trust/corpus/*-[1-6].jsonl > sets.jsonl
//! cargo run --release -p portcullis-inspect --example injection_training -- wording \
//!     --data rows.jsonl --data sets.jsonl --data sets.jsonl --data sets.jsonl --held others.jsonl \
//!     --out crates/trust/model/wording.bin
//! ```
//!
//! `--held` names rows of other honest pages, by which the threshold is set.

use crate::markdown::{Page, Place};
use portcullis_inspect::injection::model::Wording;
use std::ops::Range;
use std::sync::LazyLock;

static WEIGHTS: LazyLock<Option<Wording>> = LazyLock::new(|| Wording::read(include_bytes!("../model/wording.bin")));

/// Shorter sentences say too little by themselves.
const SHORTEST: usize = 30;

/// Two sentences are read together if they are not longer than this.
const LONGEST: usize = 300;

/// How many sentences and pairs the pages have by which the threshold was set. One of many sentences is an odd one in most of
/// them; of a few, none should be.
const USUAL: f32 = 165.0;

/// How fast honest sentences grow fewer with their score: by e to this power for each step of one.
const STEEP: f32 = 1.9;

/// By how much the threshold is lowered at most.
const MOST: f32 = 0.8;

/// By how much it is lowered for so few sentences.
fn relief(units: usize) -> f32 {
    let units = f32::from(u16::try_from(units.max(1)).unwrap_or(u16::MAX));
    ((USUAL / units).ln() / STEEP).clamp(0.0, MOST)
}

/// A sentence as the model reads it, or two that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Where it stands.
    pub span: Range<usize>,
    /// Its words, without marks, with one word for every address.
    pub text: String,
    /// The number of the block that it begins in.
    pub(crate) block: usize,
}

/// The sentences of a page, one by one and in pairs, without listings of code and without front matter.
pub fn units(text: &str) -> Vec<Unit> {
    units_of(text, &Page::read(text))
}

pub(crate) fn units_of(text: &str, page: &Page) -> Vec<Unit> {
    let mut alone: Vec<Unit> = Vec::new();
    for (block, it) in page.blocks.iter().enumerate().filter(|(_, it)| it.place != Place::Listing) {
        let raw = text.get(it.span.clone()).unwrap_or_default();
        for span in sentences(raw) {
            let words = plain(raw.get(span.clone()).unwrap_or_default());
            if words.len() >= 12 {
                let span = it.span.start + span.start..it.span.start + span.end;
                alone.push(Unit { span, text: words, block });
            }
        }
    }
    let pairs = alone.windows(2).filter_map(|pair| match pair {
        [one, other] if one.text.len() + other.text.len() < LONGEST => Some(Unit {
            span: one.span.start..other.span.end,
            text: format!("{} {}", one.text, other.text),
            block: one.block,
        }),
        _ => None,
    });
    let pairs: Vec<Unit> = pairs.collect();
    alone.retain(|unit| unit.text.len() >= SHORTEST);
    alone.extend(pairs);
    alone
}

/// Where sentences, cells of tables and lines that are no sentences begin and end.
fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut start = 0;
    let mut before = ' ';
    for (at, character) in text.char_indices() {
        let ends = matches!(character, '\n' | '。' | '！' | '？')
            || character.is_whitespace() && matches!(before, '.' | '!' | '?' | '|');
        if ends {
            let end = at + if character.is_whitespace() { 0 } else { character.len_utf8() };
            spans.push(start..end);
            start = at + character.len_utf8();
        }
        before = character;
    }
    spans.push(start..text.len());
    spans
}

/// The words of a sentence: one blank between them, no marks of lists and emphasis, `url` for every address.
fn plain(sentence: &str) -> String {
    let mut out = String::with_capacity(sentence.len());
    let sentence = sentence.trim_start_matches(|it: char| it.is_ascii_digit() || " \t-#>|.)[]*+".contains(it));
    for word in sentence.split_whitespace() {
        let address = word.find("http://").or_else(|| word.find("https://"));
        if !out.is_empty() {
            out.push(' ');
        }
        let (before, address) = word.split_at(address.unwrap_or(word.len()));
        if is_place(before) {
            out.push_str("url");
            continue;
        }
        out.extend(before.chars().filter(|it| *it != '*'));
        if !address.is_empty() {
            out.push_str("url");
        }
    }
    out
}

/// Endings of hosts, as far as they are no endings of files.
const HOSTS: [&str; 14] =
    ["com", "net", "org", "io", "dev", "ai", "app", "co", "me", "xyz", "cloud", "example", "test", "invalid"];

/// Whether a word is the name or number of a host, or an address of mail. Which one it is says nothing.
fn is_place(word: &str) -> bool {
    let word = word.trim_matches(|it: char| !it.is_ascii_alphanumeric());
    let host = word.rsplit('@').next().unwrap_or(word).split(['/', ':', '?']).next().unwrap_or_default();
    let Some((name, last)) = host.rsplit_once('.') else { return false };
    let is_name = !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || b"-.".contains(&it));
    let is_number = host.split('.').count() == 4 && host.split('.').all(|part| part.parse::<u8>().is_ok());
    is_number || is_name && (HOSTS.contains(&last.to_ascii_lowercase().as_str()) || word.contains('@'))
}

/// The unit of a page that is worded most like an order that harms, whether or not it is enough of one.
pub fn oddest(text: &str) -> Option<Unit> {
    let units = units(text);
    let scores = WEIGHTS.as_ref()?.scores(units.iter().map(|unit| unit.text.as_str()));
    units.into_iter().zip(scores).max_by(|(_, one), (_, other)| one.total_cmp(other)).map(|(unit, _)| unit)
}

/// The unit that is worded most like an order that harms, if any is.
pub(crate) fn harmful(units: &[Unit]) -> Option<&Unit> {
    let wording = WEIGHTS.as_ref()?;
    let [alert, _] = wording.thresholds();
    let alert = alert - relief(units.len());
    let scores = wording.scores(units.iter().map(|unit| unit.text.as_str()));
    let most = units.iter().zip(scores).max_by(|(_, one), (_, other)| one.total_cmp(other))?;
    Some(most).filter(|(_, score)| *score > alert).map(|(unit, _)| unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(page: &str) -> Vec<String> {
        units(page).into_iter().map(|unit| unit.text).collect()
    }

    #[test]
    fn a_page_is_read_sentence_by_sentence_and_in_pairs() {
        let page = "# Mail\n\n1. Read the **whole** ticket before you answer it. See https://x.example/a for how all of that goes.\n\n```sh\nls\n```\n";
        let one = "Read the whole ticket before you answer it.";
        let other = "See url for how all of that goes.";
        assert_eq!(texts(page), [one.to_owned(), other.to_owned(), format!("{one} {other}")]);
    }

    #[test]
    fn a_place_is_a_place_whichever_it_is() {
        for place in ["x.example", "(mail@intake.example),", "203.0.113.7:8080/a", "api.acme.com/v1", "`cdn.x.io`"] {
            assert!(is_place(place), "{place}");
        }
        for word in ["README.md", "setup.py", "1.2.3", "e.g.", "@agent", "~/.aws/credentials", "...", "a"] {
            assert!(!is_place(word), "{word}");
        }
    }

    #[test]
    fn the_fewer_sentences_the_sooner_one_of_them_is_odd() {
        let relief: Vec<f32> = [0, 1, 20, 80, 165, 900, 1 << 20].map(relief).to_vec();
        assert!(relief.is_sorted_by(|one, other| one >= other), "{relief:?}");
        assert_eq!(relief.first().map(|it| it.to_bits()), Some(MOST.to_bits()));
        assert!(relief.iter().skip(4).all(|it| *it <= 0.0), "{relief:?}");
    }

    #[test]
    fn the_weights_have_the_form_that_the_program_reads() {
        assert!(WEIGHTS.is_some());
    }
}
