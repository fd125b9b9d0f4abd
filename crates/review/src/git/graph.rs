//! The commits that a repository's references lead to, and in which order they came.

use super::object::{Commit, Kind, tagged};
use super::objects::ObjectReader;
use super::{ObjectId, Repository};
use crate::report::Why;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

/// How many tags may name one another.
const TAGS: usize = 16;

/// A commit with those before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) id: ObjectId,
    pub(crate) tree: ObjectId,
    pub(crate) time: i64,
    /// Those that are there, by their numbers.
    pub(crate) parents: Vec<u32>,
}

/// Commits, with those before them.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
    numbers: HashMap<ObjectId, u32>,
    /// Commits that are mentioned and are not there, or that make no sense.
    pub(crate) faults: Vec<(ObjectId, Why)>,
}

impl Graph {
    /// All commits from `tips` backwards.
    pub(crate) fn walk(
        repository: &Repository,
        reader: &mut ObjectReader<'_>,
        tips: impl IntoIterator<Item = ObjectId>,
    ) -> Result<Self, Why> {
        let shallow: HashSet<ObjectId> = repository.shallow()?.into_iter().collect();
        let mut graph = Self::default();
        let mut parents: Vec<Vec<ObjectId>> = Vec::new();
        let mut waiting: Vec<ObjectId> = tips.into_iter().collect();
        let mut seen: HashSet<ObjectId> = HashSet::new();
        while let Some(id) = waiting.pop() {
            if !seen.insert(id) {
                continue;
            }
            match commit(reader, id) {
                Ok(Some((id, commit))) => {
                    if !graph.numbers.contains_key(&id) {
                        let number = u32::try_from(graph.nodes.len()).unwrap_or(u32::MAX);
                        graph.numbers.insert(id, number);
                        let node = Node { id, tree: commit.tree, time: commit.committed, parents: Vec::new() };
                        graph.nodes.push(node);
                        let before = if shallow.contains(&id) { Vec::new() } else { commit.parents };
                        waiting.extend(before.iter().filter(|id| !seen.contains(id)));
                        parents.push(before);
                    }
                }
                // A reference may also name a tree or a blob.
                Ok(None) => {}
                Err(why) => graph.faults.push((id, why)),
            }
        }
        for (node, parents) in graph.nodes.iter_mut().zip(parents) {
            node.parents = parents.iter().filter_map(|id| graph.numbers.get(id).copied()).collect();
        }
        Ok(graph)
    }

    /// The number of a commit.
    pub(crate) fn number(&self, id: &ObjectId) -> Option<u32> {
        self.numbers.get(id).copied()
    }

    /// The commits in the order in which they came: none before its parents, and otherwise the older first.
    pub(crate) fn oldest_first(&self) -> Vec<&Node> {
        let mut children: Vec<Vec<u32>> = vec![Vec::new(); self.nodes.len()];
        let mut missing: Vec<usize> = Vec::with_capacity(self.nodes.len());
        for (node, number) in self.nodes.iter().zip(0..) {
            missing.push(node.parents.len());
            for parent in &node.parents {
                children.get_mut(*parent as usize).into_iter().for_each(|children| children.push(number));
            }
        }
        let key = |number: u32| self.nodes.get(number as usize).map(|node| Reverse((node.time, node.id, number)));
        let roots = missing.iter().zip(0..).filter(|(missing, _)| **missing == 0);
        let mut ready: BinaryHeap<_> = roots.filter_map(|(_, number)| key(number)).collect();
        let mut order = Vec::with_capacity(self.nodes.len());
        while let Some(Reverse((_, _, number))) = ready.pop() {
            order.extend(self.nodes.get(number as usize));
            for child in children.get(number as usize).into_iter().flatten() {
                if let Some(missing) = missing.get_mut(*child as usize) {
                    *missing -= 1;
                    ready.extend(key(*child).filter(|_| *missing == 0));
                }
            }
        }
        order
    }

    /// Which commits are `tip` or lie before it, by number.
    pub(crate) fn ancestors(&self, tips: impl IntoIterator<Item = u32>) -> Vec<bool> {
        let mut reached = vec![false; self.nodes.len()];
        let mut waiting: Vec<u32> = tips.into_iter().collect();
        while let Some(number) = waiting.pop() {
            if let Some(reached) = reached.get_mut(number as usize).filter(|reached| !**reached) {
                *reached = true;
                waiting.extend(self.nodes.get(number as usize).into_iter().flat_map(|node| &node.parents));
            }
        }
        reached
    }
}

/// The commit of that name, or that a tag of that name leads to; none if it leads to something else.
pub(crate) fn commit(reader: &mut ObjectReader<'_>, mut id: ObjectId) -> Result<Option<(ObjectId, Commit)>, Why> {
    for _ in 0..TAGS {
        let object = reader.read(&id)?;
        let corrupt = |what: &str| Why::Corrupt(format!("the {what} {id} does not make sense"));
        match object.kind {
            Kind::Commit => {
                let commit = Commit::parse(&object.bytes).ok_or_else(|| corrupt("commit"))?;
                return Ok(Some((id, commit)));
            }
            Kind::Tag => id = tagged(&object.bytes).ok_or_else(|| corrupt("tag"))?,
            Kind::Tree | Kind::Blob => return Ok(None),
        }
    }
    Err(Why::Corrupt("a tag of a tag of a tag has no end".to_owned()))
}
