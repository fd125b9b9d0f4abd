//! Bytes that each match must hold, as rare as can be. A search looks for them and nothing else.
//!
//! It looks at four bytes at a time, and only at every second place. So each choice is of two groups of four bytes, an odd
//! number of places apart: one of them stands at an even place wherever the match is.

use crate::beside::{Beside, LEADS, is_of_words};
use crate::pieces::{Piece, lengths};
use crate::rarity::frequency;

/// How many bytes a search looks at, at a time.
pub const GRAM: usize = 4;

/// Most ways of writing four bytes that are spelt out: two bytes of base64url behind two that are known, as in
/// `SG.[0-9A-Za-z_-]{22}`. More would make the search slower than a better pattern.
const MOST: usize = 38 * 38;

/// What an anchor costs however rare it is: other bytes share its place in the search's table of 2^18 places.
const CROWDING: f64 = 1.0 / 262_144.0;

/// Most anchors that one rule may have.
const MOST_IN_ALL: usize = 4096;

/// Most rows that branches may multiply to.
const BRANCHES: usize = 64;

/// Four bytes that a match holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Anchor {
    /// The bytes, folded, the first in the lowest place.
    pub gram: u32,
    /// Least number of bytes from the start of a match to here; -1 if the byte before it belongs to them.
    pub least: i16,
    /// Greatest number of bytes from the start of a match to here.
    pub most: i16,
    /// What may stand beside the bytes.
    pub beside: Beside,
}

/// Four bytes as a search compares them: bit 5 is set, so case does not matter.
pub const fn gram(bytes: [u8; 4]) -> u32 {
    u32::from_le_bytes(bytes) | 0x2020_2020
}

/// The best anchors of a row of pieces, and how often they are expected for each byte of text.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    pub(crate) anchors: Vec<Anchor>,
    pub(crate) frequency: f64,
}

/// Chooses anchors of which each match holds at least one, together with the byte before it, which is one of `before`.
/// With `literal`, only among those that lie in it.
pub(crate) fn choose_behind(before: &Piece, row: &[Piece], literal: Option<&[u8]>) -> Option<Choice> {
    let row = [std::slice::from_ref(before), row].concat();
    let mut choice = choose(&row, literal)?;
    for anchor in &mut choice.anchors {
        anchor.least -= 1;
        anchor.most -= 1;
        let [first, ..] = anchor.gram.to_le_bytes();
        if anchor.most < 0 && is_of_words(first) {
            // It is the last byte of an escape.
            anchor.beside.before = LEADS;
        }
    }
    Some(choice)
}

/// Says of anchors that stand at the start of a match that it is no part of a longer word.
pub(crate) fn at_word_starts(anchors: &mut [Anchor]) {
    for anchor in anchors.iter_mut().filter(|it| it.least == 0 && it.most == 0) {
        anchor.beside.starts = true;
    }
}

/// Chooses anchors of which each match holds at least one. With `literal`, only among those that lie in it.
pub(crate) fn choose(row: &[Piece], literal: Option<&[u8]>) -> Option<Choice> {
    let choices: Option<Vec<Choice>> = branches(row).iter().map(|branch| best(branch, literal)).collect();
    let mut anchors: Vec<Anchor> = choices?.into_iter().flat_map(|it| it.anchors).collect();
    anchors.sort_unstable();
    anchors.dedup_by(|later, kept| {
        let same = later.gram == kept.gram;
        if same {
            kept.least = kept.least.min(later.least);
            kept.most = kept.most.max(later.most);
            kept.beside = kept.beside.or(later.beside);
        }
        same
    });
    let frequency = anchors.iter().copied().map(expected).sum();
    (anchors.len() <= MOST_IN_ALL).then_some(Choice { anchors, frequency })
}

