//! The time that an answer may take. Most agents wait for a while and then go on as if the hook had said nothing, so it
//! has to have answered by then, and a no is the answer that can be given without knowing anything. The same holds where
//! this program breaks: most statuses mean "go on".

use super::{Asker, Write as _};
use crate::exit::Exit;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// Far below what any agent waits (10 s at least), and long enough for a machine under load.
const LONGEST: Duration = Duration::from_secs(2);

/// Who answers first.
pub(super) struct Deadline {
    answered: Arc<AtomicBool>,
}

impl Deadline {
    /// From now on there will be an answer, whatever happens.
    pub(super) fn start(asker: Asker) -> Self {
        let answered = Arc::new(AtomicBool::new(false));
        answer_if_we_break(asker.clone(), Arc::clone(&answered));
        let late = Arc::clone(&answered);
        let watch = move || {
            thread::sleep(LONGEST);
            say(&asker, &late, "it could not be judged in time");
        };
        // Without the watch an answer may come too late for the agent, so that is no reason to go on without one.
        if thread::Builder::new().name("deadline".to_owned()).spawn(watch).is_err() {
            answered.store(true, Ordering::SeqCst);
            std::process::exit(2);
        }
        Self { answered }
    }

    /// Whether there was no answer yet. From now on nobody else gives one.
    pub(super) fn is_met(&self) -> bool {
        !self.answered.swap(true, Ordering::SeqCst)
    }
}

/// Says no and ends the process, unless somebody answered already.
fn say(asker: &Asker, answered: &AtomicBool, why: &str) {
    if !answered.swap(true, Ordering::SeqCst) {
        let written = asker.reply(&asker.without_decision(why)).write();
        std::process::exit(i32::from(written.unwrap_or(Exit::OfChild(2)).code()));
    }
}

fn answer_if_we_break(asker: Asker, answered: Arc<AtomicBool>) {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let place = info.location().map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
        say(&asker, &answered, &format!("Portcullis {} has a bug{place}", env!("CARGO_PKG_VERSION")));
        tell(info);
    }));
}

/// The other thread is about to end the process.
pub(super) fn wait_for_the_end() -> ! {
    loop {
        thread::park();
    }
}
