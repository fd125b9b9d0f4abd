//! Seals private text before it is written, opens it for those who may read it, and erases it.
//!
//! Each session has a key of its own, kept outside the log. A record commits to the ciphertext; destroying the key
//! therefore destroys the text, and every proof still holds.

use crate::disk::{Disk, read_file, replace_file};
use crate::error::LedgerError;
use crate::keys;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{Key, KeyInit as _, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use portcullis_event::{Content, Event, Rest, Sealed, SealedBytes, hex};
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// What happens to private text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ContentRule {
    /// It is left out; a keyed fingerprint and its length stay.
    #[default]
    Omit,
    /// It is kept, encrypted under the session's key.
    Encrypt,
}

/// Bytes of a nonce in front of the ciphertext.
const NONCE: usize = 24;

/// Seals and opens content.
#[derive(Debug)]
pub struct ContentKeeper {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    fingerprint: FingerprintKey,
}

struct FingerprintKey(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for FingerprintKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

impl FingerprintKey {
    fn mac(&self, domain: &str, text: &[u8]) -> [u8; 32] {
        // INVARIANT: HMAC takes keys of any length, so this never falls back to the empty MAC.
        Hmac::<Sha256>::new_from_slice(self.0.as_ref())
            .map(|mac| mac.chain_update(domain).chain_update([0]).chain_update(text).finalize().into_bytes().into())
            .unwrap_or_default()
    }
}

fn key_error(path: &Path, why: &str) -> LedgerError {
    LedgerError::Key { path: path.to_owned(), why: why.to_owned() }
}

impl ContentKeeper {
    /// Opens the content keys beside the ledger in `root`, and makes the fingerprint key on first use.
    pub(crate) fn open(disk: Arc<dyn Disk>, root: &Path) -> Result<Self, LedgerError> {
        let folder = keys::folder(root).join("content");
        let path = keys::folder(root).join("fingerprint.key");
        if keys::exists(disk.as_ref(), &path)? && read_key(disk.as_ref(), &path)?.is_none() {
            return Err(key_error(&path, "it was overwritten"));
        }
        let fingerprint = FingerprintKey(load_key(disk.as_ref(), &path)?);
        Ok(Self { disk, folder, fingerprint })
    }

    /// Keyed fingerprint of a text: tells whether two texts are the same, and nothing else.
    pub fn fingerprint(&self, text: &str) -> String {
        hex::encode(&self.fingerprint.mac("content", text.as_bytes()))
    }

    /// The name of the key for a session; events without a session share one.
    pub fn key_name(&self, session: Option<&str>) -> String {
        let mac = self.fingerprint.mac("content-key", session.unwrap_or_default().as_bytes());
        hex::encode(mac.get(..16).unwrap_or_default())
    }

    fn key_path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.key"))
    }

    /// Replaces clear text in `event` and returns the ciphertexts that must be written beside its record.
    pub(crate) fn seal(&self, event: &mut Event, rule: ContentRule) -> Result<Vec<SealedBytes>, LedgerError> {
        leave_out_elsewhere(event);
        if !event.content.values().any(|content| matches!(content, Content::Clear(_))) {
            return Ok(Vec::new());
        }
        let name = self.key_name(event.actor.session().map(portcullis_event::SessionId::as_str));
        let mut sealed = Vec::new();
        for content in event.content.values_mut() {
            let Content::Clear(text) = content else { continue };
            let text = Zeroizing::new(std::mem::take(text));
            let (fingerprint, length) = (self.fingerprint(&text), text.len() as u64);
            *content = match rule {
                ContentRule::Omit => Content::Omitted { fingerprint, length },
                ContentRule::Encrypt => {
                    let bytes = self.encrypt(&name, &text)?;
                    let sha256 = hex::encode(&bytes.sha256);
                    sealed.push(bytes);
                    Content::Sealed(Sealed { key: name.clone(), sha256, length, fingerprint, rest: Rest::new() })
                }
            };
        }
        Ok(sealed)
    }

    fn encrypt(&self, name: &str, text: &str) -> Result<SealedBytes, LedgerError> {
        let path = self.key_path(name);
        self.disk.create_folder(&self.folder).map_err(LedgerError::io("create", &self.folder))?;
        let key = load_key(self.disk.as_ref(), &path)?;
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|_| key_error(&path, "the system gives no random numbers"))?;
        let payload = Payload { msg: text.as_bytes(), aad: name.as_bytes() };
        let ciphertext = cipher(&key)
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| key_error(&path, "the text is too long to be encrypted"))?;
        let bytes = [nonce.as_slice(), &ciphertext].concat();
        Ok(SealedBytes { sha256: Sha256::digest(&bytes).into(), bytes })
    }

    /// The clear text of sealed content; `None` once its key is erased.
    pub fn open_sealed(&self, sealed: &Sealed, bytes: &[u8]) -> Result<Option<Zeroizing<String>>, LedgerError> {
        let path = self.key_path(&sealed.key);
        if hex::encode(&Sha256::digest(bytes)) != sealed.sha256 {
            return Err(key_error(&path, "the ciphertext is not the one that the record commits to"));
        }
        let Some(key) = read_key(self.disk.as_ref(), &path)? else { return Ok(None) };
        let (nonce, ciphertext) =
            bytes.split_first_chunk::<NONCE>().ok_or_else(|| key_error(&path, "the ciphertext is too short"))?;
        let payload = Payload { msg: ciphertext, aad: sealed.key.as_bytes() };
        // The ciphertext is the one that the record commits to. If the key does not open it, it is a later one: the
        // session went on after its first key was erased.
        let Ok(text) = cipher(&key).decrypt(&XNonce::from(*nonce), payload) else { return Ok(None) };
        let text = String::from_utf8(text).map_err(|_| key_error(&path, "the content is not text"))?;
        Ok(Some(Zeroizing::new(text)))
    }

    /// Whether there is anything of a key left that could be destroyed.
    pub(crate) fn has_key(&self, name: &str) -> Result<bool, LedgerError> {
        keys::exists(self.disk.as_ref(), &self.key_path(name))
    }

    /// Destroys a key: overwrites it, removes it, and makes both durable. Returns whether there was one. Nobody makes
    /// a key meanwhile: the new one would be removed in the place of the old one.
    pub(crate) fn erase(&self, name: &str) -> Result<bool, LedgerError> {
        let path = self.key_path(name);
        if !self.has_key(name)? {
            return Ok(false);
        }
        exclusively(self.disk.as_ref(), &path, || {
            let file = match self.disk.open(&path, false) {
                Ok(file) => file,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
                Err(error) => return Err(LedgerError::io("open", &path)(error)),
            };
            let overwrite = || {
                file.write_at(&ERASED, 0)?;
                file.sync()?;
                self.disk.remove(&path)?;
                self.disk.sync_folder(&self.folder)
            };
            overwrite().map_err(LedgerError::io("erase", &path))?;
            Ok(true)
        })
    }

    /// The names of all keys that still exist.
    pub(crate) fn key_names(&self) -> Result<Vec<String>, LedgerError> {
        match self.disk.list(&self.folder) {
            Ok(names) => Ok(names.iter().filter_map(|name| name.strip_suffix(".key")).map(str::to_owned).collect()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(LedgerError::io("list", &self.folder)(error)),
        }
    }
}

