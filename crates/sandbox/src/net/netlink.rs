//! Just enough of netlink to bring a loopback up, add one route, and hand rules to nftables.

use rustix::fd::OwnedFd;
use rustix::io::{Errno, Result};
use rustix::net::netlink::{NETFILTER, SocketAddrNetlink};
use rustix::net::{AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto, socket_with};

const REQUEST: u16 = 0x1;
const ACKNOWLEDGE: u16 = 0x4;
pub(super) const CREATE: u16 = 0x400;

const NEW_LINK: u16 = 16;
const NEW_ROUTE: u16 = 24;
const ERROR: u16 = 2;

const LOOPBACK: u32 = 1;
const UP: u32 = 1;

/// Length of the header of a message.
const HEADER: usize = 16;

/// A socket to the kernel, one message at a time.
#[derive(Debug)]
pub(super) struct Netlink {
    socket: OwnedFd,
    sequence: u32,
}

/// A message that is being written.
#[derive(Debug)]
pub(super) struct Message(Vec<u8>);

impl Netlink {
    pub(super) fn route() -> Result<Self> {
        // Routing is protocol 0.
        Self::open(None)
    }

    pub(super) fn netfilter() -> Result<Self> {
        Self::open(Some(NETFILTER))
    }

    fn open(protocol: Option<Protocol>) -> Result<Self> {
        let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, protocol)?;
        Ok(Self { socket, sequence: 1 })
    }

    pub(super) fn loopback_up(&mut self) -> Result<()> {
        let mut message = Message::new(NEW_LINK, 0);
        // struct ifinfomsg: family, type, index, flags, which flags.
        message.bytes(&[0, 0, 0, 0]).number(LOOPBACK).number(UP).number(UP);
        self.ask(message)
    }

    /// `ip route add local default dev lo`: whatever address is dialled, it is this machine's.
    pub(super) fn everything_is_local(&mut self) -> Result<()> {
        let mut message = Message::new(NEW_ROUTE, CREATE);
        let (inet, main_table, by_boot, on_host, local) = (2, 254, 3, 254, 2);
        // struct rtmsg: family, prefix lengths, service, table, protocol, scope, type, flags.
        message.bytes(&[inet, 0, 0, 0, main_table, by_boot, on_host, local]).number(0);
        let outgoing = 4;
        message.attribute(outgoing, &LOOPBACK.to_ne_bytes());
        self.ask(message)
    }

    /// Sends one message and waits for the kernel's yes.
    pub(super) fn ask(&mut self, message: Message) -> Result<()> {
        self.ask_all(vec![message])
    }

    /// Sends messages together; each that asks for an answer must get a yes.
    pub(super) fn ask_all(&mut self, messages: Vec<Message>) -> Result<()> {
        let (mut bytes, mut expected) = (Vec::new(), 0);
        for message in messages {
            expected += usize::from(message.wants_answer());
            bytes.extend(message.finish(self.sequence));
            self.sequence += 1;
        }
        sendto(&self.socket, &bytes, SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;
        let mut buffer = vec![0; 16 << 10];
        while expected > 0 {
            let (length, _) = recv(&self.socket, &mut buffer[..], RecvFlags::empty())?;
            let mut rest = buffer.get(..length).unwrap_or_default();
            while let Some((kind, body, behind)) = first(rest) {
                rest = behind;
                if kind == ERROR {
                    match body.first_chunk::<4>().map(|code| i32::from_ne_bytes(*code)) {
                        Some(0) => expected -= 1,
                        Some(code) => return Err(Errno::from_raw_os_error(code.saturating_neg())),
                        None => return Err(Errno::BADMSG),
                    }
                }
            }
        }
        Ok(())
    }
}

/// The first of some messages: its type, what it holds, and what is behind it.
fn first(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let length = usize::try_from(u32::from_ne_bytes(*bytes.first_chunk()?)).ok()?;
    let kind = u16::from_ne_bytes(bytes.get(4..6)?.try_into().ok()?);
    let body = bytes.get(HEADER..length)?;
    Some((kind, body, bytes.get(length.next_multiple_of(4)..).unwrap_or_default()))
}

impl Message {
    pub(super) fn new(kind: u16, flags: u16) -> Self {
        Self::with_flags(kind, REQUEST | ACKNOWLEDGE | flags)
    }

    /// One that the kernel does not answer.
    pub(super) fn silent(kind: u16) -> Self {
        Self::with_flags(kind, REQUEST)
    }

    fn with_flags(kind: u16, flags: u16) -> Self {
        let mut bytes = vec![0; 4];
        bytes.extend(kind.to_ne_bytes());
        bytes.extend(flags.to_ne_bytes());
        bytes.extend([0; 8]);
        Self(bytes)
    }

    fn wants_answer(&self) -> bool {
        self.0.get(6).is_some_and(|flags| flags & ACKNOWLEDGE.to_ne_bytes()[0] != 0)
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend(bytes);
        self
    }

    pub(super) fn number(&mut self, number: u32) -> &mut Self {
        self.bytes(&number.to_ne_bytes())
    }

    pub(super) fn attribute(&mut self, kind: u16, value: &[u8]) -> &mut Self {
        let attribute = attribute(kind, value);
        self.bytes(&attribute)
    }

    fn finish(mut self, sequence: u32) -> Vec<u8> {
        let length = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        for (place, byte) in self.0.iter_mut().zip(length.to_ne_bytes()) {
            *place = byte;
        }
        for (place, byte) in self.0.iter_mut().skip(8).zip(sequence.to_ne_bytes()) {
            *place = byte;
        }
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        self.0
    }
}

/// A value with its type and length, filled up to four bytes.
pub(super) fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len() + 4).unwrap_or(u16::MAX);
    let mut out = Vec::with_capacity(usize::from(length) + 3);
    out.extend(length.to_ne_bytes());
    out.extend(kind.to_ne_bytes());
    out.extend(value);
    out.resize(out.len().next_multiple_of(4), 0);
    out
}
