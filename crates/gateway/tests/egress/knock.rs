//! Doors that are open to the whole machine: only who knows the secret comes in, and it says where it was going.

use crate::kit::{ListRoad, connect, doors, echo};
use portcullis_event::Host;
use portcullis_gateway::egress::{Egress, Notice, SECRET, Settings};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr};

const OURS: [u8; SECRET] = [42; SECRET];

fn knock(secret: &[u8], port: u16) -> Vec<u8> {
    [secret, &Ipv4Addr::new(192, 0, 2, 1).to_ipv6_mapped().octets(), &port.to_be_bytes()].concat()
}

#[test]
fn nobody_comes_in_without_the_secret() {
    let port = echo();
    let named = format!("{}:{port}", Host::OF_THE_MACHINE);
    let road = ListRoad::allowing(&[&named]);
    let doors = doors();
    let (proxy, any) = (doors.proxy.local_addr().unwrap(), doors.any_tcp.local_addr().unwrap());
    let egress = Egress::open(doors, road.clone(), Settings { secret: Some(OURS), ..Settings::default() }).unwrap();
    let request = format!("CONNECT {named} HTTP/1.1\r\nHost: {named}\r\n\r\n");
    let says = |door: SocketAddr, first: &[u8]| {
        let mut stream = connect(door);
        let then = if door == proxy { request.as_bytes() } else { b"\0else" };
        stream.write_all(&[first, then].concat()).ok();
        stream.shutdown(Shutdown::Write).ok();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok();
        String::from_utf8_lossy(&answer).into_owned()
    };
    let mut wrong = OURS;
    wrong[SECRET - 1] ^= 1;
    for first in [Vec::new(), knock(&wrong, 443), OURS[..8].to_vec()] {
        assert_eq!(says(proxy, &first), "");
        assert_eq!(says(any, &first), "");
    }
    assert_eq!(road.asked(), [""; 0]);
    road.wait_for(
        |notice| matches!(notice, Notice::Malformed { why, .. } if why.contains("did not come from the run")),
    );
    assert!(says(proxy, &knock(&OURS, 3128)).starts_with("HTTP/1.1 200 "));
    says(any, &knock(&OURS, 8080));
    assert_eq!(road.asked(), [named, "192.0.2.1:8080".to_owned()]);
    egress.stop();
}
