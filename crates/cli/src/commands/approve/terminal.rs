//! The terminal itself: what is shown and asked there does not go through a pipe that something else holds.

use super::answer::Choice;
use super::show;
use crate::failure::Failure;
use crate::output::{Output, View};
use portcullis_approvals::{Moment, Ticket};
use rustix::termios::{QueueSelector, tcflush};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::num::NonZeroU32;
use std::time::Duration;

const DEVICE: &str = "/dev/tty";

/// Nobody has read anything by then: what comes in this time was typed before the question.
const READING: Duration = Duration::from_millis(300);

/// What a person types is short.
const LONGEST: u64 = 256;

/// The terminal that this process belongs to.
#[derive(Debug)]
pub(super) struct Terminal {
    device: File,
}

impl Terminal {
    pub(super) fn open() -> Result<Self, Failure> {
        let device = OpenOptions::new().read(true).write(true).open(DEVICE).map_err(|_| {
            Failure::usage("there is no terminal to ask you on")
                .because("an answer that comes through a pipe could come from anybody")
                .fix("start it in a terminal")
                .fix("a script answers what it was shown: portcullis approve TICKET --yes --hash PREFIX")
        })?;
        Ok(Self { device })
    }

    pub(super) fn show(&mut self, output: Output, view: &impl View) -> Result<(), Failure> {
        self.write(&output.for_terminal(view))
    }

    /// Asks about a ticket that was shown. `None` is no answer at all, and it goes on waiting.
    pub(super) fn ask(&mut self, ticket: &Ticket, uses: Option<NonZeroU32>) -> Result<Option<Choice>, Failure> {
        let now = Moment::now()?;
        let how = match uses {
            Some(uses) => format!("and {uses} more like it as shown"),
            None => "once and exactly so".to_owned(),
        };
        self.write(&format!(
            "\nLet it happen, {how}? It waits for another {}. [y]es, [N]o answer, [r]efuse: ",
            show::ends(ticket, &now)
        ))?;
        std::thread::sleep(READING);
        // What was typed, or pushed into the terminal, before this was shown is no answer to it.
        tcflush(&self.device, QueueSelector::IFlush).map_err(|error| failed(&error.into()))?;
        let mut line = String::new();
        let reader = self.device.try_clone().map_err(|error| failed(&error))?;
        io::Read::take(BufReader::new(reader), LONGEST).read_line(&mut line).map_err(|error| failed(&error))?;
        Ok(match line.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => Some(Choice::Grant),
            "r" | "refuse" => Some(Choice::Refuse),
            _ => None,
        })
    }

    pub(super) fn write(&mut self, text: &str) -> Result<(), Failure> {
        self.device.write_all(text.as_bytes()).and_then(|()| self.device.flush()).map_err(|error| failed(&error))
    }
}

fn failed(error: &io::Error) -> Failure {
    Failure::io("ask on the terminal", None, error)
}
