//! Whether two indexes of git say the same. Git writes the index anew whenever it looks at the files, because it notes
//! there when each was touched; that is no edit of anybody.

use crate::{Digest, LayerName, TreePath};

/// Bytes before the first entry: a mark, the version and the number of entries.
const HEADER: usize = 12;

/// Bytes of an entry that say when and by whom its file was touched, up to the mode and after it.
const TIMES: usize = 24;
const MODE: usize = 4;
const OWNER_AND_SIZE: usize = 12;
const NAME_OF_CONTENTS: usize = 20;

/// Whether both are indexes (of version 2, with SHA-1) that name the same files with the same contents.
pub(crate) fn say_the_same(one: &[u8], other: &[u8]) -> bool {
    entries(one).is_some_and(|entries_of_one| Some(entries_of_one) == entries(other))
}

/// The largest one that is looked into.
pub(crate) const LARGEST: u64 = 64 << 20;

/// Whether that is where git keeps an index.
pub(crate) fn is_one(path: &TreePath, layer: LayerName) -> bool {
    let parent = path.parent().unwrap_or_default();
    let in_git = parent.name() == b".git" || (layer == LayerName::Git && parent.is_root());
    path.name() == b"index" && in_git
}

/// A digest of what an index says, whenever its files were touched.
pub(crate) fn digest(index: &[u8]) -> Option<Digest> {
    let mut said = Vec::new();
    for (mode, named) in entries(index)? {
        said.extend(mode);
        said.extend(named);
        said.push(0);
    }
    Some(Digest::of(&said))
}

/// Of each entry the mode, the digest, the flags and the path; `None` for what is not understood.
fn entries(index: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    let count = u32::from_be_bytes(index.get(8..HEADER)?.try_into().ok()?);
    if index.get(..8)? != b"DIRC\0\0\0\x02" {
        return None;
    }
    let (mut entries, mut rest) = (Vec::new(), index.get(HEADER..)?);
    for _ in 0..count {
        let mode = rest.get(TIMES..TIMES + MODE)?;
        let named = rest.get(TIMES + MODE + OWNER_AND_SIZE..)?;
        let end = named.get(NAME_OF_CONTENTS + 2..)?.iter().position(|&byte| byte == 0)?;
        entries.push((mode, named.get(..NAME_OF_CONTENTS + 2 + end)?));
        // Filled up with one to eight zeros to a multiple of eight.
        let length = TIMES + MODE + OWNER_AND_SIZE + NAME_OF_CONTENTS + 2 + end;
        rest = rest.get((length / 8 + 1) * 8..)?;
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn index(files: &[(&str, u8, u8)]) -> Vec<u8> {
        let mut index = b"DIRC\0\0\0\x02".to_vec();
        index.extend(u32::try_from(files.len()).unwrap().to_be_bytes());
        for (path, time, digest) in files {
            let mut entry = vec![*time; TIMES];
            entry.extend([0, 0, 0x81, 0xa4]);
            entry.extend(vec![*time; OWNER_AND_SIZE]);
            entry.extend(vec![*digest; NAME_OF_CONTENTS]);
            entry.extend([0, u8::try_from(path.len()).unwrap()]);
            entry.extend(path.as_bytes());
            let filled = (entry.len() / 8 + 1) * 8;
            entry.resize(filled, 0);
            index.extend(entry);
        }
        index.extend([7; 20]);
        index
    }

    #[test]
    fn when_a_file_was_touched_says_nothing_and_its_contents_do() {
        let one = index(&[("a.rs", 1, 1), ("dir/b.rs", 1, 2)]);
        assert!(say_the_same(&one, &index(&[("a.rs", 9, 1), ("dir/b.rs", 8, 2)])));
        assert!(!say_the_same(&one, &index(&[("a.rs", 1, 1), ("dir/b.rs", 1, 3)])));
        assert!(!say_the_same(&one, &index(&[("a.rs", 1, 1), ("dir/c.rs", 1, 2)])));
        assert!(!say_the_same(&one, &index(&[("a.rs", 1, 1)])));
    }

    #[test]
    fn what_is_not_understood_is_not_the_same() {
        assert!(!say_the_same(b"", b""));
        let mut later = index(&[("a.rs", 1, 1)]);
        later[7] = 4;
        assert!(!say_the_same(&later, &later));
        let whole = index(&[("a.rs", 1, 1)]);
        assert!(!say_the_same(&whole[..60], &whole[..60]));
    }

    proptest! {
        #[test]
        fn nothing_makes_it_stumble(one in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut index = b"DIRC\0\0\0\x02\0\0\0".to_vec();
            index.extend(one);
            say_the_same(&index, &index);
        }
    }
}
