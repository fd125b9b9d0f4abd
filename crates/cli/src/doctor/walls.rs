//! Whether the walls of `portcullis run` can be built here: they are, around nobody, and taken down again. What files
//! say about a kernel is only half of it; a container or a security module may still say no.

use super::Check;
use portcullis_sandbox::{Error, Identity, Limits, Mount, Network, Spec, Stage, Terminal, prepare};
use std::path::PathBuf;

const ID: &str = "walls";

/// Builds them once.
pub(crate) fn check() -> Vec<Check> {
    vec![match prepare(&nobody()) {
        Ok(_) => Check::ok(ID, "namespaces, Landlock, the filter of system calls and the network's doors stand"),
        Err(error) => Check::warn(ID, error.to_string(), remedy(&error)),
    }]
}

/// Walls of the same sort as those of a run, with nothing of this machine inside.
fn nobody() -> Spec {
    let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    // Root is somebody else in a run, too.
    let (uid, gid) = if uid == 0 { (65_534, 65_534) } else { (uid, gid) };
    let at = |path: &str| PathBuf::from(path);
    Spec {
        command: vec!["true".into()],
        environment: Vec::new(),
        folder: at("/"),
        identity: Identity { uid, gid, uid_inside: uid, gid_inside: gid, instead_of: None },
        mounts: vec![
            Mount::Processes { at: at("/proc") },
            Mount::Devices { at: at("/dev"), shared_memory: 1 << 20 },
            Mount::Memory { at: at("/tmp"), bytes: 1 << 20, mode: 0o1777 },
        ],
        writable: vec![at("/tmp")],
        hostname: "portcullis".to_owned(),
        network: Network::Doors,
        limits: Limits::default(),
        terminal: Terminal::None,
        handed_out: Vec::new(),
    }
}

fn remedy(error: &Error) -> &'static str {
    match error.stage {
        Stage::Namespaces | Stage::User => {
            "`portcullis run` needs user namespaces: see the line about them above; in a container, start it with \
             `--security-opt seccomp=unconfined` or on the machine itself"
        }
        Stage::Tree => {
            "inside of a container /proc is often half hidden: start the container with `--security-opt systempaths=unconfined`"
        }
        Stage::Network => "the kernel needs nf_tables with nat: sudo modprobe nft_redir",
        Stage::Spec
        | Stage::Pivot
        | Stage::Terminal
        | Stage::Limits
        | Stage::Privileges
        | Stage::Landlock
        | Stage::Seccomp
        | Stage::Command
        | Stage::Control => "`portcullis run` does not start anything here until this is mended",
    }
}
