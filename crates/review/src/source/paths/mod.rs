//! Files, and all that lies below folders.
//!
//! Folders are walked by all threads at once. Each opens files relative to their folder, reads them into one buffer that it
//! keeps, and has them looked into at once, so that nothing waits in memory.

mod ignore;
mod open;
mod read;
mod scope;
mod walk;

use super::Paths;
use crate::origin::Origin;
use crate::pool;
use crate::report::Why;
use crate::worker::{Shared, Worker};
use read::Reader;
use std::path::Path;
use walk::{Root, Task};

pub(crate) fn scan<'a>(paths: &Paths, shared: Shared<'a>) -> Vec<Worker<'a>> {
    let mut first = Worker::new(shared);
    let mut tasks = Vec::new();
    for path in &paths.roots {
        match Root::open(path, paths, &shared.settings.surroundings) {
            Ok(Some(root)) => tasks.push(Task::root(root)),
            Ok(None) => scan_root_file(path, &mut first),
            Err(error) => {
                first.not_looked_into(Origin::File { path: path.clone() }, Why::Unreadable(error.to_string()));
            }
        }
    }
    tasks.reverse();
    let walked = pool::run(shared.settings.threads, tasks, || Reader::new(Worker::new(shared)), walk::step);
    std::iter::once(first).chain(walked.into_iter().map(|reader| reader.worker)).collect()
}

/// Scans a root that is no folder.
fn scan_root_file(path: &Path, worker: &mut Worker<'_>) {
    let origin = || Origin::File { path: path.to_owned() };
    // Looked at before it is opened: opening a pipe waits, and opening a device may do something.
    match std::fs::metadata(path) {
        Ok(found) if found.is_file() => {}
        Ok(_) => return worker.not_looked_into(origin(), Why::Special),
        Err(error) => return worker.not_looked_into(origin(), Why::Unreadable(error.to_string())),
    }
    let flags = rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::CLOEXEC;
    match rustix::fs::open(path, flags, rustix::fs::Mode::empty()) {
        Ok(file) => {
            let mut reader = Reader::new(std::mem::replace(worker, Worker::new(worker.shared)));
            reader.file(&file, path);
            *worker = reader.worker;
        }
        Err(error) => worker.not_looked_into(origin(), Why::Unreadable(error.to_string())),
    }
}
