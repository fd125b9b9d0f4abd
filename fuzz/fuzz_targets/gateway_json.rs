//! See `portcullis_fuzz::gateway_json`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| portcullis_fuzz::gateway_json(bytes));
