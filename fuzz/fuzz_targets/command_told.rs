//! See `portcullis_fuzz::command_told`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| portcullis_fuzz::command_told(bytes));
