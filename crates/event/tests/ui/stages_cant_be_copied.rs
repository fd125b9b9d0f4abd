//! A stage exists once: it can't be cloned, made up by default, or read from a file.
use portcullis_event::{Decided, Inspected, Recorded};

fn clone<T: Clone>() {}
fn default<T: Default>() {}
fn read<T: serde::de::DeserializeOwned>() {}

fn main() {
    clone::<Inspected>();
    clone::<Decided>();
    clone::<Recorded>();
    default::<Recorded>();
    read::<Recorded>();
}
