//! Asking for a guest, from outside.

use super::request::{Answer, LONGEST, Request};
use super::{Guest, address, nothing, opened, socket};
use crate::error::{Doing as _, Error, Stage};
use crate::exit::Exit;
use crate::spec::Terminal;
use rustix::fd::{AsFd as _, BorrowedFd, OwnedFd};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    connect, recvmsg, sendmsg,
};
use rustix::termios::isatty;
use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::path::Path;

/// A guest that was started. Dropping this ends it.
#[derive(Debug)]
pub struct Joined {
    connection: OwnedFd,
    /// The outer end of its terminal, if it has one.
    pub terminal: Option<OwnedFd>,
}

/// Has a guest started by the process 1 whose entry is in this folder.
pub fn join(folder: &Path, guest: &Guest) -> Result<Joined, Error> {
    let (streams, on_terminal) = streams(guest.terminal)?;
    let request = Request { guest: guest.clone(), on_terminal };
    let too_long = || Error::new(Stage::Spec, "the command is too long to be handed in");
    let bytes = request.to_bytes().ok_or_else(too_long)?;
    let connection = socket()?;
    connect(&connection, &address(&opened(folder)?)?).doing(Stage::Control)?;
    send(&connection, &bytes, &streams.each_ref().map(rustix::fd::AsFd::as_fd))?;
    let mut joined = Joined { connection, terminal: None };
    match joined.receive()? {
        (Answer::Started, terminal) => joined.terminal = terminal,
        (Answer::Refused(why), _) => return Err(Error::new(Stage::Command, why)),
        (Answer::Ended(_), _) => return Err(Error::new(Stage::Control, "a guest ended that had not begun")),
    }
    if joined.terminal.is_some() == matches!(guest.terminal, Terminal::Own { .. }) {
        Ok(joined)
    } else {
        Err(Error::new(Stage::Terminal, "the guest has another terminal than was asked for"))
    }
}

impl Joined {
    /// Becomes readable when there is something to hear, see [`Joined::wait`].
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.connection.as_fd()
    }

    /// Ends the guest; how it ended is still said.
    pub fn end(&self) {
        // If process 1 is gone, so is the guest.
        rustix::net::shutdown(&self.connection, rustix::net::Shutdown::Write).ok();
    }

    /// Waits for the guest's end.
    pub fn wait(self) -> Result<Exit, Error> {
        match self.receive()?.0 {
            Answer::Ended(exit) => Ok(exit),
            Answer::Refused(why) => Err(Error::new(Stage::Command, why)),
            Answer::Started => {
                Err(Error::new(Stage::Control, "process 1 said something else than how the guest ended"))
            }
        }
    }

    /// The other end being gone means that process 1 is, and everything inside with it.
    fn receive(&self) -> Result<(Answer, Option<OwnedFd>), Error> {
        let (bytes, mut descriptors) = receive(&self.connection, RecvFlags::empty())?;
        if bytes.is_empty() {
            return Ok((Answer::Ended(Exit::Signal(9)), None));
        }
        let answer = Answer::parse(&bytes);
        let answer = answer.ok_or_else(|| Error::new(Stage::Control, "a message that has no meaning"))?;
        Ok((answer, descriptors.pop()))
    }
}

/// Our standard streams as they are handed in, and which of them are to be the terminal inside: ours stays out.
fn streams(terminal: Terminal) -> Result<([OwnedFd; 3], [bool; 3]), Error> {
    let standard = [rustix::stdio::stdin(), rustix::stdio::stdout(), rustix::stdio::stderr()];
    let on_terminal = standard.map(|stream| matches!(terminal, Terminal::Own { .. }) && isatty(stream));
    let one = |stream: BorrowedFd<'_>| match stream.try_clone_to_owned() {
        Ok(stream) if !isatty(&stream) => Ok(stream),
        Ok(_) | Err(_) => nothing(),
    };
    let [input, output, errors] = standard;
    Ok(([one(input)?, one(output)?, one(errors)?], on_terminal))
}

pub(super) fn send(to: &OwnedFd, bytes: &[u8], descriptors: &[BorrowedFd<'_>]) -> Result<(), Error> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !descriptors.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(descriptors)) {
        return Err(Error::new(Stage::Control, "too many descriptors for one message"));
    }
    sendmsg(to, &[IoSlice::new(bytes)], &mut ancillary, SendFlags::NOSIGNAL).doing(Stage::Control).map(drop)
}

/// The next message, and what came with it; nothing if the other end is gone.
pub(super) fn receive(from: &OwnedFd, flags: RecvFlags) -> Result<(Vec<u8>, Vec<OwnedFd>), Error> {
    let mut bytes = vec![0; LONGEST];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let mut slices = [IoSliceMut::new(&mut bytes)];
    let received =
        rustix::io::retry_on_intr(|| recvmsg(from, &mut slices, &mut ancillary, RecvFlags::CMSG_CLOEXEC | flags));
    let length = match received {
        Ok(received) => received.bytes,
        Err(rustix::io::Errno::CONNRESET) => 0,
        Err(errno) => return Err(Error::system(Stage::Control, errno)),
    };
    let mut descriptors = Vec::new();
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(rights) = message {
            descriptors.extend(rights);
        }
    }
    bytes.truncate(length);
    Ok((bytes, descriptors))
}
