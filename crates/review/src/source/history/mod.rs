//! All that a git repository holds: every version of every file once, and the messages of commits and tags.
//!
//! Objects are taken straight from the packs, in the order in which they lie there. Which commit brought them is found out
//! only for those in which something was found.

mod attribute;
mod cache;
mod checksum;
mod missing;
mod objects;
mod sketch;
mod ways;

use super::History;
use crate::git::{Kind, ObjectId, Repository};
use crate::origin::{Origin, Whence};
use crate::pool;
use crate::report::Why;
use crate::worker::{Shared, Worker};
use cache::Cache;
use objects::{Noted, Seeker, Task};
use std::path::Path;
use std::sync::Arc;

/// So many places of one finding are remembered until it is known which commits brought them.
const PLACES: usize = 20_000;

pub(crate) fn scan<'a>(history: &History, shared: Shared<'a>) -> Vec<Worker<'a>> {
    let mut worker = Worker::keeping(PLACES, shared);
    let repository = match Repository::discover(&history.repository) {
        Ok(repository) => repository,
        Err(why) => {
            worker.not_looked_into(Origin::File { path: history.repository.clone() }, why);
            return vec![worker];
        }
    };
    for (path, why) in &repository.objects.faults {
        worker.not_looked_into(Origin::File { path: path.clone() }, why.clone());
    }
    let name: Arc<Path> = repository.name().into();
    let cache = Cache::of(&repository, shared.settings, shared.look.version());
    let seen = cache.as_ref().map(Cache::read).unwrap_or_default();
    let tasks = objects::tasks(&repository, &seen, &mut worker);
    let seekers = pool::run(
        shared.settings.threads,
        tasks,
        || Seeker::new(&repository, &seen, Arc::clone(&name), Worker::keeping(PLACES, shared)),
        Task::step,
    );
    let mut noted = Noted::default();
    for seeker in seekers {
        let (worker_of_one, noted_by_one) = seeker.finish();
        worker.gathered.merge(worker_of_one.gathered, PLACES);
        noted.merge(noted_by_one);
    }
    if repository.is_partial() {
        report_missing(&repository, &mut worker);
    }
    let ways = attribute::attribute(&repository, &name, &mut worker, &seen.ways);
    if let Some(cache) = cache.filter(|_| !noted.is_empty() || ways.is_some()) {
        cache.write(&noted.after(&repository, seen, ways));
    }
    vec![worker]
}

fn report_missing(repository: &Repository, worker: &mut Worker<'_>) {
    let why = match missing::count(repository, worker.shared.settings.limits.object) {
        Ok(0) => return,
        Ok(count) => Why::Missing(format!("{count} objects of this partial clone were never fetched")),
        Err(why) => why,
    };
    worker.not_looked_into(Origin::File { path: repository.git_dir.clone() }, why);
}

/// An object of which nobody knows yet who brought it.
fn unknown(repository: &Arc<Path>, kind: Kind, id: ObjectId) -> Origin {
    Origin::Object { repository: Arc::clone(repository), whence: Whence::Unknown, kind, id }
}

/// Reports objects that could not be looked into.
fn lost(repository: &Arc<Path>, worker: &mut Worker<'_>, id: ObjectId, why: Why) {
    worker.not_looked_into(unknown(repository, Kind::Blob, id), why);
}
