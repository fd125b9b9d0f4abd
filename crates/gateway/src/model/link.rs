//! A connection whose every wait has an end, in clear or over TLS, to a server or from a client.

use crate::egress::http::reading::Source;
use crate::egress::wire::Wire;
use crate::stop::Stop;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, Connection, ServerConfig, ServerConnection};
use std::io::{self, Read as _, Write as _};
use std::net::IpAddr;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::time::Instant;

/// Most pieces in which a message may come over TLS.
const MOST_PIECES: usize = 1000;

/// A connection.
#[derive(Debug)]
pub(crate) struct Link {
    wire: Wire,
    tls: Option<Tls>,
}

/// A session of TLS over a connection.
#[derive(Debug)]
struct Tls {
    session: Box<Connection>,
    /// What was decrypted and not used yet, and in how many pieces it came.
    held: Vec<u8>,
    pieces: usize,
}

impl Link {
    /// A connection in clear.
    pub(crate) fn plain(wire: Wire) -> Self {
        Self { wire, tls: None }
    }

    /// The client's side of a session with the server of this name. Whether it is that server shows with the first thing sent.
    pub(crate) fn to_server(wire: Wire, config: &Arc<ClientConfig>, name: &str) -> io::Result<Self> {
        let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
        let session = ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?;
        Ok(Self { wire, tls: Some(Tls::new(session.into())) })
    }

    /// The server's side of a session, once the client has greeted and believes it.
    pub(crate) fn of_client(wire: Wire, config: &Arc<ServerConfig>, deadline: Instant) -> io::Result<Self> {
        let session = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
        let mut tls = Tls::new(session.into());
        let mut wire = wire;
        while tls.session.is_handshaking() {
            let goes_on = tls.receive(&mut wire, deadline);
            // What is wrong with the greeting is told before the connection ends.
            tls.flush(&wire, deadline)?;
            if !goes_on? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(Self { wire, tls: Some(tls) })
    }

    /// Whether nothing has been said that nobody asked for, an end included.
    pub(crate) fn is_quiet(&self) -> bool {
        self.held().is_empty() && self.wire.is_quiet()
    }

    pub(crate) fn send(&mut self, bytes: &[u8], deadline: Instant) -> io::Result<()> {
        match &mut self.tls {
            Some(tls) => tls.send(&mut self.wire, bytes, deadline),
            None => self.wire.send(bytes, deadline),
        }
    }

    /// Sends a last message so that it arrives.
    pub(crate) fn bid_farewell(mut self, bytes: &[u8], deadline: Instant) {
        let Some(tls) = &mut self.tls else { return self.wire.bid_farewell(bytes) };
        let sent = tls.send(&mut self.wire, bytes, deadline).and_then(|()| {
            tls.session.send_close_notify();
            tls.flush(&self.wire, deadline)
        });
        if sent.is_ok() {
            self.wire.bid_farewell(&[]);
        }
    }

    /// Ends the connection at once, so that whoever is at the other end learns of it at once.
    pub(crate) fn reset(self) {
        self.wire.reset();
    }

    /// Where the other end is.
    pub(crate) fn peer(&self) -> Option<IpAddr> {
        self.wire.stream().peer_addr().ok().map(|address| address.ip())
    }

    pub(crate) fn stop(&self) -> &Stop {
        self.wire.stop()
    }

    /// The connection itself, where it is in clear.
    pub(crate) fn into_plain(self) -> Option<Wire> {
        self.tls.is_none().then_some(self.wire)
    }
}

impl AsFd for Link {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.wire.as_fd()
    }
}

impl Source for Link {
    fn held(&self) -> &[u8] {
        self.tls.as_ref().map_or(self.wire.held(), |tls| &tls.held)
    }

    fn consume(&mut self, count: usize) {
        match &mut self.tls {
            Some(tls) => {
                tls.pieces = 0;
                tls.held.drain(..count.min(tls.held.len()));
            }
            None => self.wire.consume(count),
        }
    }

    fn fill(&mut self, deadline: Instant) -> io::Result<bool> {
        let Some(tls) = &mut self.tls else { return self.wire.fill(deadline) };
        let before = tls.held.len();
        tls.pieces += 1;
        loop {
            let goes_on = tls.receive(&mut self.wire, deadline)?;
            tls.flush(&self.wire, deadline)?;
            if tls.held.len() > before || !goes_on {
                return Ok(tls.held.len() > before);
            }
        }
    }

    fn is_crumbled(&self) -> bool {
        self.tls.as_ref().map_or(self.wire.is_crumbled(), |tls| tls.pieces > MOST_PIECES)
    }
}

impl Tls {
    fn new(session: Connection) -> Self {
        Self { session: Box::new(session), held: Vec::new(), pieces: 0 }
    }

    fn send(&mut self, wire: &mut Wire, bytes: &[u8], deadline: Instant) -> io::Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let count = self.session.writer().write(rest)?;
            rest = rest.get(count..).unwrap_or_default();
            self.flush(wire, deadline)?;
            if count == 0 {
                // Its buffer is full until the other end has answered the greeting.
                self.receive(wire, deadline)?;
            }
        }
        while self.session.is_handshaking() {
            self.receive(wire, deadline)?;
            self.flush(wire, deadline)?;
        }
        self.flush(wire, deadline)
    }

    /// Sends what the session has to say.
    fn flush(&mut self, wire: &Wire, deadline: Instant) -> io::Result<()> {
        let mut out = Vec::new();
        while self.session.wants_write() {
            self.session.write_tls(&mut out)?;
        }
        if out.is_empty() { Ok(()) } else { wire.send(&out, deadline) }
    }

    /// Takes what came, decrypted; `false` if the other end has ended. An end in the middle of something is an error.
    fn receive(&mut self, wire: &mut Wire, deadline: Instant) -> io::Result<bool> {
        // What was looked at to see that it is TLS is here already.
        let goes_on = !wire.held().is_empty() || wire.fill(deadline)?;
        let came = wire.take_held();
        let mut rest = came.as_slice();
        while !rest.is_empty() {
            self.session.read_tls(&mut rest)?;
            self.session.process_new_packets().map_err(io::Error::other)?;
            self.drain()?;
        }
        if !goes_on {
            self.session.read_tls(&mut io::empty())?;
            self.drain()?;
        }
        Ok(goes_on)
    }

    fn drain(&mut self) -> io::Result<()> {
        match self.session.reader().read_to_end(&mut self.held) {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(error),
        }
    }
}
