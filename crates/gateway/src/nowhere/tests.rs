//! What programs say to the world on this machine's own loopback.

use super::*;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, UdpSocket};

fn open() -> (Nowhere, SocketAddr, SocketAddr) {
    let listener = || TcpListener::bind("127.0.0.1:0").unwrap();
    let doors = Doors {
        proxy: listener(),
        any_tcp: listener(),
        dns_udp: UdpSocket::bind("127.0.0.1:0").unwrap(),
        dns_tcp: listener(),
    };
    let (tcp, udp) = (doors.any_tcp.local_addr().unwrap(), doors.dns_udp.local_addr().unwrap());
    let baits = Baits { fetched: "/fetched".to_owned(), told: "/told".to_owned() };
    (Nowhere::open(doors, baits, None).unwrap(), tcp, udp)
}

fn say(to: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(to).unwrap();
    stream.write_all(bytes).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok();
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_request_is_kept_whole_and_answered() {
    let (nowhere, tcp, _) = open();
    let answer = say(tcp, b"POST /in HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nhello");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let heard = nowhere.end();
    let [Heard::Request(request)] = heard.as_slice() else { panic!("{heard:?}") };
    assert_eq!(
        (request.method.as_str(), request.target.as_str(), request.body.as_slice()),
        ("POST", "/in", b"hello".as_slice())
    );
    assert_eq!(request.host, "127.0.0.1 (a.example)");
}

#[test]
fn who_waits_to_be_told_something_is_told_a_command() {
    let (nowhere, tcp, _) = open();
    let mut stream = TcpStream::connect(tcp).unwrap();
    let mut told = [0; 11];
    stream.read_exact(&mut told).unwrap();
    assert_eq!(&told, b": > '/told'");
    drop(stream);
    assert!(matches!(nowhere.end().as_slice(), [Heard::Said { bytes, .. }] if bytes.is_empty()));
}

#[test]
fn what_is_no_request_is_kept_as_it_was_said() {
    let (nowhere, tcp, _) = open();
    say(tcp, b"\x00\x01secret");
    say(tcp, b"GET but not http\n");
    let heard = nowhere.end();
    let said: Vec<&[u8]> = heard
        .iter()
        .filter_map(|heard| match heard {
            Heard::Said { bytes, .. } => Some(bytes.as_slice()),
            Heard::Name(_) | Heard::Request(_) | Heard::Unread { .. } | Heard::Lost(_) => None,
        })
        .collect();
    assert_eq!(said, [b"\x00\x01secret".as_slice(), b"GET but not http\n"]);
}

#[test]
fn a_name_is_answered_with_an_address_of_its_own_and_kept() {
    let (nowhere, _, udp) = open();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let question = b"\xab\xcd\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04QWxs\x07example\x00\x00\x01\x00\x01";
    socket.send_to(question, udp).unwrap();
    let mut answer = [0; 512];
    let (length, _) = socket.recv_from(&mut answer).unwrap();
    assert_eq!(&answer[length - 4..length - 2], &[198, 18]);
    assert_eq!(nowhere.end(), [Heard::Name("QWxs.example".to_owned())]);
}

#[test]
fn a_flood_ends_and_is_counted() {
    let (nowhere, tcp, _) = open();
    let streams: Vec<TcpStream> = (0..MOST_AT_ONCE + 40).filter_map(|_| TcpStream::connect(tcp).ok()).collect();
    std::thread::sleep(std::time::Duration::from_millis(300));
    let begin = std::time::Instant::now();
    let heard = nowhere.end();
    assert!(begin.elapsed() < std::time::Duration::from_secs(3), "{:?}", begin.elapsed());
    assert!(matches!(heard.last(), Some(Heard::Lost(1..))), "{:?}", heard.last());
    drop(streams);
}
