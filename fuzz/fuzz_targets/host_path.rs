//! See `portcullis_fuzz::host_path`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| portcullis_fuzz::host_path(bytes));
