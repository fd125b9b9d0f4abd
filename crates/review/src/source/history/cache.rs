//! What was clean when the history was looked into last, so that only what came since has to be looked at again.
//!
//! An object never changes, so that what was clean under the same rules is clean. The file names packs whose objects were
//! all looked at, the objects in which something was found or that could not be looked into, which are read each time, and
//! every other object by its whole name: a part of a name could be forged. Of what is read each time it also says by which
//! way it came into the history, and what was found there but for the values. It holds no secret, and of places only numbers.
//!
//! Whoever could write the file could hide a secret, so it is signed with the user's key, for this repository and these
//! rules; one that does not fit in every respect is as good as none. It is replaced as a whole, never changed: two scans
//! at the same time do not disturb each other, and the later one stays.

use super::sketch::Sketches;
use super::ways::Ways;
use crate::git::pack::Pack;
use crate::git::{HashKind, ObjectId, Repository};
use crate::identity::mac;
use crate::settings::Settings;
use portcullis_event::hex;
use sha2::{Digest as _, Sha256};
use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// What a file starts with: what it is, and the version of its form.
const MAGIC: &[u8; 16] = b"portcullis-seen3";
/// How long a signature is.
const SIGNATURE: usize = 32;
/// Largest file. A history with more objects than fit is only known by its packs.
const LARGEST: usize = 64 << 20;
/// So many bytes all files together may have; the oldest go first.
const LARGEST_FOLDER: u64 = 512 << 20;

/// What is known of the objects of a repository.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The packs of which every object was looked at, by what tells them from others.
    packs: HashSet<[u8; 32]>,
    /// Objects that are read each time.
    pub(crate) again: Vec<ObjectId>,
    /// What was found in them. One of which that is not known is looked into.
    pub(crate) sketches: Sketches,
    clean: HashSet<ObjectId>,
    /// How those came into the history in which something was found.
    pub(crate) ways: Ways,
}

/// Where it is kept, and what it is signed for.
#[derive(Debug)]
pub(crate) struct Cache {
    path: PathBuf,
    key: [u8; 32],
    kind: HashKind,
}

impl Cache {
    /// The cache of a repository under these rules, if there is to be one. Under a key that everybody knows there is none.
    pub(crate) fn of(repository: &Repository, settings: &Settings, rules: [u8; 32]) -> Option<Self> {
        let folder = settings.cache.as_ref()?;
        let own = settings.identity.derive(b"cache of histories")?;
        let place = fs::canonicalize(&repository.common_dir).ok()?;
        let limits = format!("{:?} {}", settings.limits, env!("CARGO_PKG_VERSION"));
        let key = mac(&own, &[MAGIC, &rules, limits.as_bytes(), &[0], place.as_os_str().as_bytes()]);
        // One file for each repository: under other rules it is replaced.
        let name = mac(&own, &[b"name", place.as_os_str().as_bytes()]);
        let name = hex::encode(name.first_chunk::<16>().unwrap_or(&[0; 16]));
        Some(Self { path: folder.join(name), key, kind: repository.hash })
    }

    /// What is known; nothing if the file is not there or is not as it was written.
    pub(crate) fn read(&self) -> Seen {
        self.bytes().and_then(|bytes| self.parse(&bytes)).unwrap_or_default()
    }

