//! A pattern taken apart: a row of byte sets of known place, with gaps of bounded length between them.

use crate::RuleError;
use regex_automata::util::syntax;
use regex_syntax::hir::{Class, Hir, HirKind};

/// The bytes that may stand in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ByteSet(Vec<u8>);

/// One part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// One byte of these.
    Set(ByteSet),
    /// So many bytes of any kind.
    Gap { least: usize, most: usize },
    /// One of several rows of pieces, of different lengths.
    Either(Vec<Vec<Piece>>),
}

/// Longest stretch of repeated sets that is written out; anchors are never found further inside.
const UNROLLED: usize = 48;

/// Longest match that is accepted. A stream has to hold back as much.
const LONGEST: usize = 16 << 10;

impl Piece {
    /// One byte of these.
    pub(crate) fn one_of(bytes: impl Iterator<Item = u8>) -> Self {
        Self::Set(ByteSet(bytes.collect()))
    }

    /// Exactly this byte.
    pub(crate) fn single(byte: u8) -> Self {
        Self::Set(ByteSet(vec![byte]))
    }
}

impl ByteSet {
    /// The bytes, with bit 5 set as the search sets it, each once.
    pub(crate) fn folded(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.0.iter().map(|byte| byte | 0x20).collect();
        bytes.sort_unstable();
        bytes.dedup();
        bytes
    }
}

/// Takes a pattern apart.
pub(crate) fn pieces(rule: &str, pattern: &str) -> Result<Vec<Piece>, RuleError> {
    let refuse = |why: String| RuleError::Pattern { rule: rule.to_owned(), pattern: pattern.to_owned(), why };
    let hir = syntax::parse_with(pattern, &crate::automaton::syntax()).map_err(|error| refuse(error.to_string()))?;
    if !hir.properties().look_set().is_empty() {
        return Err(refuse(
            "it must not hold an anchor or a word boundary; `boundary` says what may stand beside it".to_owned(),
        ));
    }
    match (hir.properties().minimum_len(), hir.properties().maximum_len()) {
        (Some(0) | None, _) => return Err(refuse("it must not match nothing at all".to_owned())),
        (_, Some(most)) if most <= LONGEST => {}
        (_, Some(_)) => return Err(refuse(format!("it can be longer than {LONGEST} bytes"))),
        (_, None) => return Err(refuse("a repeat has no upper bound".to_owned())),
    }
    let mut out = Vec::new();
    take_apart(&hir, &mut out);
    Ok(out)
}

fn take_apart(hir: &Hir, out: &mut Vec<Piece>) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.extend(literal.0.iter().map(|byte| Piece::single(*byte))),
        HirKind::Class(Class::Bytes(class)) => {
            let bytes = class.ranges().iter().flat_map(|range| range.start()..=range.end()).collect();
            out.push(Piece::Set(ByteSet(bytes)));
        }
        // Can't be: patterns are parsed as bytes. A gap claims nothing, so it is the safe answer.
        HirKind::Class(Class::Unicode(_)) => out.push(gap(hir)),
        HirKind::Repetition(repeat) => {
            let mut once = Vec::new();
            take_apart(&repeat.sub, &mut once);
            let fixed = once.iter().all(|piece| matches!(piece, Piece::Set(_)));
            // What is too long to be written out whole still shows how it begins: `key-[0-9a-f]{64}` needs that.
            let shown = if fixed { (repeat.min as usize).min(UNROLLED / once.len().max(1)) } else { 0 };
            if shown > 0 {
                (0..shown).for_each(|_| out.extend(once.iter().cloned()));
                let rest = |times: u32| (times as usize - shown) * once.len();
                let (least, most) = (rest(repeat.min), rest(repeat.max.unwrap_or(repeat.min)));
                if most > 0 {
                    out.push(Piece::Gap { least, most });
                }
            } else {
                out.push(gap(hir));
            }
        }
        HirKind::Capture(capture) => take_apart(&capture.sub, out),
        HirKind::Concat(parts) => parts.iter().for_each(|part| take_apart(part, out)),
        HirKind::Alternation(branches) => out.extend(either(branches)),
    }
}

fn gap(hir: &Hir) -> Piece {
    let (least, most) = (hir.properties().minimum_len(), hir.properties().maximum_len());
    Piece::Gap { least: least.unwrap_or(0), most: most.unwrap_or(LONGEST) }
}

/// Branches of one length become sets, which claim a little less than the branches but keep their places.
fn either(branches: &[Hir]) -> Vec<Piece> {
    let rows: Vec<Vec<Piece>> = branches
        .iter()
        .map(|branch| {
            let mut row = Vec::new();
            take_apart(branch, &mut row);
            row
        })
        .collect();
    let same = rows.windows(2).all(|pair| matches!(pair, [a, b] if a.len() == b.len()));
    let sets = rows.iter().flatten().all(|piece| matches!(piece, Piece::Set(_)));
    // Four branches at the most: the union of many would hardly say anything.
    if !same || !sets || rows.len() > 4 {
        return vec![Piece::Either(rows)];
    }
    let length = rows.first().map_or(0, Vec::len);
    let column = |at: usize| {
        let bytes = rows.iter().filter_map(|row| row.get(at)).flat_map(|piece| match piece {
            Piece::Set(ByteSet(bytes)) => bytes.clone(),
            Piece::Gap { .. } | Piece::Either(_) => Vec::new(),
        });
        Piece::Set(ByteSet(bytes.collect()))
    };
    (0..length).map(column).collect()
}

/// Shortest and longest that a row of pieces can be.
pub(crate) fn lengths(row: &[Piece]) -> (usize, usize) {
    row.iter().fold((0, 0), |(least, most), piece| {
        let (a, b) = match piece {
            Piece::Set(_) => (1, 1),
            Piece::Gap { least, most } => (*least, *most),
            Piece::Either(rows) => {
                let all = rows.iter().map(|row| lengths(row));
                all.reduce(|(a, b), (c, d)| (a.min(c), b.max(d))).unwrap_or((0, 0))
            }
        };
        (least + a, most + b)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_not_bounded() {
        for bad in ["a+", "a*b", "", "a?", "^a", r"\bab", "(", "[0-9]{1,20000}"] {
            assert!(pieces("r", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_long_repeat_shows_how_it_begins() {
        for pattern in ["cr-[0-9]{58}", "cr-[0-9]{58,90}", "cr-(?:[0-9]x){29}"] {
            let row = pieces("r", pattern).unwrap();
            assert!(matches!(row.get(3), Some(Piece::Set(ByteSet(bytes))) if bytes.len() == 10), "{row:?}");
            assert_eq!(lengths(&row), (61, if pattern.contains("90") { 93 } else { 61 }));
        }
    }

    #[test]
    fn keeps_places_through_branches_of_one_length() {
        let row = pieces("r", "(?:sk|rk)_[0-9]{3}x{1,3}").unwrap();
        assert_eq!(lengths(&row), (7, 9));
        assert!(matches!(row.first(), Some(Piece::Set(ByteSet(bytes))) if bytes == b"sr"), "{row:?}");
    }

    #[test]
    fn branches_of_different_length_stay_apart() {
        let row = pieces("r", "(?:live|test1)_x").unwrap();
        assert!(matches!(row.first(), Some(Piece::Either(rows)) if rows.len() == 2));
        assert_eq!(lengths(&row), (6, 7));
    }
}
