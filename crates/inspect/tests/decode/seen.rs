//! What a walk through the layers showed.

use portcullis_inspect::decode::{Limits, Skipped, layers};
use std::ops::Range;

/// A layer, kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) text: String,
    pub(crate) how: String,
    /// Where each byte came from.
    pub(crate) spans: Vec<Range<usize>>,
    pub(crate) entry: Option<String>,
}

impl Seen {
    /// The smallest range of the input that holds `needle`, if this layer does.
    pub(crate) fn find(&self, needle: &str) -> Option<Range<usize>> {
        let at = self.text.find(needle)?;
        Some(self.spans[at].start..self.spans[at + needle.len() - 1].end)
    }
}

/// Everything that an input shows, and what was skipped.
pub(crate) fn all(input: &[u8], limits: &Limits) -> (Vec<Seen>, Vec<Skipped>) {
    let mut seen = Vec::new();
    let skipped = layers(input, limits, &mut |layer| {
        let origin = |at: usize| layer.map(at..at + 1);
        let entry = layer.map(0..layer.bytes().len()).inside.map(|inside| inside.path);
        // Bytes that are not UTF-8 take one place each, so that places stay comparable.
        let text = layer.bytes().iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '?' }).collect();
        let spans = (0..layer.bytes().len()).map(|at| origin(at).span).collect();
        seen.push(Seen { text, how: layer.how(), spans, entry });
    });
    (seen, skipped)
}

/// Where `needle` came to light, and how, in the layer that shows it first.
pub(crate) fn found(input: &[u8], needle: &str) -> Option<(Range<usize>, String)> {
    let (seen, _) = all(input, &Limits::default());
    seen.iter().find_map(|seen| Some((seen.find(needle)?, seen.how.clone())))
}

/// All that came to light, as text.
pub(crate) fn texts(input: &[u8]) -> Vec<String> {
    all(input, &Limits::default()).0.into_iter().map(|seen| seen.text).collect()
}
