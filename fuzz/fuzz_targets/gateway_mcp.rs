//! See `portcullis_fuzz::gateway_mcp`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| portcullis_fuzz::gateway_mcp(bytes));
