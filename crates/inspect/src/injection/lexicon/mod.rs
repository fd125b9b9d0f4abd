//! The words that rules speak of, and how they are found in a text.

mod gap;
pub(crate) mod key;

pub(crate) use gap::Gap;

use super::rule::{BY_KEY, CLASS_WORDS, WORD_TEXTS, WORDS, class};
use key::{is_foreign, is_latin, key};
use std::ops::Range;

/// A set of classes of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Classes(pub(crate) [u64; CLASS_WORDS]);

impl Classes {
    /// The set of one class.
    const fn one(class: usize) -> Self {
        let mut bits = [0; CLASS_WORDS];
        #[expect(clippy::indexing_slicing, reason = "the class exists, or this does not compile")]
        {
            bits[class / 64] = 1 << (class % 64);
        }
        Self(bits)
    }

    /// Whether the two sets share a class.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(mine, theirs)| mine & theirs != 0)
    }

    /// Whether the class with this number is one of them.
    pub(crate) fn holds(&self, class: usize) -> bool {
        self.0.get(class / 64).is_some_and(|bits| bits >> (class % 64) & 1 == 1)
    }

    /// The numbers of the classes.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(at, bits)| {
            let rest = std::iter::successors(Some(*bits), |bits| Some(bits & bits.wrapping_sub(1)));
            rest.take_while(|bits| *bits != 0).map(move |bits| at * 64 + bits.trailing_zeros() as usize)
        })
    }
}

/// A word of the rules.
#[derive(Debug)]
pub(crate) struct Word {
    /// Where its text lies among all; a pointer in each of thousands would have to be set right whenever the program starts.
    pub(crate) text_at: u32,
    /// How many bytes its text has.
    pub(crate) length: u8,
    /// How many bytes stand before the first letter.
    pub(crate) head: u8,
    /// Whether a longer word that begins so is meant as well.
    pub(crate) stem: bool,
    /// Whether capitals count.
    pub(crate) exact: bool,
    /// How many bytes from its beginning are known to be the same where the first letters are.
    pub(crate) known: u8,
    /// Its first letters, up to eight of them and up to a blank, with the bit set that tells small letters from capitals;
    /// and a mask of them. Most words that have the key of a place in a text are told apart by these.
    pub(crate) start: u64,
    pub(crate) mask: u64,
    /// How many bytes the first of several words has from its first letter on; zero if there is none, or what follows it is
    /// no word. And the first letters of the second one likewise: many begin with the same word, as `do not …` does. Words with
    /// the same key lie in the order of that length and of the first letter of the second word.
    pub(crate) first: u8,
    pub(crate) second: u64,
    pub(crate) second_mask: u64,
    /// How many words from here on have a first one of the same length.
    pub(crate) alike: u16,
    /// What it is a word of.
    pub(crate) classes: Classes,
}

impl Word {
    /// Small, without accents; a blank stands for any few characters between two words.
    fn text(&self) -> &'static [u8] {
        let texts = WORD_TEXTS.as_bytes();
        usize::try_from(self.text_at)
            .ok()
            .and_then(|at| texts.get(at..at + usize::from(self.length)))
            .unwrap_or_default()
    }
}

/// A word of the rules that stands in a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) classes: &'static Classes,
}

/// At most so many characters stand between the two halves of a word of two words.
const BLANK: usize = 4;

/// Whether a bit of a table of keys is set.
pub(crate) fn has(table: &[u64], key: u16) -> bool {
    table.get(usize::from(key) / 64).is_some_and(|bits| bits >> (key % 64) & 1 == 1)
}

/// Whether letters of this script follow each other without blanks between words. Given the first byte of a character.
fn is_unspaced(lead: u8) -> bool {
    matches!(lead, 0xe3..=0xe9)
}

/// The key of what begins at `start`.
pub(crate) fn key_at(text: &[u8], start: usize) -> u16 {
    let rest = text.get(start..).unwrap_or_default();
    let mut padded = [0; 4];
    let four = rest.first_chunk::<4>().unwrap_or_else(|| {
        padded.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        &padded
    });
    let [first, ..] = four;
    let letters = match kind(*first) {
        Kind::Latin => four.iter().take_while(|byte| is_latin(**byte)).count(),
        Kind::Foreign | Kind::Unspaced => four.iter().take_while(|byte| is_foreign(**byte)).count(),
        Kind::Sign => 0,
    };
    key(u32::from_le_bytes(*four), letters)
}

