//! See `portcullis_fuzz::hook_call`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| portcullis_fuzz::hook_call(bytes));
