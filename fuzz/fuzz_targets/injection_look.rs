//! See `portcullis_fuzz::injection_look`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| portcullis_fuzz::injection_look(bytes));
