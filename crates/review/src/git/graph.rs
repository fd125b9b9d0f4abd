//! The commits that a repository's references lead to, and in which order they came.

use super::object::{Commit, Kind, tagged};
use super::objects::ObjectReader;
use super::{ObjectId, Repository};
use crate::report::Why;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

/// How many tags may name one another.
const TAGS: usize = 16;

/// So many commits are gone through after nothing new can come, as in git.
const SLACK: u32 = 5;

/// A commit with those before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) id: ObjectId,
    pub(crate) tree: ObjectId,
    pub(crate) time: i64,
    /// All commits that it follows.
    pub(crate) before: Vec<ObjectId>,
    /// Those of them that the graph holds, by their numbers.
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
        let mut waiting: Vec<ObjectId> = tips.into_iter().collect();
        let mut seen: HashSet<ObjectId> = HashSet::new();
        while let Some(id) = waiting.pop() {
            if seen.insert(id)
                && let Some(node) = graph.node(reader, id, &shallow)
                && !graph.numbers.contains_key(&node.id)
            {
                waiting.extend(node.before.iter().filter(|id| !seen.contains(id)));
                graph.add(node);
            }
        }
        graph.link();
        Ok(graph)
    }

    /// The commits from `tips` backwards that are not in `hidden`, nor before one of those. Where the clocks of committers
    /// contradict each other it can be some more.
    pub(crate) fn between(
        repository: &Repository,
        reader: &mut ObjectReader<'_>,
        tips: &[ObjectId],
        hidden: &[ObjectId],
    ) -> Result<Self, Why> {
        let shallow: HashSet<ObjectId> = repository.shallow()?.into_iter().collect();
        let mut graph = Self::default();
        let mut known: HashMap<ObjectId, Node> = HashMap::new();
        let mut dull: HashSet<ObjectId> = HashSet::new();
        let mut ready: BinaryHeap<(i64, ObjectId)> = BinaryHeap::new();
        let sides = tips.iter().map(|id| (id, false)).chain(hidden.iter().map(|id| (id, true)));
        for (id, is_hidden) in sides {
            if let Some(node) = graph.node(reader, *id, &shallow) {
                ready.push((node.time, node.id));
                dull.extend(Some(node.id).filter(|_| is_hidden));
                known.insert(node.id, node);
            }
        }
        // The youngest goes first, so that what is hidden is known to be so before its turn comes. The slack makes up for
        // clocks that go backwards a little.
        let mut slack = SLACK;
        while let Some((_, id)) = ready.pop() {
            let is_dull = dull.contains(&id);
            slack = if is_dull && ready.iter().all(|(_, id)| dull.contains(id)) { slack - 1 } else { SLACK };
            if slack == 0 {
                break;
            }
            let before = known.get(&id).map(|node| node.before.clone()).unwrap_or_default();
            for parent in before {
                let newly_dull = is_dull && dull.insert(parent);
                if let Some(node) = known.get(&parent) {
                    // What was already gone through has to pass it on.
                    ready.extend(Some((node.time, node.id)).filter(|_| newly_dull));
                    continue;
                }
                if let Some(node) = graph.node(reader, parent, &shallow) {
                    ready.push((node.time, node.id));
                    known.insert(parent, node);
                }
            }
        }
        let mut nodes: Vec<Node> = known.into_values().filter(|node| !dull.contains(&node.id)).collect();
        nodes.sort_unstable_by_key(|node| node.id);
        for node in nodes {
            graph.add(node);
        }
        graph.link();
        Ok(graph)
    }

    fn node(&mut self, reader: &mut ObjectReader<'_>, id: ObjectId, shallow: &HashSet<ObjectId>) -> Option<Node> {
        match commit(reader, id) {
            Ok(Some((id, commit))) => {
                let before = if shallow.contains(&id) { Vec::new() } else { commit.parents };
                Some(Node { id, tree: commit.tree, time: commit.committed, before, parents: Vec::new() })
            }
            // A reference may also name a tree or a blob.
            Ok(None) => None,
            Err(why) => {
                self.faults.push((id, why));
                None
            }
        }
    }

    fn add(&mut self, node: Node) {
        let number = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.numbers.insert(node.id, number);
        self.nodes.push(node);
    }

    fn link(&mut self) {
        for node in &mut self.nodes {
            node.parents = node.before.iter().filter_map(|id| self.numbers.get(id).copied()).collect();
        }
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
