//! Commands that are handed to another machine or into a container. They are gone through there, on a machine of which
//! nothing is known: what is a danger there is told here, and files and programs of that place are not.

use crate::effect::{Known, Target, What};
use crate::evaluate::{Machine, Value};
use crate::world::FixedWorld;
use portcullis_event::{AbsPath, Hazard};

/// Where a command goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum There {
    /// A machine that others use.
    Server,
    /// A container, most of which is made again by itself.
    Container,
}

/// A folder of this machine, and where a container sees it.
#[derive(Debug, Clone)]
pub(super) struct Mount {
    pub(super) from: Value,
    pub(super) to: String,
}

/// Folders that nothing is lost with.
const SCRATCH: [&str; 6] = ["/tmp", "/var/tmp", "/dev/shm", "/var/cache", "/var/lib/apt/lists", "/run/lock"];

/// Folders of a container that outlive it, mostly.
const KEPT: [&str; 12] = [
    "/var/lib",
    "/var/backups",
    "/var/spool",
    "/data",
    "/srv",
    "/mnt",
    "/media",
    "/etc",
    "/backup",
    "/backups",
    "/bitnami",
    "/export",
];

/// A machine of which nothing is known.
fn unknown_machine() -> Option<FixedWorld> {
    let home = AbsPath::parse("/home/someone").ok()?;
    let mut world = FixedWorld::new(home.clone(), home, None);
    world.variables.insert("HOME".to_owned(), world.home.to_string());
    Some(world)
}

/// Runs a text in a shell there.
pub(super) fn run_text(machine: &mut Machine<'_>, there: There, text: &Value, stdin: &Value) {
    run(machine, there, &[], |machine| drop(super::shells::run_with(machine, text, &[], stdin)));
}

/// Starts a program there.
pub(super) fn start(machine: &mut Machine<'_>, there: There, argv: &[Value], stdin: &Value) {
    start_with(machine, there, &[], argv, stdin);
}

/// Starts a program in a container that sees folders of this machine.
pub(super) fn start_with(machine: &mut Machine<'_>, there: There, mounts: &[Mount], argv: &[Value], stdin: &Value) {
    if !argv.is_empty() {
        run(machine, there, mounts, |machine| drop(machine.start(argv.to_vec(), stdin)));
    }
}

fn run(machine: &mut Machine<'_>, there: There, mounts: &[Mount], inner: impl FnOnce(&mut Machine<'_>)) {
    let Some(world) = unknown_machine() else { return };
    let effects = machine.on(&world, inner);
    for effect in effects.list {
        match effect.what {
            What::Danger { hazard, why } => tell(machine, there, hazard, &why),
            What::Delete { file, recursive } => match on_this_machine(mounts, &file) {
                Some(path) => machine.delete(&path, recursive),
                None => judge_removed(machine, there, &file, recursive),
            },
            What::Write { file } => {
                if let Some(path) = on_this_machine(mounts, &file) {
                    machine.write_file(&path);
                }
            }
            What::Mode { file } => {
                if let Some(path) = on_this_machine(mounts, &file) {
                    machine.change_mode(&path);
                }
            }
            What::Read { .. }
            | What::List { .. }
            | What::Execute { .. }
            | What::Network { .. }
            | What::Git { .. }
            | What::Credential { .. }
            | What::Environment { .. }
            | What::Package { .. }
            | What::Tool { .. } => {}
        }
    }
}

/// A danger there, as far as it is one for whoever is here.
fn tell(machine: &mut Machine<'_>, there: There, hazard: Hazard, why: &str) {
    let place = match there {
        There::Server => "on another machine",
        There::Container => "in a container",
    };
    let told = match hazard {
        Hazard::Destruction | Hazard::Infrastructure => Some(Hazard::Infrastructure),
        Hazard::DownloadedCode | Hazard::DecodedCode | Hazard::RemoteShell | Hazard::Exfiltration => Some(hazard),
        Hazard::Exhaustion | Hazard::GuardTampering | Hazard::HistoryLoss | Hazard::Deployment => {
            (there == There::Server).then_some(hazard)
        }
        Hazard::Persistence => (there == There::Server).then_some(Hazard::Deployment),
        Hazard::UnresolvedCode
        | Hazard::Unresolved
        | Hazard::Loader
        | Hazard::AgentBypass
        | Hazard::CredentialAccess
        | Hazard::OpenPort
        | Hazard::Privilege
        | Hazard::Publication
        | Hazard::ForeignPackage
        | Hazard::HiddenText => None,
    };
    if let Some(hazard) = told {
        machine.danger(hazard, format!("{place}: {why}"));
    }
}

/// The path of this machine behind one that a container sees.
fn on_this_machine(mounts: &[Mount], file: &Target) -> Option<Value> {
    let path = file.path.as_str();
    mounts.iter().find_map(|mount| {
        let rest = path.strip_prefix(mount.to.trim_end_matches('/'))?;
        if !rest.is_empty() && !rest.starts_with('/') {
            return None;
        }
        let mut out = Value { text: mount.from.text.trim_end_matches('/').to_owned(), taint: mount.from.taint };
        out.push(&Value::of(rest));
        if file.known != Known::Exactly {
            out.text = out.text.replace('*', "\u{fdd1}").replace('?', "\u{fdd2}").replace('…', "\u{fdd0}");
        }
        if out.text.is_empty() {
            out.text.push('/');
        }
        Some(out)
    })
}

fn judge_removed(machine: &mut Machine<'_>, there: There, file: &Target, recursive: bool) {
    let path = file.path.as_str();
    let below = |folders: &[&str]| {
        folders
            .iter()
            .any(|folder| path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    };
    let matters = match there {
        There::Server => !below(&["/home/someone"]),
        There::Container => below(&KEPT),
    };
    if matters && !below(&SCRATCH) && (recursive || file.known != Known::Exactly) {
        let place = match there {
            There::Server => "of another machine",
            There::Container => "of a container",
        };
        machine.danger(Hazard::Infrastructure, format!("{path} {place} is removed"));
    }
}
