//! What must hold for any bytes. Each function panics where it does not; the targets only call them.

use portcullis_event::{AbsPath, Host, Record};
use portcullis_ledger::export::{Entry, Format, export, import};
use std::path::Path;

/// A record that can be read is written, and read again, as it was.
pub fn record_decode(bytes: &[u8]) {
    let Ok(record) = Record::decode(bytes) else { return };
    let once = record.encode().expect("what was read can be written");
    let again = Record::decode(&once).expect("what was written can be read");
    assert_eq!(again, record);
    assert_eq!(again.encode().as_deref(), Ok(once.as_slice()));
}

/// Entries that can be read from a format come back from every format as they were.
pub fn import_from(format: Format, bytes: &[u8]) {
    let entries: Vec<Entry> = import(format, bytes).flatten().collect();
    for format in Format::ALL {
        let mut out = Vec::new();
        export(format, entries.iter().cloned(), &mut out).expect("what was read can be written");
        let back: Result<Vec<Entry>, _> = import(format, out.as_slice()).collect();
        assert_eq!(back.as_ref(), Ok(&entries));
    }
}

/// A host or a path has one spelling, and that is the one which it is shown in.
pub fn host_path(bytes: &[u8]) {
    use std::os::unix::ffi::OsStrExt as _;
    if let Ok(path) = AbsPath::from_os(Path::new(std::ffi::OsStr::from_bytes(bytes))) {
        assert_eq!(AbsPath::parse(path.as_str()).as_ref(), Ok(&path));
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(host) = Host::parse(text) {
        assert_eq!(Host::parse(host.as_str()).as_ref(), Ok(&host));
        assert!(host.is_within(&host));
        assert!(!host.as_str().contains(|c: char| c.is_uppercase() || c.is_whitespace() || c.is_control()));
    }
    if let Ok(path) = AbsPath::parse(text) {
        assert_eq!(AbsPath::parse(path.as_str()).as_ref(), Ok(&path));
        assert!(path.as_str().starts_with('/') && path.components().all(|name| name != ".." && name != "."));
        assert!(path.ancestors().all(|folder| AbsPath::parse(folder).is_ok_and(|folder| path.is_within(&folder))));
    }
}

/// Whatever is unpacked or decoded stays within the limits, and each byte of it leads back to a place in the input.
pub fn decode_layers(bytes: &[u8]) {
    use portcullis_inspect::decode::{Limits, layers};
    let limits = Limits { output: 4 << 20, entry: 1 << 20, entries: 1000, rot13: true, ..Limits::default() };
    layers(bytes, &limits, &mut |layer| {
        let count = layer.bytes().len();
        assert!(count <= limits.entry + 1024);
        for at in [0, count / 2, count.saturating_sub(1)] {
            let origin = layer.map(at..(at + 1).min(count));
            assert!(origin.span.start <= origin.span.end && origin.span.end <= bytes.len());
            if let Some(inside) = origin.inside {
                assert!(inside.span.end <= inside.text.len());
            }
        }
    });
}
