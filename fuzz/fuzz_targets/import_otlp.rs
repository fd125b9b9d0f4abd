//! See `portcullis_fuzz::import_from`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| portcullis_fuzz::import_from(
    portcullis_ledger::export::Format::Otlp,
    bytes
));
