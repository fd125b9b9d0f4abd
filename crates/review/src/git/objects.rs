//! All objects of a repository: packed and loose, its own and those that it borrows.

use super::loose;
use super::object::Object;
use super::pack::entry::{Entry, Made};
use super::pack::{LONGEST_CHAIN, Pack, PackReader};
use super::{HashKind, ObjectId};
use crate::report::Why;
use std::collections::{BTreeSet, HashMap};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How many repositories one can borrow from by way of others, as in git.
const ALTERNATES: usize = 5;

/// How many bytes of objects a reader keeps, because others are changes to them.
const KEPT: usize = 16 << 20;

/// All objects of a repository.
#[derive(Debug)]
pub(crate) struct Objects {
    /// The folders that hold objects, the repository's own first.
    pub(crate) folders: Vec<PathBuf>,
    pub(crate) packs: Vec<Pack>,
    pub(crate) hash: HashKind,
    /// What is there and can't be used.
    pub(crate) faults: Vec<(PathBuf, Why)>,
}

/// Where an object lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Packed { pack: usize, offset: u64 },
    Loose { folder: usize },
}

impl Objects {
    pub(crate) fn open(own: PathBuf, hash: HashKind) -> Self {
        let mut objects = Self { folders: Vec::new(), packs: Vec::new(), hash, faults: Vec::new() };
        objects.add(own, ALTERNATES);
        objects
    }

    /// Adds the folders of another store behind the own ones.
    pub(crate) fn borrow_from(&mut self, other: &Self) {
        for folder in &other.folders {
            self.add(folder.clone(), 0);
        }
    }

    fn add(&mut self, folder: PathBuf, depth: usize) {
        let folder = std::fs::canonicalize(&folder).unwrap_or(folder);
        if self.folders.contains(&folder) {
            return;
        }
        if !folder.is_dir() {
            self.faults.push((folder, Why::Missing("a folder of objects".to_owned())));
            return;
        }
        self.folders.push(folder.clone());
        self.add_packs(&folder.join("pack"));
        let borrowed = match super::repository::read(&folder.join("info/alternates")) {
            Ok(text) => text.unwrap_or_default(),
            Err(why) => return self.faults.push((folder.join("info/alternates"), why)),
        };
        for line in borrowed.split(|byte| *byte == b'\n').filter(|line| !line.is_empty() && !line.starts_with(b"#")) {
            let other = folder.join(OsStr::from_bytes(line));
            match depth.checked_sub(1) {
                Some(depth) => self.add(other, depth),
                None => self.faults.push((other, Why::Unsupported("objects that are borrowed too often".to_owned()))),
            }
        }
    }

    fn add_packs(&mut self, folder: &Path) {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
            Err(error) => return self.faults.push((folder.to_owned(), Why::Unreadable(error.to_string()))),
        };
        let mut paths = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => paths.push(entry.path()),
                Err(error) => self.faults.push((folder.to_owned(), Why::Unreadable(error.to_string()))),
            }
        }
        paths.sort();
        let is = |path: &PathBuf, extension: &str| path.extension().is_some_and(|found| found == extension);
        for index in paths.iter().filter(|path| is(path, "idx")) {
            match Pack::open(index, self.hash) {
                Ok(pack) => self.packs.push(pack),
                Err(why) => self.faults.push((index.clone(), why)),
            }
        }
        // A pack that is being written has no index yet; git does not see it either. One that stays without is odd.
        let named = |path: &PathBuf| path.file_name().is_some_and(|name| name.as_bytes().starts_with(b"pack-"));
        for pack in paths.iter().filter(|path| is(path, "pack") && named(path)) {
            if !paths.contains(&pack.with_extension("idx")) {
                self.faults.push((pack.clone(), Why::Missing("the index of the pack".to_owned())));
            }
        }
    }

    /// Whether a pack holds the object.
    pub(crate) fn is_packed(&self, id: &ObjectId) -> bool {
        self.packs.iter().any(|pack| pack.index.find(id).is_some())
    }

    fn find(&self, id: &ObjectId) -> Option<Place> {
        let packed = self.packs.iter().enumerate().find_map(|(pack, candidate)| {
            let offset = candidate.index.offset(candidate.index.find(id)?)?;
            Some(Place::Packed { pack, offset })
        });
        let loose = || self.folders.iter().position(|folder| loose::path(folder, id).is_file());
        packed.or_else(|| loose().map(|folder| Place::Loose { folder }))
    }

    /// Whether the object is there.
    pub(crate) fn holds(&self, id: &ObjectId) -> bool {
        self.find(id).is_some()
    }

    /// The objects whose names start with these digits of hex, of which there must be at least four.
    pub(crate) fn starting_with(&self, digits: &str) -> Result<Vec<ObjectId>, Why> {
        let most = 2 * self.hash.length();
        let is_hex = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !is_hex || !(4..most).contains(&digits.len()) {
            return Ok(Vec::new());
        }
        let mut found = BTreeSet::new();
        let first = ObjectId::from_hex(format!("{digits:0<most$}").as_bytes());
        for index in self.packs.iter().map(|pack| &pack.index) {
            let start = first.as_ref().map_or(index.len(), |first| index.position(first));
            let names = (start..index.len()).map_while(|number| index.id(number));
            found.extend(names.take_while(|id| id.to_string().starts_with(digits)));
        }
        for folder in &self.folders {
            let start = digits.get(..2).unwrap_or_default();
            let ids = loose::list_folder(&folder.join(start), start, self.hash)?;
            found.extend(ids.into_iter().filter(|id| id.to_string().starts_with(digits)));
        }
        Ok(found.into_iter().collect())
    }

    /// A view of the objects for one thread.
    pub(crate) fn reader(&self, most: u64) -> ObjectReader<'_> {
        let packs = self.packs.iter().map(|_| None).collect();
        ObjectReader { objects: self, packs, most, kept: HashMap::new(), bytes_kept: 0 }
    }
}

