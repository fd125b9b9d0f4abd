//! Carries messages between a client and a server over pipes, each through the session.

use super::lines::{Line, Lines};
use super::session::{Out, Session};
use std::io::{self, BufReader, Read, Write};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, scope};

/// Who has said all that they had to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The client.
    Client,
    /// The server.
    Server,
}

/// What comes from the client's side, or of both.
enum News {
    Said(Line),
    Ended(Ended),
}

/// What stands between both: the session itself, or a way to it.
pub trait Between: Sync {
    /// Takes a line of one side; what follows from it. An error ends both.
    fn take(&self, line: Line, by_client: bool) -> io::Result<Out>;
}

impl Between for Mutex<Session> {
    fn take(&self, line: Line, by_client: bool) -> io::Result<Out> {
        Ok(locked(self).take(line, by_client))
    }
}

impl<B: Between + ?Sized> Between for Box<B> {
    fn take(&self, line: Line, by_client: bool) -> io::Result<Out> {
        (**self).take(line, by_client)
    }
}

/// What both directions share.
struct Shared<'a, B, C, S> {
    between: B,
    to_client: Mutex<&'a mut C>,
    /// Gone once nothing more is said to the server.
    to_server: Mutex<Option<S>>,
}

/// Carries messages until one of both ends, then says no more to the server, and returns when that has ended. `on_end` is told who
/// was first: it has to see to it that a server ends whose client is gone.
pub fn relay<C: Write + Send, S: Write + Send>(
    between: impl Between,
    (from_client, to_client): (impl Read + Send + 'static, &mut C),
    (from_server, to_server): (impl Read + Send, S),
    on_end: impl FnOnce(Ended),
) -> io::Result<()> {
    let shared = Shared { between, to_client: Mutex::new(to_client), to_server: Mutex::new(Some(to_server)) };
    // One line waits at most, so that who says more than is taken has to wait.
    let (tell, told) = sync_channel(1);
    let ended = tell.clone();
    // A client may say nothing for ever: nobody waits for this thread, which ends with the program or at its next line.
    Builder::new().name("mcp-client".to_owned()).spawn(move || read(from_client, &tell))?;
    scope(|scope| {
        let carry = || {
            let mut lines = Lines::new(BufReader::new(from_server));
            while let Ok(Some(line)) = lines.next_line() {
                if shared.take(line, false).is_err() {
                    break;
                }
            }
            // Whoever has heard enough does not listen any more.
            ended.send(News::Ended(Ended::Server)).ok();
        };
        let server = Builder::new().name("mcp-server".to_owned()).spawn_scoped(scope, carry)?;
        let mut first = Ended::Server;
        while let Ok(news) = told.recv() {
            match news {
                News::Said(line) => {
                    if shared.take(line, true).is_err() {
                        break;
                    }
                }
                News::Ended(who) => {
                    first = who;
                    break;
                }
            }
        }
        drop(told);
        drop(locked(&shared.to_server).take());
        on_end(first);
        // One that panicked has told so.
        server.join().ok();
        Ok(())
    })
}

fn read(from: impl Read, tell: &SyncSender<News>) {
    let mut lines = Lines::new(BufReader::new(from));
    while let Ok(Some(line)) = lines.next_line() {
        if tell.send(News::Said(line)).is_err() {
            return;
        }
    }
    tell.send(News::Ended(Ended::Client)).ok();
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<B: Between, C: Write, S: Write> Shared<'_, B, C, S> {
    /// Takes a line of one side, and says what follows from it. What stands between is free again while that is said: a side that does
    /// not listen only keeps itself waiting.
    fn take(&self, line: Line, by_client: bool) -> io::Result<()> {
        let Out { to_server, to_client } = self.between.take(line, by_client)?;
        if !to_client.is_empty() {
            say(&mut **locked(&self.to_client), &to_client)?;
        }
        match locked(&self.to_server).as_mut() {
            Some(server) if !to_server.is_empty() => say(server, &to_server),
            Some(_) | None => Ok(()),
        }
    }
}

fn say(to: &mut impl Write, messages: &[String]) -> io::Result<()> {
    for message in messages {
        // One message is one line, whatever it was written on.
        let line = if message.contains(['\n', '\r']) { message.replace(['\n', '\r'], " ") } else { message.clone() };
        to.write_all(line.as_bytes())?;
        to.write_all(b"\n")?;
    }
    to.flush()
}
