//! Process 1 at its entry: it starts guests, tells who asked how they ended, and reaps whatever else ends.

use super::client::{receive, send};
use super::request::{Answer, Request};
use super::{Entry, MOST};
use crate::error::{Doing as _, Error, Stage};
use crate::exit::Exit;
use crate::folders::{Mover, Offer};
use crate::launch::{become_command, ended_among, of, terminal};
use crate::spec::{Spec, Terminal};
use crate::sys;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::{AsFd as _, BorrowedFd, OwnedFd};
use rustix::net::{RecvFlags, SocketFlags, accept_with};
use rustix::process::{Pid, Signal, kill_process_group};
use std::path::Path;

/// How many may have come in without having said what they want.
const SILENT: usize = 16;

/// Everybody who came in.
#[derive(Debug)]
pub(crate) struct Hall<'a> {
    spec: &'a Spec,
    entry: &'a Entry,
    /// Says that somebody ended.
    children: OwnedFd,
    /// Those who have not said yet what they want.
    silent: Vec<OwnedFd>,
    guests: Vec<Inside>,
    /// For guests as well.
    mover: Mover,
}

#[derive(Debug)]
struct Inside {
    process: Pid,
    connection: OwnedFd,
}

impl<'a> Hall<'a> {
    pub(crate) fn new(spec: &'a Spec, entry: &'a Entry, children: OwnedFd, mover: Mover) -> Self {
        Self { spec, entry, children, silent: Vec::new(), guests: Vec::new(), mover }
    }

    /// Serves until the first command ends.
    pub(crate) fn serve(mut self, command: Pid) -> Result<Exit, Error> {
        loop {
            let (asked, ready) = self.ready()?;
            self.mover.turn(&asked);
            let mut ready = ready.into_iter();
            let mut next = || ready.next().unwrap_or(false);
            if next()
                && let Some(exit) = self.reap(command)?
            {
                return Ok(exit);
            }
            let (knocks, silent, guests) =
                (next(), self.silent.iter().map(|_| next()).collect::<Vec<_>>(), self.guests.iter().map(|_| next()));
            // Whoever asked for a guest says nothing more, so this is that they are gone.
            for (guest, gone) in self.guests.iter().zip(guests) {
                if gone {
                    kill_process_group(guest.process, Signal::KILL).ok();
                }
            }
            self.hear(&silent);
            if knocks {
                self.let_in();
            }
        }
    }

    /// Waits. What came of those who ask for a folder to be moved; and, in this order, whether something came of those who ended, the
    /// entry, those who came in, whoever asked for a guest.
    fn ready(&self) -> Result<(Vec<PollFlags>, Vec<bool>), Error> {
        let room = if self.silent.len() < SILENT { PollFlags::IN } else { PollFlags::empty() };
        let asking = self.mover.descriptors().map(|it| PollFd::from_borrowed_fd(it, PollFlags::IN));
        let mut waited: Vec<PollFd<'_>> = asking.collect();
        let asking = waited.len();
        waited.push(PollFd::from_borrowed_fd(self.children.as_fd(), PollFlags::IN));
        waited.push(PollFd::from_borrowed_fd(self.entry.as_fd(), room));
        let connections = self.silent.iter().chain(self.guests.iter().map(|guest| &guest.connection));
        waited.extend(connections.map(|it| PollFd::from_borrowed_fd(it.as_fd(), PollFlags::IN)));
        rustix::io::retry_on_intr(|| poll(&mut waited, None)).doing(Stage::Control)?;
        let mut came: Vec<PollFlags> = waited.iter().map(PollFd::revents).collect();
        let others = came.split_off(asking);
        Ok((came, others.into_iter().map(|came| !came.is_empty()).collect()))
    }

    /// Reaps whoever ended; how the first command did, if it was among them.
    fn reap(&mut self, command: Pid) -> Result<Option<Exit>, Error> {
        let guests = &mut self.guests;
        ended_among(&self.children, command, |process, status| {
            if let Some(place) = guests.iter().position(|guest| guest.process == process) {
                let guest = guests.swap_remove(place);
                // Who asked may be gone.
                send(&guest.connection, &Answer::Ended(of(status)).to_bytes(), &[]).ok();
            }
        })
    }

