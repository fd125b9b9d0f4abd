//! See `portcullis_fuzz::gateway_sse`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| portcullis_fuzz::gateway_sse(bytes));
