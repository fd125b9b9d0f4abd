//! See `portcullis_fuzz::inspect_look`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| portcullis_fuzz::inspect_look(bytes));
