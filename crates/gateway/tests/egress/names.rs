//! The name server, over UDP and TCP.

use crate::kit::{ListRoad, connect, doors, table};
use portcullis_gateway::egress::{Egress, Notice, Road, Settings};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

fn question(name: &str, kind: u16) -> Vec<u8> {
    let mut bytes = vec![0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        bytes.push(u8::try_from(label.len()).unwrap());
        bytes.extend_from_slice(label.as_bytes());
    }
    bytes.push(0);
    bytes.extend_from_slice(&[kind.to_be_bytes(), [0, 1]].concat());
    bytes
}

fn open() -> (Egress, Arc<ListRoad>, SocketAddr, SocketAddr) {
    let (doors, road) = (doors(), ListRoad::allowing(&[]));
    let (udp, tcp) = (doors.dns_udp.local_addr().unwrap(), doors.dns_tcp.local_addr().unwrap());
    let settings = Settings { resolver: Arc::new(table(&[])), ..Settings::default() };
    (Egress::open(doors, Arc::clone(&road) as Arc<dyn Road>, settings).unwrap(), road, udp, tcp)
}

fn ask(socket: &UdpSocket, question: &[u8]) -> Vec<u8> {
    socket.send(question).unwrap();
    let mut buffer = [0; 1000];
    let length = socket.recv(&mut buffer).unwrap();
    buffer[..length].to_vec()
}

fn socket(to: SocketAddr) -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    socket.connect(to).unwrap();
    socket
}

#[test]
fn the_same_answer_comes_over_udp_and_tcp_and_the_road_is_not_asked() {
    let (_egress, road, udp, tcp) = open();
    let by_udp = ask(&socket(udp), &question("api.example.com", 1));
    assert_eq!(&by_udp[by_udp.len() - 4..], [198, 18, 1, 0]);
    let mut stream = connect(tcp);
    let question = question("api.example.com", 1);
    for _ in 0..3 {
        stream
            .write_all(&[&u16::try_from(question.len()).unwrap().to_be_bytes(), question.as_slice()].concat())
            .unwrap();
        let mut length = [0; 2];
        stream.read_exact(&mut length).unwrap();
        let mut by_tcp = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut by_tcp).unwrap();
        assert_eq!(by_tcp, by_udp);
    }
    assert!(road.asked().is_empty());
}

#[test]
fn what_can_not_be_read_does_no_harm() {
    let (_egress, road, udp, tcp) = open();
    let socket = socket(udp);
    for bytes in [b"".as_slice(), b"x", &[0xff; 11], &[0xff; 600]] {
        socket.send(bytes).unwrap();
    }
    assert_eq!(ask(&socket, &[0x12, 0x34, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0])[..4], [0x12, 0x34, 0x80, 0x81]);
    road.wait_for(|notice| matches!(notice, Notice::Malformed { .. }));
    let mut stream = connect(tcp);
    stream.write_all(&[0xff; 2]).unwrap();
    assert_eq!(stream.read(&mut [0]).unwrap_or(0), 0);
    assert_eq!(ask(&socket, &question("a.example", 28))[3] & 15, 0);
}

#[test]
fn a_flood_of_names_ends_in_a_refusal_and_is_told() {
    let (_egress, road, udp, _) = open();
    let socket = socket(udp);
    let failed = (0..20_000).position(|number| ask(&socket, &question(&format!("n{number}.example"), 1))[3] & 15 == 2);
    assert_eq!(failed, Some(16 << 10));
    road.wait_for(|notice| matches!(notice, Notice::Crowded { .. }));
    assert_eq!(ask(&socket, &question("n7.example", 1))[3] & 15, 0, "what is known is still answered");
}
