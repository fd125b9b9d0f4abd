//! A world that is not there. Every name has an address in it and every port is answered, and nothing leaves: no code in here
//! connects to anything or looks a name up.
//!
//! It stands behind the doors of walls in which something is let loose to see what it does. What it is told is kept as it came;
//! what it answers is harmless, and is told apart by whoever runs it: a script that is fetched and handed to a shell makes a file
//! that nothing else makes.

mod answer;
mod body;
mod connection;
mod heard;
mod names;
mod speech;

pub use answer::{Baits, is_registry};
pub use heard::{Heard, Request};

use crate::egress::Doors;
use crate::egress::dns::names::Names;
use crate::model::Authority;
use crate::stop::Stop;
use heard::Record;
use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

/// More connections are not served at a time: a flood is turned away, and counted.
const MOST_AT_ONCE: usize = 128;

/// The world, while it is listened to. Dropping it ends it.
#[derive(Debug)]
pub struct Nowhere {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// What every connection needs.
#[derive(Debug)]
struct Shared {
    names: Names,
    record: Record,
    baits: Baits,
    /// Who every server is, to whom trusts it. Without one, what is said over TLS is not understood.
    authority: Option<Arc<Authority>>,
    stop: Stop,
    /// Connections that are open, so that they can be ended.
    open: Mutex<Vec<TcpStream>>,
    workers: Mutex<Vec<JoinHandle<()>>>,
}

impl Nowhere {
    /// Begins to listen.
    pub fn open(doors: Doors, baits: Baits, authority: Option<Arc<Authority>>) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            names: Names::default(),
            record: Record::default(),
            baits,
            authority,
            stop: Stop::new()?,
            open: Mutex::default(),
            workers: Mutex::default(),
        });
        let mut nowhere = Self { shared, threads: Vec::new() };
        for (listener, serve) in [
            (doors.proxy, connection::serve as fn(&Shared, TcpStream)),
            (doors.any_tcp, connection::serve),
            (doors.dns_tcp, names::over_tcp),
        ] {
            nowhere.accept(listener, serve)?;
        }
        let shared = Arc::clone(&nowhere.shared);
        let socket = doors.dns_udp;
        socket.set_nonblocking(true)?;
        nowhere.begin(move || names::datagrams(&shared, &socket))?;
        Ok(nowhere)
    }

    fn begin(&mut self, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        self.threads.push(Builder::new().name("nowhere".to_owned()).spawn(work)?);
        Ok(())
    }

    fn accept(&mut self, listener: TcpListener, serve: fn(&Shared, TcpStream)) -> io::Result<()> {
        listener.set_nonblocking(true)?;
        let shared = Arc::clone(&self.shared);
        self.begin(move || {
            let begin = |stream| Shared::take(&shared, stream, serve);
            shared.stop.accept_all(&listener, |listener| Ok(listener.accept()?.0), begin);
        })
    }

    /// Ends every connection; what was heard, in the order in which it came.
    pub fn end(mut self) -> Vec<Heard> {
        self.close();
        self.shared.record.take()
    }

    fn close(&mut self) {
        self.shared.stop.ring();
        for thread in self.threads.drain(..) {
            // One that panicked has told so; there is nothing left to do for it.
            thread.join().ok();
        }
        // Nobody accepts any more, so these are the last.
        for stream in lock(&self.shared.open).drain(..) {
            stream.shutdown(Shutdown::Both).ok();
        }
        let workers = std::mem::take(&mut *lock(&self.shared.workers));
        for worker in workers {
            worker.join().ok();
        }
    }
}

impl Drop for Nowhere {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    /// Has a connection served by a thread of its own.
    fn take(shared: &Arc<Self>, stream: TcpStream, serve: fn(&Self, TcpStream)) {
        let mut workers = lock(&shared.workers);
        workers.retain(|worker| !worker.is_finished());
        if workers.len() >= MOST_AT_ONCE {
            return shared.record.turned_away();
        }
        let copies = stream.set_nonblocking(false).and_then(|()| Ok((stream.try_clone()?, stream.try_clone()?)));
        let Ok((to_end, to_close)) = copies else { return };
        {
            let mut open = lock(&shared.open);
            open.retain(|stream| stream.peer_addr().is_ok());
            open.push(to_end);
        }
        let all = Arc::clone(shared);
        let spawned = Builder::new().name("nowhere".to_owned()).spawn(move || {
            serve(&all, stream);
            // Others hold it as well, and whoever is at its other end waits for this.
            to_close.shutdown(Shutdown::Both).ok();
        });
        match spawned {
            Ok(worker) => workers.push(worker),
            Err(_) => shared.record.turned_away(),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
