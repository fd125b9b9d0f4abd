//! Between the person's terminal and the one inside, until the command ends.

use super::background::Log;
use super::controls::Controls;
use super::limits::{TooMuch, Watch};
use super::outlet::Outlet;
use super::title::Title;
use portcullis_sandbox::{Error, Exit, Joined, Prepared, Signals, Stream, Terminal};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd as _, BorrowedFd, OwnedFd};
use rustix::io::{Errno, read, write};
use rustix::termios::{OptionalActions, Termios, isatty, tcgetattr, tcgetwinsize, tcsetattr, tcsetwinsize};
use std::collections::BTreeMap;

/// How often it is looked at how the run stands.
const A_SECOND: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };

/// What is moved at a time.
const PIECE: usize = 16 << 10;

/// The terminal that the command gets: one of its own if a person sits at ours.
pub(super) fn terminal() -> Terminal {
    let standard = [rustix::stdio::stdin(), rustix::stdio::stdout(), rustix::stdio::stderr()];
    let Some(ours) = standard.into_iter().find(|stream| isatty(stream)) else { return Terminal::None };
    let size = tcgetwinsize(ours).map_or((24, 80), |size| (size.ws_row, size.ws_col));
    Terminal::Own { rows: size.0, columns: size.1 }
}

/// Our terminal in the mode in which every key goes through. It is put back when this goes.
#[derive(Debug)]
struct Raw {
    before: Option<Termios>,
}

impl Raw {
    fn enter() -> Self {
        let stdin = rustix::stdio::stdin();
        let before = tcgetattr(stdin).ok();
        if let Some(before) = &before {
            let mut raw = before.clone();
            raw.make_raw();
            // A terminal that refuses still works, with every line sent at its end.
            tcsetattr(stdin, OptionalActions::Flush, &raw).ok();
        }
        Self { before }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            tcsetattr(rustix::stdio::stdin(), OptionalActions::Flush, before).ok();
        }
    }
}

/// What is carried besides keys.
#[derive(Debug)]
pub(super) struct Carried<'a> {
    /// Streams of the spec that are counted.
    pub(super) streams: &'a [Vec<Stream>],
    /// Where what is printed goes, if nobody sits before it.
    pub(super) log: Option<Log>,
    /// Where it is said how the run stands.
    pub(super) title: Option<Title>,
}

/// How a run ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) exit: Exit,
    /// Why we ended it, if it took too much.
    pub(super) too_much: Option<TooMuch>,
    /// What was kept from our terminal, and how often.
    pub(super) withheld: BTreeMap<&'static str, u64>,
}

/// Lets the command start and carries bytes until it has ended. Signals that ask us to end end the command, and so does
/// taking too much.
pub(super) fn to_the_end(
    mut prepared: Prepared,
    signals: &Signals,
    watch: Watch,
    Carried { streams, mut log, title }: Carried<'_>,
) -> Result<Ended, Error> {
    let terminal = prepared.terminal.take();
    let outlets = Outlet::all(std::mem::take(&mut prepared.outputs), streams);
    let raw = terminal.as_ref().map(|_| Raw::enter());
    let running = prepared.start()?;
    let most = watch.output();
    let watching = watch.begin(running.killer()?).map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
    if let Some(log) = &mut log {
        log.let_go(running.descriptor());
    }
    let controls = Controls::without_titles(title.is_some());
    let mut relay = Relay { terminal, input_open: true, outlets, log, title, controls, printed: 0, most };
    loop {
        match relay.turn(running.descriptor(), signals)? {
            Turn::On if relay.too_much().is_none() => {}
            Turn::Ended => break,
            Turn::On | Turn::Asked => {
                running.kill()?;
                break;
            }
        }
    }
    let exit = running.wait();
    let too_much = watching.end();
    relay.drain();
    if let Some(log) = &relay.log {
        log.over();
    }
    drop(raw);
    let withheld = relay.controls.withheld().clone();
    exit.map(|exit| Ended { exit, too_much: too_much.or(relay.too_much()), withheld })
}

/// Carries bytes for a command that joined a session, until it has ended. What asks us to end ends it.
pub(super) fn joined(mut joined: Joined, signals: &Signals) -> Result<Ended, Error> {
    let terminal = joined.terminal.take();
    let raw = terminal.as_ref().map(|_| Raw::enter());
    let mut relay = Relay {
        terminal,
        input_open: true,
        outlets: Vec::new(),
        log: None,
        title: None,
        controls: Controls::new(),
        printed: 0,
        most: None,
    };
    loop {
        match relay.turn(joined.descriptor(), signals)? {
            Turn::On => {}
            Turn::Ended => break,
            Turn::Asked => {
                joined.end();
                break;
            }
        }
    }
    let exit = joined.wait();
    relay.drain();
    drop(raw);
    let withheld = relay.controls.withheld().clone();
    exit.map(|exit| Ended { exit, too_much: None, withheld })
}

