//! Placeholders from outside: what goes out and what comes back, damaged, in pieces, and under attack.

#![expect(clippy::string_slice, reason = "placeholders are ASCII, and a cut character is a failed test")]
#![expect(clippy::format_push_string, reason = "tests may be slow where it makes them shorter")]

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod chunks;
#[cfg(test)]
mod damaged;
#[cfg(test)]
mod json;
#[cfg(test)]
mod replacing;
#[cfg(test)]
mod sessions;
