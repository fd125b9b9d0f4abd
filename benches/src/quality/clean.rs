//! Trees of source in which hardly anybody leaves a credential, as far as this machine has them: what is found there is
//! noise, or a key of a test. Both are counted; nothing is left out by hand.

use super::scanner::Scanner;
use super::score::Tier;
use crate::figures::number;
use crate::report::{Cell, Row};
use anyhow::Context as _;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A tree, and how big it is.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
}

/// The trees that are there.
pub(super) fn trees(named: &[PathBuf]) -> anyhow::Result<Vec<Tree>> {
    let mut trees = Vec::new();
    for path in named {
        let Ok(path) = path.canonicalize() else { continue };
        let name = path.file_name().and_then(|it| it.to_str()).unwrap_or("tree").to_owned();
        trees.push(Tree { name, bytes: size(&path)?, path });
    }
    Ok(trees)
}

/// What a scanner finds in a tree: in all, of high confidence, and what a person is told one by one; for each gigabyte.
pub(super) fn row(scanner: &Scanner, tree: &Tree) -> anyhow::Result<(Row, Vec<String>)> {
    let state = TempDir::new()?;
    let found = scanner.scan(&tree.path, state.path())?;
    let high = found.iter().filter(|it| it.tier == Tier::High).count();
    let gigabytes = number(tree.bytes) / 1e9;
    let per_gigabyte = |count: usize| Cell::Number(number(u64::try_from(count).unwrap_or(u64::MAX)) / gigabytes);
    let told = found.iter().filter(|it| it.told).count();
    let count = |count: usize| Cell::Number(number(u64::try_from(count).unwrap_or(u64::MAX)));
    let row = Row {
        name: format!("{}, {} MB", tree.name, tree.bytes / 1_000_000),
        cells: vec![count(found.len()), count(high), count(told), per_gigabyte(found.len()), per_gigabyte(told)],
    };
    let places = found.iter().map(|it| format!("{:?} {} {}:{}", it.tier, it.rule, it.path, it.line)).collect();
    Ok((row, places))
}

fn size(path: &Path) -> anyhow::Result<u64> {
    let metadata = std::fs::symlink_metadata(path)?;
    if !metadata.is_dir() {
        return Ok(if metadata.is_file() { metadata.len() } else { 0 });
    }
    let entries = std::fs::read_dir(path).with_context(|| format!("could not read {}", path.display()))?;
    entries.map(|entry| size(&entry?.path())).sum()
}
