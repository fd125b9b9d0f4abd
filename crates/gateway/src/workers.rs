//! Threads that serve connections, one at a time each. One that is done waits a moment for the next, because starting a thread
//! takes longer than most of what a fresh connection needs.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::Duration;

/// What a thread may put on its stack: the deepest call is a look-up by the system's resolver.
const STACK: usize = 512 << 10;

/// How long a thread waits for the next connection.
const MOMENT: Duration = Duration::from_secs(2);

/// Serves one connection.
type Job = Box<dyn FnOnce() + Send>;

#[derive(Default)]
pub(crate) struct Workers {
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Default)]
struct State {
    /// Handed out and not begun.
    jobs: VecDeque<Job>,
    /// Threads that wait.
    idle: usize,
    closed: bool,
}

impl Workers {
    /// Has a thread do it: one that waits, or a new one. An error if there is neither.
    pub(crate) fn run(self: &Arc<Self>, job: Job) -> io::Result<()> {
        let mut state = self.lock();
        // INVARIANT: never more jobs than threads that wait for them, so that none waits for another to be done.
        if state.idle > state.jobs.len() && !state.closed {
            state.jobs.push_back(job);
            drop(state);
            self.news.notify_one();
            return Ok(());
        }
        drop(state);
        let workers = Arc::clone(self);
        Builder::new().name("egress".to_owned()).stack_size(STACK).spawn(move || workers.work(job)).map(drop)
    }

    /// Lets all threads go that wait.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.news.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self, first: Job) {
        let mut next = Some(first);
        while let Some(job) = next {
            job();
            next = self.next();
        }
    }

    fn next(&self) -> Option<Job> {
        let mut state = self.lock();
        state.idle += 1;
        let waits = |state: &mut State| state.jobs.is_empty() && !state.closed;
        let waited = self.news.wait_timeout_while(state, MOMENT, waits);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.idle -= 1;
        state.jobs.pop_front()
    }
}

impl std::fmt::Debug for Workers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = self.lock();
        f.debug_struct("Workers").field("idle", &state.idle).field("closed", &state.closed).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn every_job_is_done_at_once_however_many_there_are() {
        let workers = Arc::new(Workers::default());
        for _ in 0..3 {
            // All of them are under way at the same time, or none could go on.
            let meeting = Arc::new(std::sync::Barrier::new(50));
            let (done, all) = channel();
            for number in 0..50 {
                let (meeting, done) = (Arc::clone(&meeting), done.clone());
                let job = move || {
                    meeting.wait();
                    done.send(number).unwrap();
                };
                workers.run(Box::new(job)).unwrap();
            }
            let mut numbers: Vec<i32> = all.iter().take(50).collect();
            numbers.sort_unstable();
            assert_eq!(numbers, (0..50).collect::<Vec<_>>());
        }
    }

    #[test]
    fn who_waits_is_let_go() {
        let workers = Arc::new(Workers::default());
        let (done, all) = channel();
        let twice = done.clone();
        workers.run(Box::new(move || done.send(()).unwrap())).unwrap();
        all.recv().unwrap();
        workers.close();
        workers.run(Box::new(move || twice.send(()).unwrap())).unwrap();
        all.recv().unwrap();
        while Arc::strong_count(&workers) > 1 {
            std::thread::yield_now();
        }
    }
}
