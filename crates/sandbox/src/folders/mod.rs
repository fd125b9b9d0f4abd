//! Folders of a layer get other names, though the kernel refuses it.
//!
//! A folder that lies in what a layer covers can't be renamed: the kernel says that both names are on different devices. `mv`
//! copies then; `git mv`, and the call that most languages have for it, fail. So process 1 is asked about renaming, and
//! does it in the caller's place, see [`moving`]. Everything else the kernel does itself.
//!
//! This is no wall and must not become a hole in one: who answers is process 1, behind the same tree, the same Landlock and
//! without capabilities, so nothing is done that the caller couldn't do. Unless it has raised walls of its own: that is asked
//! about too, and from then on nothing is done for anybody. A filter of its own is heard before ours by the kernel.

mod moving;

use crate::caller::Caller;
use crate::control::{Control, Message};
use crate::error::{Doing as _, Error, Stage};
use crate::spec::{Mount, Spec};
use crate::sys::notify::{Call, Reply, receive, reply};
use crate::wall::renames;
use moving::Place;
use rustix::event::PollFlags;
use rustix::fd::{AsFd as _, BorrowedFd, OwnedFd};
use rustix::fs::RenameFlags;
use rustix::io::Errno;

/// Process 1 as the one who moves folders, if the run has layers.
#[derive(Debug)]
pub(crate) struct Mover {
    needed: bool,
    /// Where commands ask.
    listeners: Vec<OwnedFd>,
    /// Somebody inside has fewer rights than process 1.
    inner_walls: bool,
}

/// What a command gets from process 1 when it is forked off.
#[derive(Debug)]
pub(crate) struct Offer(Option<(Control, Control)>);

impl Mover {
    pub(crate) fn new(spec: &Spec) -> Self {
        let needed = spec.mounts.iter().any(|mount| matches!(mount, Mount::Layered { .. }));
        Self { needed, listeners: Vec::new(), inner_walls: false }
    }

    /// For a command that is about to be forked off.
    pub(crate) fn offer(&self) -> Result<Offer, Error> {
        if self.needed { Control::pair().map(|ends| Offer(Some(ends))) } else { Ok(Offer(None)) }
    }

    /// Once it is: it will be listened to. Where there can be no such filter nothing is asked.
    pub(crate) fn listen(&mut self, Offer(ends): Offer) {
        let Some((ours, theirs)) = ends else { return };
        drop(theirs);
        if let Ok(Message::Ready(handed)) = ours.receive() {
            self.listeners.extend(handed);
        }
    }

    /// Where to wait for questions.
    pub(crate) fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.listeners.iter().map(OwnedFd::as_fd)
    }

    /// Answers one question of each command that has one; `came` is what waiting for [`Self::descriptors`] gave.
    pub(crate) fn turn(&mut self, came: &[PollFlags]) {
        let listeners = std::mem::take(&mut self.listeners).into_iter();
        let asked = listeners.zip(came).filter(|(listener, came)| self.heard(listener, **came));
        self.listeners = asked.map(|(listener, _)| listener).collect();
    }

    /// Whether anybody is left who could ask.
    fn heard(&mut self, listener: &OwnedFd, came: PollFlags) -> bool {
        if came.contains(PollFlags::IN)
            // Whoever asked may be gone by now, which is nobody's loss.
            && let Ok(call) = receive(listener.as_fd())
        {
            let answer = self.answer(&Caller::new(listener.as_fd(), call), call);
            reply(listener.as_fd(), call.id, answer).ok();
        }
        came.is_empty() || came.contains(PollFlags::IN)
    }

    fn answer(&mut self, caller: &Caller<'_>, call: Call) -> Reply {
        self.inner_walls |= call.number == libc::SYS_landlock_restrict_self;
        if self.inner_walls {
            return Reply::Proceed;
        }
        match moved(caller, call) {
            Some(Ok(())) => Reply::Done(0),
            Some(Err(errno)) => Reply::Fail(errno),
            // The kernel may go on with anything: nothing is kept from the caller here.
            None => Reply::Proceed,
        }
    }
}

impl Offer {
    /// In what becomes the command: from here on it asks, and so does all that it starts.
    pub(crate) fn accept(self) -> Result<(), Error> {
        let Some((ours, theirs)) = self.0 else { return Ok(()) };
        drop(ours);
        match renames::install() {
            Ok(listener) => theirs.send(&Message::Ready(vec![listener])),
            // There is such a filter around us already, or the kernel has none: folders stay where they are.
            Err(Errno::BUSY | Errno::INVAL) => Ok(()),
            Err(errno) => Err(errno).doing(Stage::Seccomp),
        }
    }
}

/// What becomes of a call; nothing, if it is not about a folder of a layer, or can't be understood.
fn moved(caller: &Caller<'_>, call: Call) -> Option<Result<(), Errno>> {
    #[cfg(target_arch = "x86_64")]
    let is_plain = call.number == libc::SYS_rename;
    #[cfg(not(target_arch = "x86_64"))]
    let is_plain = false;
    let [from, to] = if is_plain { [(None, 0), (None, 1)] } else { [(Some(0), 1), (Some(2), 3)] };
    let flags = if call.number == libc::SYS_renameat2 { caller.number(4) } else { 0 };
    let flags = RenameFlags::from_bits_retain(flags);
    if !RenameFlags::NOREPLACE.contains(flags) {
        return None;
    }
    let place = |(folder, path): (Option<usize>, usize)| {
        let folder = folder.map_or(libc::AT_FDCWD, |index| caller.signed(index));
        Place::of(caller, folder, caller.argument(path))
    };
    // Most of what gets another name is a file, and that is seen by its old one.
    let from = place(from).filter(Place::is_folder_of_a_layer)?;
    Some(moving::rename(&from, &place(to)?, flags, call.id))
}
