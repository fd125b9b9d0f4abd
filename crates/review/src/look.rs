//! What looks inside: handed in, so that walking and inspecting know nothing of each other.

use portcullis_inspect::Hit;

/// Looks inside text.
pub trait Look: Sync {
    /// What is in `text`. `hint` is the name of the file that it comes from, if it comes from one.
    fn look(&self, text: &[u8], hint: Option<&str>) -> Vec<Hit>;

    /// Names the rules that are looked for. What was clean under other rules has to be looked at again.
    fn version(&self) -> [u8; 32];

    /// How far from its first byte a hit and all that decides on it may lie, in both directions: whatever stands further
    /// away can't make a hit appear, vanish or move. Large text is looked at in windows that overlap by this, and of a
    /// blob that is stored as a change to another one only the change is looked at.
    fn reach(&self) -> usize {
        64 * 1024
    }
}
