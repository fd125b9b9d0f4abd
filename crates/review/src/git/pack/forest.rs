//! A pack as a forest: objects that are whole are roots, and each change hangs below the object that it changes.
//!
//! Walked from root to leaf every object is put together once, whatever the length of the chains.

use super::entry::Made;
use super::read::PackReader;
use super::{LONGEST_CHAIN, Pack};
use crate::git::ObjectId;
use crate::git::object::Kind;
use crate::report::Why;

/// No node.
const NONE: u32 = u32::MAX;

/// So many bytes of objects are held at a time, because changes to them are still to come. Above it, a branch is left to
/// a task of its own, which puts its object together anew.
const HELD: usize = 128 << 20;

/// A pack as a forest. Nodes are numbered in the order in which they lie in the pack.
#[derive(Debug)]
pub(crate) struct Forest {
    nodes: Vec<Node>,
    /// The children of each node, one after the other; `first` of the node says where its own start.
    children: Vec<u32>,
    first: Vec<u32>,
    /// The objects that are whole, of those kinds that were asked for.
    pub(crate) roots: Vec<(u32, Kind)>,
    /// Changes to objects that lie elsewhere, or to each other, or that make no sense.
    pub(crate) faults: Vec<(ObjectId, Why)>,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    offset: u64,
    /// Its number in the index.
    number: u32,
    parent: u32,
}

/// An object on the way from root to leaf.
#[derive(Debug)]
struct Frame {
    node: u32,
    /// Which of the children comes next.
    next: u32,
    bytes: Vec<u8>,
}

/// An object that is whole, that nothing is a change to, and that is larger than this is never held as a whole.
const LARGE: u64 = 8 << 20;

/// What is told of each object.
pub(crate) trait Visit {
    /// Here is a large object, to be read bit by bit.
    fn large(&mut self, node: u32, from: &mut dyn std::io::Read) -> std::io::Result<()>;
    /// Here is an object.
    fn object(&mut self, node: u32, bytes: &[u8]);
    /// This object, and all that hang below it, can't be had.
    fn lost(&mut self, node: u32, why: Why);
    /// The objects below this one should be walked later, by [`Forest::walk_below`].
    fn postpone(&mut self, node: u32);
}

impl Forest {
    /// Reads the head of every entry. Roots are those whose kind is wanted.
    pub(crate) fn grow(pack: &Pack, wanted: impl Fn(Kind) -> bool) -> Self {
        let mut nodes: Vec<Node> = Vec::with_capacity(pack.index.len());
        let mut forest =
            Self { nodes: Vec::new(), children: Vec::new(), first: Vec::new(), roots: vec![], faults: vec![] };
        for number in 0..u32::try_from(pack.index.len()).unwrap_or(NONE) {
            if let Some(offset) = pack.index.offset(number as usize) {
                nodes.push(Node { offset, number, parent: NONE });
            }
        }
        nodes.sort_unstable_by_key(|node| (node.offset, node.number));
        let mut reader = PackReader::new(pack);
        let mut kinds = Vec::with_capacity(nodes.len());
        for at in 0..nodes.len() {
            let Some(node) = nodes.get(at).copied() else { break };
            let outcome = parent(pack, &nodes, &mut reader, node.offset);
            kinds.push(match outcome {
                Ok(Parent::Root(kind)) => Some(kind),
                Ok(Parent::Node(parent)) => {
                    nodes.get_mut(at).into_iter().for_each(|node| node.parent = parent);
                    None
                }
                Err(why) => {
                    forest.faults.extend(pack.index.id(node.number as usize).map(|id| (id, why)));
                    None
                }
            });
        }
        forest.nodes = nodes;
        forest.link();
        forest.choose(pack, &kinds, wanted);
        forest
    }

    /// Lists the children of each node, by counting.
    fn link(&mut self) {
        let mut first = vec![0_u32; self.nodes.len() + 1];
        for node in &self.nodes {
            first.get_mut(node.parent as usize + 1).into_iter().for_each(|count| *count += 1);
        }
        let mut sum = 0;
        for count in &mut first {
            sum += *count;
            *count = sum;
        }
        let mut next = first.clone();
        let mut children = vec![NONE; sum as usize];
        for (node, at) in self.nodes.iter().zip(0..) {
            if let Some(slot) = next.get_mut(node.parent as usize) {
                children.get_mut(*slot as usize).into_iter().for_each(|child| *child = at);
                *slot += 1;
            }
        }
        (self.first, self.children) = (first, children);
    }

    /// Chooses the roots, and finds what hangs below none: changes that go in a circle.
    fn choose(&mut self, pack: &Pack, kinds: &[Option<Kind>], wanted: impl Fn(Kind) -> bool) {
        let mut reached = vec![false; self.nodes.len()];
        let mut waiting: Vec<u32> = Vec::new();
        for (kind, at) in kinds.iter().zip(0..) {
            if let Some(kind) = kind {
                waiting.push(at);
                if wanted(*kind) {
                    self.roots.push((at, *kind));
                }
            }
        }
        while let Some(node) = waiting.pop() {
            reached.get_mut(node as usize).into_iter().for_each(|reached| *reached = true);
            waiting.extend(self.below(node));
        }
        for (node, _) in self.nodes.iter().zip(reached).filter(|(node, reached)| !reached && node.parent != NONE) {
            let why = Why::Corrupt("it is a change to an object that can't be had".to_owned());
            self.faults.extend(pack.index.id(node.number as usize).map(|id| (id, why)));
        }
    }

    fn below(&self, node: u32) -> &[u32] {
        let bounds = self.first.get(node as usize).zip(self.first.get(node as usize + 1));
        bounds.and_then(|(first, end)| self.children.get(*first as usize..*end as usize)).unwrap_or_default()
    }

