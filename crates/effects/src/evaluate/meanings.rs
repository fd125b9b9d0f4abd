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

/// Takes over what the names may stand for elsewhere.
pub(super) fn merge_meanings<T: Clone + SameAs>(
    mine: &mut Rc<HashMap<String, Meanings<T>>>,
    other: &Rc<HashMap<String, Meanings<T>>>,
) {
    if Rc::ptr_eq(mine, other) {
        return;
    }
    let mine = Rc::make_mut(mine);
    for (name, meanings) in mine.iter_mut() {
        meanings.is_sure &= other.get(name).is_some_and(|theirs| theirs.is_sure);
    }
    for (name, theirs) in other.iter() {
        let meanings = mine.entry(name.clone()).or_insert_with(Meanings::none);
        for one in &theirs.all {
            if meanings.all.len() < MOST_MEANINGS && !meanings.all.iter().any(|known| known.same_as(one)) {
                meanings.all.push(one.clone());
            }
        }
    }
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
