//! Parts of a request that the provider has signed or sealed, by the names of the members that hold them.

use crate::json::Value;
use std::ops::Range;

/// Adds the numbers of every member with one of these names, however deep.
pub(super) fn members(value: Value<'_>, names: &[&str], sealed: &mut Vec<Range<usize>>) {
    for (name, inner) in value.members() {
        if names.contains(&&*name) {
            sealed.push(inner.numbers());
        } else {
            members(inner, names, sealed);
        }
    }
    value.items().for_each(|item| members(item, names, sealed));
}
