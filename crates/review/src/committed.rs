//! What commits hold that were made in a layer over a repository. Whoever carries commits over carries over all files
//! that they bring, whatever else is held back: a commit is looked into before it is let through.
//!
//! Every object that the layer adds counts, whether a branch leads to it or not: a branch can be moved later.

use crate::git::changes::Comparison;
use crate::git::graph;
use crate::git::object::Commit;
use crate::git::objects::{ObjectReader, Objects};
use crate::git::staging::Staging;
use crate::git::{Kind, ObjectId, Repository, loose, refs};
use crate::report::Why;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// More than so many objects are not looked at one by one.
const MOST_OBJECTS: usize = 200_000;

/// More than so many bytes of objects are not read, and more than so many entries of trees not compared.
const MOST_BYTES: u64 = 1 << 30;
const MOST_ENTRIES: usize = 1_000_000;

/// A commit, a tree or a staging area larger than this is not read.
const LARGEST: u64 = 64 << 20;

/// The paths that commits and the staging area of `layer` change against what `repository` holds. `layer` is the folder
/// over the repository's own; all in it must be plain files and folders.
///
/// An error means that it can't be told.
pub fn brought(repository: &Path, layer: &Path) -> Result<BTreeSet<Vec<u8>>, Why> {
    let below = Repository::discover(repository)?;
    if layer.join("objects/info/alternates").symlink_metadata().is_ok() {
        return Err(Why::Unsupported("objects of another repository".to_owned()));
    }
    replaces_nothing(layer)?;
    let above = Objects::open(layer.join("objects"), below.hash);
    let has_objects = layer.join("objects").is_dir();
    if let Some((_, why)) = above.faults.first().filter(|_| has_objects) {
        return Err(why.clone());
    }
    let mut paths = BTreeSet::new();
    let mut both = None;
    let added = if has_objects {
        both.insert(Objects::open(below.common_dir.join("objects"), below.hash)).borrow_from(&above);
        checked(&above)?
    } else {
        BTreeSet::new()
    };
    let mut reader = both.as_ref().unwrap_or(&below.objects).reader(LARGEST);
    for id in added.into_iter().filter(|id| !below.objects.holds(id)) {
        let object = reader.read(&id)?;
        if object.kind == Kind::Commit {
            let commit = Commit::parse(&object.bytes).ok_or_else(|| senseless(&id))?;
            commit_brings(&commit, &mut reader, &below, &mut paths)?;
        }
    }
    for tree in working_trees(layer)? {
        staged(&layer.join(&tree), &tree, &mut reader, &below, &mut paths)?;
    }
    Ok(paths)
}

/// References of one kind put objects in the place of others.
fn replaces_nothing(layer: &Path) -> Result<(), Why> {
    let packed = crate::git::read(&layer.join("packed-refs"))?.unwrap_or_default();
    if memchr::memmem::find(&packed, b"refs/replace/").is_some() || layer.join("refs/replace").exists() {
        return Err(Why::Unsupported("objects that stand in the place of others".to_owned()));
    }
    Ok(())
}

fn senseless(id: &ObjectId) -> Why {
    Why::Corrupt(format!("the commit {id} does not make sense"))
}

/// The objects of the layer, each of which is what its name says. Git believes the names in a pack: an object under the
/// name of one that the repository has would take its place.
fn checked(above: &Objects) -> Result<BTreeSet<ObjectId>, Why> {
    let mut all = Vec::new();
    for folder in &above.folders {
        all.extend(loose::list(folder, above.hash)?);
    }
    let packed = above.packs.iter().map(|pack| &pack.index);
    all.extend(packed.flat_map(|index| (0..index.len()).filter_map(|number| index.id(number))));
    if all.len() > MOST_OBJECTS {
        return Err(Why::TooLarge { bytes: all.len() as u64, most: MOST_OBJECTS as u64 });
    }
    let mut reader = above.reader(LARGEST);
    let mut ids = BTreeSet::new();
    let mut left = MOST_BYTES;
    for id in all {
        let object = reader.read(&id)?;
        object.check(&id)?;
        left =
            left.checked_sub(object.bytes.len() as u64).ok_or(Why::TooLarge { bytes: MOST_BYTES, most: MOST_BYTES })?;
        if !ids.insert(id) {
            return Err(Why::Corrupt(format!("the object {id} is there twice")));
        }
    }
    Ok(ids)
}

fn commit_brings(
    commit: &Commit,
    reader: &mut ObjectReader<'_>,
    below: &Repository,
    paths: &mut BTreeSet<Vec<u8>>,
) -> Result<(), Why> {
    let mut before = Vec::new();
    for parent in &commit.parents {
        let (_, parent) = graph::commit(reader, *parent)?.ok_or_else(|| senseless(parent))?;
        before.push(parent.tree);
    }
    let mut comparison = Comparison::new(reader, below.hash);
    comparison.left = MOST_ENTRIES;
    comparison.trees(Some(commit.tree), &before);
    take(comparison, paths)
}

/// The folders of working trees, below the repository's own, that have a staging area in the layer.
fn working_trees(layer: &Path) -> Result<Vec<PathBuf>, Why> {
    let mut trees = vec![PathBuf::new()];
    match std::fs::read_dir(layer.join("worktrees")) {
        Ok(linked) => trees.extend(linked.flatten().map(|tree| Path::new("worktrees").join(tree.file_name()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(Why::Unreadable(error.to_string())),
    }
    trees.retain(|tree| layer.join(tree).join("index").is_file());
    Ok(trees)
}

/// What is staged for a working tree, in the layer, against the commit that is checked out there without it.
fn staged(
    layer: &Path,
    tree: &Path,
    reader: &mut ObjectReader<'_>,
    below: &Repository,
    paths: &mut BTreeSet<Vec<u8>>,
) -> Result<(), Why> {
    let mut staging = Staging::of(layer, below.hash)?;
    // It says which folders are as they were, and whoever wrote the file wrote that.
    staging.root = None;
    let special = staging.entries().iter().filter(|entry| entry.stage != 0 || entry.intended);
    paths.extend(special.map(|entry| staging.path(entry).to_vec()));
    let own = below.common_dir.join(tree);
    let own = if own.join("HEAD").is_file() { refs::resolve(&Repository::open(own, None)?, "HEAD")? } else { None };
    // A working tree that was made in the layer starts from what is checked out in the repository.
    let head = match own.map_or_else(|| refs::resolve(below, "HEAD"), |head| Ok(Some(head)))? {
        Some(head) => graph::commit(reader, head)?.map(|(_, commit)| commit.tree),
        None => None,
    };
    let mut comparison = Comparison::new(reader, below.hash);
    comparison.left = MOST_ENTRIES;
    comparison.staged(&staging, head.as_slice());
    take(comparison, paths)
}

fn take(comparison: Comparison<'_, '_>, paths: &mut BTreeSet<Vec<u8>>) -> Result<(), Why> {
    let changes = comparison.changes;
    if let Some((_, why)) = changes.faults.into_iter().next() {
        return Err(why);
    }
    paths.extend(changes.changed.into_iter().map(|changed| changed.path));
    Ok(())
}