/// All rows that a row with branches in it stands for. Where they would be too many, a branch becomes a gap.
fn branches(row: &[Piece]) -> Vec<Vec<Piece>> {
    let mut rows: Vec<Vec<Piece>> = vec![Vec::new()];
    for piece in row {
        match piece {
            Piece::Set(_) | Piece::Gap { .. } => rows.iter_mut().for_each(|row| row.push(piece.clone())),
            Piece::Either(inner) => {
                let inner: Vec<Vec<Piece>> = inner.iter().flat_map(|row| branches(row)).collect();
                if rows.len() * inner.len() > BRANCHES {
                    let (least, most) = lengths(std::slice::from_ref(piece));
                    for row in &mut rows {
                        row.push(Piece::Gap { least, most });
                    }
                } else {
                    let longer =
                        |row: &Vec<Piece>| inner.iter().map(|it| [row.as_slice(), it].concat()).collect::<Vec<_>>();
                    rows = rows.iter().flat_map(longer).collect();
                }
            }
        }
    }
    rows
}

/// The best anchors of a row without branches: two groups of four bytes, an odd number of places apart, so that one of
/// them stands at an even place.
fn best(row: &[Piece], literal: Option<&[u8]>) -> Option<Choice> {
    let spelt = all_spelt(row);
    let in_literal = |choice: &Choice| {
        literal.is_none_or(|it| choice.anchors.iter().all(|anchor| holds(it, anchor.gram.to_le_bytes())))
    };
    let mut best: Option<(f64, &Choice, &Choice)> = None;
    for (index, (stretch, first)) in spelt.iter().enumerate() {
        let others = spelt.get(index + 1..).unwrap_or_default().iter().step_by(2);
        for (_, second) in others.take_while(|(other, _)| other == stretch) {
            let (Some(first), Some(second)) = (first, second) else { continue };
            let frequency = first.frequency + second.frequency;
            let better = best.as_ref().is_none_or(|(least, ..)| frequency < *least);
            if better && (in_literal(first) || in_literal(second)) {
                best = Some((frequency, first, second));
            }
        }
    }
    best.map(|(frequency, first, second)| Choice {
        anchors: [first.anchors.as_slice(), &second.anchors].concat(),
        frequency,
    })
}

/// The ways of writing the four bytes from each place of a row on, if they are few enough, and the stretch without gaps
/// that the place belongs to.
fn all_spelt(row: &[Piece]) -> Vec<(usize, Option<Choice>)> {
    let (mut at, mut stretch) = ((0, 0), 0);
    let mut out = Vec::new();
    for (index, piece) in row.iter().enumerate() {
        if set(piece).is_none() {
            stretch += 1;
        }
        let mut sets: Vec<Vec<u8>> = row.iter().skip(index).take(GRAM).map_while(set).collect();
        // Where three bytes are known, anything may follow them.
        if sets.len() == GRAM - 1 {
            sets.push(anything());
        }
        let beside = Beside::of(row, index..index + GRAM);
        out.push((stretch, (sets.len() == GRAM).then(|| spell(&sets, at, beside)).flatten()));
        let (least, most) = lengths(std::slice::from_ref(piece));
        at = (at.0 + least, at.1 + most);
    }
    out
}

/// How often an anchor stops a search, for each byte of text. Each place where a match could start costs a try.
fn expected(anchor: Anchor) -> f64 {
    let places = 1.0 + f64::from(anchor.most - anchor.least) / 16.0;
    frequency(anchor.gram.to_le_bytes()) * places + CROWDING
}

fn set(piece: &Piece) -> Option<Vec<u8>> {
    match piece {
        Piece::Set(set) => Some(set.folded()),
        Piece::Gap { .. } | Piece::Either(_) => None,
    }
}

/// Every byte as the search sees it.
fn anything() -> Vec<u8> {
    (0..=u8::MAX).filter(|byte| byte & 0x20 != 0).collect()
}

/// All ways of writing four sets.
fn spell(sets: &[Vec<u8>], at: (usize, usize), beside: Beside) -> Option<Choice> {
    if sets.iter().map(Vec::len).product::<usize>() > MOST {
        return None;
    }
    let (least, most) = (i16::try_from(at.0).ok()?, i16::try_from(at.1).ok()?);
    let ways = ways(sets);
    let anchors: Vec<Anchor> =
        ways.into_iter().map(|bytes| Anchor { gram: gram(bytes), least, most, beside }).collect();
    let frequency = anchors.iter().copied().map(expected).sum();
    Some(Choice { anchors, frequency })
}

