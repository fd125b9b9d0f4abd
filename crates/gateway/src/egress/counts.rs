//! What has passed, for a status line.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// What has passed since the broker began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Attempts that were let through.
    pub allowed: u64,
    /// Attempts that policy or the broker denied.
    pub denied: u64,
    /// Bytes that left.
    pub bytes_out: u64,
    /// Bytes that came back.
    pub bytes_in: u64,
    /// Connections that are open now.
    pub open: usize,
}

/// The same, while it is counted.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) allowed: AtomicU64,
    pub(crate) denied: AtomicU64,
    pub(crate) bytes_out: AtomicU64,
    pub(crate) bytes_in: AtomicU64,
    pub(crate) open: AtomicUsize,
}

impl Counters {
    /// Counts bytes that left, and returns how many that was.
    pub(crate) fn went_out(&self, count: usize) -> u64 {
        self.bytes_out.fetch_add(count as u64, Relaxed);
        count as u64
    }

    /// Counts bytes that came back, and returns how many that was.
    pub(crate) fn came_back(&self, count: usize) -> u64 {
        self.bytes_in.fetch_add(count as u64, Relaxed);
        count as u64
    }

    pub(crate) fn now(&self) -> Counts {
        Counts {
            allowed: self.allowed.load(Relaxed),
            denied: self.denied.load(Relaxed),
            bytes_out: self.bytes_out.load(Relaxed),
            bytes_in: self.bytes_in.load(Relaxed),
            open: self.open.load(Relaxed),
        }
    }
}