/// One thread's view of the objects.
#[derive(Debug)]
pub(crate) struct ObjectReader<'o> {
    objects: &'o Objects,
    packs: Vec<Option<PackReader<'o>>>,
    most: u64,
    kept: HashMap<(usize, u64), Arc<Object>>,
    bytes_kept: usize,
}

impl<'o> ObjectReader<'o> {
    /// The object of that name.
    pub(crate) fn read(&mut self, id: &ObjectId) -> Result<Arc<Object>, Why> {
        self.read_at_depth(id, 0)
    }

    fn read_at_depth(&mut self, id: &ObjectId, depth: usize) -> Result<Arc<Object>, Why> {
        match self.objects.find(id).ok_or_else(|| Why::Missing(format!("the object {id}")))? {
            Place::Packed { pack, offset } => self.packed(pack, offset, depth),
            Place::Loose { folder } => {
                let folder =
                    self.objects.folders.get(folder).ok_or_else(|| Why::Missing(format!("the object {id}")))?;
                loose::read(&loose::path(folder, id), self.most).map(Arc::new)
            }
        }
    }

    /// The object that starts there. It is put together from the nearest one that is whole, or at hand.
    fn packed(&mut self, pack: usize, mut offset: u64, depth: usize) -> Result<Arc<Object>, Why> {
        let mut changes: Vec<(u64, Entry)> = Vec::new();
        let mut object = loop {
            if let Some(object) = self.kept.get(&(pack, offset)) {
                break Arc::clone(object);
            }
            if changes.len() + depth > LONGEST_CHAIN {
                return Err(Why::Corrupt("a chain of changes has no end".to_owned()));
            }
            let entry = self.reader(pack)?.entry(offset)?;
            match entry.made {
                Made::Whole(kind) => {
                    let (most, mut bytes) = (self.most, Vec::new());
                    self.reader(pack)?.whole(&entry, most, &mut bytes)?;
                    break self.keep(pack, offset, Object { kind, bytes });
                }
                Made::FromOffset(base) => {
                    changes.push((offset, entry));
                    offset = base;
                }
                Made::FromId(id) => {
                    let depth = depth + changes.len() + 1;
                    changes.push((offset, entry));
                    break self.read_at_depth(&id, depth)?;
                }
            }
        };
        for (offset, entry) in changes.into_iter().rev() {
            let (most, mut bytes) = (self.most, Vec::new());
            self.reader(pack)?.changed(&entry, &object.bytes, most, &mut bytes)?;
            object = self.keep(pack, offset, Object { kind: object.kind, bytes });
        }
        Ok(object)
    }

    fn reader(&mut self, pack: usize) -> Result<&mut PackReader<'o>, Why> {
        let (slot, opened) = self.packs.get_mut(pack).zip(self.objects.packs.get(pack)).ok_or_else(|| {
            // INVARIANT: the numbers come from the same list.
            Why::Missing("a pack".to_owned())
        })?;
        Ok(slot.get_or_insert_with(|| PackReader::new(opened)))
    }

    /// Keeps an object for those that are changes to it.
    fn keep(&mut self, pack: usize, offset: u64, object: Object) -> Arc<Object> {
        let object = Arc::new(object);
        if self.bytes_kept > KEPT {
            self.kept.clear();
            self.bytes_kept = 0;
        }
        self.bytes_kept += object.bytes.len();
        self.kept.insert((pack, offset), Arc::clone(&object));
        object
    }
}
