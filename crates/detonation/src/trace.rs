//! Finds canaries again, in whatever was said or written: as they are, backwards, packed, encoded once or several times, cut into
//! pieces of twelve characters or more, or with every byte changed in the same way.

use crate::canary::Canary;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use portcullis_inspect::decode::{HEAD, Limits, is_packed, layers};
use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};

/// So many characters in a row are enough: chance does not make them.
const ENOUGH: usize = 12;

/// How deep encodings are undone within one another, beside what [`layers`] does.
const DEEPEST: usize = 3;

/// So many packed things are unpacked of what was said at once.
const MOST_UNPACKED: usize = 64;

/// So many bytes are looked into of what was said at once, in all forms together. This bounds the time.
const MOST_LOOKED_INTO: usize = 32 << 20;

/// The most bytes that are looked into at once.
const LONGEST: usize = 8 << 20;

type Gram = [u8; ENOUGH];

/// Finds canaries.
#[derive(Debug)]
pub struct Tracer {
    /// Pieces of canaries, each with the number of its canary.
    pieces: HashMap<Gram, usize>,
    /// What changes from byte to byte in them, which stays the same where all bytes are changed by the same one.
    steps: HashMap<Gram, usize>,
    /// With which two bytes any of them begins: hardly anything has to be looked up.
    begins: Vec<bool>,
    /// Whether something was not looked into in every form.
    cut: Cell<bool>,
}

/// What is left of what may be done.
#[derive(Debug)]
struct Left {
    bytes: usize,
    unpacked: usize,
}

impl Tracer {
    /// For these.
    pub fn new(canaries: &[Canary]) -> Self {
        let mut tracer =
            Self { pieces: HashMap::new(), steps: HashMap::new(), begins: vec![false; 1 << 16], cut: Cell::new(false) };
        for (number, canary) in canaries.iter().enumerate() {
            for line in canary.value.lines().map(str::as_bytes) {
                tracer.pieces.extend(grams(line).map(|gram| (gram, number)));
                tracer.steps.extend(grams(&steps(line)).map(|gram| (gram, number)));
            }
        }
        for gram in tracer.pieces.keys().chain(tracer.steps.keys()) {
            if let Some(begin) = tracer.begins.get_mut(first(gram)) {
                *begin = true;
            }
        }
        tracer
    }

    /// Whether there was more since this was asked last than is looked into in every form.
    pub fn was_cut(&self) -> bool {
        self.cut.take()
    }

    /// The numbers of the canaries in some bytes.
    pub fn find(&self, bytes: &[u8]) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let bytes = bytes.get(..LONGEST).unwrap_or(bytes);
        let mut left = Left { bytes: MOST_LOOKED_INTO, unpacked: MOST_UNPACKED };
        self.look(bytes, 0, &mut left, &mut found);
        let backwards: Vec<u8> = bytes.iter().rev().copied().collect();
        self.look(&backwards, 1, &mut left, &mut found);
        layers(bytes, &limits(), &mut |layer| self.look(layer.bytes(), 1, &mut left, &mut found));
        found
    }

    /// The numbers of the canaries in names that were asked for, which carry things in their labels.
    pub fn find_in_names<'n>(&self, names: impl Iterator<Item = &'n str>) -> BTreeSet<usize> {
        let (mut found, mut zones): (_, HashMap<String, String>) = (BTreeSet::new(), HashMap::new());
        for name in names {
            found.extend(self.find(name.as_bytes()));
            let labels: Vec<&str> = name.split('.').collect();
            let (carried, zone) = labels.split_at(labels.len().saturating_sub(2));
            found.extend(self.find(carried.concat().as_bytes()));
            let all = zones.entry(zone.join(".").to_ascii_lowercase()).or_default();
            // A label that counts pieces is no part of them.
            all.extend(carried.iter().filter(|label| label.len() > 3).copied());
        }
        for carried in zones.values() {
            found.extend(self.find(carried.as_bytes()));
        }
        found
    }

    fn known(&self, all: &HashMap<Gram, usize>, bytes: &[u8]) -> Vec<usize> {
        let begins = |gram: &Gram| self.begins.get(first(gram)).copied().unwrap_or(false);
        grams(bytes).filter(begins).filter_map(|gram| all.get(&gram).copied()).collect()
    }

    fn look(&self, bytes: &[u8], depth: usize, left: &mut Left, found: &mut BTreeSet<usize>) {
        // What was said is looked into as it is, however much of it was done already.
        if depth > 0 && left.bytes < bytes.len() {
            left.bytes = 0;
            self.cut.set(true);
            return;
        }
        left.bytes = left.bytes.saturating_sub(bytes.len());
        found.extend(self.known(&self.pieces, bytes));
        found.extend(self.known(&self.steps, &steps(bytes)));
        if depth >= DEEPEST {
            return;
        }
        for decoded in decoded(bytes) {
            self.look(&decoded, depth + 1, left, found);
        }
        // What is packed may stand behind a head, or a word of whoever made it.
        for at in 0..bytes.len() {
            let rest = bytes.get(at..).unwrap_or_default();
            if left.unpacked > 0 && is_packed(rest.get(..HEAD).unwrap_or(rest)) {
                left.unpacked -= 1;
                layers(rest, &limits(), &mut |layer| self.look(layer.bytes(), depth + 1, left, found));
            }
        }
    }
}

