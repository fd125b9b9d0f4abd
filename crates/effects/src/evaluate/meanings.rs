//! What a name may stand for when it is called: one function or alias, or one of several.

use super::value::Value;
use crate::shell::Command;
use std::collections::HashMap;
use std::rc::Rc;

/// So many meanings of one name are kept.
const MOST_MEANINGS: usize = 8;

/// What a name may stand for when it is called.
#[derive(Debug, Clone)]
pub(super) struct Meanings<T> {
    pub(super) all: Vec<T>,
    /// One of them is meant for sure.
    pub(super) is_sure: bool,
}

impl<T> Meanings<T> {
    pub(super) fn none() -> Self {
        Self { all: Vec::new(), is_sure: false }
    }
}

/// Takes over what the names may stand for elsewhere; false if that is too much to keep.
pub(super) fn merge_meanings<T: Clone + SameAs>(
    mine: &mut Rc<HashMap<String, Meanings<T>>>,
    other: &Rc<HashMap<String, Meanings<T>>>,
) -> bool {
    if Rc::ptr_eq(mine, other) {
        return true;
    }
    let mut is_kept = true;
    let mine = Rc::make_mut(mine);
    for (name, meanings) in mine.iter_mut() {
        meanings.is_sure &= other.get(name).is_some_and(|theirs| theirs.is_sure);
    }
    for (name, theirs) in other.iter() {
        let meanings = mine.entry(name.clone()).or_insert_with(Meanings::none);
        for one in &theirs.all {
            if meanings.all.iter().any(|known| known.same_as(one)) {
                continue;
            }
            if meanings.all.len() < MOST_MEANINGS {
                meanings.all.push(one.clone());
            } else {
                is_kept = false;
            }
        }
    }
    is_kept
}

/// Whether the names stand for the same here and there.
pub(super) fn agree<T: SameAs>(
    mine: &Rc<HashMap<String, Meanings<T>>>,
    other: &Rc<HashMap<String, Meanings<T>>>,
) -> bool {
    let is_same = |mine: &Meanings<T>, theirs: &Meanings<T>| {
        mine.is_sure == theirs.is_sure
            && mine.all.len() == theirs.all.len()
            && mine.all.iter().all(|one| theirs.all.iter().any(|other| one.same_as(other)))
    };
    Rc::ptr_eq(mine, other)
        || (mine.len() == other.len()
            && mine.iter().all(|(name, meanings)| other.get(name).is_some_and(|theirs| is_same(meanings, theirs))))
}

/// Whether two meanings of a name are one, as far as that is cheap to tell.
pub(super) trait SameAs {
    fn same_as(&self, other: &Self) -> bool;
}

impl SameAs for Rc<Command> {
    fn same_as(&self, other: &Self) -> bool {
        Self::ptr_eq(self, other)
    }
}

impl SameAs for Value {
    fn same_as(&self, other: &Self) -> bool {
        self == other
    }
}
