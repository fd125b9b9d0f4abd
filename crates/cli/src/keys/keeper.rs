//! Keeps the keys for a gateway that runs: the file is looked at whenever somebody asks, so that a key that was revoked a moment
//! ago is none.

use super::{Book, Used, file, now};
use crate::home::Home;
use crate::output::Output;
use portcullis_gateway::who::{Admission, Denial, Keeper, fingerprint, is_one};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Keeps the keys.
#[derive(Debug)]
pub(crate) struct FileKeeper {
    home: Home,
    /// Whether a key is asked for although there is none.
    required: AtomicBool,
    output: Output,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    stamp: Option<Stamp>,
    /// The keys; nothing if there is no file, and an error if nobody can tell.
    book: Option<Result<Book, ()>>,
    /// Whether a key was asked for once. A file that vanishes opens nothing.
    was_asked: bool,
    used: Used,
    clock: Clock,
}

/// What tells one file from another, and from what it was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    place: (u64, u64),
    size: u64,
    mode: u32,
    links: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// A clock that nobody sets back while it runs.
#[derive(Debug)]
struct Clock {
    wall: fn() -> u64,
    began: (u64, Instant),
}

impl Clock {
    fn new(wall: fn() -> u64) -> Self {
        Self { wall, began: (wall(), Instant::now()) }
    }

    fn now(&self) -> u64 {
        let (began, since) = self.began;
        (self.wall)().max(began.saturating_add(since.elapsed().as_secs()))
    }
}

/// A file that was changed this short a time ago may be changed again without looking changed.
const A_MOMENT: Duration = Duration::from_millis(50);

impl Stamp {
    fn of(path: &std::path::Path) -> Option<Self> {
        let metadata = fs::symlink_metadata(path).ok()?;
        Some(Self {
            place: (metadata.dev(), metadata.ino()),
            size: metadata.size(),
            mode: metadata.mode(),
            links: metadata.nlink(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }

    fn is_fresh(&self) -> bool {
        let (seconds, nanos) = self.changed;
        let changed = u64::try_from(seconds).ok().zip(u32::try_from(nanos).ok());
        let changed = changed
            .and_then(|(seconds, nanos)| std::time::SystemTime::UNIX_EPOCH.checked_add(Duration::new(seconds, nanos)));
        // By a clock that was set back everything is fresh, and read again.
        changed.is_none_or(|changed| changed.elapsed().map_or(true, |age| age < A_MOMENT))
    }
}

impl FileKeeper {
    /// Keeps the keys of this folder.
    pub(crate) fn new(home: Home, required: bool, output: Output) -> Self {
        let used = Used::read(&home);
        let state = State { stamp: None, book: None, was_asked: false, used, clock: Clock::new(now) };
        Self { home, required: AtomicBool::new(required), output, state: Mutex::new(state) }
    }

    /// Says anew whether a key is asked for although there is none.
    pub(crate) fn require(&self, required: bool) {
        self.required.store(required, Ordering::Release);
    }

    #[cfg(test)]
    pub(super) fn set_clock(&self, wall: u64) {
        self.state.lock().unwrap().clock = Clock { wall: || 0, began: (wall, Instant::now()) };
    }

    /// Looks whether the file is still the one that was read.
    fn look(&self, state: &mut State) {
        let stamp = Stamp::of(&file(&self.home));
        if stamp == state.stamp && state.book.is_some() == stamp.is_some() && !stamp.is_some_and(|it| it.is_fresh()) {
            return;
        }
        let was_readable = !matches!(state.book, Some(Err(())));
        state.book = match Book::open(&self.home) {
            Ok(book) => book.map(Ok),
            Err(failure) => {
                if was_readable {
                    self.output.remark(&format!("{}: nobody passes", failure.what));
                }
                Some(Err(()))
            }
        };
        state.stamp = stamp;
        state.was_asked |= match &state.book {
            None => false,
            Some(Ok(book)) => !book.keys.is_empty(),
            Some(Err(())) => true,
        };
    }

    fn held(&self, state: &mut State, key: &str) -> Admission {
        let Some(Ok(book)) = &state.book else { return Admission::Out(Denial::Unknown) };
        if !is_one(key) {
            return Admission::Out(Denial::Unknown);
        }
        // What is compared is a hash: how long that takes says nothing about a key.
        let fingerprint = fingerprint(key);
        let Some(entry) = book.keys.iter().find(|entry| entry.fingerprint == fingerprint) else {
            return Admission::Out(Denial::Unknown);
        };
        let name = &entry.holder.name;
        if entry.revoked.is_some() {
            return Admission::Out(Denial::Revoked(name.clone()));
        }
        // Neither was it made in the future, nor does time go back since it was shown last.
        let now = state.used.note(name, state.clock.now().max(entry.created));
        let has_expired = entry.expires.is_some_and(|expires| now >= expires);
        state.used.keep(&self.home, name, has_expired);
        if has_expired { Admission::Out(Denial::Expired(name.clone())) } else { Admission::In(entry.holder.clone()) }
    }
}

impl Keeper for FileKeeper {
    fn admit(&self, key: Option<&str>) -> Admission {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.look(&mut state);
        if matches!(state.book, Some(Err(()))) {
            return Admission::Out(Denial::Unreadable);
        }
        if !state.was_asked && !self.required.load(Ordering::Acquire) {
            return Admission::Free;
        }
        match key {
            None => Admission::Out(Denial::Missing),
            Some(key) => self.held(&mut state, key),
        }
    }
}