    /// The name of a node's object.
    pub(crate) fn id(&self, pack: &Pack, node: u32) -> Option<ObjectId> {
        pack.index.id(self.nodes.get(node as usize)?.number as usize)
    }

    /// How many objects hang below a node.
    pub(crate) fn count_below(&self, node: u32) -> usize {
        let mut waiting = vec![node];
        let mut count = 0;
        while let Some(node) = waiting.pop() {
            waiting.extend(self.below(node));
            count += 1;
        }
        count - 1
    }

    /// Walks the tree of a root.
    pub(crate) fn walk(&self, root: u32, reader: &mut PackReader<'_>, most: u64, visit: &mut impl Visit) {
        if let Err(why) = self.try_walk(root, reader, most, visit) {
            visit.lost(root, why);
        }
    }

    fn try_walk(&self, root: u32, reader: &mut PackReader<'_>, most: u64, visit: &mut impl Visit) -> Result<(), Why> {
        let Some(node) = self.nodes.get(root as usize) else { return Ok(()) };
        let entry = reader.entry(node.offset)?;
        if entry.size > LARGE && self.below(root).is_empty() {
            let outcome = visit.large(root, &mut reader.stream(&entry));
            return outcome.map_err(|error| Why::Corrupt(error.to_string()));
        }
        let mut bytes = Vec::new();
        reader.whole(&entry, most, &mut bytes)?;
        visit.object(root, &bytes);
        self.descend(Frame { node: root, next: 0, bytes }, reader, most, visit);
        Ok(())
    }

    /// Walks what hangs below a node whose walk was postponed.
    pub(crate) fn walk_below(&self, node: u32, reader: &mut PackReader<'_>, most: u64, visit: &mut impl Visit) {
        match self.rebuild(node, reader, most) {
            Ok(bytes) => self.descend(Frame { node, next: 0, bytes }, reader, most, visit),
            Err(why) => visit.lost(node, why),
        }
    }

    /// Puts one object together from its root on.
    fn rebuild(&self, node: u32, reader: &mut PackReader<'_>, most: u64) -> Result<Vec<u8>, Why> {
        let chain: Vec<&Node> =
            std::iter::successors(self.nodes.get(node as usize), |node| self.nodes.get(node.parent as usize))
                .take(LONGEST_CHAIN)
                .collect();
        let (mut bytes, mut out) = (Vec::new(), Vec::new());
        for (depth, node) in chain.iter().rev().enumerate() {
            let entry = reader.entry(node.offset)?;
            if (depth == 0) != matches!(entry.made, Made::Whole(_)) {
                return Err(Why::Corrupt("a chain of changes has no end".to_owned()));
            }
            if depth == 0 {
                reader.whole(&entry, most, &mut bytes)?;
            } else {
                reader.changed(&entry, &bytes, most, &mut out)?;
                std::mem::swap(&mut bytes, &mut out);
            }
        }
        Ok(bytes)
    }

    fn descend(&self, root: Frame, reader: &mut PackReader<'_>, most: u64, visit: &mut impl Visit) {
        let mut held = root.bytes.len();
        let mut spare: Vec<Vec<u8>> = Vec::new();
        let mut frames = vec![root];
        while let Some(frame) = frames.last_mut() {
            let below = self.below(frame.node);
            let child =
                below.get(frame.next as usize).and_then(|child| Some((*child, self.nodes.get(*child as usize)?)));
            let Some((child, node)) = child else {
                pop(&mut frames, &mut held, &mut spare);
                continue;
            };
            frame.next += 1;
            let mut bytes = spare.pop().unwrap_or_default();
            let changed = reader
                .entry(node.offset)
                .and_then(|entry| reader.changed(&entry, &frame.bytes, most, &mut bytes).map(|_| ()));
            if let Err(why) = changed {
                visit.lost(child, why);
                continue;
            }
            visit.object(child, &bytes);
            if frame.next as usize == below.len() {
                // Nothing else is a change to this one, so that a chain without branches holds one object only.
                pop(&mut frames, &mut held, &mut spare);
            }
            if self.below(child).is_empty() {
                keep(bytes, &mut spare);
            } else if held > 0 && held + bytes.len() > HELD {
                visit.postpone(child);
            } else {
                held += bytes.len();
                frames.push(Frame { node: child, next: 0, bytes });
            }
        }
    }
}

fn pop(frames: &mut Vec<Frame>, held: &mut usize, spare: &mut Vec<Vec<u8>>) {
    if let Some(frame) = frames.pop() {
        *held -= frame.bytes.len();
        keep(frame.bytes, spare);
    }
}

/// Keeps a buffer for the next object.
fn keep(bytes: Vec<u8>, spare: &mut Vec<Vec<u8>>) {
    if spare.len() < 4 {
        spare.push(bytes);
    }
}

/// What an entry hangs below.
enum Parent {
    Root(Kind),
    Node(u32),
}

fn parent(pack: &Pack, nodes: &[Node], reader: &mut PackReader<'_>, offset: u64) -> Result<Parent, Why> {
    let base = match reader.entry(offset)?.made {
        Made::Whole(kind) => return Ok(Parent::Root(kind)),
        Made::FromOffset(base) => Some(base),
        Made::FromId(id) => pack.index.find(&id).and_then(|number| pack.index.offset(number)),
    };
    let at = base.and_then(|base| nodes.binary_search_by_key(&base, |node| node.offset).ok());
    let at = at.and_then(|at| u32::try_from(at).ok());
    at.map(Parent::Node).ok_or_else(|| Why::Missing("the object that it is a change to".to_owned()))
}