    fn bytes(&self) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let flags = (rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits();
        let file = OpenOptions::new().read(true).custom_flags(i32::try_from(flags).ok()?).open(&self.path).ok()?;
        let found = file.metadata().ok().filter(fs::Metadata::is_file)?;
        let length = usize::try_from(found.len()).ok().filter(|length| *length <= LARGEST)?;
        bytes.reserve_exact(length);
        file.take(LARGEST as u64).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    fn parse(&self, bytes: &[u8]) -> Option<Seen> {
        let (signed, signature) = bytes.split_at_checked(bytes.len().checked_sub(SIGNATURE)?)?;
        if !same(&mac(&self.key, &[signed]), signature) {
            return None;
        }
        let mut rest = signed.strip_prefix(MAGIC.as_slice())?;
        let mut list = |length: usize| {
            let (count, after) = rest.split_first_chunk::<8>()?;
            let bytes = usize::try_from(u64::from_le_bytes(*count)).ok()?.checked_mul(length)?;
            let (list, after) = after.split_at_checked(bytes)?;
            rest = after;
            Some(list)
        };
        let packs = list(32)?.chunks_exact(32).filter_map(|pack| pack.try_into().ok()).collect();
        let ids = |list: &[u8]| {
            list.chunks_exact(self.kind.length())
                .map(|id| ObjectId::from_bytes(id, self.kind))
                .collect::<Option<Vec<_>>>()
        };
        let again = ids(list(self.kind.length())?)?;
        let clean = ids(list(self.kind.length())?)?.into_iter().collect();
        let sketches = Sketches::from_bytes(list(1)?)?;
        Some(Seen { packs, again, sketches, clean, ways: Ways::from_bytes(rest, self.kind)? })
    }

    /// Keeps what is known now. A cache that can't be written is no reason to fail: the next scan takes longer.
    pub(crate) fn write(&self, seen: &Seen) {
        let Some(folder) = self.path.parent() else { return };
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
        if made.and_then(|()| self.replace(&self.render(seen))).is_ok() {
            tidy(folder, &self.path);
        }
    }

    fn render(&self, seen: &Seen) -> Vec<u8> {
        let mut packs: Vec<&[u8]> = seen.packs.iter().map(<[u8; 32]>::as_slice).collect();
        let mut again: Vec<&[u8]> = seen.again.iter().map(ObjectId::as_bytes).collect();
        let mut clean: Vec<&[u8]> = seen.clean.iter().map(ObjectId::as_bytes).collect();
        if clean.len().saturating_mul(self.kind.length()) > LARGEST / 2 {
            clean.clear();
        }
        let mut bytes = MAGIC.to_vec();
        for list in [&mut packs, &mut again, &mut clean] {
            list.sort_unstable();
            list.dedup();
            bytes.extend((list.len() as u64).to_le_bytes());
            for entry in list.iter() {
                bytes.extend_from_slice(entry);
            }
        }
        let sketches = seen.sketches.to_bytes();
        let sketches = if sketches.len() <= LARGEST / 8 { sketches } else { Sketches::default().to_bytes() };
        bytes.extend((sketches.len() as u64).to_le_bytes());
        bytes.extend(sketches);
        let ways = seen.ways.to_bytes();
        bytes.extend(if ways.len() <= LARGEST / 4 { ways } else { Ways::default().to_bytes() });
        let signature = mac(&self.key, &[&bytes]);
        bytes.extend(signature);
        bytes
    }

    /// Written aside and put into place, so that nobody ever reads half of it.
    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        let aside = self.path.with_extension(format!("{}-{:?}", std::process::id(), std::thread::current().id()));
        let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside);
        let written = written.and_then(|mut file| file.write_all(bytes));
        let placed = written.and_then(|()| fs::rename(&aside, &self.path));
        if placed.is_err() {
            drop(fs::remove_file(&aside));
        }
        placed
    }
}

impl Seen {
    /// Whether an object was clean.
    pub(crate) fn is_clean(&self, id: &ObjectId) -> bool {
        self.clean.contains(id)
    }

    /// Whether every object of a pack was looked at.
    pub(crate) fn knows(&self, pack: &Pack) -> bool {
        identity(pack).is_some_and(|identity| self.packs.contains(&identity))
    }

    /// What is known after a scan: the packs that are there and whole, and the objects that were looked at. Those that
    /// packs held which are gone stay: they are in other packs now, or may come back.
    pub(crate) fn after<'p>(
        mut self,
        packs: impl Iterator<Item = &'p Pack>,
        clean: impl Iterator<Item = ObjectId>,
        again: Vec<ObjectId>,
        sketches: Sketches,
    ) -> Self {
        self.clean.extend(clean);
        for id in &again {
            self.clean.remove(id);
        }
        Self { packs: packs.filter_map(identity).collect(), again, sketches, ..self }
    }
}

/// What tells a pack from every other, and from itself if anybody writes to it: where it lies, the checksum at its end, and
/// what the file system says of it and its index. Its whole content is compared with the checksum only when it is new.
fn identity(pack: &Pack) -> Option<[u8; 32]> {
    let index = File::open(pack.path.with_extension("idx")).ok()?;
    let mut digest = Sha256::new().chain_update(pack.path.as_os_str().as_bytes()).chain_update([0]);
    for file in [&pack.file, &index] {
        let found = file.metadata().ok()?;
        let times = [found.mtime(), found.mtime_nsec(), found.ctime(), found.ctime_nsec()];
        let numbers = [found.dev(), found.ino(), found.len()];
        for time in times {
            digest.update(time.to_le_bytes());
        }
        for number in numbers {
            digest.update(number.to_le_bytes());
        }
    }
    digest.update(pack.index.pack_checksum());
    Some(digest.finalize().into())
}

/// Compares all bytes, however early they differ.
fn same(expected: &[u8; SIGNATURE], found: &[u8]) -> bool {
    found.len() == SIGNATURE && expected.iter().zip(found).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

/// Removes the oldest files while all together are too large.
fn tidy(folder: &Path, keep: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut files: Vec<_> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let found = entry.metadata().ok()?;
            found.is_file().then_some((found.mtime(), entry.path(), found.len()))
        })
        .collect();
    files.sort();
    let mut total: u64 = files.iter().map(|(_, _, length)| length).sum();
    for (_, path, length) in files {
        if total > LARGEST_FOLDER && path != keep && fs::remove_file(&path).is_ok() {
            total = total.saturating_sub(length);
        }
    }
}