/// Adds every word of the rules that begins at the letter at `start`.
fn words_at(text: &[u8], start: usize, tokens: &mut Vec<Token>) {
    let mut words = with_key(key_at(text, start));
    let begin = eight(text, start) | SMALL;
    while let Some(Word { first, alike, .. }) = words.first() {
        let Some((same, others)) = words.split_at_checked(usize::from(*alike)) else { return };
        words = others;
        // What follows the first word is read once for all that begin with one.
        let behind = if *first == 0 { 0 } else { second(text, start + usize::from(*first)) };
        let same = if same.len() > FEW { going_on(same, behind) } else { same };
        let fit =
            same.iter().filter(|word| begin & word.mask == word.start && behind & word.second_mask == word.second);
        tokens.extend(fit.filter_map(|word| fits(word, text, start)));
    }
}

/// So many words are gone through faster than some of them are looked up.
const FEW: usize = 12;

/// Those of words in order of the first letter of their second word that go on as the text does.
fn going_on(words: &'static [Word], behind: u64) -> &'static [Word] {
    let lead = behind & 0xff;
    let [from, to] = [lead, lead + 1].map(|letter| words.partition_point(|word| word.second & 0xff < letter));
    words.get(from..to).unwrap_or_default()
}

/// Sets the bit that tells small letters from capitals in eight bytes.
const SMALL: u64 = 0x2020_2020_2020_2020;

/// The first letters of the word that follows one which ends at `end`; nothing that any begins with if none follows.
fn second(text: &[u8], end: usize) -> u64 {
    let rest = text.get(end..).unwrap_or_default();
    let blank = rest.iter().take(BLANK + 1).take_while(|byte| !byte.is_ascii_alphanumeric() && **byte < 0x80).count();
    if (1..=BLANK).contains(&blank) { eight(text, end + blank) | SMALL } else { 0 }
}

/// Eight bytes from `start` on, with zeros behind the end.
fn eight(text: &[u8], start: usize) -> u64 {
    let rest = text.get(start..).unwrap_or_default();
    if let Some(eight) = rest.first_chunk::<8>() {
        return u64::from_le_bytes(*eight);
    }
    rest.iter().enumerate().fold(0, |all, (at, byte)| all | u64::from(*byte) << (8 * at))
}

fn with_key(key: u16) -> &'static [Word] {
    let first = |key: usize| BY_KEY.get(key).map_or(WORDS.len(), |first| usize::from(*first));
    WORDS.get(first(usize::from(key))..first(usize::from(key) + 1)).unwrap_or_default()
}

/// The token, if this word stands there, whose first letters do.
fn fits(word: &'static Word, text: &[u8], letter: usize) -> Option<Token> {
    let start = letter.checked_sub(usize::from(word.head))?;
    let known = usize::from(word.known);
    let mut end = start + known;
    let bytes = word.text();
    for (number, wanted) in bytes.iter().copied().enumerate().skip(known) {
        let rest = text.get(end..)?;
        if wanted == b' ' {
            let next = bytes.get(number + 1);
            let between = |byte: &&u8| !byte.is_ascii_alphanumeric() && **byte < 0x80 && Some(*byte) != next;
            let blank = rest.iter().take(BLANK + 1).take_while(between).count();
            if blank == 0 || blank > BLANK {
                return None;
            }
            end += blank;
        } else if *rest.first()? == wanted || !word.exact && rest.first()?.to_ascii_lowercase() == wanted {
            end += 1;
        } else {
            return None;
        }
    }
    let (last, next) = (*text.get(end - 1)?, text.get(end).copied().unwrap_or(b' '));
    // A word must end where it ends; punctuation may be followed by anything.
    let open = match last {
        latin if latin.is_ascii_alphanumeric() => !next.is_ascii_alphanumeric(),
        foreign if is_foreign(foreign) => !is_foreign(next) || unspaced_at(text, end),
        _ => true,
    };
    (open || word.stem).then_some(Token { start, end, classes: &word.classes })
}

/// Whether the character that ends at `end` belongs to a script without blanks between words.
fn unspaced_at(text: &[u8], end: usize) -> bool {
    let tail = text.get(end.saturating_sub(3)..end).unwrap_or_default();
    tail.first().copied().is_some_and(is_unspaced)
}

