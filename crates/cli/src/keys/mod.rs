//! The keys of the gateway: a file in the folder of the state that holds what they are known by, never the keys themselves.
//!
//! Whoever can write the file decides who passes. So it counts only if it is a plain file of this user that nobody else can read
//! or write; what is anything else, or can't be understood to its last field, lets nobody pass.

mod keeper;
mod used;

pub(crate) use keeper::FileKeeper;
pub(crate) use used::Used;

use crate::failure::Failure;
use crate::home::Home;
use crate::interface::Interface;
use crate::whole::{self, Rights};
use portcullis_event::{Timestamp, hex};
use portcullis_gateway::who::{Fingerprint, Holder, Pattern};
use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Below the folder of the state.
const FILE: &str = "keys/gateway.json";

/// Held by whoever changes the file.
const LOCK: &str = "keys/gateway.lock";

/// A thousand keys fit.
const LARGEST: u64 = 1 << 20;

/// So many keys are kept, those that are none any more included; then the oldest of those go.
const MOST: usize = 1000;

/// The keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Book {
    pub(crate) keys: Vec<Entry>,
}

/// A key, as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) fingerprint: Fingerprint,
    /// Whose it is, and what for.
    pub(crate) holder: Holder,
    /// The same, as it is written.
    pub(crate) interfaces: Vec<Interface>,
    /// Seconds since 1970, as all times here.
    pub(crate) created: u64,
    pub(crate) expires: Option<u64>,
    pub(crate) revoked: Option<u64>,
}

/// The file, as it is written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u8,
    keys: Vec<WrittenKey>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenKey {
    name: String,
    sha256: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    models: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    interfaces: Vec<Interface>,
    created: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revoked: Option<u64>,
}

const VERSION: u8 = 1;

/// Now, by the clock on the wall.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |now| now.as_secs())
}

/// A time as the ledger has it.
pub(crate) fn timestamp(seconds: u64) -> Timestamp {
    Timestamp::from_micros(i64::try_from(seconds).unwrap_or(i64::MAX / 1_000_000).saturating_mul(1_000_000))
}

/// Whether a text can be the name of a key.
pub(crate) fn name(text: &str) -> Result<String, String> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'@');
    let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    if begins && text.len() <= 64 && text.bytes().all(is_word) {
        return Ok(text.to_owned());
    }
    Err("a name has up to 64 letters, digits, `-`, `_`, `.` and `@`, and begins with a letter or a digit".to_owned())
}

/// The file.
pub(crate) fn file(home: &Home) -> PathBuf {
    home.path().join(FILE)
}

impl Entry {
    /// Whether it may still become good.
    pub(crate) fn lives(&self, now: u64) -> bool {
        self.revoked.is_none() && self.expires.is_none_or(|expires| now < expires)
    }

    fn read(written: WrittenKey) -> Result<Self, String> {
        let WrittenKey { name, sha256, models, interfaces, created, expires, revoked } = written;
        let name = self::name(&name)?;
        let fingerprint =
            hex::decode_exactly(&sha256).ok_or_else(|| format!("what `{name}` is known by is no SHA-256"))?;
        let models = models.iter().map(|it| Pattern::parse(it)).collect::<Result<_, _>>()?;
        let apis = interfaces.iter().map(|it| it.api()).collect();
        let holder = Holder { name, models, interfaces: apis };
        Ok(Self { fingerprint, holder, interfaces, created, expires, revoked })
    }

    fn written(&self) -> WrittenKey {
        WrittenKey {
            name: self.holder.name.clone(),
            sha256: hex::encode(&self.fingerprint),
            models: self.holder.models.iter().map(ToString::to_string).collect(),
            interfaces: self.interfaces.clone(),
            created: self.created,
            expires: self.expires,
            revoked: self.revoked,
        }
    }
}

