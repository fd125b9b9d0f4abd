//! Signed notes and checkpoints, in the formats of C2SP (signed-note, tlog-checkpoint, tlog-cosignature).
//!
//! Text in, text out; no files. Anything that reads transparency-log checkpoints can read these.

use crate::merkle::Hash;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// What the first byte of a key says: a plain Ed25519 key, or one that cosigns with a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// Signs the text itself.
    Ed25519,
    /// Signs the text and the time at which it was seen.
    CosignatureV1,
}

impl Algorithm {
    const fn code(self) -> u8 {
        match self {
            Self::Ed25519 => 1,
            Self::CosignatureV1 => 4,
        }
    }

    const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Ed25519),
            4 => Some(Self::CosignatureV1),
            _ => None,
        }
    }
}

/// Why a note can't be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The text is not a signed note.
    #[error("it is not a signed note: {0}")]
    Malformed(&'static str),
    /// The key's text form is wrong.
    #[error("it is not a note key: {0}")]
    Key(&'static str),
    /// No signature is by a key that we trust.
    #[error("it carries no signature by {0}")]
    Unsigned(String),
    /// A signature by a trusted key is wrong.
    #[error("the signature by {0} is not valid")]
    Forged(String),
}

/// A public key with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    algorithm: Algorithm,
    key: VerifyingKey,
}

/// A private key with its name.
pub struct Signer {
    name: String,
    algorithm: Algorithm,
    key: SigningKey,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({}, [redacted])", self.name)
    }
}

fn valid_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

fn key_id(name: &str, algorithm: Algorithm, key: &VerifyingKey) -> [u8; 4] {
    let digest = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', algorithm.code()])
        .chain_update(key.as_bytes())
        .finalize();
    let [a, b, c, d, ..] = <[u8; 32]>::from(digest);
    [a, b, c, d]
}

fn hex4(id: [u8; 4]) -> String {
    format!("{:08x}", u32::from_be_bytes(id))
}

/// Splits `name+hash+base64` from the right: the name may hold anything but `+` and white space.
fn key_parts(text: &str) -> Option<(&str, &str, Vec<u8>)> {
    let mut parts = text.trim_end_matches('\n').splitn(3, '+');
    let (name, id, data) = (parts.next()?, parts.next()?, parts.next()?);
    Some((name, id, BASE64.decode(data).ok()?))
}

impl Verifier {
    /// Reads `name+hash+base64`.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let (name, id, data) = key_parts(text).ok_or(NoteError::Key("it is not of the form name+hash+base64"))?;
        let (code, bytes) = data.split_first().ok_or(NoteError::Key("it is empty"))?;
        let algorithm = Algorithm::from_code(*code).ok_or(NoteError::Key("its algorithm is unknown"))?;
        let key = <[u8; 32]>::try_from(bytes)
            .ok()
            .and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok())
            .ok_or(NoteError::Key("its 32 bytes are not an Ed25519 key"))?;
        if !valid_name(name) || hex4(key_id(name, algorithm, &key)) != id {
            return Err(NoteError::Key("its hash does not fit its name and key"));
        }
        Ok(Self { name: name.to_owned(), algorithm, key })
    }

    /// The key's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The hash that marks this key's signatures.
    pub fn id(&self) -> [u8; 4] {
        key_id(&self.name, self.algorithm, &self.key)
    }

    /// Checks a signature; for a cosignature, gives the time that it states.
    fn check(&self, text: &str, signature: &[u8]) -> Result<Option<u64>, NoteError> {
        let forged = || NoteError::Forged(self.name.clone());
        let (time, bytes) = match self.algorithm {
            Algorithm::Ed25519 => (None, signature),
            Algorithm::CosignatureV1 => {
                let (time, bytes) = signature.split_first_chunk::<8>().ok_or_else(forged)?;
                (Some(u64::from_be_bytes(*time)), bytes)
            }
        };
        let signature = Signature::from_slice(bytes).map_err(|_| forged())?;
        let message = signed_message(text, time);
        self.key.verify_strict(message.as_bytes(), &signature).map_err(|_| forged())?;
        Ok(time)
    }
}

impl std::fmt::Display for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut data = vec![self.algorithm.code()];
        data.extend_from_slice(self.key.as_bytes());
        write!(f, "{}+{}+{}", self.name, hex4(self.id()), BASE64.encode(data))
    }
}

/// What is signed: the text, or for a cosignature the text under the time.
fn signed_message(text: &str, time: Option<u64>) -> String {
    match time {
        None => text.to_owned(),
        Some(time) => format!("cosignature/v1\ntime {time}\n{text}"),
    }
}

impl Signer {
    /// A new key from 32 random bytes.
    pub fn from_seed(name: &str, algorithm: Algorithm, seed: &Zeroizing<[u8; 32]>) -> Result<Self, NoteError> {
        if !valid_name(name) {
            return Err(NoteError::Key("its name is empty or holds white space, control characters or '+'"));
        }
        Ok(Self { name: name.to_owned(), algorithm, key: SigningKey::from_bytes(seed) })
    }

