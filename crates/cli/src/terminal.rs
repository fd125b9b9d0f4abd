//! The terminal itself: what is shown and asked there does not go through a pipe that something else holds.

use crate::failure::Failure;
use crate::output::{Output, View};
use rustix::termios::{QueueSelector, tcflush};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::time::Duration;

const DEVICE: &str = "/dev/tty";

/// Nobody has read anything by then: what comes in this time was typed before the question.
const READING: Duration = Duration::from_millis(300);

/// What a person types is short.
const LONGEST: u64 = 256;

/// The terminal that this process belongs to.
#[derive(Debug)]
pub(crate) struct Terminal {
    device: File,
}

impl Terminal {
    pub(crate) fn open() -> Result<Self, Failure> {
        let device = OpenOptions::new().read(true).write(true).open(DEVICE).map_err(|_| {
            Failure::usage("there is no terminal to ask you on")
                .because("an answer that comes through a pipe could come from anybody")
                .fix("start it in a terminal")
        })?;
        Ok(Self { device })
    }

    pub(crate) fn show(&mut self, output: Output, view: &impl View) -> Result<(), Failure> {
        self.write(&output.for_terminal(view))
    }

    /// Asks, and gives what was typed after that: one line, in small letters.
    pub(crate) fn ask(&mut self, question: &str) -> Result<String, Failure> {
        self.write(question)?;
        std::thread::sleep(READING);
        // What was typed, or pushed into the terminal, before this was shown is no answer to it.
        tcflush(&self.device, QueueSelector::IFlush).map_err(|error| failed(&error.into()))?;
        let mut line = String::new();
        let reader = self.device.try_clone().map_err(|error| failed(&error))?;
        io::Read::take(BufReader::new(reader), LONGEST).read_line(&mut line).map_err(|error| failed(&error))?;
        Ok(line.trim().to_ascii_lowercase())
    }

    pub(crate) fn write(&mut self, text: &str) -> Result<(), Failure> {
        self.device.write_all(text.as_bytes()).and_then(|()| self.device.flush()).map_err(|error| failed(&error))
    }
}

fn failed(error: &io::Error) -> Failure {
    Failure::io("ask on the terminal", None, error)
}
