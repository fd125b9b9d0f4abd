//! The same spec carried out in place, for machines that let nobody have namespaces of their own.
//!
//! What the tree of mounts does elsewhere is done by Landlock here, which opens what the spec shows and nothing else. What
//! Landlock has no word for is asked of process 1 by the filter, and done by it in the caller's place: connections, which
//! lead to the [`Doors`] or to what the run itself serves, and changes of a file's attributes, which are made where the run may
//! write.
//!
//! It is less than full walls, and says so ([`crate::Tier::Degraded`]): other processes and their command lines can be seen
//! in `/proc`, though not what they hold; that a file is there, how large it is and whom it belongs to can be found out of any
//! path; what the run serves on loopback can be reached by whoever else is on this machine; and whoever ends process 1 by
//! force leaves behind what it had started.

mod attributes;
mod connections;
mod first;
mod kin;
mod servers;
mod sockets;
mod supervisor;
pub(crate) mod view;

use crate::control::Control;
use crate::error::{Doing as _, Error, Stage};
use crate::launch::{Ends, Prepared, check};
use crate::net::{Doors, SECRET, Secret};
use crate::spec::{Network, Spec};
use crate::sys::{self, Side};

/// The oldest version of Landlock that is enough: the first one that knows of emptying a file (Linux 6.2).
pub(crate) const OLDEST: u32 = 3;

/// The version from on which it keeps signals among those inside (Linux 6.12). Before, each signal is asked about.
const SCOPED: u32 = 6;

/// Whether this kernel has Landlock: the wall behind the namespaces, and without them the one around files.
pub fn has_landlock() -> bool {
    sys::landlock_version().is_some()
}

/// Builds the walls in place. The caller must have one thread only.
pub fn prepare_in_place(spec: &Spec) -> Result<Prepared, Error> {
    check(spec)?;
    let version = sys::landlock_version().unwrap_or(0);
    if version < OLDEST {
        return Err(Error::new(Stage::Landlock, "without namespaces Landlock of Linux 6.2 or newer is needed"));
    }
    let doors = match spec.network {
        Network::None => None,
        Network::Doors => Some(crate::net::doors_in_place(fresh_secret()?)?),
    };
    let way_out = doors.as_ref().map(Doors::way_out).transpose()?.flatten();
    let (ours, theirs) = Control::pair()?;
    let by_root = rustix::process::geteuid().is_root();
    let (process, handle) = match sys::clone(0).doing(Stage::Command)? {
        Side::Child => {
            drop((ours, doors));
            first::run(spec, &theirs, way_out, by_root)
        }
        Side::Parent { child, handle } => (child, handle),
    };
    drop(theirs);
    let mut prepared = Prepared::new(ours, process, handle, Ends::ByAsking);
    let opened = prepared.ready()?;
    prepared.take(spec, opened)?;
    prepared.doors = doors;
    Ok(prepared)
}

/// By which the doors know process 1: they are open to the whole machine.
fn fresh_secret() -> Result<Secret, Error> {
    use std::io::Read as _;
    let mut secret = [0; SECRET];
    let read = std::fs::File::open("/dev/urandom").and_then(|mut source| source.read_exact(&mut secret));
    read.map_err(|error| Error::new(Stage::Network, error.to_string()).at("/dev/urandom"))?;
    Ok(Secret::new(secret))
}
