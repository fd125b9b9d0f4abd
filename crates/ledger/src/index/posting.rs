//! How a term's positions are stored: distances for few, a bitmap for many.

use super::error::Damage;
use super::set::{Set, add, dense, no_bits};

/// How the bytes of a posting are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Distances from one position to the next, as variable-length integers.
    Distances,
    /// One bit for each position.
    Bitmap,
}

/// Appends `value` in groups of seven bits, the lowest first.
pub(super) fn put_number(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

/// Reads what [`put_number`] wrote and moves `bytes` behind it.
pub(super) fn take_number(bytes: &mut &[u8]) -> Result<u64, Damage> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let (&byte, rest) = bytes.split_first().ok_or(Damage("a number is cut off"))?;
        *bytes = rest;
        value |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(Damage("a number is too long"))
}

/// Stores ascending `positions` out of `span`.
pub(super) fn encode(positions: &[u32], span: u32) -> (Form, Vec<u8>) {
    if dense(positions.len(), span) && positions.len() > 16 {
        let mut bits = no_bits(span);
        for &position in positions {
            add(&mut bits, position);
        }
        return (Form::Bitmap, bits.iter().flat_map(|word| word.to_le_bytes()).collect());
    }
    let mut bytes = Vec::with_capacity(positions.len() * 2);
    let mut last = 0;
    for &position in positions {
        put_number(&mut bytes, u64::from(position - last));
        last = position;
    }
    (Form::Distances, bytes)
}

/// Reads positions back. Positions outside of `span`, or out of order, are damage.
pub(super) fn decode(form: Form, bytes: &[u8], span: u32) -> Result<Set, Damage> {
    match form {
        Form::Distances => distances(bytes, span).map(Set::List),
        Form::Bitmap => bitmap(bytes, span).map(Set::Bits),
    }
}

fn distances(mut bytes: &[u8], span: u32) -> Result<Vec<u32>, Damage> {
    let mut positions = Vec::with_capacity(bytes.len());
    let mut position = 0_u64;
    while !bytes.is_empty() {
        let distance = take_number(&mut bytes)?;
        if distance == 0 && !positions.is_empty() {
            return Err(Damage("a position is listed twice"));
        }
        position = position.saturating_add(distance);
        let valid = u32::try_from(position).ok().filter(|&position| position < span);
        positions.push(valid.ok_or(Damage("a position is outside of its run"))?);
    }
    Ok(positions)
}

fn bitmap(bytes: &[u8], span: u32) -> Result<Vec<u64>, Damage> {
    let (words, rest) = bytes.as_chunks::<8>();
    if !rest.is_empty() || words.len() != (span as usize).div_ceil(64) {
        return Err(Damage("a bitmap has the wrong length"));
    }
    let bits: Vec<u64> = words.iter().map(|word| u64::from_le_bytes(*word)).collect();
    let beyond = match (span % 64, bits.last()) {
        (0, _) | (_, None) => 0,
        (used, Some(last)) => last >> used,
    };
    if beyond == 0 { Ok(bits) } else { Err(Damage("a position is outside of its run")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn reads_back_what_it_wrote(members in prop::collection::btree_set(0_u32..5000, 1..600), wide in any::<bool>()) {
            let span = if wide { 1 << 20 } else { 5000 };
            let positions: Vec<u32> = members.into_iter().collect();
            let (form, bytes) = encode(&positions, span);
            let read = decode(form, &bytes, span).unwrap();
            prop_assert_eq!(read.positions(0..span, false).collect::<Vec<_>>(), positions);
        }

        #[test]
        fn any_bytes_are_read_or_refused_and_never_leave_the_run(bytes in prop::collection::vec(any::<u8>(), 0..64), span in 0_u32..600) {
            for form in [Form::Distances, Form::Bitmap] {
                if let Ok(set) = decode(form, &bytes, span) {
                    prop_assert!(set.positions(0..u32::MAX, false).all(|position| position < span));
                }
            }
        }
    }
}
