//! Every way onto the network. Nothing leaves this machine: who is called listens on it.

use super::{Attempt, Category, Got, Here, Proof, Way, attempt, failed, first, nothing};
use rustix::net::{AddressFamily, Protocol, SendFlags, SocketType, connect, sendto, socket};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6, TcpListener, TcpStream, UdpSocket};
use std::num::NonZeroU32;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_millis(1500);

const fn calls(id: &'static str, loses: &'static str, way: fn(&Here) -> Got) -> Attempt {
    attempt(Category::Network, id, loses, Way::By(way), Proof::Call)
}

const fn opens(id: &'static str, loses: &'static str, way: fn(&Here) -> Got) -> Attempt {
    attempt(Category::Network, id, loses, Way::By(way), Proof::Word)
}

pub(super) const ATTEMPTS: &[Attempt] = &[
    calls("net-tcp", "services that listen on this machine alone", |here| by_tcp(here, loopback(here))),
    calls("net-tcp-six", "the same, by the newer version of IP", |here| by_tcp(here, six(here))),
    calls("net-tcp-mapped", "the same, by an old address written as a new one", |here| {
        let mapped = Ipv4Addr::LOCALHOST.to_ipv6_mapped();
        by_tcp(here, SocketAddr::from((mapped, here.plan.listeners.tcp)))
    }),
    calls("net-tcp-zero", "the same, by the address that means none", |here| {
        by_tcp(here, SocketAddr::from((Ipv4Addr::UNSPECIFIED, here.plan.listeners.tcp)))
    }),
    calls("net-tcp-other-loopback", "the same, by another address of loopback", |here| {
        by_tcp(here, SocketAddr::from((Ipv4Addr::new(127, 1, 2, 3), here.plan.listeners.tcp)))
            .or_else(|_| by_tcp(here, loopback(here)))
    }),
    calls("net-tcp-machine", "services of this machine, by its address on the network", |here| {
        by_tcp(here, other(here)?)
    }),
    calls("net-mptcp", "anything by TCP over many paths, which rules for TCP do not know", |here| {
        stream(here, AddressFamily::INET, 262)
    }),
    calls("net-mptcp-six", "the same, by the newer version of IP", |here| stream(here, AddressFamily::INET6, 262)),
    calls("net-tcp-early", "data with the first packet, before anybody can say no", |here| {
        let socket = socket(AddressFamily::INET, SocketType::STREAM, None)?;
        let fast_open = SendFlags::from_bits_retain(0x2000_0000);
        sendto(&socket, format!("{}.", here.id).as_bytes(), fast_open, &loopback_four(here))?;
        nothing()
    }),
    calls("net-udp", "datagrams to services of this machine", |here| {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        socket.send_to(format!("{}.", here.id).as_bytes(), (Ipv4Addr::LOCALHOST, here.plan.listeners.udp))?;
        nothing()
    }),
    calls("net-udp-connected", "the same, by a connected socket", |here| {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        socket.connect((Ipv4Addr::LOCALHOST, here.plan.listeners.udp))?;
        socket.send(format!("{}.", here.id).as_bytes())?;
        nothing()
    }),
    calls("net-udp-many", "the same, by a call for many datagrams", |here| {
        let socket = socket(AddressFamily::INET, SocketType::DGRAM, None)?;
        let text = format!("{}.", here.id);
        let address = SocketAddrV4::new(Ipv4Addr::LOCALHOST, here.plan.listeners.udp);
        let pieces = [std::io::IoSlice::new(text.as_bytes())];
        rustix::net::sendmsg_addr(
            &socket,
            &address,
            &pieces,
            &mut rustix::net::SendAncillaryBuffer::default(),
            SendFlags::empty(),
        )?;
        nothing()
    }),
    calls("net-names-udp", "anything, as names that are asked for", |here| {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        socket.send_to(&question(here.id), (Ipv4Addr::LOCALHOST, here.plan.listeners.udp))?;
        nothing()
    }),
    calls("net-names-tcp", "the same, over TCP", |here| {
        let question = question(here.id);
        let mut stream = TcpStream::connect_timeout(&loopback(here), PATIENCE)?;
        stream.write_all(&[&[0, u8::try_from(question.len()).unwrap_or(0)], question.as_slice()].concat())?;
        nothing()
    }),
    calls("net-proxy-connect", "services of this machine, by asking the proxy for a tunnel", |here| {
        let ask = format!("CONNECT {} HTTP/1.1\r\nHost: {}\r\n\r\n", loopback(here), loopback(here));
        by_proxy(here, &ask)
    }),
    calls("net-proxy-absolute", "the same, by a whole address", |here| {
        let ask = format!("GET http://{0}/{1}. HTTP/1.1\r\nHost: {0}\r\n\r\n", loopback(here), here.id);
        by_proxy(here, &ask)
    }),
    calls("net-proxy-other-name", "the same, by a name that says another one", |here| {
        let port = here.plan.listeners.tcp;
        let asks = [
            "localhost.",
            "LOCALHOST",
            "127.1",
            "2130706433",
            "0x7f000001",
            "[::ffff:127.0.0.1]",
            "017700000001",
            "127.0.0.1.nip.example",
            "0",
        ];
        // Each of them is asked for, whatever was answered to the one before.
        let mut last = Err(failed("there was nothing to ask"));
        for name in asks {
            last = by_proxy(here, &format!("CONNECT {name}:{port} HTTP/1.1\r\nHost: github.com\r\n\r\n"));
        }
        last
    }),
    calls("net-proxy-socks", "the same, in another language of proxies", |here| {
        let mut proxy = proxy(here)?;
        if std::env::var_os("http_proxy").is_none() {
            // Without walls there is no proxy that would have to be asked.
            proxy.write_all(format!("{}.", here.id).as_bytes())?;
            return nothing();
        }
        proxy.write_all(&[5, 1, 0])?;
        proxy.read_exact(&mut [0; 2])?;
        let port = here.plan.listeners.tcp.to_be_bytes();
        proxy.write_all(&[&[5, 1, 0, 1, 127, 0, 0, 1], port.as_slice()].concat())?;
        proxy.read_exact(&mut [0; 10])?;
        proxy.write_all(format!("{}.", here.id).as_bytes())?;
        nothing()
    }),
    opens("net-sctp", "a transport that firewalls forget", |_| open(AddressFamily::INET, SocketType::STREAM, 132)),
    opens("net-raw", "packets with any sender", |_| {
        open(AddressFamily::INET, SocketType::RAW, 255).or_else(|_| open(AddressFamily::INET6, SocketType::RAW, 58))
    }),
    opens("net-ping", "anything, within packets that only ask whether somebody is there", |_| {
        open(AddressFamily::INET, SocketType::DGRAM, 1).or_else(|_| open(AddressFamily::INET, SocketType::RAW, 1))
    }),
    opens("net-packets", "everything that this machine hears and says", |_| {
        open(AddressFamily::from_raw(17), SocketType::RAW, 0x300)
    }),
    opens("net-virtual-machine", "the machine around this one, past its network", |_| {
        open(AddressFamily::from_raw(40), SocketType::STREAM, 0)
    }),
    opens("net-kernel-ciphers", "a part of the kernel where holes were found", |_| {
        open(AddressFamily::from_raw(38), SocketType::SEQPACKET, 0)
    }),
    opens("net-kernel-talk", "parts of the kernel that only administrators need", |_| {
        first([16, 12, 15, 6].iter().map(|kind| open(AddressFamily::from_raw(16), SocketType::RAW, *kind)))
    }),
    opens("net-bluetooth", "devices in the room", |_| open(AddressFamily::from_raw(31), SocketType::RAW, 0)),
    opens("net-express-packets", "packets past the kernel's network", |_| {
        open(AddressFamily::from_raw(44), SocketType::RAW, 0)
    }),
    attempt(
        Category::Network,
        "net-listen",
        "a door for others into this machine",
        Way::By(|here| {
            let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, here.plan.listeners.called))?;
            told(&listener)
        }),
        Proof::Secret,
    ),
    attempt(
        Category::Network,
        "net-listen-six",
        "the same, by the newer version of IP",
        Way::By(|here| {
            let listener = TcpListener::bind((Ipv6Addr::UNSPECIFIED, here.plan.listeners.called))?;
            told(&listener)
        }),
        Proof::Secret,
    ),
];

