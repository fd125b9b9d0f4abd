//! See `portcullis_fuzz::egress_read`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| portcullis_fuzz::egress_read(bytes));