fn cipher(key: &Zeroizing<[u8; 32]>) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&Key::from(**key))
}

/// What a key is overwritten with: as long as its file.
const ERASED: [u8; 65] = [0; 65];

/// Sealed content that comes from elsewhere has its ciphertext elsewhere. Here it is content that was left out.
fn leave_out_elsewhere(event: &mut Event) {
    for content in event.content.values_mut() {
        if let Content::Sealed(Sealed { fingerprint, length, .. }) = content {
            *content = Content::Omitted { fingerprint: std::mem::take(fingerprint), length: *length };
        }
    }
}

/// Reads a key, or makes it. When two processes make it at once, both end up with the same one: it is read back after
/// it was written.
fn load_key(disk: &dyn Disk, path: &Path) -> Result<Zeroizing<[u8; 32]>, LedgerError> {
    if let Some(key) = read_key(disk, path)? {
        return Ok(key);
    }
    let seed = keys::random_seed()?;
    let text = Zeroizing::new(format!("{}\n", hex::encode(seed.as_ref())));
    exclusively(disk, path, || {
        if read_key(disk, path)?.is_none() {
            replace_file(disk, path, text.as_bytes()).map_err(LedgerError::io("write", path))?;
        }
        Ok(())
    })?;
    read_key(disk, path)?.ok_or_else(|| key_error(path, "it was erased at this moment"))
}

/// Does `work` on a key while nobody else makes or erases one in its folder.
fn exclusively<T>(
    disk: &dyn Disk,
    path: &Path,
    work: impl FnOnce() -> Result<T, LedgerError>,
) -> Result<T, LedgerError> {
    let lock_path = path.parent().unwrap_or(path).join("lock");
    let lock = disk.open_lock(&lock_path).map_err(LedgerError::io("open", &lock_path))?;
    lock.acquire().map_err(LedgerError::io("lock", &lock_path))?;
    let result = work();
    lock.release().map_err(LedgerError::io("unlock", &lock_path))?;
    result
}

/// A key; `None` if there is none, or one whose erasure was interrupted after it was overwritten.
fn read_key(disk: &dyn Disk, path: &Path) -> Result<Option<Zeroizing<[u8; 32]>>, LedgerError> {
    let bytes = match read_file(disk, path) {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(LedgerError::io("read", path)(error)),
    };
    if bytes.starts_with(&[0]) {
        return Ok(None);
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| key_error(path, "it is not text"))?.trim_end();
    let mut key = Zeroizing::new([0; 32]);
    if text.len() != 64 {
        return Err(key_error(path, "it does not hold 64 hex digits"));
    }
    for (byte, pair) in key.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).unwrap_or_default();
        *byte = u8::from_str_radix(pair, 16).map_err(|_| key_error(path, "it does not hold 64 hex digits"))?;
    }
    Ok(Some(key))
}
