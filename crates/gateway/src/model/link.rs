//! A connection to a server, in clear or over TLS, whose every wait has an end.

use super::Shared;
use super::target::Target;
use crate::egress::wire::Wire;
use crate::egress::{Resolver as _, SystemResolver, race};
use rustls::pki_types::ServerName;
use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Instant;

/// A connection to a server.
pub(super) struct Link {
    wire: Wire,
    tls: Option<Box<rustls::ClientConnection>>,
    /// What was decrypted and not used yet.
    held: Vec<u8>,
}

impl Link {
    /// Connects to a server.
    pub(super) fn open(shared: &Shared, target: &Target, deadline: Instant) -> io::Result<Self> {
        let addresses = match target.host.address() {
            Some(address) => vec![address],
            None if target.host.is_loopback() => {
                vec![IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)]
            }
            None => SystemResolver.addresses(&target.host)?,
        };
        let stream = race::run(&shared.stop, &addresses, target.port, deadline)?;
        let wire = Wire::new(stream, Arc::clone(&shared.stop))?;
        let tls = target.tls.then(|| session(shared, target)).transpose()?;
        Ok(Self { wire, tls, held: Vec::new() })
    }

    /// What was read and not used yet.
    pub(super) fn held(&self) -> &[u8] {
        if self.tls.is_some() { &self.held } else { self.wire.held() }
    }

    pub(super) fn consume(&mut self, count: usize) {
        if self.tls.is_some() {
            self.held.drain(..count.min(self.held.len()));
        } else {
            self.wire.consume(count);
        }
    }

    /// Whether nothing has been said that nobody asked for, an end included.
    pub(super) fn is_quiet(&self) -> bool {
        self.held.is_empty() && self.wire.is_quiet()
    }

    pub(super) fn send(&mut self, bytes: &[u8], deadline: Instant) -> io::Result<()> {
        let Some(tls) = &mut self.tls else { return self.wire.send(bytes, deadline) };
        let mut rest = bytes;
        while !rest.is_empty() {
            let count = tls.writer().write(rest)?;
            rest = rest.get(count..).unwrap_or_default();
            flush(tls, &self.wire, deadline)?;
            if count == 0 {
                // Its buffer is full until the server has answered the greeting.
                receive(tls, &mut self.wire, &mut self.held, deadline)?;
            }
        }
        while tls.is_handshaking() {
            receive(tls, &mut self.wire, &mut self.held, deadline)?;
            flush(tls, &self.wire, deadline)?;
        }
        flush(tls, &self.wire, deadline)
    }

    /// Reads until something came. `false` if nothing will come any more.
    pub(super) fn fill(&mut self, deadline: Instant) -> io::Result<bool> {
        let Some(tls) = &mut self.tls else { return self.wire.fill(deadline) };
        let before = self.held.len();
        loop {
            let goes_on = receive(tls, &mut self.wire, &mut self.held, deadline)?;
            flush(tls, &self.wire, deadline)?;
            if self.held.len() > before || !goes_on {
                return Ok(self.held.len() > before);
            }
        }
    }
}

fn session(shared: &Shared, target: &Target) -> io::Result<Box<rustls::ClientConnection>> {
    let config = shared.settings.tls.as_ref().ok_or_else(|| io::Error::other("TLS can't be spoken on this machine"))?;
    let name = ServerName::try_from(target.host.to_string()).map_err(io::Error::other)?;
    Ok(Box::new(rustls::ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?))
}

/// Sends what the session has to say.
fn flush(tls: &mut rustls::ClientConnection, wire: &Wire, deadline: Instant) -> io::Result<()> {
    let mut out = Vec::new();
    while tls.wants_write() {
        tls.write_tls(&mut out)?;
    }
    if out.is_empty() { Ok(()) } else { wire.send(&out, deadline) }
}

/// Takes what came, decrypted; `false` if the server has ended. An end in the middle of something is an error.
fn receive(
    tls: &mut rustls::ClientConnection,
    wire: &mut Wire,
    held: &mut Vec<u8>,
    deadline: Instant,
) -> io::Result<bool> {
    let goes_on = wire.fill(deadline)?;
    let came = wire.take_held();
    let mut rest = came.as_slice();
    while !rest.is_empty() {
        tls.read_tls(&mut rest)?;
        tls.process_new_packets().map_err(io::Error::other)?;
        drain(tls, held)?;
    }
    if !goes_on {
        tls.read_tls(&mut io::empty())?;
        drain(tls, held)?;
    }
    Ok(goes_on)
}

fn drain(tls: &mut rustls::ClientConnection, held: &mut Vec<u8>) -> io::Result<()> {
    match tls.reader().read_to_end(held) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
        Err(error) => Err(error),
    }
}
