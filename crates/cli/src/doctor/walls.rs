//! Whether the walls of `portcullis run` can be built here: they are, around nobody, and taken down again. What files
//! say about a kernel is only half of it; a container or a security module may still say no.

use super::Check;
use crate::commands::run::etc::Etc;
use crate::mounted;
use portcullis_sandbox::{
    Error, Identity, Limits, Mount, Network, Source, Spec, Stage, Terminal, Tier, has_landlock, prepare,
    prepare_in_place,
};
use std::path::{Path, PathBuf};

const ID: &str = "walls";

/// What is shown of the machine in every run, and may hold mounts.
const ETC: &str = "/etc";

/// Builds them once.
pub(crate) fn check() -> Vec<Check> {
    vec![match prepare(&nobody()) {
        Ok(_) if has_landlock() => {
            Check::ok(ID, "full: namespaces, Landlock, the filter of system calls and the network's doors stand")
        }
        Ok(_) => Check::warn(
            ID,
            "full but for Landlock, which stands behind the namespaces in case of a mistake",
            "add `landlock` to the kernel's `lsm=` boot parameter",
        ),
        Err(error) if error.refuses_namespaces() => degraded(&error),
        Err(error) => Check::warn(ID, error.to_string(), remedy(&error)),
    }]
}

/// The best walls that stand here.
pub(crate) fn best() -> Option<Tier> {
    match prepare(&nobody()) {
        Ok(_) => Some(Tier::Full),
        Err(error) if error.refuses_namespaces() => prepare_in_place(&in_place()).ok().map(|_| Tier::Degraded),
        Err(_) => None,
    }
}

/// What is left where namespaces are refused.
fn degraded(refused: &Error) -> Check {
    match prepare_in_place(&in_place()) {
        Ok(_) => {
            let found =
                format!("degraded, since this machine refuses namespaces ({refused}); Landlock and a filter stand");
            Check::warn(ID, found, remedy(refused))
        }
        Err(error) => Check::warn(ID, format!("{refused}; and without namespaces: {error}"), remedy(refused)),
    }
}

/// The same in place.
fn in_place() -> Spec {
    let usr = PathBuf::from("/usr");
    let show = Mount::Show { from: Source { path: usr.clone(), translated: false }, at: usr, writable: false };
    let devices = Mount::Devices { at: "/dev".into(), shared_memory: 0 };
    Spec { mounts: vec![show, Mount::Processes { at: "/proc".into() }, devices], writable: Vec::new(), ..nobody() }
}

/// Walls of the same sort as those of a run, with nothing of this machine inside but `/etc`, which runs end at where the kernel
/// doesn't let it be shown.
fn nobody() -> Spec {
    let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    // Root is somebody else in a run, too.
    let (uid, gid) = if uid == 0 { (65_534, 65_534) } else { (uid, gid) };
    let at = |path: &str| PathBuf::from(path);
    // Where it can't be told what is mounted, no run starts either.
    let mounted = mounted::everywhere().unwrap_or_default();
    let etc = Etc { real: Path::new(ETC), ours: None, mounted: &mounted }.mounts();
    let walls = [
        Mount::Processes { at: at("/proc") },
        Mount::Devices { at: at("/dev"), shared_memory: 1 << 20 },
        Mount::Memory { at: at("/tmp"), bytes: 1 << 20, mode: 0o1777 },
    ];
    Spec {
        command: vec!["true".into()],
        environment: Vec::new(),
        folder: at("/"),
        identity: Identity { uid, gid, uid_inside: uid, gid_inside: gid, instead_of: None },
        mounts: etc.into_iter().chain(walls).collect(),
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
            "full walls need user namespaces: see the line about them above; in a container, start it with `--security-opt \
             seccomp=unconfined --security-opt systempaths=unconfined`, or run on the machine itself"
        }
        Stage::Tree if error.path.as_ref().is_some_and(|path| path.starts_with(ETC)) => {
            "the kernel does not let this be shown to a run as it is mounted here: unmount it"
        }
        Stage::Tree if error.path.is_none() => {
            "full walls need rights within user namespaces, which AppArmor holds back: see the line about them above"
        }
        Stage::Tree => {
            "inside of a container /proc is often half hidden: start the container with `--security-opt systempaths=unconfined`"
        }
        Stage::Network => "the kernel needs nf_tables with nat: sudo modprobe nft_redir",
        Stage::Spec
        | Stage::Owners
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
