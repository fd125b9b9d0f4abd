//! The client: it connects in one of the ways, and measures.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

/// The proxy, inside of the namespace.
const PROXY: &str = "127.0.0.1:3128";

/// Carries one command out and returns what it came to.
pub(crate) fn carry_out(command: &str) -> String {
    let words: Vec<&str> = command.split_whitespace().collect();
    match words.as_slice() {
        ["bulk", way, target, size] => {
            let size = size.parse::<u64>().expect("a number") << 20;
            format!("{}", bulk(way, target, size).as_secs_f64())
        }
        ["fresh", way, target, threads, each] => {
            fresh(way, target, threads.parse().expect("a number"), each.parse().expect("a number"))
        }
        _ => String::new(),
    }
}

fn connect(way: &str, target: &str) -> TcpStream {
    let mut stream =
        TcpStream::connect(if matches!(way, "bare" | "transparent") { target } else { PROXY }).expect("a connection");
    stream.set_nodelay(true).expect("a connection");
    match way {
        "connect" => {
            write!(stream, "CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n").expect("a proxy");
            head(&mut stream);
        }
        "socks" => {
            let (name, port) = target.split_once(':').expect("a port");
            let port: u16 = port.parse().expect("a port");
            stream.write_all(&[5, 1, 0]).expect("a proxy");
            stream.read_exact(&mut [0; 2]).expect("a greeting");
            let length = u8::try_from(name.len()).expect("a short name");
            stream.write_all(&[&[5, 1, 0, 3, length], name.as_bytes(), &port.to_be_bytes()].concat()).expect("a proxy");
            stream.read_exact(&mut [0; 10]).expect("a reply");
        }
        _ => {}
    }
    stream
}

/// The head of an answer; what follows it is not touched.
fn head(stream: &mut TcpStream) {
    let (mut head, mut buffer) = (0, [0; 512]);
    while head == 0 {
        let count = stream.peek(&mut buffer).expect("an answer");
        let text = buffer.get(..count).unwrap_or_default();
        head = text.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |at| at + 4);
    }
    stream.read_exact(buffer.get_mut(..head).unwrap_or_default()).expect("an answer");
}

/// Where a way leads: a program that knows of no proxy looks the name up first.
fn resolved(way: &str, target: &str) -> String {
    if way != "transparent" {
        return target.to_owned();
    }
    let (name, port) = target.split_once(':').expect("a port");
    let mut question = vec![1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        question.push(u8::try_from(label.len()).expect("a short name"));
        question.extend_from_slice(label.as_bytes());
    }
    question.extend_from_slice(&[0, 0, 1, 0, 1]);
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.send_to(&question, "127.0.0.1:53").expect("a name server");
    let mut answer = [0; 512];
    let length = socket.recv(&mut answer).expect("an answer");
    let address = answer.get(..length).and_then(<[u8]>::last_chunk::<4>).expect("an address");
    SocketAddr::new((*address).into(), port.parse().expect("a port")).to_string()
}

fn bulk(way: &str, target: &str, size: u64) -> Duration {
    let mut stream = connect(way, &resolved(way, target));
    let start = Instant::now();
    if way == "get" {
        write!(stream, "GET http://{target}/{size} HTTP/1.1\r\nHost: {target}\r\n\r\n").expect("a proxy");
        head(&mut stream);
    } else {
        stream.write_all(&[b"B".as_slice(), &size.to_be_bytes()].concat()).expect("a server");
    }
    let (mut buffer, mut left) = (vec![0; 256 << 10], size);
    while left > 0 {
        let count = stream.read(&mut buffer).expect("bytes");
        assert!(count > 0, "it ended early");
        left -= count as u64;
    }
    start.elapsed()
}

/// From nothing to the first byte that came back, in microseconds: the median and the 99th percentile.
fn fresh(way: &str, target: &str, threads: usize, each: usize) -> String {
    let resolved = resolved(way, target);
    let one = || {
        let start = Instant::now();
        let mut stream = connect(way, &resolved);
        if way == "get" {
            write!(stream, "GET http://{target}/0 HTTP/1.1\r\nHost: {target}\r\n\r\n").expect("a proxy");
            head(&mut stream);
        } else {
            stream.write_all(b"e").expect("a server");
            stream.read_exact(&mut [0]).expect("an echo");
        }
        start.elapsed()
    };
    let mut all: Vec<Duration> = std::thread::scope(|scope| {
        let running: Vec<_> =
            (0..threads).map(|_| scope.spawn(|| (0..each).map(|_| one()).collect::<Vec<_>>())).collect();
        running.into_iter().flat_map(|thread| thread.join().expect("a client")).collect()
    });
    all.sort_unstable();
    let at = |percent: usize| all.get(all.len() * percent / 100).copied().unwrap_or_default().as_secs_f64() * 1e6;
    format!("{:.0} {:.0}", at(50), at(99))
}
