//! The Merkle tree of RFC 6962 with SHA-256: hashes, the frontier that grows it, and proofs.

use sha2::{Digest as _, Sha256};

/// A hash of the tree.
pub type Hash = [u8; 32];

/// The hash of an entry.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

/// The hash of two subtrees side by side.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The hash of the tree without entries.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// The roots of the complete subtrees that make up a tree, the largest first. It is all that is needed to append to
/// the tree and to tell its root: 64 hashes at most, whatever the size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// A frontier from its parts, if there are as many peaks as a tree of this size has.
    pub fn from_parts(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (peaks.len() == size.count_ones() as usize).then_some(Self { size, peaks })
    }

    /// How many entries the tree has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The roots of its complete subtrees, the largest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Appends an entry by its leaf hash.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        let mut size = self.size;
        while size & 1 == 1 {
            let Some(left) = self.peaks.pop() else { break };
            hash = node_hash(&left, &hash);
            size >>= 1;
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(smallest) = peaks.next() else { return empty_root() };
        peaks.fold(*smallest, |right, left| node_hash(left, &right))
    }
}

/// Gives the hash of the complete subtree at `level` (0 is the leaves) number `index`.
pub trait Subtrees {
    /// Why a hash can't be had.
    type Error;
    /// The hash of the `index`-th complete subtree of 2^`level` entries.
    fn subtree(&self, level: u32, index: u64) -> Result<Hash, Self::Error>;
}

/// The root of the entries from `first` to `end`, where `first` is a multiple of the next power of two of the range.
fn range_root<S: Subtrees>(tree: &S, first: u64, end: u64) -> Result<Hash, S::Error> {
    let count = end - first;
    if count.is_power_of_two() && first.is_multiple_of(count) {
        return tree.subtree(count.trailing_zeros(), first / count);
    }
    let middle = first + split(count);
    Ok(node_hash(&range_root(tree, first, middle)?, &range_root(tree, middle, end)?))
}

/// The largest power of two below `count`, which is at least 2.
fn split(count: u64) -> u64 {
    1 << (u64::BITS - 1 - (count - 1).leading_zeros())
}

/// The root of the first `size` entries.
pub fn root<S: Subtrees>(tree: &S, size: u64) -> Result<Hash, S::Error> {
    if size == 0 { Ok(empty_root()) } else { range_root(tree, 0, size) }
}

/// The proof that entry `index` is in the tree of `size` entries. `index` must be below `size`.
pub fn inclusion_proof<S: Subtrees>(tree: &S, index: u64, size: u64) -> Result<Vec<Hash>, S::Error> {
    let (mut first, mut end) = (0, size);
    let mut path = Vec::new();
    while end - first > 1 {
        let middle = first + split(end - first);
        if index < middle {
            path.push(range_root(tree, middle, end)?);
            end = middle;
        } else {
            path.push(range_root(tree, first, middle)?);
            first = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the tree of `old` entries is a prefix of the one of `size`. `old` must not be above `size`.
pub fn consistency_proof<S: Subtrees>(tree: &S, old: u64, size: u64) -> Result<Vec<Hash>, S::Error> {
    if old == 0 || old == size {
        return Ok(Vec::new());
    }
    let (mut first, mut end, mut whole) = (0, size, true);
    let mut path = Vec::new();
    while old != end {
        let middle = first + split(end - first);
        if old <= middle {
            path.push(range_root(tree, middle, end)?);
            end = middle;
        } else {
            path.push(range_root(tree, first, middle)?);
            first = middle;
            whole = false;
        }
    }
    if !whole {
        path.push(range_root(tree, first, end)?);
    }
    path.reverse();
    Ok(path)
}

/// Whether `proof` shows that `leaf` is entry `index` of the tree with this size and root.
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, root: &Hash, proof: &[Hash]) -> bool {
    if index >= size {
        return false;
    }
    let (mut position, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if position & 1 == 1 || position == last {
            hash = node_hash(sibling, &hash);
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        position >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Whether `proof` shows that the tree (`old`, `old_root`) is a prefix of the tree (`size`, `root`).
pub fn verify_consistency(old: u64, old_root: &Hash, size: u64, root: &Hash, proof: &[Hash]) -> bool {
    if old > size {
        return false;
    }
    if old == size {
        return proof.is_empty() && old_root == root;
    }
    if old == 0 {
        return proof.is_empty() && *old_root == empty_root();
    }
    let (mut position, mut last) = (old - 1, size - 1);
    while position & 1 == 1 {
        position >>= 1;
        last >>= 1;
    }
    let mut path = proof.iter();
    // Where the old tree is complete, its root is where both trees start; otherwise the proof brings it.
    let start = if old.is_power_of_two() { Some(old_root) } else { path.next() };
    let Some(&start) = start else { return false };
    let (mut old_hash, mut new_hash) = (start, start);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if position & 1 == 1 || position == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        position >>= 1;
        last >>= 1;
    }
    last == 0 && old_hash == *old_root && new_hash == *root
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    /// A tree in memory, straight from the definition.
    struct Leaves(Vec<Hash>);

    fn definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [one] => *one,
            many => {
                let (left, right) = many.split_at(usize::try_from(split(many.len() as u64)).unwrap());
                node_hash(&definition(left), &definition(right))
            }
        }
    }

    impl Subtrees for Leaves {
        type Error = Infallible;
        fn subtree(&self, level: u32, index: u64) -> Result<Hash, Infallible> {
            let count = 1usize << level;
            let first = usize::try_from(index).unwrap() * count;
            Ok(definition(&self.0[first..first + count]))
        }
    }

    fn leaves(count: u64) -> Leaves {
        Leaves((0..count).map(|i| leaf_hash(&i.to_be_bytes())).collect())
    }

    #[test]
    fn the_frontier_has_the_root_of_the_definition() {
        let mut frontier = Frontier::default();
        let all = leaves(130);
        for (count, leaf) in all.0.iter().enumerate() {
            assert_eq!(frontier.root(), definition(&all.0[..count]));
            assert_eq!(Frontier::from_parts(frontier.size(), frontier.peaks().to_vec()), Some(frontier.clone()));
            frontier.push(*leaf);
        }
    }

    #[test]
    fn every_inclusion_proof_up_to_70_entries_verifies_and_no_other_index_does() {
        for size in 1..70 {
            let tree = leaves(size);
            let root = root(&tree, size).unwrap();
            for index in 0..size {
                let proof = inclusion_proof(&tree, index, size).unwrap();
                for claimed in 0..size {
                    let leaf = &tree.0[usize::try_from(index).unwrap()];
                    assert_eq!(verify_inclusion(leaf, claimed, size, &root, &proof), claimed == index);
                }
            }
        }
    }

    #[test]
    fn every_consistency_proof_up_to_70_entries_verifies_and_none_for_another_history() {
        for size in 0..70 {
            let tree = leaves(size);
            let new_root = root(&tree, size).unwrap();
            for old in 0..=size {
                let proof = consistency_proof(&tree, old, size).unwrap();
                let old_root = root(&tree, old).unwrap();
                assert!(verify_consistency(old, &old_root, size, &new_root, &proof));
                assert!(!verify_consistency(old, &[7; 32], size, &new_root, &proof));
                if old != size {
                    assert!(old == 0 || !verify_consistency(old, &old_root, size, &[7; 32], &proof));
                }
                let mut longer = proof.clone();
                longer.push([0; 32]);
                assert!(!verify_consistency(old, &old_root, size, &new_root, &longer));
            }
        }
    }
}
