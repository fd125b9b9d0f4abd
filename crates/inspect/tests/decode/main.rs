//! What decoding finds, seen from outside.

#![expect(
    clippy::string_slice,
    clippy::format_collect,
    clippy::cast_possible_truncation,
    reason = "a test that is wrong about its own text fails, and that is all"
)]

#[cfg(test)]
mod archives;
#[cfg(test)]
mod attacks;
#[cfg(test)]
mod bombs;
#[cfg(test)]
mod cuts;
#[cfg(test)]
mod encoders;
#[cfg(test)]
mod encodings;
#[cfg(test)]
mod large;
#[cfg(test)]
mod seen;
