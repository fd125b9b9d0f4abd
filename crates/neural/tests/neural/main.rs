//! A tokenizer that is held against the one that models are trained with, a model that is public, and models that are none.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "tests")]

mod broken;
mod tokens;
mod verdict;
mod written;
