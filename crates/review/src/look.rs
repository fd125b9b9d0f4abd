//! What looks inside: handed in, so that walking and inspecting know nothing of each other.

use portcullis_inspect::decode::{self, Layer, Limits, Seekable};
use portcullis_inspect::{Hit, Looked};
use std::io::Read;

/// Looks inside text.
pub trait Look: Sync {
    /// What is in `text`, and what in it was not looked into. `hint` is the name of the file that it comes from, if it comes
    /// from one.
    fn look(&self, text: &[u8], hint: Option<&str>) -> Looked;

    /// What is in a part of a larger text, which is not packed as a whole.
    fn look_part(&self, text: &[u8], hint: Option<&str>) -> Looked {
        self.look(text, hint)
    }

    /// What is in something packed of `length` bytes that is too large to be held.
    fn look_packed(&self, from: &mut dyn Seekable, length: u64, hint: Option<&str>) -> Looked {
        let mut looked = Looked::default();
        let mut visit = |layer: Layer<'_>| looked.hits.extend(within(self.look(layer.bytes(), hint), layer));
        let skipped = decode::layers_of_file(from, length, &Limits::of_large(length), &mut visit);
        Looked { skipped, ..looked }
    }

    /// The same, where it can be read only once.
    fn look_stream(&self, from: &mut dyn Read, hint: Option<&str>) -> Looked {
        let mut looked = Looked::default();
        let mut visit = |layer: Layer<'_>| looked.hits.extend(within(self.look(layer.bytes(), hint), layer));
        let skipped = decode::layers_of_stream(from, 0, &Limits::of_large(1 << 30), &mut visit);
        Looked { skipped, ..looked }
    }

    /// Names the rules that are looked for. What was clean under other rules has to be looked at again.
    fn version(&self) -> [u8; 32];

    /// How far from its first byte a hit and all that decides on it may lie, in both directions: whatever stands further
    /// away can't make a hit appear, vanish or move. Large text is looked at in windows that overlap by this, and of a
    /// blob that is stored as a change to another one only the change is looked at.
    fn reach(&self) -> usize {
        64 * 1024
    }
}

/// What was found in a layer, as what was found in all of it.
fn within(looked: Looked, layer: Layer<'_>) -> impl Iterator<Item = Hit> {
    looked.hits.into_iter().filter_map(move |hit| layer.lift(hit))
}
