//! Runs a command within walls.
//!
//! A [`Spec`] says everything: the command, its environment, which user it is, the tree that it sees, the limits. The
//! walls are built before the command exists, in this order:
//!
//! 1. **Namespaces**: users, mounts, processes, network, IPC, names, control groups and time. The tree is put together
//!    from file descriptors (`open_tree`, `fsmount`, `move_mount`, `openat2`), so no path is resolved twice; then the
//!    old root is gone.
//! 2. **Landlock**: whatever a mistake in the tree would leave open can still not be written.
//! 3. **seccomp**: system calls that only serve to get out, or to reach parts of the kernel that no program of an
//!    agent needs, fail.
//!
//! What is left of us inside is process 1: without capabilities, under the same filter, not dumpable, with an
//! emptied environment. It reaps, reports how the command ended, and takes everything down with it.
//!
//! The network inside is empty. [`Doors`] are sockets that process 1 binds in there and hands out; whoever holds them
//! decides what leaves. Nothing of ours stands between the two.
//!
//! Where a machine lets nobody have namespaces, [`prepare_in_place`] carries out the same spec with Landlock and a filter that
//! asks. That is less, and [`Prepared::tier`] says so.
//!
//! Where containers have to be started by an OCI runtime, [`prepare_by`] has the same spec carried out by one.
//!
//! This is the only crate with `unsafe`. It is in `sys`, one system call per function, and in [`attempt`], which holds
//! what an attacker would call, so that the walls can be attacked.
//!
//! It is not: policy (what to show and whom to let out is said in the spec), nor the gateway behind the doors.

#[cfg(not(target_os = "linux"))]
compile_error!(
    "the walls are made of parts of Linux; there are none for this system, and without walls nothing is run"
);

pub mod attempt;
mod caller;
mod control;
mod engine;
mod error;
mod exit;
mod folders;
mod group;
mod in_place;
mod join;
mod launch;
mod net;
mod opened;
mod root;
mod signals;
mod spec;
mod sys;
mod wall;

pub use engine::{Engine, prepare_by, run_if_first};
pub use error::{Error, Stage};
pub use exit::Exit;
pub use group::{Group, Holds, Shares};
pub use in_place::{has_landlock, prepare_in_place};
pub use join::{Entry, Guest, Joined, join};
pub use launch::{Besides, Killer, Prepared, Running, Tier, prepare, prepare_with};
pub use net::{Doors, Secret};
pub use opened::Opened;
pub use signals::{Caught, Signals};
pub use spec::{Identity, Limits, Mount, Network, Source, Spec, Stream, Terminal};
