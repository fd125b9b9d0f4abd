//! What process 1 and its caller say to each other, over one socket: a word of one byte, some bytes, and descriptors.

use crate::error::{Doing as _, Error, Stage};
use crate::exit::Exit;
use rustix::fd::{AsFd as _, BorrowedFd, OwnedFd};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};
use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

/// The longest message.
const LONGEST: usize = 4096;
/// The most descriptors in one: doors, sockets, a terminal and pipes.
const MOST: usize = 32;

/// What is said.
#[derive(Debug)]
pub(crate) enum Message {
    /// The user is mapped, go on. (From the caller.)
    Mapped,
    /// The walls stand; here is what was opened inside. (From process 1.)
    Ready(Vec<OwnedFd>),
    /// Start the command. (From the caller.)
    Start,
    /// It ended. (From process 1.)
    Ended(Exit),
    /// The walls can't be built. (From process 1.)
    Failed(Error),
}

/// One end.
#[derive(Debug)]
pub(crate) struct Control(OwnedFd);

impl Control {
    /// Two ends. Both are closed when a program is executed.
    pub(crate) fn pair() -> Result<(Self, Self), Error> {
        let pair = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None);
        pair.doing(Stage::Control).map(|(ours, theirs)| (Self(ours), Self(theirs)))
    }

    /// An end that was handed on.
    pub(crate) fn from_descriptor(descriptor: OwnedFd) -> Self {
        Self(descriptor)
    }

    /// The descriptor, to wait for what comes.
    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }

    pub(crate) fn send(&self, message: &Message) -> Result<(), Error> {
        let mut bytes = Vec::new();
        let mut descriptors: Vec<BorrowedFd<'_>> = Vec::new();
        match message {
            Message::Mapped => bytes.push(b'M'),
            Message::Ready(opened) => {
                bytes.push(b'R');
                descriptors.extend(opened.iter().map(rustix::fd::AsFd::as_fd));
            }
            Message::Start => bytes.push(b'S'),
            Message::Ended(exit) => {
                let (word, number) = match exit {
                    Exit::Status(status) => (b'E', status),
                    Exit::Signal(signal) => (b'K', signal),
                };
                bytes.push(word);
                bytes.extend(number.to_le_bytes());
            }
            Message::Failed(error) => {
                bytes.extend([b'F', error.stage as u8]);
                bytes.extend(error.errno.unwrap_or(0).to_le_bytes());
                bytes.extend(error.message.as_bytes().iter().filter(|byte| **byte != 0).take(1000));
                bytes.push(0);
                bytes.extend(error.path.iter().flat_map(|path| path.as_os_str().as_bytes()).take(2000));
            }
        }
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        if !descriptors.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(&descriptors)) {
            return Err(Error::new(Stage::Control, "too many descriptors for one message"));
        }
        sendmsg(&self.0, &[IoSlice::new(&bytes)], &mut ancillary, SendFlags::NOSIGNAL).doing(Stage::Control).map(drop)
    }

    /// Waits for the next message. The other end being gone is an error.
    pub(crate) fn receive(&self) -> Result<Message, Error> {
        let mut bytes = [0; LONGEST];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let mut slices = [IoSliceMut::new(&mut bytes)];
        let received =
            rustix::io::retry_on_intr(|| recvmsg(&self.0, &mut slices, &mut ancillary, RecvFlags::CMSG_CLOEXEC));
        let length = received.doing(Stage::Control)?.bytes;
        let mut descriptors = Vec::new();
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(rights) = message {
                descriptors.extend(rights);
            }
        }
        let message = bytes.get(..length).unwrap_or_default();
        parse(message, descriptors).ok_or_else(|| gone(length))
    }
}

fn gone(length: usize) -> Error {
    Error::new(Stage::Control, if length == 0 { "process 1 is gone" } else { "a message that has no meaning" })
}

fn parse(bytes: &[u8], descriptors: Vec<OwnedFd>) -> Option<Message> {
    let (word, rest) = bytes.split_first()?;
    let number = || rest.get(..4).and_then(|it| it.try_into().ok()).map(i32::from_le_bytes);
    Some(match word {
        b'M' => Message::Mapped,
        b'R' => Message::Ready(descriptors),
        b'S' => Message::Start,
        b'E' => Message::Ended(Exit::Status(number()?)),
        b'K' => Message::Ended(Exit::Signal(number()?)),
        b'F' => {
            let (stage, rest) = rest.split_first()?;
            let (errno, rest) = rest.split_first_chunk::<4>()?;
            let mut parts = rest.splitn(2, |byte| *byte == 0);
            let message = String::from_utf8_lossy(parts.next()?).into_owned();
            let path = parts.next().filter(|path| !path.is_empty());
            Message::Failed(Error {
                stage: Stage::from_byte(*stage),
                path: path.map(|path| std::ffi::OsString::from_vec(path.to_owned()).into()),
                errno: Some(i32::from_le_bytes(*errno)).filter(|errno| *errno != 0),
                message,
            })
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_at_one_end_is_heard_at_the_other() {
        let (ours, theirs) = Control::pair().unwrap();
        let error = Error { stage: Stage::Tree, path: Some("/a b".into()), errno: Some(13), message: "no".to_owned() };
        theirs.send(&Message::Failed(error)).unwrap();
        theirs.send(&Message::Ended(Exit::Signal(9))).unwrap();
        let Message::Failed(error) = ours.receive().unwrap() else { panic!("not what was said") };
        assert_eq!(error.to_string(), "can't put the tree together at /a b: no");
        assert!(matches!(ours.receive().unwrap(), Message::Ended(Exit::Signal(9))));
        drop(theirs);
        assert!(ours.receive().is_err());
    }

    #[test]
    fn no_bytes_make_it_panic() {
        for word in 0..=255 {
            for length in 0..8 {
                let mut bytes = vec![word];
                bytes.extend(std::iter::repeat_n(0xff, length));
                drop(parse(&bytes, Vec::new()));
            }
        }
        assert!(parse(&[], Vec::new()).is_none());
    }
}
