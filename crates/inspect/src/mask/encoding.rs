//! Bytes to text and back, without changing a byte of what is not masked.

use super::row::MaskError;

/// How data are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a mark at the start.
    Utf8,
    /// UTF-16 with a mark at the start, the low byte first.
    Utf16Little,
    /// UTF-16 with a mark at the start, the high byte first.
    Utf16Big,
    /// One byte for one character: Latin-1, and whatever else is not UTF-8.
    Bytes,
}

impl Encoding {
    fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Little | Self::Utf16Big => "UTF-16",
            Self::Bytes => "bytes",
        }
    }
}

/// Finds out how data are encoded that come in pieces.
#[derive(Debug, Default)]
pub(super) struct Guess {
    start: Vec<u8>,
    /// The beginning of a character that the next piece ends.
    cut: Vec<u8>,
    is_no_utf8: bool,
}

impl Guess {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let missing = 2_usize.saturating_sub(self.start.len());
        self.start.extend(bytes.iter().take(missing));
        if self.is_no_utf8 {
            return;
        }
        let mut all = std::mem::take(&mut self.cut);
        all.extend(bytes);
        if let Err(error) = std::str::from_utf8(&all) {
            match error.error_len() {
                Some(_) => self.is_no_utf8 = true,
                None => self.cut = all.get(error.valid_up_to()..).unwrap_or_default().to_vec(),
            }
        }
    }

    pub(super) fn finish(self) -> Encoding {
        match self.start.as_slice() {
            [0xFF, 0xFE] => Encoding::Utf16Little,
            [0xFE, 0xFF] => Encoding::Utf16Big,
            _ if self.is_no_utf8 || !self.cut.is_empty() => Encoding::Bytes,
            _ => Encoding::Utf8,
        }
    }
}

/// Decodes data that come in pieces.
#[derive(Debug)]
pub(super) struct Decoder {
    encoding: Encoding,
    /// Bytes of a character that is not whole yet.
    cut: Vec<u8>,
}

impl Decoder {
    pub(super) fn new(encoding: Encoding) -> Self {
        Self { encoding, cut: Vec::new() }
    }

    /// The text of the next bytes, as far as its characters are whole.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<String, MaskError> {
        let mut all = std::mem::take(&mut self.cut);
        all.extend(bytes);
        match self.encoding {
            Encoding::Bytes => Ok(all.iter().map(|byte| char::from(*byte)).collect()),
            Encoding::Utf8 => self.utf8(all),
            Encoding::Utf16Little => self.utf16(&all, u16::from_le_bytes),
            Encoding::Utf16Big => self.utf16(&all, u16::from_be_bytes),
        }
    }

    pub(super) fn finish(self) -> Result<(), MaskError> {
        if self.cut.is_empty() { Ok(()) } else { Err(self.wrong()) }
    }

    fn utf8(&mut self, mut all: Vec<u8>) -> Result<String, MaskError> {
        let valid = match std::str::from_utf8(&all) {
            Ok(_) => all.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => return Err(self.wrong()),
        };
        self.cut = all.split_off(valid);
        String::from_utf8(all).map_err(|_| self.wrong())
    }

    fn utf16(&mut self, all: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, MaskError> {
        let (pairs, odd) = all.as_chunks::<2>();
        let mut units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
        self.cut = odd.to_vec();
        // The first half of a character waits for the second.
        if units.last().is_some_and(|last| (0xD800..0xDC00).contains(last)) {
            units.pop();
            self.cut = all.get(units.len() * 2..).unwrap_or_default().to_vec();
        }
        String::from_utf16(&units).map_err(|_| self.wrong())
    }

    fn wrong(&self) -> MaskError {
        MaskError::Encoding { encoding: self.encoding.name() }
    }
}

/// Appends text in its encoding. A character that the encoding does not have becomes a question mark; masking only puts
/// in characters of the scripts that were there.
pub(super) fn encode(encoding: Encoding, text: &str, out: &mut Vec<u8>) {
    match encoding {
        Encoding::Utf8 => out.extend(text.as_bytes()),
        Encoding::Utf16Little => out.extend(text.encode_utf16().flat_map(u16::to_le_bytes)),
        Encoding::Utf16Big => out.extend(text.encode_utf16().flat_map(u16::to_be_bytes)),
        Encoding::Bytes => out.extend(text.chars().map(|c| u8::try_from(c).unwrap_or(b'?'))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn through(bytes: &[u8], piece: usize) -> (Encoding, Vec<u8>) {
        let mut guess = Guess::default();
        bytes.chunks(piece).for_each(|chunk| guess.push(chunk));
        let encoding = guess.finish();
        let mut decoder = Decoder::new(encoding);
        let mut out = Vec::new();
        for chunk in bytes.chunks(piece) {
            encode(encoding, &decoder.push(chunk).unwrap(), &mut out);
        }
        decoder.finish().unwrap();
        (encoding, out)
    }

    #[test]
    fn finds_the_encoding() {
        assert_eq!(through("\u{feff}añ😀".as_bytes(), 1).0, Encoding::Utf8);
        assert_eq!(through(b"a\xf1", 1).0, Encoding::Bytes);
        assert_eq!(through(b"\xff\xfea\0\x3d\xd8\x00\xde", 1).0, Encoding::Utf16Little);
        assert_eq!(through(b"\xfe\xff\0a", 3).0, Encoding::Utf16Big);
        assert_eq!(through(b"", 1).0, Encoding::Utf8);
    }

    proptest! {
        #[test]
        fn every_byte_comes_back(bytes in any::<Vec<u8>>(), text in any::<String>(), piece in 1_usize..9) {
            prop_assume!(!bytes.starts_with(b"\xff\xfe") && !bytes.starts_with(b"\xfe\xff"));
            prop_assert_eq!(through(&bytes, piece).1, bytes);
            prop_assert_eq!(through(text.as_bytes(), piece).1, text.as_bytes());
            let mut wide = Vec::new();
            encode(Encoding::Utf16Little, &format!("\u{feff}{text}"), &mut wide);
            prop_assert_eq!(&through(&wide, piece).1, &wide);
        }
    }
}