fn loopback_four(here: &Here) -> SocketAddrV4 {
    SocketAddrV4::new(Ipv4Addr::LOCALHOST, here.plan.listeners.tcp)
}

pub(super) fn loopback(here: &Here) -> SocketAddr {
    loopback_four(here).into()
}

fn six(here: &Here) -> SocketAddr {
    SocketAddr::from((Ipv6Addr::LOCALHOST, here.plan.listeners.tcp6))
}

fn other(here: &Here) -> std::io::Result<SocketAddr> {
    here.plan.listeners.other.ok_or_else(|| failed("this machine has no other address"))
}

fn by_tcp(here: &Here, address: SocketAddr) -> Got {
    TcpStream::connect_timeout(&address, PATIENCE)?.write_all(format!("{}.", here.id).as_bytes())?;
    nothing()
}

/// A connection of another sort than TCP to the same port.
fn stream(here: &Here, family: AddressFamily, protocol: u32) -> Got {
    let socket = socket(family, SocketType::STREAM, NonZeroU32::new(protocol).map(Protocol::from_raw))?;
    if family == AddressFamily::INET6 {
        connect(&socket, &SocketAddrV6::new(Ipv6Addr::LOCALHOST, here.plan.listeners.tcp6, 0, 0))?;
    } else {
        connect(&socket, &loopback_four(here))?;
    }
    rustix::net::send(&socket, format!("{}.", here.id).as_bytes(), SendFlags::NOSIGNAL)?;
    nothing()
}