enum Turn {
    On,
    Ended,
    Asked,
}

struct Relay {
    terminal: Option<OwnedFd>,
    input_open: bool,
    outlets: Vec<Outlet>,
    /// Where nobody sits before it: what is printed goes there.
    log: Option<Log>,
    title: Option<Title>,
    controls: Controls,
    /// Bytes that came out so far.
    printed: u64,
    most: Option<u64>,
}

impl Relay {
    fn turn(&mut self, control: BorrowedFd<'_>, signals: &Signals) -> Result<Turn, Error> {
        let stdin = rustix::stdio::stdin();
        let mut waited = vec![
            PollFd::from_borrowed_fd(control, PollFlags::IN),
            PollFd::from_borrowed_fd(signals.as_fd(), PollFlags::IN),
        ];
        waited.extend(self.outlets.iter().map(Outlet::waits));
        let at = waited.len();
        if let Some(terminal) = &self.terminal {
            waited.push(PollFd::from_borrowed_fd(terminal.as_fd(), PollFlags::IN));
            if self.input_open {
                waited.push(PollFd::from_borrowed_fd(stdin, PollFlags::IN));
            }
        }
        let until = self.title.as_ref().map(|_| &A_SECOND);
        match poll(&mut waited, until) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        let ready: Vec<bool> = waited.iter().map(|it| !it.revents().is_empty()).collect();
        let is_ready = |index: usize| ready.get(index).copied().unwrap_or(false);
        if is_ready(1) {
            match signals.next()? {
                portcullis_sandbox::Caught::Resized => self.resize(),
                portcullis_sandbox::Caught::Asked | portcullis_sandbox::Caught::HungUp => return Ok(Turn::Asked),
            }
        }
        self.outlets(ready.get(2..at).unwrap_or_default());
        if is_ready(at) {
            self.output();
        }
        if is_ready(at + 1) {
            self.input();
        }
        if let Some(title) = &mut self.title {
            title.show(&self.controls);
        }
        Ok(if is_ready(0) { Turn::Ended } else { Turn::On })
    }

    /// Carries on what comes out of those that are ready, and lets go of those that are over.
    fn outlets(&mut self, ready: &[bool]) {
        let mut ready = ready.iter();
        let printed = &mut self.printed;
        self.outlets.retain_mut(|outlet| {
            if !ready.next().copied().unwrap_or(false) {
                return true;
            }
            let came = outlet.turn();
            *printed = printed.saturating_add(came.unwrap_or(0));
            came.is_some()
        });
        if let Some(log) = &self.log {
            log.keep_short();
        }
    }

    /// Whether more was printed than may be.
    fn too_much(&self) -> Option<TooMuch> {
        self.most.filter(|most| self.printed > *most).map(TooMuch::Output)
    }

    fn resize(&self) {
        if let (Some(terminal), Ok(size)) = (&self.terminal, tcgetwinsize(rustix::stdio::stdin())) {
            tcsetwinsize(terminal, size).ok();
        }
    }

    /// What the command wrote. False when there is no more.
    fn output(&mut self) -> bool {
        let mut piece = [0; PIECE];
        let Some(terminal) = &self.terminal else { return false };
        match read(terminal, &mut piece) {
            Ok(length @ 1..) => {
                self.printed = self.printed.saturating_add(length as u64);
                let passed = self.controls.pass(piece.get(..length).unwrap_or_default());
                all(rustix::stdio::stdout(), &passed);
                true
            }
            Err(Errno::INTR | Errno::AGAIN) => true,
            // Nobody inside has it open any more.
            Ok(0) | Err(_) => false,
        }
    }

    fn input(&mut self) {
        let mut piece = [0; PIECE];
        let Some(terminal) = &self.terminal else { return };
        match read(rustix::stdio::stdin(), &mut piece) {
            Ok(0) | Err(Errno::IO) => self.input_open = false,
            Ok(length) => all(terminal.as_fd(), piece.get(..length).unwrap_or_default()),
            Err(_) => {}
        }
    }

    /// What is still on its way when the command has ended; of what is too much no more than is too much.
    fn drain(&mut self) {
        let left = self.most.map_or(u64::MAX, |most| most.saturating_sub(self.printed));
        for outlet in std::mem::take(&mut self.outlets) {
            self.printed = self.printed.saturating_add(outlet.drain(left));
        }
        let Some(terminal) = &self.terminal else { return };
        if rustix::io::ioctl_fionbio(terminal, true).is_err() {
            return;
        }
        while self.too_much().is_none() && self.output() {}
    }
}

/// Writes all of it, unless nobody reads any more.
fn all(to: BorrowedFd<'_>, bytes: &[u8]) {
    let mut left = bytes;
    while !left.is_empty() {
        match write(to, left) {
            Ok(written) => left = left.get(written..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Err(_) => return,
        }
    }
}
