//! How far a scan is.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// How far a scan is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Files, blobs and so on that are done.
    pub items: u64,
    /// Their bytes.
    pub bytes: u64,
    /// How many items there are, as far as it is known.
    pub total: Option<u64>,
}

/// Is told how far a scan is, now and then, by whichever thread gets there.
pub struct Progress<'a> {
    tell: &'a (dyn Fn(Counts) + Sync),
    items: AtomicU64,
    bytes: AtomicU64,
    total: AtomicU64,
}

impl fmt::Debug for Progress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.counts().fmt(f)
    }
}

impl<'a> Progress<'a> {
    /// Tells `tell`.
    pub fn new(tell: &'a (dyn Fn(Counts) + Sync)) -> Self {
        Self { tell, items: AtomicU64::new(0), bytes: AtomicU64::new(0), total: AtomicU64::new(0) }
    }

    /// Tells nobody.
    pub fn silent() -> Self {
        Self::new(&|_| ())
    }

    /// How far the scan is.
    pub fn counts(&self) -> Counts {
        let total = self.total.load(Ordering::Relaxed);
        Counts {
            items: self.items.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            total: (total > 0).then_some(total),
        }
    }

    /// So much more is done.
    pub(crate) fn advance(&self, items: u64, bytes: u64) {
        self.items.fetch_add(items, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        (self.tell)(self.counts());
    }
}
