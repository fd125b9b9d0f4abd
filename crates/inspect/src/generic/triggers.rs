//! Lower-case literals of which one stands near each credential that can be found. `build.rs` reads this file too, so it
//! holds nothing else.

/// Lower-case literals of which one stands near each credential that can be found.
pub const TRIGGERS: &[&str] = &[];