    fn let_in(&mut self) {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        // Whoever is gone again has nothing to be told.
        self.silent.extend(accept_with(self.entry, flags).ok());
    }

    /// Hears those who are ready to speak.
    fn hear(&mut self, ready: &[bool]) {
        let mut ready = ready.iter();
        let mut is_ready = |_: &mut OwnedFd| ready.next().copied().unwrap_or(false);
        let speaking: Vec<OwnedFd> = self.silent.extract_if(.., |it| is_ready(it)).collect();
        for connection in speaking {
            let Ok((bytes, streams)) = receive(&connection, RecvFlags::DONTWAIT) else { continue };
            let answer = match (Request::parse(&bytes), <[OwnedFd; 3]>::try_from(streams)) {
                (Some(_), Ok(_)) if self.guests.len() >= MOST => Err("too many are inside already".to_owned()),
                (Some(request), Ok(streams)) => {
                    self.start(&request, &streams, &connection).map_err(|error| error.to_string())
                }
                (_, _) => Err("that has no meaning".to_owned()),
            };
            match answer {
                Ok(process) => self.guests.push(Inside { process, connection }),
                Err(why) => drop(send(&connection, &Answer::Refused(why).to_bytes(), &[])),
            }
        }
    }

    fn start(&mut self, request: &Request, streams: &[OwnedFd; 3], connection: &OwnedFd) -> Result<Pid, Error> {
        let (outer, inner) = match request.guest.terminal {
            Terminal::None => (None, None),
            Terminal::Own { rows, columns } => {
                let (outer, inner) = terminal(Path::new("/dev/pts/ptmx"), rows, columns)?;
                (Some(outer), Some(inner))
            }
        };
        let offer = self.mover.offer()?;
        let Some(process) = sys::fork().doing(Stage::Command)? else {
            self.become_guest(request, streams, inner.as_ref(), offer)
        };
        self.mover.listen(offer);
        let handed: Vec<BorrowedFd<'_>> = outer.iter().map(OwnedFd::as_fd).collect();
        // If nobody is there any more to hear it, that is seen in the next turn.
        send(connection, &Answer::Started.to_bytes(), &handed).ok();
        Ok(process)
    }

    /// In the copy of process 1.
    fn become_guest(&self, request: &Request, streams: &[OwnedFd; 3], terminal: Option<&OwnedFd>, offer: Offer) -> ! {
        let become_one = |()| self.try_to_become_guest(request, streams, terminal);
        let error = match offer.accept().and_then(become_one) {
            Ok(never) => match never {},
            Err(error) => error,
        };
        // As a shell says it: whoever asked hears the status and reads this.
        let told = format!("portcullis: {error}\n");
        rustix::io::write(rustix::stdio::stderr(), told.as_bytes()).ok();
        sys::exit(127)
    }

    fn try_to_become_guest(
        &self,
        request: &Request,
        streams: &[OwnedFd; 3],
        terminal: Option<&OwnedFd>,
    ) -> Result<std::convert::Infallible, Error> {
        let [input, output, errors] = streams;
        let one = |index: usize, stream| match (request.on_terminal.get(index), terminal) {
            (Some(true), Some(terminal)) => terminal,
            (Some(_) | None, _) => stream,
        };
        rustix::stdio::dup2_stdin(one(0, input)).doing(Stage::Terminal)?;
        rustix::stdio::dup2_stdout(one(1, output)).doing(Stage::Terminal)?;
        rustix::stdio::dup2_stderr(one(2, errors)).doing(Stage::Terminal)?;
        let guest = &request.guest;
        let mut spec = self.spec.clone();
        spec.environment.retain(|(name, _)| !guest.environment.iter().any(|(other, _)| other == name));
        spec.environment.extend(guest.environment.iter().cloned());
        (spec.command, spec.folder) = (guest.command.clone(), guest.folder.clone());
        become_command(&spec, terminal, &[])
    }
}
