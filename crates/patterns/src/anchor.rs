//! Four bytes that each match must hold, as rare as can be. A search looks for them and nothing else.

use crate::pieces::{Piece, lengths};
use crate::rarity::frequency;

/// How many bytes a search looks at, at a time.
pub const GRAM: usize = 4;

/// Most anchors that one rule may have. More would make the search slower than a better pattern.
const MOST: usize = 96;

/// Four bytes that a match holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Anchor {
    /// The bytes, folded, the first in the lowest place.
    pub gram: u32,
    /// Least number of bytes from the start of a match to here.
    pub least: u16,
    /// Greatest number of bytes from the start of a match to here.
    pub most: u16,
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

/// Chooses anchors of which each match holds at least one. With `literal`, only among those that lie in it.
pub(crate) fn choose(row: &[Piece], literal: Option<&[u8]>) -> Option<Choice> {
    choose_from(row, (0, 0), literal)
}

fn choose_from(row: &[Piece], start: (usize, usize), literal: Option<&[u8]>) -> Option<Choice> {
    let mut best: Option<Choice> = None;
    let mut at = start;
    for (index, piece) in row.iter().enumerate() {
        let here = match piece {
            Piece::Set(_) => window(row.get(index..index + GRAM).unwrap_or_default(), at, literal),
            Piece::Gap { .. } => None,
            Piece::Either(rows) => every(rows, at, literal),
        };
        if let Some(choice) = here
            && best.as_ref().is_none_or(|best| choice.frequency < best.frequency)
        {
            best = Some(choice);
        }
        let (least, most) = lengths(std::slice::from_ref(piece));
        at = (at.0 + least, at.1 + most);
    }
    best
}

/// Anchors for each of several branches.
fn every(rows: &[Vec<Piece>], at: (usize, usize), literal: Option<&[u8]>) -> Option<Choice> {
    let choices: Option<Vec<Choice>> = rows.iter().map(|row| choose_from(row, at, literal)).collect();
    let choices = choices?;
    let frequency = choices.iter().map(|it| it.frequency).sum();
    let anchors: Vec<Anchor> = choices.into_iter().flat_map(|it| it.anchors).collect();
    (anchors.len() <= MOST).then_some(Choice { anchors, frequency })
}

/// The anchors that four sets in a row make.
fn window(sets: &[Piece], at: (usize, usize), literal: Option<&[u8]>) -> Option<Choice> {
    let folded: Vec<Vec<u8>> = sets
        .iter()
        .map(|piece| match piece {
            Piece::Set(set) => Some(set.folded()),
            Piece::Gap { .. } | Piece::Either(_) => None,
        })
        .collect::<Option<_>>()?;
    let [a, b, c, d] = folded.as_slice() else { return None };
    if a.len() * b.len() * c.len() * d.len() > MOST {
        return None;
    }
    let (least, most) = (u16::try_from(at.0).ok()?, u16::try_from(at.1).ok()?);
    let mut choice = Choice { anchors: Vec::new(), frequency: 0.0 };
    for (w, x, y, z) in a
        .iter()
        .flat_map(|w| b.iter().flat_map(move |x| c.iter().flat_map(move |y| d.iter().map(move |z| (*w, *x, *y, *z)))))
    {
        let bytes = [w, x, y, z];
        if literal.is_some_and(|literal| !holds(literal, bytes)) {
            return None;
        }
        // Each place where a match could start costs a try.
        let places = 1.0 + f64::from(most - least) / 16.0;
        choice.frequency += frequency(bytes) * places + 1e-9;
        choice.anchors.push(Anchor { gram: gram(bytes), least, most });
    }
    Some(choice)
}

fn holds(literal: &[u8], bytes: [u8; 4]) -> bool {
    let folded: Vec<u8> = literal.iter().map(|byte| byte | 0x20).collect();
    folded.windows(GRAM).any(|window| window == bytes)
}

/// The rarest four bytes of a word and where they stand in it; `None` if it is shorter than four bytes.
pub fn word_anchor(word: &str) -> Option<(u32, usize)> {
    let folded: Vec<u8> = word.bytes().map(|byte| byte | 0x20).collect();
    let windows = folded.windows(GRAM).enumerate().filter_map(|(at, window)| {
        let bytes: [u8; 4] = window.try_into().ok()?;
        Some((frequency(bytes), at, gram(bytes)))
    });
    windows.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, at, gram)| (gram, at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pieces::pieces;

    fn anchors(pattern: &str) -> Vec<(String, u16, u16)> {
        let choice = choose(&pieces("r", pattern).unwrap(), None);
        let text = |gram: u32| String::from_utf8_lossy(&gram.to_le_bytes()).into_owned();
        choice.map(|it| it.anchors.iter().map(|a| (text(a.gram), a.least, a.most)).collect()).unwrap_or_default()
    }

    #[test]
    fn takes_the_rarest_part_of_a_literal_wherever_it_stands() {
        assert_eq!(anchors("sk-[0-9A-Za-z]{20}T3BlbkFJ[0-9A-Za-z]{20}").len(), 1);
        let (text, least, most) = anchors(r"[0-9a-z]{8,24}\.apps\.qzxcontent")[0].clone();
        assert!(text.contains("qzx"), "{text}");
        assert_eq!(most - least, 16);
    }

    #[test]
    fn spells_out_small_classes() {
        assert_eq!(anchors("gh[pousr]_[0-9A-Za-z]{36}").len(), 5);
    }

    #[test]
    fn each_branch_gets_anchors_of_its_own() {
        let both = anchors("(?:qlive[0-9]{8}|sandbqx[0-9]{8})");
        assert!(both.iter().any(|it| it.0.contains('l')) && both.iter().any(|it| it.0.contains('b')), "{both:?}");
    }

    #[test]
    fn there_is_none_where_nothing_is_required() {
        assert!(anchors("[0-9a-f]{32}").is_empty());
        assert!(anchors("(?:abcdef|[0-9]{6})x{2}").is_empty());
    }

    #[test]
    fn case_does_not_matter() {
        assert_eq!(anchors("(?i)zqxj"), anchors("ZQXJ"));
    }
}
