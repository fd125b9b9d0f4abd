//! Pieces of a text that become others.

use super::kind::Kind;
use std::ops::Range;

/// A piece of a text, and what is done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) span: Range<usize>,
    pub(super) treatment: Treatment,
}

/// What is done with a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Treatment {
    /// It is a value of this kind.
    Value(Kind),
    /// It is one with the escapes of JSON.
    Escaped(Kind),
    /// It is a key that goes over many lines.
    Lines,
}

/// Pieces that do not overlap, in the order of the text. Of overlapping ones the longest says what is done, with all that
/// they cover together.
pub(super) fn settled(mut pieces: Vec<Piece>) -> Vec<Piece> {
    pieces.retain(|piece| !piece.span.is_empty());
    pieces.sort_by_key(|piece| (piece.span.start, std::cmp::Reverse(piece.span.end)));
    let mut settled: Vec<(Piece, usize)> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let length = piece.span.len();
        match settled.last_mut() {
            Some((last, longest)) if piece.span.start < last.span.end => {
                last.span.end = last.span.end.max(piece.span.end);
                if length > *longest {
                    (last.treatment, *longest) = (piece.treatment, length);
                }
            }
            Some(_) | None => settled.push((piece, length)),
        }
    }
    settled.into_iter().map(|(piece, _)| piece).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_pieces_are_one() {
        let piece = |span: Range<usize>, kind| Piece { span, treatment: Treatment::Value(kind) };
        let all =
            vec![piece(5..9, Kind::Name), piece(0..4, Kind::Id), piece(8..20, Kind::Email), piece(6..6, Kind::Id)];
        assert_eq!(settled(all), [piece(0..4, Kind::Id), piece(5..20, Kind::Email)]);
    }
}