impl Book {
    /// Reads the file; nothing if there is none.
    pub(crate) fn open(home: &Home) -> Result<Option<Self>, Failure> {
        let path = file(home);
        let damaged = |why: &str| {
            Failure::incomplete(format!("the keys of the gateway can't be trusted: {why}"))
                .at(path.to_string_lossy())
                .because("nobody passes the gateway until they can be")
                .fix("bring the file back from a backup, or remove it and make new keys")
        };
        let text = match private(&path, LARGEST) {
            Ok(None) => return Ok(None),
            Ok(Some(text)) => text,
            Err(why) => return Err(damaged(&why)),
        };
        Self::read(&text).map(Some).map_err(|why| damaged(&why))
    }

    fn read(text: &str) -> Result<Self, String> {
        let Written { version, keys } = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if version != VERSION {
            return Err(format!("its version is {version}, and this program knows {VERSION}"));
        }
        let keys = keys.into_iter().map(Entry::read).collect::<Result<Vec<_>, _>>()?;
        for (at, one) in keys.iter().enumerate() {
            let alike = |other: &&Entry| {
                other.fingerprint == one.fingerprint
                    || other.holder.name == one.holder.name && other.revoked.is_none() && one.revoked.is_none()
            };
            if let Some(other) = keys.iter().skip(at + 1).find(alike) {
                return Err(format!("`{}` and `{}` are the same", one.holder.name, other.holder.name));
            }
        }
        Ok(Self { keys })
    }

    /// Changes the file, with nobody else at it meanwhile.
    pub(crate) fn change<T>(home: &Home, change: impl FnOnce(&mut Self) -> Result<T, Failure>) -> Result<T, Failure> {
        home.ensure()?;
        let path = file(home);
        let failed = |error: io::Error| Failure::io("change the keys of the gateway", Some(&path), &error);
        DirBuilder::new().recursive(true).mode(0o700).create(home.path().join("keys")).map_err(failed)?;
        let mut lock = OpenOptions::new();
        lock.write(true).create(true).truncate(false).mode(0o600).custom_flags(no_link());
        let lock = lock.open(home.path().join(LOCK)).map_err(failed)?;
        lock.lock().map_err(failed)?;
        let mut book = Self::open(home)?.unwrap_or_default();
        let done = change(&mut book)?;
        book.forget_the_oldest();
        let written = Written { version: VERSION, keys: book.keys.iter().map(Entry::written).collect() };
        let text = serde_json::to_string_pretty(&written).map_err(|error| failed(error.into()))?;
        whole::replace(&path, (text + "\n").as_bytes(), Rights::Private).map_err(failed)?;
        Ok(done)
    }

    fn forget_the_oldest(&mut self) {
        while self.keys.len() > MOST {
            let Some(oldest) = self.keys.iter().position(|key| key.revoked.is_some()) else { return };
            self.keys.remove(oldest);
        }
    }
}

fn no_link() -> i32 {
    i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).unwrap_or_default()
}

/// The text of a file that only this user can read and write; nothing if there is none.
pub(crate) fn private(path: &Path, largest: u64) -> Result<Option<String>, String> {
    let opened = OpenOptions::new().read(true).custom_flags(no_link()).open(path);
    let Some(file) = whole::if_there(opened).map_err(|error| error.to_string())? else { return Ok(None) };
    is_private(&file)?;
    let mut bytes = Vec::new();
    file.take(largest + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > largest {
        return Err("it is too large".to_owned());
    }
    String::from_utf8(bytes).map(Some).map_err(|_| "it is no text".to_owned())
}

fn is_private(file: &File) -> Result<(), String> {
    let metadata = file.metadata().map_err(|error| error.to_string())?;
    let why = match () {
        () if !metadata.is_file() => "it is no plain file",
        () if metadata.uid() != rustix::process::geteuid().as_raw() => "it belongs to another user",
        () if metadata.mode() & 0o077 != 0 => "other users can read or change it",
        () if metadata.nlink() != 1 => "it has a second name",
        () => return Ok(()),
    };
    Err(why.to_owned())
}

#[cfg(test)]
mod tests;