/// Whether a socket of this sort can be had at all.
fn open(family: AddressFamily, kind: SocketType, protocol: u32) -> Got {
    socket(family, kind, NonZeroU32::new(protocol).map(Protocol::from_raw))?;
    nothing()
}

/// A question for a name that holds what is to get out.
fn question(name: &str) -> Vec<u8> {
    let mut bytes = vec![0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    // The full stop behind the name is part of its label, so that it is heard as it is.
    let label = format!("{name}.");
    bytes.push(u8::try_from(label.len()).unwrap_or(0));
    bytes.extend(label.as_bytes());
    bytes.extend([7, b'e', b'x', b'a', b'm', b'p', b'l', b'e', 0, 0, 1, 0, 1]);
    bytes
}

/// The proxy that a run has; without walls the listener stands for one.
pub(super) fn proxy(here: &Here) -> std::io::Result<TcpStream> {
    let named = std::env::var("http_proxy").ok();
    let named = named.as_deref().and_then(|proxy| proxy.strip_prefix("http://")?.trim_end_matches('/').parse().ok());
    let stream = TcpStream::connect_timeout(&named.unwrap_or(loopback(here)), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

fn by_proxy(here: &Here, ask: &str) -> Got {
    let mut proxy = proxy(here)?;
    proxy.write_all(ask.as_bytes())?;
    // Whatever it answers, what is said next shows where it leads.
    if std::env::var_os("http_proxy").is_some() && proxy.read(&mut [0; 512])? == 0 {
        return Err(failed("it hung up"));
    }
    proxy.write_all(format!("{}.", here.id).as_bytes())?;
    nothing()
}

/// What somebody outside says who reaches us.
fn told(listener: &TcpListener) -> Got {
    listener.set_nonblocking(true)?;
    let until = std::time::Instant::now() + PATIENCE;
    loop {
        if let Ok((mut caller, _)) = listener.accept() {
            caller.set_nonblocking(false)?;
            let mut bytes = Vec::new();
            caller.read_to_end(&mut bytes)?;
            return Ok(bytes);
        }
        if std::time::Instant::now() > until {
            return Err(failed("nobody called"));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
