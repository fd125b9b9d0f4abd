//! Files that git's index says to leave alone (`skip-worktree`): git neither compares them with what lies in the working tree
//! nor takes them from there. An index of version 2 to 4 is written anew with that said, or taken back.

use sha1::{Digest as _, Sha1};
use sha2::Sha256;
use std::collections::BTreeSet;

/// Bytes before the first entry: a mark, the version and the number of entries.
const HEADER: usize = 12;

/// Bytes of an entry before the name of its contents.
const STAT: usize = 40;

/// In the flags of an entry: whether there are more of them, and its side in a merge.
const EXTENDED: u16 = 0x4000;
const STAGE: u16 = 0x3000;

/// In the further ones.
const SKIPPED: u16 = 0x4000;

/// Extensions that say where something lies in the file. Git does without.
const PLACES: [&[u8]; 2] = [b"EOIE", b"IEOT"];

/// The index with these files left alone; `None` if there are none of them in it, or it is not understood.
pub(crate) fn leave_alone(index: &[u8], is_meant: impl Fn(&[u8]) -> bool) -> Option<Vec<u8>> {
    let mut count = 0_usize;
    let written = rewritten(index, |path, flags, further| {
        let leave = flags & STAGE == 0 && further & SKIPPED == 0 && is_meant(path);
        count += usize::from(leave);
        if leave { further | SKIPPED } else { further }
    })?;
    (count > 0).then_some(written)
}

/// The index with these files looked at again, but for those that `before` has left alone as well.
pub(crate) fn see_again(index: &[u8], before: Option<&[u8]>, is_meant: impl Fn(&[u8]) -> bool) -> Option<Vec<u8>> {
    let mut own = BTreeSet::new();
    if let Some(before) = before {
        rewritten(before, |path, _, further| {
            if further & SKIPPED != 0 {
                own.insert(path.to_vec());
            }
            further
        });
    }
    rewritten(
        index,
        |path, _, further| {
            if is_meant(path) && !own.contains(path) { further & !SKIPPED } else { further }
        },
    )
}

/// What an index ends with.
#[derive(Debug, Clone, Copy)]
enum Seal {
    Sha1,
    Sha256,
    /// Zeros, where git was told to leave it out.
    Nothing,
}

impl Seal {
    fn of(index: &[u8]) -> Option<Self> {
        let ends = |length: usize| index.len().checked_sub(length).map(|at| index.split_at(at));
        let (body, seal) = ends(20)?;
        if Sha1::digest(body).as_slice() == seal {
            return Some(Self::Sha1);
        }
        if ends(32).is_some_and(|(body, seal)| Sha256::digest(body).as_slice() == seal) {
            return Some(Self::Sha256);
        }
        seal.iter().all(|&byte| byte == 0).then_some(Self::Nothing)
    }

    fn length(self) -> usize {
        match self {
            Self::Sha1 | Self::Nothing => 20,
            Self::Sha256 => 32,
        }
    }

    fn put(self, index: &mut Vec<u8>) {
        match self {
            Self::Sha1 => index.extend(Sha1::digest(&index).to_vec()),
            Self::Sha256 => index.extend(Sha256::digest(&index).to_vec()),
            Self::Nothing => index.extend([0; 20]),
        }
    }
}

/// The same index with other further flags, which are asked for by path, flags and those it has.
fn rewritten(index: &[u8], mut further: impl FnMut(&[u8], u16, u16) -> u16) -> Option<Vec<u8>> {
    let seal = Seal::of(index)?;
    let body = index.get(..index.len().checked_sub(seal.length())?)?;
    let (version, count) = (word(body, 4)?, word(body, 8)?);
    if body.get(..4)? != b"DIRC" || !(2..=4).contains(&version) {
        return None;
    }
    let mut written = body.get(..HEADER)?.to_vec();
    let (mut at, mut path, mut is_extended) = (HEADER, Vec::new(), false);
    for _ in 0..count {
        let entry = Entry::read(body, at, version, seal.length(), &mut path)?;
        let set = further(&path, entry.flags, entry.further);
        is_extended |= set != 0;
        entry.write(&mut written, set, version);
        at = entry.end;
    }
    written.extend(extensions(body.get(at..)?)?);
    if version < 4 {
        let version: u32 = if is_extended { 3 } else { 2 };
        written.get_mut(4..8)?.copy_from_slice(&version.to_be_bytes());
    }
    seal.put(&mut written);
    Some(written)
}

/// An entry, and where it ends.
struct Entry<'a> {
    /// What is known of the file, and the name of its contents.
    head: &'a [u8],
    flags: u16,
    further: u16,
    /// As it stands there, without what fills it up.
    name: &'a [u8],
    end: usize,
}

impl<'a> Entry<'a> {
    /// Reads one. `path` is that of the entry before, and then its own.
    fn read(body: &'a [u8], at: usize, version: u32, contents: usize, path: &mut Vec<u8>) -> Option<Self> {
        let head = body.get(at..at + STAT + contents)?;
        let flags = half(body, at + STAT + contents)?;
        let mut name = at + STAT + contents + 2;
        let mut further = 0;
        if flags & EXTENDED != 0 {
            further = half(body, name).filter(|_| version >= 3)?;
            name += 2;
        }
        let mut own = name;
        if version == 4 {
            let (strip, after) = number(body, name)?;
            path.truncate(path.len().checked_sub(strip)?);
            own = after;
        } else {
            path.clear();
        }
        let length = body.get(own..)?.iter().position(|&byte| byte == 0)?;
        path.extend(body.get(own..own + length)?);
        let last = own + length;
        let end = if version == 4 { last + 1 } else { at + ((last - at) / 8 + 1) * 8 };
        Some(Self { head, flags, further, name: body.get(name..last)?, end })
    }