    /// Reads what [`Signer::to_text`] wrote.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let rest = text.strip_prefix("PRIVATE+KEY+").ok_or(NoteError::Key("it does not start with PRIVATE+KEY+"))?;
        let (name, id, data) = key_parts(rest).ok_or(NoteError::Key("it is not of the form name+hash+base64"))?;
        let data = Zeroizing::new(data);
        let (code, seed) = data.split_first().ok_or(NoteError::Key("it is empty"))?;
        let algorithm = Algorithm::from_code(*code).ok_or(NoteError::Key("its algorithm is unknown"))?;
        let seed = <[u8; 32]>::try_from(seed).map_err(|_| NoteError::Key("it does not hold 32 bytes"))?;
        let signer = Self::from_seed(name, algorithm, &Zeroizing::new(seed))?;
        if hex4(signer.verifier().id()) != id {
            return Err(NoteError::Key("its hash does not fit its name and key"));
        }
        Ok(signer)
    }

    /// The text form of the private key.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut data = Zeroizing::new(vec![self.algorithm.code()]);
        data.extend_from_slice(self.key.as_bytes());
        let body = Zeroizing::new(BASE64.encode(&data));
        Zeroizing::new(format!("PRIVATE+KEY+{}+{}+{}\n", self.name, hex4(self.verifier().id()), *body))
    }

    /// The public half.
    pub fn verifier(&self) -> Verifier {
        Verifier { name: self.name.clone(), algorithm: self.algorithm, key: self.key.verifying_key() }
    }

    /// The signature line for `text`. A cosigning key states `time`, in seconds since 1970.
    pub fn sign(&self, text: &str, time: u64) -> String {
        let mut bytes = self.verifier().id().to_vec();
        let time = match self.algorithm {
            Algorithm::Ed25519 => None,
            Algorithm::CosignatureV1 => {
                bytes.extend_from_slice(&time.to_be_bytes());
                Some(time)
            }
        };
        bytes.extend_from_slice(&self.key.sign(signed_message(text, time).as_bytes()).to_bytes());
        format!("\u{2014} {} {}\n", self.name, BASE64.encode(bytes))
    }
}

/// A text and the signature lines under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<SignatureLine>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct SignatureLine {
    name: String,
    id: [u8; 4],
    bytes: Vec<u8>,
    line: String,
}

impl SignatureLine {
    fn parse(line: &str) -> Option<Self> {
        let (name, data) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
        let data = BASE64.decode(data).ok()?;
        let (id, bytes) = data.split_first_chunk::<4>()?;
        valid_name(name).then(|| Self {
            name: name.to_owned(),
            id: *id,
            bytes: bytes.to_vec(),
            line: format!("{line}\n"),
        })
    }
}

impl Note {
    /// Reads a signed note. Nothing is verified yet.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let (body, lines) = text.rsplit_once("\n\n").ok_or(NoteError::Malformed("it has no signatures"))?;
        if text.chars().any(|c| c.is_control() && c != '\n') {
            return Err(NoteError::Malformed("it holds control characters"));
        }
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Malformed("it does not end with a line break"))?;
        let signatures = lines
            .split('\n')
            .map(|line| SignatureLine::parse(line).ok_or(NoteError::Malformed("a signature line is malformed")))
            .collect::<Result<_, _>>()?;
        Ok(Self { text: format!("{body}\n"), signatures })
    }

    /// The signed text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Checks the signature by `key`; for a cosignature, gives the time that it states.
    pub fn verify(&self, key: &Verifier) -> Result<Option<u64>, NoteError> {
        let mine = self.signatures.iter().find(|line| line.name == key.name && line.id == key.id());
        let line = mine.ok_or_else(|| NoteError::Unsigned(key.name.clone()))?;
        key.check(&self.text, &line.bytes)
    }

    /// Adds signature lines, such as a witness's answer; a line by the same key replaces the older one.
    pub fn add_signatures(&mut self, lines: &str) -> Result<(), NoteError> {
        for line in lines.lines() {
            let line = SignatureLine::parse(line).ok_or(NoteError::Malformed("a signature line is malformed"))?;
            self.signatures.retain(|old| (&old.name, old.id) != (&line.name, line.id));
            self.signatures.push(line);
        }
        Ok(())
    }
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| f.write_str(&line.line))
    }
}

