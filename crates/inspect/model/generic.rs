static ROOTS: &[u16] = &[0];
static NODES: &[Node] = &[Node { feature: ANSWER, threshold: 0, other: 0, score: 0 }];
/// The score before any question.
const BASE: i32 = 0;
/// From this score on, confidence is high.
pub(super) const HIGH: i32 = 3000;
/// Medium.
pub(super) const MEDIUM: i32 = 1000;
/// Low.
pub(super) const LOW: i32 = 0;
