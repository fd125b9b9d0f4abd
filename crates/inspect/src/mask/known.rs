//! Values of masked columns, as they turn up elsewhere: the name of a customer in a note, an account name in a log. What is
//! masked in its column must not be told by another one.
//!
//! Only hashes are kept, and no more than [`MOST`] of them.

use super::kind::Kind;
use super::name::is_kept;
use super::piece::{Piece, Treatment};
use std::collections::HashMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;

/// How many values are known at most. What comes beyond is masked in its column, and only there.
const MOST: usize = 1 << 20;
/// How many words a value may have to be known.
const LONGEST: usize = 6;
/// How far apart two words of a value may stand.
const WIDEST_GAP: usize = 3;

/// Values that are masked wherever they stand.
#[derive(Clone, Default)]
pub struct Known {
    values: HashMap<u64, Kind>,
    is_full: bool,
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Known({})", self.values.len())
    }
}

impl Known {
    /// What is known here and there.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.is_full |= other.is_full;
        for (hash, kind) in other.values {
            self.insert(hash, kind);
        }
        self
    }

    /// Whether there were more values than are kept.
    pub fn is_full(&self) -> bool {
        self.is_full
    }

    /// Takes in a value of a column.
    pub(super) fn add(&mut self, kind: Kind, value: &str) {
        let words: Vec<Range<usize>> = words(value).take(LONGEST + 1).collect();
        if words.is_empty() || words.len() > LONGEST {
            return;
        }
        if is_telling(kind, value, words.len()) {
            self.insert(hash_of(value, &words), kind);
        }
        if kind == Kind::Name && words.len() > 1 {
            for word in &words {
                let part = value.get(word.clone()).unwrap_or_default();
                if is_telling(kind, part, 1) && !is_kept(part) {
                    self.insert(hash_of(value, std::slice::from_ref(word)), kind);
                }
            }
        }
    }

    fn insert(&mut self, hash: u64, kind: Kind) {
        if self.values.len() >= MOST {
            self.is_full = true;
            return;
        }
        self.values.entry(hash).and_modify(|known| *known = (*known).min(kind)).or_insert(kind);
    }

    /// Where known values stand in a text, the longest first where several begin at one place.
    pub(super) fn find(&self, text: &str) -> Vec<Piece> {
        let mut pieces = Vec::new();
        if self.values.is_empty() {
            return pieces;
        }
        let words: Vec<Range<usize>> = words(text).collect();
        let mut at = 0;
        while at < words.len() {
            let found = self.longest(text, words.get(at..).unwrap_or_default());
            if let Some((_, ref piece)) = found {
                pieces.push(piece.clone());
            }
            at += found.map_or(1, |(count, _)| count);
        }
        pieces
    }

    /// The longest known value that these words begin with, and how many words it has.
    fn longest(&self, text: &str, words: &[Range<usize>]) -> Option<(usize, Piece)> {
        let start = words.first()?.start;
        let (mut hash, mut end, mut best) = (0, start, None);
        for (count, word) in words.iter().take(LONGEST).enumerate() {
            let gap = text.get(end..word.start)?;
            if count > 0 && (gap.len() > WIDEST_GAP || gap.contains('\n')) {
                break;
            }
            hash = next_hash(hash, text.get(word.clone())?);
            end = word.end;
            let Some(kind) = self.values.get(&hash) else { continue };
            if count > 0 || is_meant(*kind, text.get(word.clone())?) {
                best = Some((count + 1, Piece { span: start..end, treatment: Treatment::Value(*kind) }));
            }
        }
        best
    }

    /// What a whole value is, if it is a known one.
    pub(super) fn kind_of(&self, value: &str) -> Option<Kind> {
        let words: Vec<Range<usize>> = words(value).take(LONGEST + 1).collect();
        if words.is_empty() || words.len() > LONGEST {
            return None;
        }
        self.values.get(&hash_of(value, &words)).copied()
    }
}