/// The state of a log: its name, size and root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// How many records it has.
    pub size: u64,
    /// The root of their Merkle tree.
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed.
    pub fn to_text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(self.root))
    }

    /// The checkpoint as a note signed by the log.
    pub fn sign(&self, signer: &Signer) -> String {
        let text = self.to_text();
        let signature = signer.sign(&text, 0);
        format!("{text}\n{signature}")
    }

    /// The bare signature of a checkpoint that [`Checkpoint::sign`] made, for a place where the rest is known.
    pub(crate) fn bare_signature(note: &str) -> &str {
        note.trim_end_matches('\n').rsplit(' ').next().unwrap_or_default()
    }

    /// Whether `signature` is the bare one of this checkpoint by `key`.
    pub(crate) fn is_signed(&self, signature: &[u8], key: &Verifier) -> bool {
        let signature = String::from_utf8_lossy(signature);
        let note = format!("{}\n\u{2014} {} {signature}\n", self.to_text(), key.name());
        Self::open(&note, key).is_ok_and(|signed| signed == *self)
    }

    /// Reads the text of a checkpoint; lines after the third are allowed and ignored.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut lines = text.lines();
        let mut line = || lines.next().ok_or(NoteError::Malformed("it has fewer than three lines"));
        let (origin, size, root) = (line()?, line()?, line()?);
        let canonical = size == "0" || (!size.starts_with('0') && size.bytes().all(|b| b.is_ascii_digit()));
        let size = size.parse().ok().filter(|_| canonical).ok_or(NoteError::Malformed("its size is not a number"))?;
        let root = BASE64.decode(root).ok().and_then(|root| Hash::try_from(root).ok());
        let root = root.ok_or(NoteError::Malformed("its root is not a hash"))?;
        if origin.is_empty() {
            return Err(NoteError::Malformed("its origin is empty"));
        }
        Ok(Self { origin: origin.to_owned(), size, root })
    }

    /// Reads a signed checkpoint and checks that `key` signed it and that it speaks of the log of that name.
    pub fn open(note: &str, key: &Verifier) -> Result<Self, NoteError> {
        let note = Note::parse(note)?;
        note.verify(key)?;
        let checkpoint = Self::parse(note.text())?;
        if checkpoint.origin != key.name() {
            return Err(NoteError::Malformed("it speaks of another log than its signer's"));
        }
        Ok(checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(name: &str, algorithm: Algorithm, fill: u8) -> Signer {
        Signer::from_seed(name, algorithm, &Zeroizing::new([fill; 32])).unwrap()
    }

    #[test]
    fn keys_read_back_as_written_and_no_damaged_key_does() {
        let key = signer("example.org/log", Algorithm::Ed25519, 7);
        let text = key.to_text();
        assert_eq!(Signer::parse(&text).unwrap().verifier(), key.verifier());
        let public = key.verifier().to_string();
        assert_eq!(Verifier::parse(&public), Ok(key.verifier()));
        for at in 0..public.len() {
            let mut damaged = public.clone().into_bytes();
            damaged[at] ^= 1;
            if let Ok(damaged) = String::from_utf8(damaged) {
                assert!(Verifier::parse(&damaged).is_err(), "{damaged}");
            }
        }
    }

    #[test]
    fn a_checkpoint_is_believed_only_as_signed() {
        let key = signer("example.org/log", Algorithm::Ed25519, 7);
        let checkpoint = Checkpoint { origin: "example.org/log".into(), size: 42, root: [9; 32] };
        let note = checkpoint.sign(&key);
        assert_eq!(Checkpoint::open(&note, &key.verifier()), Ok(checkpoint.clone()));
        for at in 0..note.len() {
            let mut damaged = note.clone().into_bytes();
            damaged[at] ^= 1;
            if let Ok(damaged) = String::from_utf8(damaged) {
                assert!(Checkpoint::open(&damaged, &key.verifier()).is_err(), "{damaged}");
            }
        }
        let other = signer("example.org/log", Algorithm::Ed25519, 8);
        assert!(Checkpoint::open(&note, &other.verifier()).is_err());
        let foreign = Checkpoint { origin: "example.org/other".into(), ..checkpoint }.sign(&key);
        assert!(Checkpoint::open(&foreign, &key.verifier()).is_err());
    }

    #[test]
    fn a_cosignature_states_its_time_and_a_plain_one_can_not_pass_for_it() {
        let log = signer("example.org/log", Algorithm::Ed25519, 7);
        let witness = signer("example.org/witness", Algorithm::CosignatureV1, 9);
        let mut note =
            Note::parse(&Checkpoint { origin: "example.org/log".into(), size: 1, root: [0; 32] }.sign(&log)).unwrap();
        let line = witness.sign(note.text(), 1234);
        note.add_signatures(&line).unwrap();
        let note = Note::parse(&note.to_string()).unwrap();
        assert_eq!(note.verify(&witness.verifier()), Ok(Some(1234)));
        assert_eq!(note.verify(&log.verifier()), Ok(None));
        let plain = signer("example.org/witness", Algorithm::Ed25519, 9);
        assert!(note.verify(&plain.verifier()).is_err());
    }

    #[test]
    fn sizes_have_one_spelling() {
        for bad in ["007", "+1", "-1", "", "1 ", "18446744073709551616"] {
            assert!(Checkpoint::parse(&format!("o\n{bad}\n{}\n", BASE64.encode([0; 32]))).is_err(), "{bad}");
        }
    }
}