/// What a byte belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sign,
    Latin,
    Foreign,
    /// Foreign, of letters that follow each other without blanks between words.
    Unspaced,
}

/// The kind of each byte.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which would stop at a wrong index")]
static KINDS: [Kind; 256] = {
    let mut kinds = [Kind::Sign; 256];
    let mut byte = 0_u8;
    loop {
        kinds[byte as usize] = match byte {
            b'a'..=b'z' | b'A'..=b'Z' => Kind::Latin,
            0xe3..=0xe9 => Kind::Unspaced,
            0x80.. => Kind::Foreign,
            _ => Kind::Sign,
        };
        if byte == u8::MAX {
            break;
        }
        byte += 1;
    }
    kinds
};

#[inline]
fn kind(byte: u8) -> Kind {
    KINDS.get(usize::from(byte)).copied().unwrap_or(Kind::Sign)
}

/// Every word of the rules in a text, in order of where it starts, but those that stand within names that mean no harm.
/// They begin at these places, or at none.
pub(crate) fn tokens(text: &[u8], places: &[usize]) -> Vec<Token> {
    let mut tokens = Vec::new();
    for place in places {
        words_at(text, *place, &mut tokens);
    }
    tokens.extend(mail_addresses(text));
    tokens.sort_by_key(|token| (token.start, token.end));
    without_harmless(&mut tokens);
    tokens
}

/// Those that start within a range.
pub(crate) fn starting_in(tokens: &[Token], range: Range<usize>) -> &[Token] {
    let [first, behind] = [range.start, range.end].map(|place| tokens.partition_point(|token| token.start < place));
    tokens.get(first..behind).unwrap_or_default()
}

/// Takes out the words that stand within names that mean no harm.
fn without_harmless(tokens: &mut Vec<Token>) {
    if !tokens.iter().any(|token| token.classes.holds(class::HARMLESS)) {
        return;
    }
    // How far a name reaches that starts where a word does or before, for each word.
    let mut reaches = Vec::with_capacity(tokens.len());
    let mut reach = 0;
    for same in tokens.chunk_by(|one, next| one.start == next.start) {
        let names = same.iter().filter(|token| token.classes.holds(class::HARMLESS)).map(|token| token.end);
        reach = names.fold(reach, usize::max);
        reaches.extend(same.iter().map(|_| reach));
    }
    let mut reaches = reaches.into_iter();
    tokens.retain(|token| reaches.next().is_none_or(|reach| token.end > reach));
}

/// The part before the sign and the sign of every address of an e-mail.
fn mail_addresses(text: &[u8]) -> impl Iterator<Item = Token> {
    static ADDRESS: Classes = Classes::one(class::ADDRESS);
    memchr::memchr_iter(b'@', text).filter_map(move |at| {
        let of_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(**byte, b'.' | b'-' | b'_' | b'+');
        let name = text.get(..at)?.iter().rev().take(64).take_while(of_name).count();
        let host = text.get(at + 1..)?.iter().take(253).take_while(of_name).copied().collect::<Vec<u8>>();
        let dotted = host.trim_ascii_end().split(|byte| *byte == b'.').filter(|part| !part.is_empty()).count() >= 2;
        (name > 0 && dotted).then_some(Token { start: at - name, end: at + 1, classes: &ADDRESS })
    })
}

/// How long the longest word is that the text goes on with at `start`, whatever follows it. Words of fewer than three
/// letters would fit anywhere and are left out.
pub(crate) fn longest_at(text: &[u8], start: usize) -> Option<usize> {
    let rest = text.get(start..)?;
    let starts = |word: &&Word| {
        word.head == 0
            && usize::from(word.length) >= 3
            && rest.get(..usize::from(word.length)).is_some_and(|begin| begin.eq_ignore_ascii_case(word.text()))
    };
    // Words of three letters have a key of their own, since nothing behind them counts.
    let four = with_key(key_of(rest, 4)).iter().filter(starts).map(|word| usize::from(word.length)).max();
    four.or_else(|| with_key(key_of(rest, 3)).iter().filter(starts).map(|word| usize::from(word.length)).max())
}

/// The key of a word that begins with these letters.
fn key_of(text: &[u8], letters: usize) -> u16 {
    let mut first = [0; 4];
    first.iter_mut().zip(text.iter().take(letters)).for_each(|(to, from)| *to = *from);
    key(u32::from_le_bytes(first), letters)
}
