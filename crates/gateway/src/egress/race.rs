//! Connects to the first of several addresses that answers (RFC 8305): the next one is tried when one has been silent for a
//! moment, without giving up on it. Where IPv6 leads nowhere, nobody waits for it.

use crate::stop::Stop;
use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::net::sockopt::socket_error;
use rustix::net::{AddressFamily, SocketFlags, SocketType, connect, socket_with};
use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

/// How long an address may be silent before the next is tried as well.
const MOMENT: Duration = Duration::from_millis(250);

/// Most addresses that are tried at once.
const MOST: usize = 8;

pub(crate) fn run(stop: &Stop, addresses: &[IpAddr], port: u16, deadline: Instant) -> io::Result<TcpStream> {
    let mut waiting = interleave(addresses).into_iter();
    let (mut tried, mut last): (Vec<TcpStream>, _) = (Vec::new(), io::Error::from(io::ErrorKind::AddrNotAvailable));
    loop {
        if tried.len() < MOST
            && let Some(address) = waiting.next()
        {
            match begin(SocketAddr::new(address, port)) {
                Ok(Begun::Connected(stream)) => return Ok(stream),
                Ok(Begun::Trying(stream)) => tried.push(stream),
                Err(error) => {
                    last = error;
                    continue;
                }
            }
        }
        if tried.is_empty() {
            return Err(last);
        }
        // With nothing left to try, there is no reason to look up before something happens.
        let more = waiting.len() > 0 && tried.len() < MOST;
        let until = if more { deadline.min(Instant::now() + MOMENT) } else { deadline };
        match news(stop, &mut tried, until)? {
            News::Connected(stream) => return Ok(stream),
            News::Failed(error) => last = error,
            News::None if Instant::now() >= deadline => return Err(io::ErrorKind::TimedOut.into()),
            News::None => {}
        }
    }
}

/// The two families in turns, beginning with that of the first address.
fn interleave(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let first = addresses.first().is_some_and(IpAddr::is_ipv4);
    let (one, other): (Vec<IpAddr>, Vec<IpAddr>) = addresses.iter().partition(|address| address.is_ipv4() == first);
    let most = one.len().max(other.len());
    (0..most).flat_map(|at| [one.get(at), other.get(at)]).flatten().copied().collect()
}

enum Begun {
    Connected(TcpStream),
    Trying(TcpStream),
}

fn begin(address: SocketAddr) -> io::Result<Begun> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, None)?;
    match connect(&socket, &address) {
        Ok(()) => Ok(Begun::Connected(socket.into())),
        Err(Errno::INPROGRESS) => Ok(Begun::Trying(socket.into())),
        Err(error) => Err(error.into()),
    }
}

/// What became of those that are tried.
enum News {
    None,
    Connected(TcpStream),
    Failed(io::Error),
}

/// Waits until one is connected or has failed, which is dropped then.
fn news(stop: &Stop, tried: &mut Vec<TcpStream>, until: Instant) -> io::Result<News> {
    let wanted: Vec<_> = tried.iter().map(|stream| (stream.as_fd(), PollFlags::OUT)).collect();
    let ready = match stop.wait_any(&wanted, Some(until)) {
        Ok(ready) => ready,
        Err(error) if error.kind() == io::ErrorKind::TimedOut => return Ok(News::None),
        Err(error) => return Err(error),
    };
    let mut news = News::None;
    // From the end, so that the places of those that are still to be looked at stay as they are.
    for at in (0..tried.len()).rev().filter(|at| ready.get(*at).is_some_and(|flags| !flags.is_empty())) {
        let stream = tried.swap_remove(at);
        match socket_error(&stream)? {
            Ok(()) => return Ok(News::Connected(stream)),
            Err(errno) => news = News::Failed(errno.into()),
        }
    }
    Ok(news)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    fn addresses(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn the_families_take_turns() {
        let given = addresses(&["::1", "::2", "::3", "1.1.1.1"]);
        assert_eq!(interleave(&given), addresses(&["::1", "1.1.1.1", "::2", "::3"]));
        assert_eq!(interleave(&[]), addresses(&[]));
    }

    #[test]
    fn an_address_that_answers_is_found_behind_those_that_refuse() {
        let listener = TcpListener::bind("127.0.0.3:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let all = addresses(&["127.0.0.1", "::1", "127.0.0.2", "127.0.0.3"]);
        let stream = run(&Stop::new().unwrap(), &all, port, soon()).unwrap();
        assert_eq!(stream.peer_addr().unwrap(), listener.local_addr().unwrap());
    }

    #[test]
    fn an_address_that_is_silent_does_not_hold_up_the_others() {
        // Its backlog is full, so that the kernel drops what comes.
        let silent = TcpListener::bind("127.0.0.4:0").unwrap();
        let port = silent.local_addr().unwrap().port();
        rustix::net::listen(&silent, 0).unwrap();
        let _held = TcpStream::connect(silent.local_addr().unwrap()).unwrap();
        let answering = TcpListener::bind(("127.0.0.5", port)).unwrap();
        let stream = run(&Stop::new().unwrap(), &addresses(&["127.0.0.4", "127.0.0.5"]), port, soon()).unwrap();
        assert_eq!(stream.peer_addr().unwrap(), answering.local_addr().unwrap());
        let begun = Instant::now();
        let deadline = begun + Duration::from_millis(50);
        let error = run(&Stop::new().unwrap(), &addresses(&["127.0.0.4"]), port, deadline).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn it_says_so_if_none_answers_and_ends_when_it_is_told_to() {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let error = run(&Stop::new().unwrap(), &addresses(&["127.0.0.1", "127.0.0.2"]), port, soon()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        let error = run(&Stop::new().unwrap(), &[], port, soon()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrNotAvailable);
        let silent = TcpListener::bind("127.0.0.6:0").unwrap();
        rustix::net::listen(&silent, 0).unwrap();
        let _held = TcpStream::connect(silent.local_addr().unwrap()).unwrap();
        let stop = Stop::new().unwrap();
        stop.ring();
        let port = silent.local_addr().unwrap().port();
        let error = run(&stop, &addresses(&["127.0.0.6"]), port, soon()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionAborted);
    }
}
