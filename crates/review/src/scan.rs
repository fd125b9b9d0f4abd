//! The one way in: sources go in, a report comes out.

use crate::gather::Gathered;
use crate::look::Look;
use crate::progress::Progress;
use crate::report::Report;
use crate::settings::Settings;
use crate::source::{self, Source};
use crate::worker::{Shared, Worker};

/// Has everything looked into that the sources hold.
pub fn scan(sources: Vec<Source>, look: &dyn Look, settings: &Settings, progress: &Progress<'_>) -> Report {
    let shared = Shared { look, settings, progress };
    let mut all = Gathered::default();
    for source in sources {
        for mut worker in scan_source(source, shared) {
            worker.tell();
            all.merge(worker.gathered, settings.limits.places);
        }
    }
    all.into_report()
}

fn scan_source(source: Source, shared: Shared<'_>) -> Vec<Worker<'_>> {
    let mut worker = Worker::new(shared);
    match source {
        Source::Paths(paths) => return source::paths::scan(&paths, shared),
        Source::History(history) => return source::history::scan(&history, shared),
        Source::Range(range) => return source::change::range::scan(&range, shared),
        Source::Staged(staged) => return source::change::staged::scan(&staged, shared),
        Source::Push(push) => return source::change::push::scan(&push, shared),
        Source::Message(message) => source::change::message::scan(&message, &mut worker),
        Source::Transcripts(transcripts) => return source::transcript::scan(&transcripts, shared),
        Source::ShellHistory => source::shell::scan(&mut worker),
        Source::Environment(environment) => source::environment::scan(environment, &mut worker),
        Source::Stdin(stdin) => source::stdin::scan(stdin, &mut worker),
        Source::Given(given) => source::given::scan(given, &mut worker),
    }
    vec![worker]
}
