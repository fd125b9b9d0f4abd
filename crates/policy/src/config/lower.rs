//! From sections to a flat list: one entry for every value that a file holds, with its key and its place.

use super::at::At;
use super::gateway::Row;
use super::item::{Item, Items};
use super::scalar::Scalar;
use super::{Ceiling, Ceilings};
use std::ops::Range;

/// One value of a policy file.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Such as `network.allow`.
    pub(crate) key: String,
    /// Where it lies in the file.
    pub(crate) span: Range<usize>,
    pub(crate) value: EntryValue,
}

/// What an entry holds.
#[derive(Debug, Clone)]
pub(crate) enum EntryValue {
    /// The list exists. An empty list says something too: nothing is on it.
    List,
    /// One entry of a list.
    Item(Item),
    /// A single value, or what is wrong with it.
    Scalar(Result<Scalar, &'static str>),
    /// A pattern and the highest class of data that may go there.
    Ceiling(String, Ceiling),
    /// A table of a list, or what is wrong with it.
    Row(Result<Box<Row>, String>),
}

/// Hands on what it holds.
pub(crate) trait Lower {
    fn lower(self, key: &str, out: &mut Vec<Entry>);
}

/// The key of a field below `key`, as it is written.
pub(crate) fn below(key: &str, field: &str) -> String {
    let field = field.replace('_', "-");
    if key.is_empty() { field } else { format!("{key}.{field}") }
}

impl Lower for Items {
    fn lower(self, key: &str, out: &mut Vec<Entry>) {
        let entry = |span, value| Entry { key: key.to_owned(), span, value };
        out.reserve(self.get().len() + 1);
        out.push(entry(self.span(), EntryValue::List));
        out.extend(self.into_inner().into_iter().map(|item| entry(item.span(), EntryValue::Item(item.into_inner()))));
    }
}

impl Lower for Ceilings {
    fn lower(self, key: &str, out: &mut Vec<Entry>) {
        for (pattern, class) in self {
            let span = pattern.span().start..class.span().end;
            let value = EntryValue::Ceiling(pattern.into_inner(), class.into_inner());
            out.push(Entry { key: key.to_owned(), span, value });
        }
    }
}

impl<T: Ord> Ord for At<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.get().cmp(other.get())
    }
}

impl<T: Ord> PartialOrd for At<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Ord> Eq for At<T> {}

impl<T: Ord> PartialEq for At<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}
