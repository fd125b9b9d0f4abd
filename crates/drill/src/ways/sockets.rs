//! UNIX sockets of programs outside.

use super::{Attempt, Category, Got, Here, Proof, Way, attempt, failed, first, nothing};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketType, connect, sendto, socket};
use std::fs::File;
use std::io::Write as _;
use std::os::fd::AsRawFd as _;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::path::Path;

const fn calls(id: &'static str, loses: &'static str, way: fn(&Here) -> Got) -> Attempt {
    attempt(Category::Sockets, id, loses, Way::By(way), Proof::Call)
}

pub(super) const ATTEMPTS: &[Attempt] = &[
    calls("socket-docker", "this whole machine, since who commands the container service is root", |here| {
        named(here, "docker")
    }),
    calls("socket-ssh-agent", "your keys: the agent signs for whoever asks", |here| named(here, "ssh-agent")),
    calls("socket-gpg-agent", "your signature", |here| named(here, "gpg-agent")),
    calls("socket-dbus", "your desktop: keys, windows and programs are asked for over it", |here| named(here, "dbus")),
    calls("socket-wayland", "your screen and what you type", |here| named(here, "wayland")),
    calls("socket-x11", "your screen and what you type, of every program", |here| named(here, "x11")),
    calls("socket-workspace", "a service that listens in the project's folder", |here| named(here, "workspace")),
    calls("socket-workspace-hidden", "a service that listens in a hidden folder of the project", |here| {
        named(here, "hidden")
    }),
    calls("socket-workspace-renamed", "a service in the project's folder, under another name", |here| {
        let path = place(here, "workspace")?;
        let other = here.project("renamed.sock");
        std::fs::hard_link(path, &other)?;
        say(here, &other)
    }),
    calls("socket-abstract", "services that listen under a name and no path", |here| {
        let address = SocketAddr::from_abstract_name(&here.plan.listeners.nameless)?;
        UnixStream::connect_addr(&address)?.write_all(format!("{}.", here.id).as_bytes())?;
        nothing()
    }),
    calls("socket-abstract-datagram", "the same, without a connection", |here| {
        let address = SocketAddrUnix::new_abstract_name(here.plan.listeners.nameless.as_bytes())?;
        for kind in [SocketType::DGRAM, SocketType::STREAM, SocketType::SEQPACKET] {
            let socket = socket(AddressFamily::UNIX, kind, None)?;
            let name = format!("{}.", here.id);
            let flags = rustix::net::SendFlags::NOSIGNAL;
            if sendto(&socket, name.as_bytes(), flags, &address).is_ok() {
                return nothing();
            }
            if connect(&socket, &address).is_ok() {
                rustix::net::send(&socket, name.as_bytes(), flags)?;
                return nothing();
            }
        }
        Err(failed("no sort of socket gets there"))
    }),
    calls("socket-inherited", "a connection that whoever started the run had left open", |here| {
        first((3..512).map(|number| {
            let path = format!("/proc/self/fd/{number}");
            let is_socket = std::fs::read_link(&path)?.to_string_lossy().starts_with("socket:");
            if !is_socket {
                return Err(failed("it is no connection"));
            }
            portcullis_sandbox::attempt::say_to_descriptor(number, format!("{}.", here.id).as_bytes())
        }))?;
        nothing()
    }),
];

fn place(here: &Here, name: &str) -> std::io::Result<std::path::PathBuf> {
    here.plan.listeners.sockets.get(name).cloned().ok_or_else(|| failed("nobody listens there"))
}

fn named(here: &Here, name: &str) -> Got {
    say(here, &place(here, name)?)
}

/// Calls by way of the folder, since a socket's path must be short.
fn say(here: &Here, path: &Path) -> Got {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return Err(failed("it has no name")) };
    let folder = File::open(folder)?;
    let short = Path::new("/proc/self/fd").join(folder.as_raw_fd().to_string()).join(name);
    UnixStream::connect(short)?.write_all(format!("{}.", here.id).as_bytes())?;
    nothing()
}
