//! The other way: what decoding has to undo.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

/// An encoding, and how it is called when it was undone.
pub(crate) type Encoder = (&'static str, fn(&[u8]) -> String);

/// Every way to write bytes as text.
pub(crate) const ENCODERS: [Encoder; 18] = [
    ("base64", |bytes| STANDARD.encode(bytes)),
    ("base64", |bytes| STANDARD_NO_PAD.encode(bytes)),
    ("base64", |bytes| URL_SAFE.encode(bytes)),
    ("base64", |bytes| URL_SAFE_NO_PAD.encode(bytes)),
    ("base64", |bytes| wrapped(bytes, "\n", 76)),
    ("base64", |bytes| wrapped(bytes, "\n    ", 64)),
    ("base64", |bytes| wrapped(bytes, "\\n", 64)),
    ("base64", |bytes| wrapped(bytes, "\r\n# ", 61)),
    ("hex", |bytes| each(bytes, |byte| format!("{byte:02x}"))),
    ("hex", |bytes| each(bytes, |byte| format!("{byte:02X}"))),
    ("array of bytes", |bytes| bytes.iter().map(|byte| format!("0x{byte:02x}")).collect::<Vec<_>>().join(", ")),
    ("percent-encoding", |bytes| each(bytes, |byte| format!("%{byte:02X}"))),
    ("string escapes", |bytes| each(bytes, |byte| format!("\\x{byte:02x}"))),
    ("string escapes", |bytes| each(bytes, |byte| format!("\\{byte:03o}"))),
    ("string escapes", |bytes| {
        characters(bytes, |c| c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect())
    }),
    ("string escapes", |bytes| characters(bytes, |c| format!("\\u{{{:x}}}", u32::from(c)))),
    ("HTML entities", |bytes| characters(bytes, |c| format!("&#{};", u32::from(c)))),
    ("HTML entities", |bytes| characters(bytes, |c| format!("&#x{:X};", u32::from(c)))),
];

fn each(bytes: &[u8], write: impl Fn(&u8) -> String) -> String {
    bytes.iter().map(write).collect()
}

fn characters(bytes: &[u8], write: impl Fn(char) -> String) -> String {
    String::from_utf8_lossy(bytes).chars().map(write).collect()
}

fn wrapped(bytes: &[u8], between: &str, width: usize) -> String {
    let line = STANDARD.encode(bytes);
    line.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect::<Vec<_>>().join(between)
}

/// A string of JSON that holds the text.
pub(crate) fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// UTF-16 without a mark.
pub(crate) fn utf16(text: &str, low_first: bool) -> Vec<u8> {
    text.encode_utf16().flat_map(|unit| if low_first { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

/// Mail.
pub(crate) fn quoted_printable(text: &str) -> String {
    let mut out = String::new();
    let mut line = 0;
    for byte in text.bytes() {
        let piece = if byte == b'=' || !(b' '..=b'~').contains(&byte) {
            format!("={byte:02X}")
        } else {
            char::from(byte).to_string()
        };
        if line + piece.len() > 75 {
            out.push_str("=\n");
            line = 0;
        }
        line += piece.len();
        out.push_str(&piece);
    }
    out
}
