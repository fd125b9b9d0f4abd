//! Tunnels by SOCKS 5.

use crate::kit::{Broker, NAME, counting, echo, read_head, server};
use std::io::{Read as _, Write as _};
use std::process::Command;

fn ask(broker: &Broker, name: &[u8], port: u16) -> (std::net::TcpStream, u8) {
    let mut stream = broker.connect();
    stream.write_all(&[5, 1, 0]).unwrap();
    let mut greeting = [0; 2];
    stream.read_exact(&mut greeting).unwrap();
    assert_eq!(greeting, [5, 0]);
    let length = u8::try_from(name.len()).unwrap();
    stream.write_all(&[&[5, 1, 0, 3, length], name, &port.to_be_bytes()].concat()).unwrap();
    let mut reply = [0; 10];
    stream.read_exact(&mut reply).unwrap();
    (stream, reply[1])
}

#[test]
fn an_allowed_name_is_reached() {
    let port = echo();
    let broker = Broker::new(&[NAME, "127.0.0.1"], &[port]);
    let (mut stream, code) = ask(&broker, NAME.as_bytes(), port);
    assert_eq!(code, 0);
    stream.write_all(b"hello").unwrap();
    let mut answer = [0; 5];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"hello");
}

#[test]
fn what_is_not_allowed_or_no_name_is_refused_by_the_ruleset() {
    let (port, connections) = counting();
    let broker = Broker::new(&["good.example"], &[port]);
    for name in [NAME.as_bytes(), b"evil.example\0.good.example", b"good.example:443@evil.example", b"localhost"] {
        assert_eq!(ask(&broker, name, port).1, 2);
    }
    assert_eq!(broker.road.asked(), [format!("{NAME}:{port}"), format!("localhost:{port}")]);
    assert_eq!(*connections.lock().unwrap(), 0);
}

#[test]
fn what_is_neither_http_nor_socks_5_is_cut_off() {
    let broker = Broker::new(&[], &[]);
    for bytes in [b"\x04\x01\x00\x50\x00\x00\x00\x01\x00evil.example\x00".as_slice(), b"\x16\x03\x01\x00", b"\0"] {
        let mut stream = broker.connect();
        stream.write_all(bytes).unwrap();
        assert_eq!(stream.read(&mut [0]).unwrap_or(0), 0);
    }
}

#[test]
fn curl_speaks_socks_and_has_names_looked_up_outside() {
    let port = server(|mut stream| {
        read_head(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nyes").unwrap();
    });
    let broker = Broker::new(&[NAME, "127.0.0.1"], &[port]);
    let mut curl = Command::new("curl");
    curl.args(["-sS", "--noproxy", "", "--proxy"]).arg(format!("socks5h://{}", broker.proxy));
    let output = curl.arg(format!("http://{NAME}:{port}/")).output().unwrap();
    assert_eq!(output.stdout, b"yes", "{output:?}");
}
