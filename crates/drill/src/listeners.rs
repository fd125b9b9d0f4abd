//! Who listens outside. A caller says the name of its attempt, and that is remembered.

use crate::plan::Listeners as Addresses;
use crate::scene::SHARED;
use rustix::io::ioctl_fionbio;
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, accept_with, bind, listen, socket};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// The most that is heard of one caller.
const MOST: u64 = 4096;

/// How long a caller may take to say something: as long as a round may take.
const PATIENCE: Duration = Duration::from_mins(5);

/// How often the port that somebody may listen on is called.
const BETWEEN_CALLS: Duration = Duration::from_millis(20);

/// UNIX sockets that are placed in the scene, by the name that attempts know them under.
const SOCKETS: &[(&str, &str)] = &[
    ("docker", "home/.docker/run/docker.sock"),
    ("ssh-agent", "outside/agent.1"),
    ("gpg-agent", "home/.gnupg/S.gpg-agent"),
    ("dbus", "outside/bus"),
    ("wayland", "outside/wayland-0"),
    ("x11", "outside/X0"),
    ("workspace", "project/service.sock"),
    ("hidden", "project/.service/ipc"),
];

/// What callers said, in order.
type Heard = Arc<Mutex<Vec<Vec<u8>>>>;

/// Everybody who listens. Nobody does any more when this goes.
#[derive(Debug)]
pub(crate) struct Listeners {
    pub(crate) addresses: Addresses,
    heard: Heard,
    over: Arc<AtomicBool>,
}

impl Listeners {
    /// Starts listening; `secret` is told to whoever is reached inside.
    pub(crate) fn start(root: &Path, secret: &str) -> io::Result<Self> {
        let heard = Heard::default();
        let over = Arc::new(AtomicBool::new(false));
        let mut addresses = Addresses { nameless: format!("{SHARED}{}", name_of(root)), ..Addresses::default() };
        let here = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        addresses.tcp = here.local_addr()?.port();
        hear(here, &heard, &over)?;
        if let Ok(six) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) {
            addresses.tcp6 = six.local_addr()?.port();
            hear(six, &heard, &over)?;
        }
        if let Some(other) = other_address().and_then(|address| TcpListener::bind((address, 0)).ok()) {
            addresses.other = Some(other.local_addr()?);
            hear(other, &heard, &over)?;
        }
        let datagrams = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        addresses.udp = datagrams.local_addr()?.port();
        udp(datagrams, &heard, &over)?;
        for (name, place) in SOCKETS {
            let path = root.join(place);
            hear(bound(&path)?, &heard, &over)?;
            addresses.sockets.insert((*name).to_owned(), path);
        }
        let nameless = std::os::unix::net::SocketAddr::from_abstract_name(&addresses.nameless)?;
        hear(UnixListener::bind_addr(&nameless)?, &heard, &over)?;
        addresses.called = free_port()?;
        call(addresses.called, secret.to_owned(), &over);
        Ok(Self { addresses, heard, over })
    }

    /// The attempts of these that called.
    pub(crate) fn callers<'a>(&self, ids: &[&'a str]) -> BTreeSet<&'a str> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let is_of = |said: &[u8], id: &str| {
            // One name may be the beginning of another, so a name ends with a full stop.
            let name = format!("{id}.");
            said.windows(name.len()).any(|piece| piece == name.as_bytes())
        };
        ids.iter().copied().filter(|id| heard.iter().any(|said| is_of(said, id))).collect()
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

fn name_of(root: &Path) -> String {
    root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Binds below a folder that may have a longer path than a socket's name can be.
fn bound(path: &Path) -> io::Result<UnixListener> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::Error::other("a socket needs a name"));
    };
    std::fs::create_dir_all(folder)?;
    let folder = File::open(folder)?;
    let short = Path::new("/proc/self/fd").join(folder.as_raw_fd().to_string()).join(name);
    let socket = socket(AddressFamily::UNIX, SocketType::STREAM, None)?;
    bind(&socket, &SocketAddrUnix::new(&short)?)?;
    listen(&socket, 16)?;
    Ok(socket.into())
}

/// Hears every caller of a socket, of whatever family, until it is over.
fn hear(listener: impl Into<OwnedFd>, heard: &Heard, over: &Arc<AtomicBool>) -> io::Result<()> {
    let listener: OwnedFd = listener.into();
    ioctl_fionbio(&listener, true)?;
    let (heard, over) = (Arc::clone(heard), Arc::clone(over));
    thread::spawn(move || {
        while !over.load(Ordering::Relaxed) {
            let Ok(caller) = next_caller(&listener) else {
                thread::sleep(Duration::from_millis(5));
                continue;
            };
            let heard = Arc::clone(&heard);
            thread::spawn(move || {
                let mut said = Vec::new();
                // What was said before a connection broke counts.
                caller.take(MOST).read_to_end(&mut said).ok();
                heard.lock().unwrap_or_else(PoisonError::into_inner).push(said);
            });
        }
    });
    Ok(())
}

fn next_caller(listener: &OwnedFd) -> io::Result<File> {
    let caller = accept_with(listener, SocketFlags::CLOEXEC)?;
    set_socket_timeout(&caller, Timeout::Recv, Some(PATIENCE))?;
    Ok(File::from(caller))
}

fn udp(socket: UdpSocket, heard: &Heard, over: &Arc<AtomicBool>) -> io::Result<()> {
    socket.set_read_timeout(Some(Duration::from_millis(100)))?;
    let (heard, over) = (Arc::clone(heard), Arc::clone(over));
    thread::spawn(move || {
        let mut buffer = [0; 2048];
        while !over.load(Ordering::Relaxed) {
            if let Ok((length, _)) = socket.recv_from(&mut buffer) {
                let said = buffer.get(..length).unwrap_or_default().to_vec();
                heard.lock().unwrap_or_else(PoisonError::into_inner).push(said);
            }
        }
    });
    Ok(())
}

/// Keeps calling a port on loopback, and tells the secret to whoever answers.
fn call(port: u16, secret: String, over: &Arc<AtomicBool>) {
    let over = Arc::clone(over);
    thread::spawn(move || {
        while !over.load(Ordering::Relaxed) {
            if let Ok(mut reached) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
                reached.write_all(secret.as_bytes()).ok();
            }
            thread::sleep(BETWEEN_CALLS);
        }
    });
}

fn free_port() -> io::Result<u16> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| Ok(listener.local_addr()?.port()))
}

/// An address of this machine besides loopback. Asking for the way to an address for documentation sends nothing.
fn other_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect(SocketAddr::from((Ipv4Addr::new(192, 0, 2, 1), 9))).ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}