fn limits() -> Limits {
    Limits { output: 16 << 20, entry: 8 << 20, rot13: true, ..Limits::default() }
}

fn grams(bytes: &[u8]) -> impl Iterator<Item = Gram> {
    bytes.windows(ENOUGH).filter_map(|window| window.try_into().ok())
}

/// The first two bytes, as a number.
fn first(gram: &Gram) -> usize {
    let [one, two, ..] = gram;
    usize::from(*one) << 8 | usize::from(*two)
}

/// How each byte differs from the one before.
fn steps(bytes: &[u8]) -> Vec<u8> {
    bytes.windows(2).filter_map(|pair| Some(pair.first()? ^ pair.get(1)?)).collect()
}

/// What runs of digits of different kinds stand for.
fn decoded(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut all = vec![percent(bytes)];
    for run in runs(bytes, |byte| byte.is_ascii_hexdigit()) {
        all.extend((0..2).filter_map(|from| run.get(from..)).map(hex));
    }
    for run in runs(bytes, |byte| byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte)) {
        let digits: Vec<u8> = run
            .iter()
            .filter(|byte| **byte != b'=')
            .map(|byte| match byte {
                b'-' => b'+',
                b'_' => b'/',
                other => *other,
            })
            .collect();
        all.extend((0..4).filter_map(|from| base64(digits.get(from..)?)));
        if digits.iter().all(u8::is_ascii_alphanumeric) {
            all.extend((0..8).filter_map(|from| digits.get(from..)).map(base32));
        }
    }
    all.retain(|decoded| decoded.len() >= ENOUGH);
    all
}

/// Stretches of such bytes that are long enough to hold a piece. What breaks lines is no end of them.
fn runs(bytes: &[u8], is_part: impl Fn(u8) -> bool) -> Vec<Vec<u8>> {
    let (mut runs, mut run) = (Vec::new(), Vec::new());
    for byte in bytes.iter().copied().chain([0]) {
        if is_part(byte) {
            run.push(byte);
        } else if !matches!(byte, b'\r' | b'\n') {
            if run.len() >= ENOUGH {
                runs.push(std::mem::take(&mut run));
            }
            run.clear();
        }
    }
    runs
}

fn percent(bytes: &[u8]) -> Vec<u8> {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let (mut out, mut at, mut any) = (Vec::new(), 0, false);
    while let Some(byte) = bytes.get(at) {
        if *byte == b'%'
            && let (Some(high), Some(low)) = (digit(bytes.get(at + 1)), digit(bytes.get(at + 2)))
        {
            out.push(u8::try_from(high << 4 | low).unwrap_or_default());
            (at, any) = (at + 3, true);
        } else {
            out.push(*byte);
            at += 1;
        }
    }
    if any { out } else { Vec::new() }
}

fn hex(run: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or_default();
    let pairs = run.chunks_exact(2).filter_map(|pair| <[u8; 2]>::try_from(pair).ok());
    pairs.filter_map(|[high, low]| u8::try_from(digit(high) << 4 | digit(low)).ok()).collect()
}

fn base64(digits: &[u8]) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let whole = digits.get(..digits.len() / 4 * 4)?;
    GeneralPurpose::new(&alphabet::STANDARD, LENIENT).decode(whole).ok()
}

