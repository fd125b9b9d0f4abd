//! Has every object of a repository looked into, once.

use super::cache::Seen;
use super::sketch::{Sketch, Sketches};
use super::ways::Ways;
use super::{checksum, lost, unknown};
use crate::git::HashKind;
use crate::git::loose;
use crate::git::pack::forest::{Forest, Visit};
use crate::git::pack::{Pack, PackReader};
use crate::git::{Kind, ObjectId, Repository};
use crate::origin::Origin;
use crate::pool::Tasks;
use crate::report::Why;
use crate::worker::{About, Worker};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;
use std::collections::BTreeSet;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// So many trees of a pack, or loose objects, make a task.
const BATCH: usize = 128;

/// A piece of work.
pub(crate) enum Task {
    /// Check a pack and its index.
    Check { pack: usize },
    /// Read the heads of a pack's entries.
    Grow { pack: usize },
    /// Walk some trees of a pack.
    Walk { pack: usize, forest: Arc<Forest>, roots: Vec<(u32, Kind)> },
    /// Walk what hangs below one object.
    Below { pack: usize, forest: Arc<Forest>, node: u32, kind: Kind },
    /// Look again into objects in which something was found.
    Again { ids: Vec<ObjectId> },
    /// Look into objects that lie in a file each.
    Loose { folder: PathBuf, ids: Vec<ObjectId> },
}

/// All that is to be done.
pub(crate) fn tasks(repository: &Repository, seen: &Seen, worker: &mut Worker<'_>) -> Vec<Task> {
    let objects = &repository.objects;
    let mut tasks = Vec::new();
    for folder in &objects.folders {
        match loose::list(folder, objects.hash) {
            Ok(mut ids) => {
                let all = ids.len();
                ids.retain(|id| !seen.is_clean(id));
                worker.gathered.statistics.known_clean += (all - ids.len()) as u64;
                tasks.extend(ids.chunks(BATCH).map(|ids| Task::Loose { folder: folder.clone(), ids: ids.to_vec() }));
            }
            Err(why) => worker.not_looked_into(Origin::File { path: folder.clone() }, why),
        }
    }
    for (number, pack) in objects.packs.iter().enumerate() {
        if seen.knows(pack) {
            let again: Vec<ObjectId> = seen.again.iter().copied().filter(|id| pack.index.find(id).is_some()).collect();
            worker.gathered.statistics.known_clean += pack.index.len().saturating_sub(again.len()) as u64;
            tasks.extend(again.chunks(BATCH).map(|ids| Task::Again { ids: ids.to_vec() }));
        } else {
            tasks.extend([Task::Check { pack: number }, Task::Grow { pack: number }]);
        }
    }
    tasks
}

/// What is to be remembered of a scan.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    clean: Vec<ObjectId>,
    again: BTreeSet<ObjectId>,
    /// What was found in these, where that is known without looking into them.
    sketches: Vec<(ObjectId, Sketch)>,
    /// The packs that are new, by their numbers.
    new: BTreeSet<usize>,
    /// Those that are damaged, or of which something is lost.
    damaged: BTreeSet<usize>,
}

impl Noted {
    pub(crate) fn merge(&mut self, other: Self) {
        let Self { clean, again, sketches, new, damaged } = other;
        self.clean.extend(clean);
        self.again.extend(again);
        self.sketches.extend(sketches);
        self.new.extend(new);
        self.damaged.extend(damaged);
    }

    /// Whether nothing is new.
    pub(crate) fn is_empty(&self) -> bool {
        self.clean.is_empty() && self.new.is_empty()
    }

    /// What is known now.
    pub(crate) fn after(self, repository: &Repository, seen: Seen, ways: Option<Ways>) -> Seen {
        let packs = repository.objects.packs.iter().enumerate();
        let whole = packs.filter(|(number, _)| !self.damaged.contains(number)).map(|(_, pack)| pack);
        let (again, sketches) = (self.again.into_iter().collect(), self.sketches.into_iter().collect::<Sketches>());
        let mut seen = seen.after(whole, self.clean.into_iter(), again, sketches);
        seen.ways = ways.unwrap_or(seen.ways);
        seen
    }
}

/// One thread's share.
pub(crate) struct Seeker<'r, 'a> {
    repository: &'r Repository,
    seen: &'r Seen,
    noted: Noted,
    name: Arc<Path>,
    worker: Worker<'a>,
    /// The view of the pack that was read last.
    reader: Option<(usize, PackReader<'r>)>,
}

impl<'r, 'a> Seeker<'r, 'a> {
    pub(crate) fn new(repository: &'r Repository, seen: &'r Seen, name: Arc<Path>, worker: Worker<'a>) -> Self {
        Self { repository, seen, noted: Noted::default(), name, worker, reader: None }
    }

