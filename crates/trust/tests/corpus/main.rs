//! The corpus: how much of what is harmful is found, and how little of what is honest.

#[cfg(test)]
mod evasion;
#[cfg(test)]
mod measured;
