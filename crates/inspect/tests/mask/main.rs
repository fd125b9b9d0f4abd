//! Synthetic copies from outside: what stays, what changes, and that what could be read can still be read.

#![expect(clippy::string_slice, reason = "what is cut is ASCII, and a cut character is a failed test")]
#![expect(clippy::format_push_string, clippy::format_collect, reason = "tests may be slow where it makes them shorter")]

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod consistent;
#[cfg(test)]
mod copies;
#[cfg(test)]
mod formats;
