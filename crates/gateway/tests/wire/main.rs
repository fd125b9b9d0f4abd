//! Replies of models on their way back: values are put back and calls ruled about, whatever interface it is and wherever the
//! stream is cut.

#![expect(clippy::string_slice, reason = "what is cut is ASCII, and a cut character is a failed test")]

#[cfg(test)]
mod replies;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod smuggled;
#[cfg(test)]
mod usage;