    pub(crate) fn finish(mut self) -> (Worker<'a>, Noted) {
        self.worker.tell();
        (self.worker, self.noted)
    }

    /// Remembers whether an object was clean that was just looked into.
    fn note(&mut self, id: ObjectId) {
        if std::mem::take(&mut self.worker.noticed) {
            self.noted.again.insert(id);
        } else {
            self.noted.clean.push(id);
        }
    }

    fn damaged(&mut self, number: usize, pack: &Pack, why: Why) {
        self.noted.damaged.insert(number);
        self.worker.not_looked_into(Origin::File { path: pack.path.clone() }, why);
    }

    fn reader(&mut self, number: usize, pack: &'r Pack) -> PackReader<'r> {
        match self.reader.take() {
            Some((at, reader)) if at == number => reader,
            _ => PackReader::new(pack),
        }
    }
}

impl Task {
    /// Does one piece of work.
    pub(crate) fn step(seeker: &mut Seeker<'_, '_>, task: Self, tasks: &Tasks<Self>) {
        match task {
            Self::Check { pack } => check(seeker, pack),
            Self::Grow { pack } => grow(seeker, pack, tasks),
            Self::Walk { pack, forest, roots } => walk(seeker, pack, &forest, tasks, |reader, most, visitor| {
                for (root, kind) in roots {
                    visitor.kind = kind;
                    forest.walk(root, reader, most, visitor);
                }
            }),
            Self::Below { pack, forest, node, kind } => walk(seeker, pack, &forest, tasks, |reader, most, visitor| {
                visitor.kind = kind;
                forest.walk_below(node, reader, most, visitor);
            }),
            Self::Again { ids } => look_again(seeker, &ids),
            Self::Loose { folder, ids } => {
                for id in ids {
                    look_at_loose(seeker, &folder, id);
                }
            }
        }
    }
}

fn check(seeker: &mut Seeker<'_, '_>, number: usize) {
    let Some(pack) = seeker.repository.objects.packs.get(number) else { return };
    for outcome in [checksum::pack(pack), checksum::index(pack)] {
        if let Err(why) = outcome {
            seeker.damaged(number, pack, why);
        }
    }
}

fn grow(seeker: &mut Seeker<'_, '_>, number: usize, tasks: &Tasks<Task>) {
    let Some(pack) = seeker.repository.objects.packs.get(number) else { return };
    seeker.noted.new.insert(number);
    let forest = Arc::new(Forest::grow(pack, |kind| kind != Kind::Tree));
    for (id, why) in &forest.faults {
        seeker.noted.damaged.insert(number);
        lost(&seeker.name, &mut seeker.worker, *id, why.clone());
    }
    // The latest task goes first: the pack is read from its beginning to its end.
    for roots in forest.roots.chunks(BATCH).rev() {
        tasks.push(Task::Walk { pack: number, forest: Arc::clone(&forest), roots: roots.to_vec() });
    }
}

fn walk<'r, 'a>(
    seeker: &mut Seeker<'r, 'a>,
    number: usize,
    forest: &Arc<Forest>,
    tasks: &Tasks<Task>,
    each: impl FnOnce(&mut PackReader<'r>, u64, &mut Visitor<'_, 'r, 'a>),
) {
    let Some(pack) = seeker.repository.objects.packs.get(number) else { return };
    let mut reader = seeker.reader(number, pack);
    let most = seeker.worker.shared.settings.limits.object;
    each(&mut reader, most, &mut Visitor { seeker, number, pack, forest, tasks, kind: Kind::Blob });
    seeker.reader = Some((number, reader));
}

/// Is handed the objects of a pack.
struct Visitor<'v, 'r, 'a> {
    seeker: &'v mut Seeker<'r, 'a>,
    number: usize,
    pack: &'r Pack,
    forest: &'v Arc<Forest>,
    tasks: &'v Tasks<Task>,
    /// What kind of objects the tree holds that is walked.
    kind: Kind,
}

impl Visitor<'_, '_, '_> {
    /// The name of an object, unless another pack holds it too and was there first.
    fn first(&self, node: u32) -> Option<ObjectId> {
        let before = self.seeker.repository.objects.packs.get(..self.number).unwrap_or_default();
        let id = self.forest.id(self.pack, node)?;
        before.iter().all(|pack| pack.index.find(&id).is_none()).then_some(id)
    }
}

