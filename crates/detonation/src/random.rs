//! Characters that nobody can guess.

use std::io;

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// So many letters and digits.
pub(crate) fn letters(count: usize) -> io::Result<String> {
    of(LETTERS, count)
}

/// So many digits of a number to the base of sixteen.
pub(crate) fn hex(count: usize) -> io::Result<String> {
    of(b"0123456789abcdef", count)
}

/// One of these.
pub(crate) fn one<T: Copy>(of: &[T]) -> io::Result<T> {
    let mut byte = [0; 1];
    getrandom::fill(&mut byte).map_err(io::Error::other)?;
    of.get(usize::from(byte[0]) % of.len().max(1)).copied().ok_or_else(|| io::Error::other("there is none to choose"))
}

fn of(alphabet: &[u8], count: usize) -> io::Result<String> {
    let mut bytes = vec![0; count];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    // Some are a little likelier than others, which helps nobody to guess.
    Ok(bytes
        .iter()
        .filter_map(|byte| alphabet.get(usize::from(*byte) % alphabet.len()))
        .map(|it| char::from(*it))
        .collect())
}
