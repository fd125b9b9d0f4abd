//! The user's own proxy.

use crate::kit::{Broker, NAME, echo, read_head, server, table};
use portcullis_gateway::egress::Upstream;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

/// A proxy that tunnels to this machine whatever it is asked for, greets, and remembers what it was asked.
fn proxy(to: u16) -> (u16, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let all = Arc::clone(&asked);
    let port = server(move |mut stream| {
        let head = read_head(&mut stream);
        let refused = head.contains("refused.example");
        all.lock().unwrap().push(head);
        if refused {
            return stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").unwrap();
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nX: y\r\n\r\nhi ").unwrap();
        let outside = TcpStream::connect(("127.0.0.1", to)).unwrap();
        let (mut from, mut into) = (stream.try_clone().unwrap(), outside.try_clone().unwrap());
        std::thread::spawn(move || std::io::copy(&mut from, &mut into).ok());
        std::io::copy(&mut &outside, &mut stream).ok();
    });
    (port, asked)
}

#[test]
fn what_is_allowed_goes_through_it_and_its_name_is_not_looked_up_here() {
    let (port, received) = proxy(echo());
    let broker = Broker::with(&["far.example"], |settings| {
        settings.upstream = Some(Upstream::parse(&format!("http://me:pass@{NAME}:{port}")).unwrap());
        settings.resolver = Arc::new(table(&[(NAME, "127.0.0.1")]));
    });
    let mut tunnel = broker.tunnel("far.example:443").unwrap();
    let mut greeting = [0; 3];
    tunnel.read_exact(&mut greeting).unwrap();
    assert_eq!(&greeting, b"hi ");
    tunnel.write_all(b"hello").unwrap();
    let mut answer = [0; 5];
    tunnel.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"hello");
    let expected =
        "CONNECT far.example:443 HTTP/1.1\r\nHost: far.example:443\r\nProxy-Authorization: Basic bWU6cGFzcw==\r\n\r\n";
    assert_eq!(*received.lock().unwrap(), [expected]);
    assert_eq!(broker.road.asked(), ["far.example:443 unchecked"]);
}

#[test]
fn it_is_no_way_around_policy_and_its_refusal_is_told() {
    let (port, received) = proxy(1);
    let broker = Broker::with(&["refused.example", "10.0.0.1"], |settings| {
        settings.upstream = Some(Upstream::parse(&format!("127.0.0.1:{port}")).unwrap());
    });
    assert!(broker.tunnel("evil.example:443").unwrap_err().starts_with("HTTP/1.1 403 "));
    assert!(broker.tunnel("localhost:443").unwrap_err().starts_with("HTTP/1.1 403 "));
    assert!(broker.tunnel("169.254.169.254:80").unwrap_err().starts_with("HTTP/1.1 403 "));
    assert!(received.lock().unwrap().is_empty());
    let answer = broker.tunnel("refused.example:443").unwrap_err();
    assert!(answer.contains("your proxy 127.0.0.1: it answers 407"), "{answer}");
}
