//! Works through tasks on several threads, where a task can bring further ones.

use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// So many tasks may wait before those who bring them should do them themselves.
const SHORT: usize = 64;

/// Tasks that wait. The latest goes first, so that a tree is walked in depth and few wait at a time.
#[derive(Debug)]
pub(crate) struct Tasks<T> {
    waiting: Mutex<Waiting<T>>,
    woken: Condvar,
}

#[derive(Debug)]
struct Waiting<T> {
    tasks: Vec<T>,
    /// Threads that are at a task, and may bring further ones.
    busy: usize,
}

impl<T> Tasks<T> {
    /// Puts a task with those that wait.
    pub(crate) fn push(&self, task: T) {
        self.lock().tasks.push(task);
        self.woken.notify_one();
    }

    /// Whether so few tasks wait that a thread could soon have nothing to do.
    pub(crate) fn is_short(&self) -> bool {
        self.lock().tasks.len() < SHORT
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<T>> {
        // INVARIANT: nothing that can panic runs under this lock.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next task; none when no thread is left that could bring one.
    fn next(&self) -> Option<T> {
        let mut waiting = self.lock();
        waiting.busy -= 1;
        loop {
            if let Some(task) = waiting.tasks.pop() {
                waiting.busy += 1;
                return Some(task);
            }
            if waiting.busy == 0 {
                self.woken.notify_all();
                return None;
            }
            waiting = self.woken.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Counts a thread out of those at work if its task panics, so that the others do not wait for it for ever.
struct AtWork<'a, T>(&'a Tasks<T>);

impl<T> Drop for AtWork<'_, T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.lock().busy -= 1;
            self.0.woken.notify_all();
        }
    }
}

/// Works through `first` and all tasks that come up meanwhile. Each thread has a worker of its own; all are returned.
pub(crate) fn run<T: Send, W: Send>(
    threads: NonZeroUsize,
    first: Vec<T>,
    worker: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, T, &Tasks<T>) + Sync,
) -> Vec<W> {
    let tasks = Tasks { waiting: Mutex::new(Waiting { tasks: first, busy: threads.get() }), woken: Condvar::new() };
    let one = || {
        let mut worker = worker();
        let guard = AtWork(&tasks);
        while let Some(task) = tasks.next() {
            work(&mut worker, task, &tasks);
        }
        drop(guard);
        worker
    };
    if threads.get() == 1 {
        return vec![one()];
    }
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads.get()).map(|_| scope.spawn(one)).collect();
        let mut workers = vec![one()];
        for other in others {
            match other.join() {
                Ok(worker) => workers.push(worker),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        workers
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn threads(number: usize) -> NonZeroUsize {
        NonZeroUsize::new(number).unwrap()
    }

    #[test]
    fn every_task_is_done_once_also_those_that_come_up() {
        for number in [1, 2, 7] {
            let done = run(
                threads(number),
                vec![12_u32],
                || 0_u64,
                |sum, depth, tasks| {
                    *sum += 1;
                    if depth > 0 {
                        tasks.push(depth - 1);
                        tasks.push(depth - 1);
                    }
                },
            );
            assert_eq!(done.iter().sum::<u64>(), (1 << 13) - 1, "{number} threads");
        }
    }

    #[test]
    fn nothing_to_do_ends_at_once() {
        assert_eq!(run(threads(3), Vec::<u8>::new(), || (), |(), _, _| ()).len(), 3);
    }

    #[test]
    fn a_panic_of_one_thread_reaches_the_caller_and_stops_the_others() {
        let outcome = std::panic::catch_unwind(|| {
            run(threads(3), (0..50).collect(), || (), |(), task, _| assert!(task != 25, "task 25"));
        });
        assert!(outcome.is_err());
    }
}
