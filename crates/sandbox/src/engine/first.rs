//! Process 1 of a run by an engine: the runtime has started it in a tree and namespaces that the bundle names, and the rest is done
//! here, as in any run.

use super::bundle::INIT;
use super::{CONTROL, SPEC, STREAMS};
use crate::control::{Control, Message};
use crate::error::{Doing as _, Error, Stage};
use crate::exit::Exit;
use crate::folders::Mover;
use crate::launch::{become_command, confine, ended_among, map_own, outputs, terminal};
use crate::net;
use crate::root::socket::listening_in_place;
use crate::spec::{Mount, Network, Spec, Terminal};
use crate::sys;
use crate::wall;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::OwnedFd;
use rustix::process::Pid;
use std::io::Read as _;
use std::path::Path;

/// The longest spec.
const LONGEST: u64 = 64 << 20;

/// If this process was started by an engine as the first of a container, it is that, to its end. Otherwise nothing happens.
pub fn run_if_first() {
    let mut words = std::env::args_os();
    if words.next().is_some_and(|name| name == INIT) && words.next().is_none() && std::process::id() == 1 {
        let [control, spec] = [CONTROL, SPEC].map(sys::inherited);
        let (Ok(control), Ok(spec)) = (control, spec) else { sys::exit(1) };
        let control = Control::from_descriptor(control);
        let status = match stages(&control, spec) {
            Ok(()) => 0,
            Err(error) => {
                // If nobody listens any more nobody needs to be told.
                control.send(&Message::Failed(error)).ok();
                1
            }
        };
        sys::exit(status)
    }
}

fn stages(control: &Control, spec: OwnedFd) -> Result<(), Error> {
    let spec = read(spec)?;
    sys::take_streams(STREAMS).doing(Stage::Terminal)?;
    net::loopback()?;
    let mut opened = match spec.network {
        Network::None => Vec::new(),
        Network::Doors => net::doors()?.into_descriptors(),
    };
    for at in spec.mounts.iter().filter_map(Mount::socket) {
        if let Some(folder) = at.parent() {
            std::fs::create_dir_all(folder).map_err(|error| Error::new(Stage::Tree, error.to_string()).at(at))?;
        }
        opened.push(listening_in_place(at)?);
    }
    // The network belongs to the namespace of users that is left behind here.
    let (user, group) = (spec.identity.uid_inside, spec.identity.gid_inside);
    sys::enter_new_users().doing(Stage::User)?;
    map_own(&format!("{user} 0 1"), &format!("{group} 0 1"))?;
    let slave = match spec.terminal {
        Terminal::None => None,
        Terminal::Own { rows, columns } => {
            let (master, slave) = terminal(Path::new("/dev/pts/ptmx"), rows, columns)?;
            opened.push(master);
            Some(slave)
        }
    };
    let (outer, written) = outputs(&spec)?;
    opened.extend(outer);
    let inner_ends = written.iter().map(|(_, to)| to);
    let kept = opened.iter().chain(&slave).chain(inner_ends).map(sys::raw).chain([sys::raw(&control.descriptor())]);
    sys::close_all_but(&kept.collect::<Vec<_>>()).doing(Stage::Privileges)?;
    wall::limits::set(&spec.limits)?;
    confine(&spec)?;
    control.send(&Message::Ready(opened))?;
    let Message::Start = control.receive()? else {
        return Err(Error::new(Stage::Control, "there is no word to start"));
    };
    let news = sys::caught(&[libc::SIGCHLD]).doing(Stage::Control)?;
    let mut mover = Mover::new(&spec);
    let offer = mover.offer()?;
    let Some(command) = sys::fork().doing(Stage::Command)? else {
        drop(news);
        let become_it = |()| become_command(&spec, slave.as_ref(), &written);
        let error = match offer.accept().and_then(become_it) {
            Ok(never) => match never {},
            Err(error) => error,
        };
        control.send(&Message::Failed(error)).ok();
        sys::exit(127)
    };
    drop((slave, written));
    mover.listen(offer);
    match reaped(command, control, (&news, mover))? {
        Some(exit) => control.send(&Message::Ended(exit)),
        // Whoever started it is gone, and with this process everything inside is.
        None => Ok(()),
    }
}

fn read(spec: OwnedFd) -> Result<Spec, Error> {
    let mut text = Vec::new();
    let read = std::fs::File::from(spec).take(LONGEST).read_to_end(&mut text);
    read.map_err(|error| Error::new(Stage::Spec, error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| Error::new(Stage::Spec, error.to_string()))
}

/// Waits for everything that ends, until the command does, or whoever started it is gone.
fn reaped(command: Pid, control: &Control, (news, mut mover): (&OwnedFd, Mover)) -> Result<Option<Exit>, Error> {
    loop {
        let mut waited =
            vec![PollFd::new(news, PollFlags::IN), PollFd::from_borrowed_fd(control.descriptor(), PollFlags::IN)];
        waited.extend(mover.descriptors().map(|asked| PollFd::from_borrowed_fd(asked, PollFlags::IN)));
        rustix::io::retry_on_intr(|| poll(&mut waited, None)).doing(Stage::Control)?;
        let came: Vec<PollFlags> = waited.iter().map(PollFd::revents).collect();
        let [ended, gone, asked @ ..] = came.as_slice() else { continue };
        mover.turn(asked);
        if !ended.is_empty()
            && let Some(exit) = ended_among(news, command, |_, _| {})?
        {
            return Ok(Some(exit));
        }
        if !gone.is_empty() {
            return Ok(None);
        }
    }
}