/// Whether a value can only be this one, so that it may be masked where it stands in a text.
fn is_telling(kind: Kind, value: &str, words: usize) -> bool {
    let letters = value.chars().filter(|c| c.is_alphabetic()).count();
    let digits = value.chars().filter(char::is_ascii_digit).count();
    match kind {
        Kind::Email => true,
        Kind::Name => letters >= 3 || (letters >= 2 && !has_case(value)),
        Kind::Company => letters >= 4,
        Kind::Address => words > 1 && letters >= 4,
        Kind::Phone | Kind::NationalId | Kind::Card | Kind::Account => digits >= 6,
        Kind::Id => (digits >= 4 && letters + digits >= 6 && letters > 0) || digits >= 7,
        Kind::User => letters + digits >= 4,
        Kind::Secret | Kind::Machine | Kind::Url => letters + digits >= 6,
        Kind::Date
        | Kind::Postcode
        | Kind::Money
        | Kind::Location
        | Kind::Text
        | Kind::Category
        | Kind::Timestamp
        | Kind::Number
        | Kind::Flag
        | Kind::Keep => false,
    }
}

/// Whether a single word is meant as a name and not as a word of the language: `Will`, but not `will`.
fn is_meant(kind: Kind, word: &str) -> bool {
    match kind {
        Kind::Name | Kind::Company => !has_case(word) || word.chars().any(char::is_uppercase),
        Kind::Email
        | Kind::Phone
        | Kind::Date
        | Kind::Address
        | Kind::Postcode
        | Kind::Id
        | Kind::NationalId
        | Kind::Card
        | Kind::Account
        | Kind::Money
        | Kind::Location
        | Kind::Machine
        | Kind::Url
        | Kind::User
        | Kind::Secret
        | Kind::Text
        | Kind::Category
        | Kind::Timestamp
        | Kind::Number
        | Kind::Flag
        | Kind::Keep => true,
    }
}

fn has_case(text: &str) -> bool {
    text.chars().any(|c| c.is_uppercase() || c.is_lowercase())
}

/// Where the words of a text stand: letters and digits, and the marks that change them.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..)?;
        let start = at + rest.find(is_of_a_word)?;
        let from = text.get(start..)?;
        let end = start + from.find(|c| !is_of_a_word(c)).unwrap_or(from.len());
        at = end;
        Some(start..end)
    })
}

fn is_of_a_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(u32::from(c), 0x300..=0x36F | 0x591..=0x5C7 | 0x610..=0x65F | 0x900..=0xDFF)
}

fn hash_of(text: &str, words: &[Range<usize>]) -> u64 {
    words.iter().fold(0, |hash, word| next_hash(hash, text.get(word.clone()).unwrap_or_default()))
}

/// Case does not matter.
fn next_hash(before: u64, word: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    before.hash(&mut hasher);
    word.chars().flat_map(char::to_lowercase).for_each(|c| c.hash(&mut hasher));
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(known: &Known, text: &str) -> Vec<String> {
        known.find(text).into_iter().map(|it| text.get(it.span).unwrap().to_owned()).collect()
    }

    #[test]
    fn a_value_is_found_however_it_is_spaced_and_cased() {
        let mut known = Known::default();
        known.add(Kind::Name, "Anna Maria Schmidt");
        known.add(Kind::Phone, "+49 30 1234567");
        known.add(Kind::Email, "anna@firm.org");
        let text = "ANNA MARIA SCHMIDT (49-30-1234567) wrote; Schmidt, anna@firm.org, no schmidt and no Annabel";
        let all = ["ANNA MARIA SCHMIDT", "49-30-1234567", "Schmidt", "anna@firm.org"];
        assert_eq!(found(&known, text), all);
    }

    #[test]
    fn words_of_the_language_and_short_numbers_are_not_taken_for_values() {
        let mut known = Known::default();
        known.add(Kind::Name, "Will");
        known.add(Kind::Id, "17");
        known.add(Kind::Name, "von Li");
        assert_eq!(found(&known, "we will see 17 things; von hier. Will comes"), ["Will"]);
    }

    #[test]
    fn words_of_a_value_stand_close_to_each_other() {
        let mut known = Known::default();
        known.add(Kind::Address, "Lange Gasse 3");
        assert_eq!(found(&known, "Lange\nGasse 3, Lange .... Gasse 3"), Vec::<String>::new());
        assert_eq!(found(&known, "in der Lange  Gasse 3"), ["Lange  Gasse 3"]);
    }

    #[test]
    fn there_is_an_end_to_what_is_known() {
        let mut known = Known::default();
        for n in 0..=MOST as u64 {
            known.insert(n, Kind::Id);
        }
        assert!(known.is_full() && known.values.len() == MOST);
    }
}