impl Visit for Visitor<'_, '_, '_> {
    fn object(&mut self, node: u32, bytes: &[u8]) {
        let Some(id) = self.first(node) else { return };
        // An index can say that it is another object than it is, so what is known is known only under its true name.
        if self.seeker.seen.is_clean(&id) && is_named(self.kind, bytes, &id) {
            self.seeker.worker.gathered.statistics.known_clean += 1;
            return;
        }
        look(self.seeker, self.kind, id, bytes);
    }

    fn large(&mut self, node: u32, from: &mut dyn Read) -> io::Result<()> {
        let Some(id) = self.first(node) else { return Ok(()) };
        let (name, kind) = (&self.seeker.name, self.kind);
        let origin = || unknown(name, kind, id);
        self.seeker.worker.noticed = false;
        self.seeker.worker.stream(from, &mut Vec::new(), About::whole(&origin, None))?;
        self.seeker.note(id);
        Ok(())
    }

    fn lost(&mut self, node: u32, why: Why) {
        let below = self.forest.count_below(node);
        self.seeker.noted.damaged.insert(self.number);
        let Some(id) = self.forest.id(self.pack, node) else { return };
        lost(&self.seeker.name, &mut self.seeker.worker, id, why);
        if below > 0 {
            let why = Why::Corrupt(format!("{below} objects that are changes to {id} are lost with it"));
            self.seeker.damaged(self.number, self.pack, why);
        }
    }

    fn postpone(&mut self, node: u32) {
        let forest = Arc::clone(self.forest);
        self.tasks.push(Task::Below { pack: self.number, forest, node, kind: self.kind });
    }
}

/// Looks into an object, unless it is known what was found there and it is the same one.
fn look(seeker: &mut Seeker<'_, '_>, kind: Kind, id: ObjectId, bytes: &[u8]) {
    let known = seeker.seen.sketches.of(&id).filter(|_| is_named(kind, bytes, &id));
    let known = known.and_then(|sketch| Some((sketch.in_text(bytes)?, Some(sketch.clone()))));
    let (looked, sketch) = known.unwrap_or_else(|| {
        let looked = seeker.worker.shared.look.look(bytes, None);
        let sketch = Sketch::of(&looked, bytes);
        (looked, sketch)
    });
    seeker.noted.sketches.extend(sketch.map(|sketch| (id, sketch)));
    let name = &seeker.name;
    seeker.worker.noticed = false;
    seeker.worker.looked(bytes, looked, About::whole(&|| unknown(name, kind, id), None));
    seeker.note(id);
}

/// Whether an object has the name that its content gives it.
fn is_named(kind: Kind, bytes: &[u8], id: &ObjectId) -> bool {
    let head = format!("{} {}\0", kind.name(), bytes.len());
    match id.kind() {
        HashKind::Sha1 => Sha1::new().chain_update(&head).chain_update(bytes).finalize().as_slice() == id.as_bytes(),
        HashKind::Sha256 => {
            Sha256::new().chain_update(&head).chain_update(bytes).finalize().as_slice() == id.as_bytes()
        }
    }
}

fn look_again(seeker: &mut Seeker<'_, '_>, ids: &[ObjectId]) {
    let mut reader = seeker.repository.objects.reader(seeker.worker.shared.settings.limits.object);
    for id in ids {
        match reader.read(id) {
            Ok(object) => look(seeker, object.kind, *id, &object.bytes),
            Err(why) => lost(&seeker.name, &mut seeker.worker, *id, why),
        }
    }
}

fn look_at_loose(seeker: &mut Seeker<'_, '_>, folder: &Path, id: ObjectId) {
    if seeker.repository.objects.is_packed(&id) {
        return;
    }
    if let Err(why) = try_loose(seeker, folder, id) {
        lost(&seeker.name, &mut seeker.worker, id, why);
    }
}

fn try_loose(seeker: &mut Seeker<'_, '_>, folder: &Path, id: ObjectId) -> Result<(), Why> {
    let (kind, mut from) = loose::open(&loose::path(folder, &id))?;
    if kind != Kind::Tree {
        let Seeker { name, worker, .. } = &mut *seeker;
        let origin = || unknown(name, kind, id);
        worker.noticed = false;
        let outcome = worker.stream(&mut from, &mut Vec::new(), About::whole(&origin, None));
        outcome.map_err(|error| Why::Corrupt(error.to_string()))?;
        seeker.note(id);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_has_the_name_that_git_gives_it_and_no_other() {
        // What `git hash-object` says of these, in both kinds of repositories.
        let sha1: ObjectId = "ce013625030ba8dba906f756967f9e9ca394464a".parse().unwrap();
        let long = "2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4";
        let sha256: ObjectId = long.parse().unwrap();
        for id in [sha1, sha256] {
            assert!(is_named(Kind::Blob, b"hello\n", &id));
            assert!(!is_named(Kind::Blob, b"hello", &id) && !is_named(Kind::Commit, b"hello\n", &id));
        }
    }
}
