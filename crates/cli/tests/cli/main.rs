//! What the program prints and how it ends, command by command. Every test runs the real binary with an environment of
//! its own and compares all of what a user would see.

mod harness;

mod arguments;
mod completions;
mod doctor;
mod man;
mod reference;
