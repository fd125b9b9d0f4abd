//! See `portcullis_fuzz::gateway_reply`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| portcullis_fuzz::gateway_reply(bytes));
