//! Sixty-four bytes at a time, one bit for each. What is asked of the bytes is asked of sixteen at once, with the vector
//! instructions that every processor of the kind has.

use wide::{i8x16, u8x16};

/// How many bytes are looked at together.
pub(crate) const BLOCK: usize = 64;

/// Sixteen bytes: as many as are asked at once.
pub(crate) type Lane = u8x16;

/// One bit for each byte of which `is` says yes: it gives 255 for these, and 0 for all others.
#[inline]
pub(crate) fn bits(bytes: &[u8; BLOCK], is: impl Fn(Lane) -> Lane) -> u64 {
    let lanes = bytes.as_chunks::<16>().0.iter().enumerate();
    lanes.fold(0, |bits, (number, lane)| bits | u64::from(is(Lane::new(*lane)).to_bitmask()) << (16 * number))
}

/// One bit for each byte of which `is` says yes, given the byte behind it as well.
#[inline]
pub(crate) fn bits_of_pairs(here: &[u8; BLOCK], next: &[u8; BLOCK], is: impl Fn(Lane, Lane) -> Lane) -> u64 {
    let pairs = here.as_chunks::<16>().0.iter().zip(next.as_chunks::<16>().0).enumerate();
    pairs.fold(0, |bits, (number, (here, next))| {
        bits | u64::from(is(Lane::new(*here), Lane::new(*next)).to_bitmask()) << (16 * number)
    })
}

/// The bytes that are this one.
#[inline]
pub(crate) fn equal(lane: Lane, byte: u8) -> Lane {
    lane.simd_eq(Lane::splat(byte))
}

/// The bytes that are one of these.
#[inline]
pub(crate) fn any_of<const N: usize>(lane: Lane, these: &[u8; N]) -> Lane {
    these.iter().fold(Lane::splat(0), |all, byte| all | equal(lane, *byte))
}

/// The bytes from `first` to `last`, both included.
#[inline]
pub(crate) fn between(lane: Lane, first: u8, last: u8) -> Lane {
    // Only signed bytes can be compared by size. The range is moved to where its last byte is the greatest of these.
    let moved = lane + Lane::splat(127_u8.wrapping_sub(last));
    let below = 126_u8.wrapping_sub(last.wrapping_sub(first));
    unsigned(signed(moved).simd_gt(signed(Lane::splat(below))))
}

#[inline]
fn signed(lane: Lane) -> i8x16 {
    i8x16::new(lane.to_array().map(u8::cast_signed))
}

#[inline]
fn unsigned(lane: i8x16) -> Lane {
    Lane::new(lane.to_array().map(i8::cast_unsigned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_gets_its_bit_whatever_it_is() {
        for (first, last) in [(b'a', b'z'), (b'/', b'9'), (0, 0), (b'\t', b'.'), (0x80, 0xff), (0x7f, 0x80)] {
            for start in (0..=192_u8).step_by(64) {
                let bytes: [u8; BLOCK] = std::array::from_fn(|at| start + u8::try_from(at).unwrap());
                let wanted = |is: &dyn Fn(u8) -> bool| {
                    bytes.iter().enumerate().fold(0, |bits, (at, byte)| bits | u64::from(is(*byte)) << at)
                };
                let is_between = |byte| (first..=last).contains(&byte);
                assert_eq!(bits(&bytes, |lane| between(lane, first, last)), wanted(&is_between), "{first} {last}");
                assert_eq!(bits(&bytes, |lane| equal(lane, last)), wanted(&|byte| byte == last));
                assert_eq!(bits(&bytes, |lane| any_of(lane, &[first, last])), wanted(&|it| it == first || it == last));
            }
        }
    }

    #[test]
    fn a_pair_is_a_byte_and_the_one_behind_it() {
        let bytes: [u8; BLOCK + 1] = std::array::from_fn(|at| u8::try_from(at).unwrap());
        let (here, next) = (bytes.first_chunk().unwrap(), bytes.last_chunk().unwrap());
        assert_eq!(bits_of_pairs(here, next, |here, next| equal(here, 20) & equal(next, 21)), 1 << 20);
        assert_eq!(bits_of_pairs(here, next, |here, next| equal(here, 63) & equal(next, 64)), 1 << 63);
    }
}