fn ways(sets: &[Vec<u8>]) -> Vec<[u8; 4]> {
    let mut ways = vec![[0; GRAM]];
    for (place, set) in sets.iter().enumerate().take(GRAM) {
        let longer = ways.iter().flat_map(|way| {
            set.iter().map(move |byte| {
                let mut way = *way;
                if let Some(slot) = way.get_mut(place) {
                    *slot = *byte;
                }
                way
            })
        });
        ways = longer.collect();
    }
    ways
}

fn holds(literal: &[u8], bytes: [u8; 4]) -> bool {
    let folded: Vec<u8> = literal.iter().map(|byte| byte | 0x20).collect();
    folded.windows(GRAM).any(|window| window == bytes)
}

/// The anchors of a word: four bytes and how far inside the word they stand; before the first byte of a word of three, or
/// behind its last, anything may stand. None if it is shorter than that.
pub fn word_anchors(word: &str) -> Vec<Anchor> {
    let row: Vec<Piece> = word.bytes().map(Piece::single).collect();
    let choice =
        if row.len() < GRAM { choose_behind(&Piece::one_of(0..=u8::MAX), &row, None) } else { choose(&row, None) };
    choice.map(|choice| choice.anchors).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pieces::pieces;

    fn anchors(pattern: &str) -> Vec<(String, i16, i16)> {
        let choice = choose(&pieces("r", pattern).unwrap(), None);
        let text = |gram: u32| String::from_utf8_lossy(&gram.to_le_bytes()).into_owned();
        choice.map(|it| it.anchors.iter().map(|a| (text(a.gram), a.least, a.most)).collect()).unwrap_or_default()
    }

    #[test]
    fn takes_the_rarest_part_of_a_literal_wherever_it_stands() {
        assert_eq!(anchors("sk-[0-9A-Za-z]{20}T3BlbkFJ[0-9A-Za-z]{20}").len(), 2);
        let both = anchors(r"[0-9a-z]{8,24}\.apps\.qzxcontent");
        assert!(both.iter().any(|(text, ..)| text.contains(['q', 'z', 'x'])), "{both:?}");
        let (_, least, most) = both[0];
        assert_eq!(most - least, 16);
    }

    #[test]
    fn spells_out_small_classes() {
        assert_eq!(anchors("gh[pousr]_x[0-9A-Za-z]{36}").len(), 2 * 5);
        assert_eq!(anchors("ghp_[0-9a-z]{36}").len(), 1 + 36);
        assert_eq!(anchors("ghp_").len(), 1 + 128);
    }

    #[test]
    fn each_branch_gets_anchors_of_its_own() {
        let both = anchors("(?:qlive[0-9]{8}|sandbqx[0-9]{8})");
        assert!(both.iter().any(|it| it.0.contains('l')) && both.iter().any(|it| it.0.contains('b')), "{both:?}");
    }

    #[test]
    fn there_is_none_where_nothing_is_required() {
        assert!(anchors("[0-9a-f]{32}").is_empty());
        assert!(anchors("(?:abcdef|[0-9]{6})x").is_empty());
    }

    #[test]
    fn two_anchors_in_a_row_cover_even_and_odd_places() {
        let both = anchors("[0-9]{3}qzxjv[0-9]{3}");
        assert_eq!(both.iter().map(|it| it.1 % 2).collect::<std::collections::BTreeSet<_>>().len(), 2, "{both:?}");
        assert_eq!(word_anchors("ab"), []);
        assert_eq!(word_anchors("qzxjv").len(), 2);
    }

    #[test]
    fn case_does_not_matter() {
        assert_eq!(anchors("(?i)zqxj"), anchors("ZQXJ"));
    }
}