fn base32(digits: &[u8]) -> Vec<u8> {
    let (mut out, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for digit in digits {
        let value = match digit.to_ascii_lowercase() {
            letter @ b'a'..=b'z' => letter - b'a',
            number @ b'2'..=b'7' => number - b'2' + 26,
            _ => return out,
        };
        held = held << 5 | u32::from(value);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from(held >> bits & 0xff).unwrap_or_default());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canary::Nature;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use std::io::Write as _;

    const VALUE: &str = "q7Zr1TnWx0pLbV5sYd8KfHc3uMjE2gAoR6iQ9wXe";

    fn tracer() -> Tracer {
        let canary = Canary { place: "X".to_owned(), nature: Nature::Environment, value: VALUE.to_owned(), hosts: &[] };
        Tracer::new(&[canary])
    }

    fn to_hex(bytes: &[u8]) -> String {
        bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
    }

    fn to_base32(bytes: &[u8]) -> String {
        let bits = bytes.iter().fold(String::new(), |bits, byte| bits + &format!("{byte:08b}"));
        let digits = bits.as_bytes().chunks(5).map(|chunk| {
            let text = format!("{:0<5}", String::from_utf8_lossy(chunk));
            char::from(b"abcdefghijklmnopqrstuvwxyz234567"[usize::from_str_radix(&text, 2).unwrap()])
        });
        digits.collect()
    }

    #[test]
    fn a_canary_is_found_however_it_is_written() {
        let tracer = tracer();
        let text = format!("user=sam&token=ghp_{VALUE}&x=1");
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(text.as_bytes()).unwrap();
        let packed = packed.finish().unwrap();
        let twice = STANDARD.encode(STANDARD.encode(&text));
        let mixed: Vec<u8> = text.bytes().map(|byte| byte ^ 0x5a).collect();
        let forms: Vec<(&str, Vec<u8>)> = vec![
            ("as it is", text.clone().into_bytes()),
            ("base64", format!("{{\"d\":\"{}\"}}", STANDARD.encode(&text)).into_bytes()),
            ("base64 for addresses", format!("/c?d=ab{}", URL_SAFE_NO_PAD.encode(&text)).into_bytes()),
            ("base64 twice", twice.into_bytes()),
            ("hex", to_hex(text.as_bytes()).into_bytes()),
            ("hex in upper case", to_hex(text.as_bytes()).to_uppercase().into_bytes()),
            ("backwards", text.bytes().rev().collect()),
            ("percent", text.bytes().fold(String::new(), |all, byte| all + &format!("%{byte:02X}")).into_bytes()),
            ("gzip", packed.clone()),
            ("gzip behind a head", [b"PUT /s HTTP/1.1\r\nHost: x\r\n\r\n", packed.as_slice()].concat()),
            ("gzip in base64", STANDARD.encode(&packed).into_bytes()),
            ("one byte", mixed.clone()),
            ("one byte in hex", to_hex(&mixed).into_bytes()),
            ("hex of base64", to_hex(STANDARD.encode(&text).as_bytes()).into_bytes()),
            ("base64 backwards", STANDARD.encode(&text).bytes().rev().collect()),
            ("a piece", VALUE.as_bytes()[5..20].to_vec()),
        ];
        for (name, form) in forms {
            assert_eq!(tracer.find(&form).len(), 1, "{name}");
        }
    }

    #[test]
    fn a_canary_is_found_in_names_whose_labels_carry_it() {
        let tracer = tracer();
        let in_pieces = |text: &str| {
            text.as_bytes()
                .chunks(14)
                .enumerate()
                .map(|(number, piece)| format!("{number}.{}.t.example", String::from_utf8_lossy(piece)))
                .collect::<Vec<_>>()
        };
        for carried in [to_hex(VALUE.as_bytes()), to_base32(VALUE.as_bytes()), URL_SAFE_NO_PAD.encode(VALUE)] {
            let names = in_pieces(&carried);
            assert_eq!(tracer.find_in_names(names.iter().map(String::as_str)).len(), 1, "{names:?}");
        }
        assert!(
            tracer.find_in_names(["www.example.com", "cdn.a1b2c3d4e5f6a7b8c9d0.example.com"].into_iter()).is_empty()
        );
    }

    #[test]
    fn a_flood_ends_and_hides_nothing_that_stands_there_as_it_is() {
        let tracer = tracer();
        let mut flood = STANDARD.encode(STANDARD.encode("61".repeat(500_000))).into_bytes();
        flood.extend_from_slice(VALUE.as_bytes());
        let begin = std::time::Instant::now();
        assert_eq!(tracer.find(&flood).len(), 1);
        assert!(tracer.was_cut() && !tracer.was_cut());
        assert!(begin.elapsed() < std::time::Duration::from_mins(1), "{:?}", begin.elapsed());
    }

    #[test]
    fn what_is_no_canary_is_none() {
        let tracer = tracer();
        let text = "The quick brown fox. ".repeat(500)
            + &STANDARD.encode("nothing of interest".repeat(50))
            + &"0".repeat(3000);
        assert!(tracer.find(text.as_bytes()).is_empty());
        assert!(tracer.find(&VALUE.as_bytes()[..11]).is_empty());
    }
}
