//! What is done to a text before it is split: letters that mean the same become the same.

use super::charsmap::Charsmap;
use super::written::{self, Pattern};
use regex::Regex;
use unicode_categories::UnicodeCategories as _;
use unicode_normalization_alignments::UnicodeNormalization as _;
use unicode_normalization_alignments::char::is_combining_mark;

/// One step.
#[derive(Debug)]
pub(super) enum Normalizer {
    /// What does not show is taken out, and every blank becomes a space.
    Clean,
    /// Ideographs are words of their own.
    Ideographs,
    /// What stands above and below letters is taken off. The form with everything taken apart comes with it.
    Bare,
    Composed,
    Decomposed,
    CompatiblyComposed,
    CompatiblyDecomposed,
    Lowercase,
    StripAccents,
    Strip {
        left: bool,
        right: bool,
    },
    Replace(Regex, String),
    Prepend(String),
    Precompiled(Charsmap),
}

impl Normalizer {
    /// The steps that are written, in order.
    pub(super) fn list(written: written::Normalizer) -> Result<Vec<Self>, String> {
        let one = match written {
            written::Normalizer::Sequence { normalizers } => {
                let lists: Result<Vec<Vec<Self>>, String> = normalizers.into_iter().map(Self::list).collect();
                return Ok(lists?.into_iter().flatten().collect());
            }
            written::Normalizer::Bert { clean_text, handle_chinese_chars, strip_accents, lowercase } => {
                let steps = [
                    (clean_text, Self::Clean),
                    (handle_chinese_chars, Self::Ideographs),
                    (strip_accents.unwrap_or(lowercase), Self::Bare),
                    (lowercase, Self::Lowercase),
                ];
                return Ok(steps.into_iter().filter(|(is, _)| *is).map(|(_, step)| step).collect());
            }
            written::Normalizer::Composed => Self::Composed,
            written::Normalizer::Decomposed => Self::Decomposed,
            written::Normalizer::CompatiblyComposed => Self::CompatiblyComposed,
            written::Normalizer::CompatiblyDecomposed => Self::CompatiblyDecomposed,
            written::Normalizer::Lowercase => Self::Lowercase,
            written::Normalizer::StripAccents => Self::StripAccents,
            written::Normalizer::Strip { strip_left, strip_right } => {
                Self::Strip { left: strip_left, right: strip_right }
            }
            written::Normalizer::Replace { pattern, content } => {
                let pattern = match pattern {
                    Pattern::String(text) => regex::escape(&text),
                    Pattern::Regex(pattern) => pattern,
                };
                let pattern = Regex::new(&pattern).map_err(|error| format!("a pattern can't be read: {error}"))?;
                Self::Replace(pattern, content)
            }
            written::Normalizer::Prepend { prepend } => Self::Prepend(prepend),
            written::Normalizer::Precompiled { precompiled_charsmap: None } => return Ok(Vec::new()),
            written::Normalizer::Precompiled { precompiled_charsmap: Some(map) } => {
                Self::Precompiled(Charsmap::read(&map)?)
            }
        };
        Ok(vec![one])
    }

    fn apply(&self, text: &str) -> String {
        match self {
            Self::Clean => {
                text.chars().filter(|it| !is_noise(*it)).map(|it| if is_blank(it) { ' ' } else { it }).collect()
            }
            Self::Ideographs => {
                let mut apart = String::with_capacity(text.len());
                for letter in text.chars() {
                    if is_ideograph(letter) {
                        apart.extend([' ', letter, ' ']);
                    } else {
                        apart.push(letter);
                    }
                }
                apart
            }
            Self::Bare => text.nfd().map(letter).filter(|letter| !letter.is_mark_nonspacing()).collect(),
            Self::Composed => text.nfc().map(letter).collect(),
            Self::Decomposed => text.nfd().map(letter).collect(),
            Self::CompatiblyComposed => text.nfkc().map(letter).collect(),
            Self::CompatiblyDecomposed => text.nfkd().map(letter).collect(),
            // Letter by letter: what a letter becomes does not depend on its neighbours.
            Self::Lowercase => text.chars().flat_map(char::to_lowercase).collect(),
            Self::StripAccents => text.chars().filter(|letter| !is_combining_mark(*letter)).collect(),
            Self::Strip { left, right } => {
                let text = if *left { text.trim_start() } else { text };
                if *right { text.trim_end().to_owned() } else { text.to_owned() }
            }
            Self::Replace(pattern, content) => pattern.replace_all(text, regex::NoExpand(content)).into_owned(),
            // Before nothing stands nothing.
            Self::Prepend(_) if text.is_empty() => String::new(),
            Self::Prepend(prefix) => format!("{prefix}{text}"),
            Self::Precompiled(map) => map.apply(text),
        }
    }
}

/// A text after all steps.
pub(super) fn normalize(steps: &[Normalizer], text: &str) -> String {
    steps.iter().fold(text.to_owned(), |text, step| step.apply(&text))
}

/// The letter of what a form is made of, without what it was made from.
fn letter((letter, _): (char, isize)) -> char {
    letter
}

fn is_noise(letter: char) -> bool {
    letter == '\0' || letter == '\u{fffd}' || !matches!(letter, '\t' | '\n' | '\r') && letter.is_other()
}

fn is_blank(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r') || letter.is_whitespace()
}

/// The blocks that the tokenizer of BERT takes for ideographs; one of them begins later than in Unicode.
fn is_ideograph(letter: char) -> bool {
    matches!(letter,
        '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{20000}'..='\u{2a6df}' | '\u{2a700}'..='\u{2b73f}'
        | '\u{2b740}'..='\u{2b81f}' | '\u{2b920}'..='\u{2ceaf}' | '\u{f900}'..='\u{faff}' | '\u{2f800}'..='\u{2fa1f}')
}
