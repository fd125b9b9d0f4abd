//! Runs a classifier of texts that somebody trained and left in a folder: an ONNX file, the `tokenizer.json` that it was
//! trained with, and a `config.json` that names its classes. What comes out is how likely a text is an attack.
//!
//! It is not: a judgement. Which texts are worth the time, and what follows from a score, is decided by whoever asks.
//!
//! The network runs in the process, on the processor, and reads nothing but the files that it was made of. A model is trusted
//! like a program: what it computes with is bounded by its file only, so whoever can write that file can make it slow, or blind.

mod classes;
mod classifier;
mod failure;
mod folder;
mod network;
mod tokenizer;

pub use classifier::Classifier;
pub use failure::Failure;
pub use tokenizer::Tokenizer;
