//! `run --status`: how the run stands, in the title of the terminal.
//!
//! Not a line at the bottom: programs that paint on the whole terminal ask how many rows it has, scroll regions of it and clear it, and
//! each of them would have to be followed to keep a line of ours out of what they believe to be theirs. The title belongs to nobody on
//! the screen. While it is ours, titles from inside are withheld.

use super::controls::Controls;
use super::egress::RunRoad;
use portcullis_approvals::TicketId;
use rustix::io::write;
use rustix::termios::isatty;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Terminals that know these keep the title that was there and put it back. Others ignore them.
const KEEP: &[u8] = b"\x1b[22;2t";
const PUT_BACK: &[u8] = b"\x1b[23;2t";

/// The title of our terminal. What was there is put back when this goes.
#[derive(Debug)]
pub(super) struct Title {
    session: String,
    began: Instant,
    road: Arc<RunRoad>,
    waiting: Waiting,
    shown: String,
}

/// What waits for a person, as it was when somebody last looked.
#[derive(Debug, Default)]
struct Waiting {
    ticket: Option<TicketId>,
    looked: Option<Instant>,
}

/// It lies in a file that others write, so nobody looks each time that a byte comes by.
const LOOK_EVERY: Duration = Duration::from_secs(2);

impl Waiting {
    fn now(&mut self, road: &RunRoad) -> Option<TicketId> {
        if self.looked.is_none_or(|looked| looked.elapsed() >= LOOK_EVERY) {
            (self.ticket, self.looked) = (road.waiting(), Some(Instant::now()));
        }
        self.ticket
    }
}

impl Title {
    /// Takes the title, if there is a terminal that has one.
    pub(super) fn take(session: &str, road: Arc<RunRoad>) -> Option<Self> {
        let stdout = rustix::stdio::stdout();
        if !isatty(stdout) {
            return None;
        }
        write(stdout, KEEP).ok();
        Some(Self {
            session: session.to_owned(),
            began: Instant::now(),
            road,
            waiting: Waiting::default(),
            shown: String::new(),
        })
    }

    /// Says how the run stands, if that is new and nothing from inside is half way through.
    pub(super) fn show(&mut self, controls: &Controls) {
        if !controls.is_between() {
            return;
        }
        let waiting = self.waiting.now(&self.road);
        let text = words(&self.session, self.began.elapsed().as_secs() / 60, self.road.denied().len(), waiting);
        if text != self.shown {
            write(rustix::stdio::stdout(), format!("\x1b]2;{text}\x07").as_bytes()).ok();
            self.shown = text;
        }
    }
}

impl Drop for Title {
    fn drop(&mut self) {
        write(rustix::stdio::stdout(), PUT_BACK).ok();
    }
}

/// Of what is ours alone: nothing that was said inside gets into it.
fn words(session: &str, minutes: u64, denied: usize, waiting: Option<TicketId>) -> String {
    let denied = if denied == 0 { "nothing denied".to_owned() } else { format!("{denied} denied") };
    // What a person can do something about comes first.
    let waiting = waiting.map(|ticket| format!(" - waiting for approval: {ticket}")).unwrap_or_default();
    format!("portcullis {session}{waiting} - {denied} - {minutes} min")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_how_the_run_stands() {
        assert_eq!(words("9f2c", 0, 0, None), "portcullis 9f2c - nothing denied - 0 min");
        assert_eq!(words("9f2c", 61, 3, None), "portcullis 9f2c - 3 denied - 61 min");
        let ticket = "K7-4F2Q".parse().ok();
        assert_eq!(words("9f2c", 2, 3, ticket), "portcullis 9f2c - waiting for approval: K7-4F2Q - 3 denied - 2 min");
    }
}