    fn write(&self, written: &mut Vec<u8>, further: u16, version: u32) {
        let start = written.len();
        written.extend(self.head);
        let flags = if further == 0 { self.flags & !EXTENDED } else { self.flags | EXTENDED };
        written.extend(flags.to_be_bytes());
        if further != 0 {
            written.extend(further.to_be_bytes());
        }
        written.extend(self.name);
        // Filled up with one to eight zeros to a multiple of eight.
        let length = written.len() - start;
        let end = if version == 4 { length + 1 } else { (length / 8 + 1) * 8 };
        written.resize(start + end, 0);
    }
}

/// What follows the entries, without what a change of their length makes wrong. An index that lies over another one is not
/// understood.
fn extensions(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut kept = Vec::new();
    while !rest.is_empty() {
        let name = rest.get(..4)?;
        let (extension, after) = rest.split_at_checked(8_usize.checked_add(word(rest, 4)? as usize)?)?;
        if name == b"link" {
            return None;
        }
        if !PLACES.contains(&name) {
            kept.extend(extension);
        }
        rest = after;
    }
    Some(kept)
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_be_bytes(*bytes))
}

/// A number in groups of seven bits, the highest first, each but the last one short by one; and where it ends.
fn number(bytes: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let mut number: usize = 0;
    loop {
        let byte = *bytes.get(at)?;
        at += 1;
        number = number.checked_mul(128)? | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((number, at));
        }
        number = number.checked_add(1)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::Path;
    use std::process::Command;

    fn git(folder: &Path, arguments: &[&str]) -> String {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=a", "-c", "user.email=a@b.c"]).args(arguments).current_dir(folder);
        let output = command.env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    #[test]
    fn git_leaves_alone_what_it_is_told_to_in_every_version_and_sees_it_again() {
        for settings in [&["--object-format=sha1"], &["--object-format=sha256"]] {
            for version in ["2", "3", "4"] {
                let folder = tempfile::tempdir().unwrap();
                let root = folder.path();
                git(root, &[&["init", "-q"], &settings[..]].concat());
                for name in ["a", "long/name/of/a/file", "long/name/of/secret.pem", "z"] {
                    std::fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
                    std::fs::write(root.join(name), name).unwrap();
                }
                git(root, &["-c", "index.version=4", "add", "."]);
                git(root, &["update-index", "--index-version", version]);
                git(root, &["update-index", "--skip-worktree", "z"]);
                git(root, &["commit", "-qm", "x"]);
                let before = std::fs::read(root.join(".git/index")).unwrap();
                let is_meant = |path: &[u8]| path == b"long/name/of/secret.pem" || path == b"z";
                let alone = leave_alone(&before, is_meant).unwrap();
                std::fs::write(root.join(".git/index"), &alone).unwrap();
                for name in ["a", "long/name/of/secret.pem", "z"] {
                    std::fs::write(root.join(name), "changed by somebody").unwrap();
                }
                assert_eq!(
                    git(root, &["ls-files", "-t"]),
                    "H a\nH long/name/of/a/file\nS long/name/of/secret.pem\nS z\n"
                );
                assert_eq!(git(root, &["status", "--porcelain"]), " M a\n");
                git(root, &["commit", "-qam", "y"]);
                assert_eq!(git(root, &["show", "HEAD:long/name/of/secret.pem"]), "long/name/of/secret.pem");
                git(root, &["fsck", "--strict"]);
                let after = std::fs::read(root.join(".git/index")).unwrap();
                std::fs::write(root.join(".git/index"), see_again(&after, Some(&before), is_meant).unwrap()).unwrap();
                assert_eq!(git(root, &["status", "--porcelain"]), " M long/name/of/secret.pem\n", "{version}");
                assert_eq!(
                    see_again(&alone, Some(&before), is_meant).map(|it| it.len()),
                    Some(without_places(&before))
                );
            }
        }
    }

    /// How long an index is without what says where something lies in it.
    fn without_places(index: &[u8]) -> usize {
        rewritten(index, |_, _, further| further).unwrap().len()
    }

    #[test]
    fn what_holds_none_of_them_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "-q"]);
        std::fs::write(folder.path().join("a"), "").unwrap();
        git(folder.path(), &["add", "."]);
        let index = std::fs::read(folder.path().join(".git/index")).unwrap();
        assert_eq!(leave_alone(&index, |_| false), None);
        assert_eq!(leave_alone(&index[..index.len() - 1], |_| true), None);
        assert_eq!(see_again(&index, None, |_| true).as_ref(), Some(&index));
        git(folder.path(), &["update-index", "--split-index"]);
        let split = std::fs::read(folder.path().join(".git/index")).unwrap();
        assert_eq!(leave_alone(&split, |_| true), None);
    }

    proptest! {
        #[test]
        fn nothing_makes_it_stumble(version in 2_u8..5, count in 0_u8..4, rest in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut index = vec![b'D', b'I', b'R', b'C', 0, 0, 0, version, 0, 0, 0, count];
            index.extend(rest);
            index.extend([0; 20]);
            leave_alone(&index, |_| true);
            see_again(&index, Some(&index), |_| true);
        }
    }
}
