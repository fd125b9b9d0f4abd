//! See `portcullis_fuzz::restore_text`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| portcullis_fuzz::restore_text(bytes));
