//! What the first bytes of something say about how it is packed.

/// How something is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Zlib,
    Zstd,
    Xz,
    Bzip2,
    Zip,
    Tar,
    /// Packed in a way that we know but do not unpack.
    Unsupported,
}

/// So many bytes are enough to tell.
pub(super) const HEAD: usize = 512;
/// Where a tar header keeps its checksum.
const TAR_CHECKSUM: std::ops::Range<usize> = 148..156;

const SEVEN_ZIP: &[u8] = b"7z\xbc\xaf\x27\x1c";
const RAR: &[u8] = b"Rar!\x1a\x07";
const LZ4: &[u8] = b"\x04\x22\x4d\x18";
const CAB: &[u8] = b"MSCF\0\0\0\0";

/// How the bytes are packed, if they are.
pub(super) fn packing(head: &[u8]) -> Option<Packing> {
    let zlib = |second: u8| matches!(second, 0x01 | 0x5e | 0x9c | 0xda);
    match head {
        [0x1f, 0x8b, 8, flags, ..] if flags & 0xe0 == 0 => Some(Packing::Gzip),
        [0x78, second, third, ..] if zlib(*second) && third & 6 != 6 => Some(Packing::Zlib),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Packing::Zstd),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Packing::Xz),
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..] => Some(Packing::Bzip2),
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Packing::Zip),
        _ if [SEVEN_ZIP, RAR, LZ4, CAB].iter().any(|magic| head.starts_with(magic)) => Some(Packing::Unsupported),
        _ if is_tar(head) => Some(Packing::Tar),
        _ => None,
    }
}

/// A tar header is right if its checksum is, whichever dialect it speaks.
pub(super) fn is_tar(head: &[u8]) -> bool {
    let Some(header) = head.first_chunk::<HEAD>() else { return false };
    let Some(stored) = header.get(TAR_CHECKSUM).and_then(octal) else { return false };
    let sum: u64 = header
        .iter()
        .enumerate()
        .map(|(at, byte)| u64::from(if TAR_CHECKSUM.contains(&at) { b' ' } else { *byte }))
        .sum();
    stored == sum && header.first() != Some(&0)
}

/// A number as a tar header writes it: octal digits, with spaces before and a space or zero behind.
pub(super) fn octal(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?.trim_matches([' ', '\0']);
    u64::from_str_radix(text, 8).ok()
}

/// Whether the bytes begin with DER: a sequence that is long enough for a key or a certificate.
fn is_der(head: &[u8]) -> bool {
    match *head {
        [0x30, 0x81, length, 0x02 | 0x30, ..] => length >= 0x80,
        [0x30, 0x82, high, _, 0x02 | 0x30, ..] => high >= 1,
        _ => false,
    }
}

/// Whether something that was decoded is of a known kind, though it is not text.
pub(super) fn is_known(head: &[u8]) -> bool {
    packing(head).is_some() || is_der(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_never_taken_for_something_packed() {
        for text in ["PK is a name", "BZh9 is not enough", "x = 1", "7z", "0\u{82}", ""] {
            assert_eq!(packing(text.as_bytes()), None, "{text}");
        }
        assert_eq!(packing(&[b'a'; 512]), None);
        assert_eq!(packing(&[0; 512]), None);
    }
}
