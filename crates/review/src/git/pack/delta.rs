//! Changes to an object: take this piece of the base, put in that.

use crate::report::Why;

/// One step of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    /// So many bytes of the base, from there on.
    Copy { from: usize, length: usize },
    /// These bytes.
    Insert(&'a [u8]),
}

/// A change, and the sizes that it announces.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delta<'a> {
    /// The size of the base.
    base: u64,
    /// The size of the result.
    pub(crate) result: u64,
    steps: &'a [u8],
}

fn corrupt() -> Why {
    Why::Corrupt("a change to another object does not make sense".to_owned())
}

impl<'a> Delta<'a> {
    /// Reads the sizes that stand at the beginning.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, Why> {
        let (base, rest) = size(bytes).ok_or_else(corrupt)?;
        let (result, steps) = size(rest).ok_or_else(corrupt)?;
        Ok(Self { base, result, steps })
    }

    /// Makes the result in `out`.
    pub(crate) fn apply(&self, base: &[u8], most: u64, out: &mut Vec<u8>) -> Result<(), Why> {
        out.clear();
        if base.len() as u64 != self.base {
            return Err(corrupt());
        }
        if self.result > most {
            return Err(Why::TooLarge { bytes: self.result, most });
        }
        let size = usize::try_from(self.result).map_err(|_| corrupt())?;
        // What is announced is only reserved as far as the steps can make it.
        out.reserve_exact(size.min(self.steps.len().saturating_mul(base.len().max(128))));
        for step in self.steps() {
            match step.ok_or_else(corrupt)? {
                Step::Copy { from, length } => {
                    let piece = from.checked_add(length).and_then(|end| base.get(from..end)).ok_or_else(corrupt)?;
                    out.extend_from_slice(piece);
                }
                Step::Insert(bytes) => out.extend_from_slice(bytes),
            }
            if out.len() > size {
                return Err(corrupt());
            }
        }
        if out.len() == size { Ok(()) } else { Err(corrupt()) }
    }

    /// The steps. The last item is none if they do not make sense there.
    pub(crate) fn steps(&self) -> impl Iterator<Item = Option<Step<'a>>> + use<'a> {
        let mut rest = self.steps;
        std::iter::from_fn(move || {
            let (&code, after) = rest.split_first()?;
            let step = step(code, after);
            rest = step.map_or(&[], |(_, rest)| rest);
            Some(step.map(|(step, _)| step))
        })
    }
}

fn step(code: u8, mut rest: &[u8]) -> Option<(Step<'_>, &[u8])> {
    if code & 0x80 == 0 {
        // The code 0 is reserved.
        let (bytes, rest) = rest.split_at_checked(usize::from(code)).filter(|_| code > 0)?;
        return Some((Step::Insert(bytes), rest));
    }
    let mut number = |flags: std::ops::Range<u32>| {
        let mut number = 0;
        for (place, flag) in flags.enumerate() {
            if code >> flag & 1 == 1 {
                let (&byte, after) = rest.split_first()?;
                number |= usize::from(byte) << (8 * place);
                rest = after;
            }
        }
        Some(number)
    };
    let (from, length) = (number(0..4)?, number(4..7)?);
    Some((Step::Copy { from, length: if length == 0 { 0x10000 } else { length } }, rest))
}

/// A size in groups of seven bits, the lowest first.
fn size(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut size = 0;
    for (count, byte) in bytes.iter().enumerate().take(9) {
        size |= u64::from(byte & 0x7f) << (7 * count);
        if byte & 0x80 == 0 {
            return Some((size, bytes.get(count + 1..)?));
        }
    }
    None
}
