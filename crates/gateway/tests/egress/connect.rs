//! Tunnels by HTTP CONNECT.

use crate::kit::{Broker, NAME, counting, echo, open, read_head, server, table, tunnel};
use portcullis_gateway::egress::{Answer, Attempt, Guarded, Notice, Refusal, Road, Settings};
use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

#[test]
fn an_allowed_host_is_reached_and_everything_is_counted() {
    let port = echo();
    let mut broker = Broker::new(&[NAME, "127.0.0.1"], &[port]);
    let mut tunnel = broker.tunnel(&format!("{NAME}:{port}")).unwrap();
    tunnel.write_all(b"hello").unwrap();
    tunnel.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    tunnel.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "hello");
    broker.wait_until_empty();
    let counts = broker.egress().counts();
    assert_eq!((counts.allowed, counts.denied, counts.bytes_out, counts.bytes_in), (1, 0, 5, 5));
    assert_eq!(broker.road.asked(), [format!("{NAME}:{port}"), format!("127.0.0.1:{port}")]);
    broker.stop();
    broker.road.wait_for(|notice| matches!(notice, Notice::Closed { bytes_out: 5, bytes_in: 5, .. }));
}

#[test]
fn a_denial_says_why_and_what_would_change_it_and_nothing_leaves() {
    let (port, connections) = counting();
    let broker = Broker::new(&[], &[port]);
    let answer = broker.tunnel(&format!("{NAME}:{port}")).unwrap_err();
    let why = format!("{NAME}:{port} is not in `network.allow` (portcullis.toml:3:1)");
    assert!(answer.starts_with(&format!("HTTP/1.1 403 Denied by portcullis: {why}\r\n")), "{answer}");
    let page =
        format!("portcullis: denied {NAME}:{port}\n  {why}\n  to get it allowed: add \"{NAME}\" to `network.allow`\n");
    assert!(answer.ends_with(&page), "{answer}");
    assert_eq!(*connections.lock().unwrap(), 0);
    assert_eq!(broker.egress().counts().denied, 1);
    broker.road.wait_for(|notice| matches!(notice, Notice::Refused { refusal: Refusal::Policy(_), .. }));
}

#[test]
fn a_name_that_leads_into_the_own_network_is_refused_unless_policy_names_the_address() {
    for address in
        ["10.1.2.3", "169.254.169.254", "127.0.0.1", "::ffff:10.1.2.3", "64:ff9b::a9fe:a9fe", "fd00:ec2::254"]
    {
        let resolver = table(&[("rebound.example", "8.8.8.8"), ("rebound.example", address)]);
        let broker = Broker::with(&["rebound.example"], |settings| settings.resolver = Arc::new(resolver));
        let answer = broker.tunnel("rebound.example:443").unwrap_err();
        assert!(answer.starts_with("HTTP/1.1 403 "), "{address}: {answer}");
    }
}

#[test]
fn an_address_of_the_own_network_is_refused_where_policy_only_lets_pass_what_no_line_is_about() {
    #[derive(Debug)]
    struct Open;
    impl Road for Open {
        fn ask(&self, _: &Attempt) -> Answer {
            Answer::Allow { named: false }
        }
        fn told(&self, _: &Notice, _: u64) {}
    }
    let resolver = Arc::new(table(&[("inner.example", "192.168.7.7")]));
    let (_egress, proxy) = open(Arc::new(Open), Settings { resolver, ..Settings::default() });
    for target in ["10.0.0.1:80", "[fd00::1]:80", "169.254.169.254:80", "inner.example:80", "[::ffff:192.168.0.1]:80"] {
        let answer = tunnel(proxy, target).unwrap_err();
        assert!(answer.starts_with("HTTP/1.1 403 "), "{target}: {answer}");
    }
}

#[test]
fn what_can_never_be_meant_is_refused_though_policy_names_it() {
    for (address, kind) in [("0.0.0.0", Guarded::Unspecified), ("224.0.0.1", Guarded::Multicast)] {
        let broker = Broker::new(&[address], &[]);
        assert!(broker.tunnel(&format!("{address}:80")).unwrap_err().starts_with("HTTP/1.1 403 "));
        broker.road.wait_for(
            |notice| matches!(notice, Notice::Refused { refusal: Refusal::Guarded { kind: found, .. }, .. } if *found == kind),
        );
    }
}

#[test]
fn this_machines_own_services_are_out_of_reach_in_every_spelling() {
    let (port, connections) = counting();
    let broker = Broker::new(&["localhost", "app.localhost", "127.0.0.1", "::1", "127.9.9.9"], &[]);
    for host in ["localhost", "LOCALHOST.", "app.localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "127.9.9.9"] {
        let answer = broker.tunnel(&format!("{host}:{port}")).unwrap_err();
        assert!(answer.starts_with("HTTP/1.1 403 "), "{host}: {answer}");
    }
    assert_eq!(*connections.lock().unwrap(), 0);
    assert!(broker.road.asked().is_empty());
}

#[test]
fn a_port_of_this_machine_that_was_opened_is_reached_if_policy_allows_it_too() {
    let port = echo();
    let open = Broker::new(&["localhost"], &[port]);
    assert!(open.tunnel(&format!("localhost:{port}")).is_ok());
    let denied = Broker::new(&[], &[port]);
    assert!(denied.tunnel(&format!("localhost:{port}")).is_err());
}

#[test]
fn what_two_programs_would_read_differently_is_refused_and_not_asked_about() {
    let broker = Broker::new(&["good.example", "evil.example"], &[]);
    for request in [
        "CONNECT good.example:443@evil.example:443 HTTP/1.1\r\n\r\n",
        "CONNECT evil.example%00.good.example:443 HTTP/1.1\r\n\r\n",
        "CONNECT evil.example\0.good.example:443 HTTP/1.1\r\n\r\n",
        "CONNECT good.example HTTP/1.1\r\n\r\n",
        "CONNECT http://good.example:443/ HTTP/1.1\r\n\r\n",
        "CONNECT 0x7f000001:443 HTTP/1.1\r\n\r\n",
        "CONNECT 017700000001:443 HTTP/1.1\r\n\r\n",
        "CONNECT good.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        "CONNECT good.example:443 HTTP/1.1\r\nHost: good.example\r\nHost: evil.example\r\n\r\n",
        "CONNECT good.example:443 HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
        "CONNECT good.example:443 HTTP/1.1\nHost: good.example\n\n",
        "CONNECT good.example:443  HTTP/1.1\r\n\r\n",
    ] {
        let answer = broker.say(request);
        assert!(answer.starts_with("HTTP/1.1 400 "), "{request:?}: {answer}");
    }
    assert!(broker.road.asked().is_empty());
}

#[test]
fn the_same_again_is_denied_again_but_not_asked_about_again() {
    let mut broker = Broker::new(&[], &[]);
    for _ in 0..20 {
        assert!(broker.tunnel("evil.example:443").unwrap_err().starts_with("HTTP/1.1 403 "));
    }
    assert!(broker.tunnel("evil.example:444").is_err());
    let counts = broker.egress().counts();
    assert_eq!((counts.denied, broker.road.asked().len()), (21, 2));
    broker.stop();
    let told = broker.road.notices.lock().unwrap();
    assert_eq!(told.iter().map(|(_, times)| times).sum::<u64>(), 21, "{told:?}");
    assert!(told.len() <= 4, "{told:?}");
}

#[test]
fn an_end_is_handed_on_as_an_end_and_a_reset_as_a_reset() {
    let port = server(|mut stream| {
        let mut all = Vec::new();
        stream.read_to_end(&mut all).unwrap();
        // What is said after the other side has ended still arrives.
        stream.write_all(format!("{} bytes", all.len()).as_bytes()).unwrap();
    });
    let broker = Broker::new(&[NAME, "127.0.0.1"], &[port]);
    let mut tunnel = broker.tunnel(&format!("{NAME}:{port}")).unwrap();
    tunnel.write_all(&vec![7; 3_000_000]).unwrap();
    tunnel.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    tunnel.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "3000000 bytes");

    let port = server(|mut stream| {
        stream.read_exact(&mut [0]).unwrap();
        rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO)).unwrap();
    });
    let broker = Broker::new(&[NAME, "127.0.0.1"], &[port]);
    let mut tunnel = broker.tunnel(&format!("{NAME}:{port}")).unwrap();
    tunnel.write_all(b"x").unwrap();
    let error = tunnel.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[test]
fn much_moves_both_ways_at_once_and_arrives_as_it_was() {
    let port = echo();
    let broker = Broker::new(&[NAME, "127.0.0.1"], &[port]);
    let tunnel = broker.tunnel(&format!("{NAME}:{port}")).unwrap();
    let sent: Vec<u8> = (0..8_000_003_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[1]).collect();
    let mut writer = tunnel.try_clone().unwrap();
    let copy = sent.clone();
    let writing = std::thread::spawn(move || {
        writer.write_all(&copy).unwrap();
        writer.shutdown(Shutdown::Write).unwrap();
    });
    let (mut tunnel, mut received) = (tunnel, Vec::new());
    tunnel.read_to_end(&mut received).unwrap();
    writing.join().unwrap();
    assert!(received == sent);
}

#[test]
fn what_is_said_right_behind_the_request_goes_into_the_tunnel() {
    let port = echo();
    let broker = Broker::new(&[NAME, "127.0.0.1"], &[port]);
    let mut stream = broker.connect();
    write!(stream, "CONNECT {NAME}:{port} HTTP/1.1\r\n\r\nearly").unwrap();
    assert!(read_head(&mut stream).starts_with("HTTP/1.1 200 "));
    let mut answer = [0; 5];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"early");
}

#[test]
fn where_nothing_answers_it_is_said_so() {
    let broker = Broker::new(&[NAME, "127.0.0.1", "nowhere.example"], &[1]);
    let answer = broker.tunnel(&format!("{NAME}:1")).unwrap_err();
    assert!(answer.starts_with(&format!("HTTP/1.1 502 {NAME} can't be reached: ")), "{answer}");
    let answer = broker.tunnel("nowhere.example:443").unwrap_err();
    assert!(answer.starts_with("HTTP/1.1 502 nowhere.example has no address"), "{answer}");
}

#[test]
fn curl_goes_through_a_tunnel_and_is_told_why_not() {
    let port = server(|mut stream| {
        read_head(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nyes").unwrap();
    });
    let broker = Broker::new(&[NAME, "127.0.0.1"], &[port]);
    let curl = |url: String| {
        let mut curl = Command::new("curl");
        curl.args(["-sS", "--noproxy", "", "--proxytunnel", "--proxy"])
            .arg(format!("http://{}", broker.proxy))
            .arg(url);
        curl.output().unwrap()
    };
    assert_eq!(curl(format!("http://{NAME}:{port}/")).stdout, b"yes");
    let denied = curl("http://evil.example/".to_owned());
    assert!(String::from_utf8_lossy(&denied.stderr).contains("403"), "{denied:?}");
}

#[test]
fn a_server_that_ends_at_once_is_not_told_what_was_not_looked_at() {
    let heard = Arc::new(std::sync::Mutex::new(Vec::new()));
    let all = Arc::clone(&heard);
    let port = server(move |mut stream| {
        stream.write_all(b"hi").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).ok();
        all.lock().unwrap().extend(bytes);
    });
    let mut broker = Broker::new(&[NAME, "127.0.0.1"], &[port]);
    let mut tunnel = broker.tunnel(&format!("{NAME}:{port}")).unwrap();
    let mut greeting = String::new();
    tunnel.read_to_string(&mut greeting).unwrap();
    assert_eq!(greeting, "hi");
    // The beginning of a hello, byte by byte, and then something that is none.
    for byte in b"\x16\x03\x01\x00\x04secret" {
        if tunnel.write_all(&[*byte]).is_err() {
            break;
        }
    }
    broker.road.wait_for(|notice| matches!(notice, Notice::Refused { refusal: Refusal::Malformed(_), .. }));
    broker.stop();
    assert_eq!(*heard.lock().unwrap(), b"");
}

#[test]
fn a_protocol_that_begins_like_a_request_and_is_none_works() {
    let port = echo();
    let broker = Broker::new(&[NAME, "127.0.0.1"], &[port]);
    let mut tunnel = broker.tunnel(&format!("{NAME}:{port}")).unwrap();
    for word in ["E", "GET ", "x", "\n", "more"] {
        tunnel.write_all(word.as_bytes()).unwrap();
        let mut answer = vec![0; word.len()];
        tunnel.read_exact(&mut answer).unwrap();
        assert_eq!(answer, word.as_bytes());
    }
}

#[test]
fn a_request_whose_beginning_was_held_back_too_long_does_not_pass() {
    let heard = Arc::new(std::sync::Mutex::new(Vec::new()));
    let all = Arc::clone(&heard);
    let port = server(move |mut stream| {
        let mut buffer = [0; 100];
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            all.lock().unwrap().extend_from_slice(&buffer[..count]);
            stream.write_all(b"?").unwrap();
        }
    });
    let broker = Broker::new(&[NAME, "127.0.0.1"], &[port]);
    let mut tunnel = broker.tunnel(&format!("{NAME}:{port}")).unwrap();
    tunnel.write_all(b"GET").unwrap();
    tunnel.read_exact(&mut [0]).unwrap();
    tunnel.write_all(b" / HTTP/1.1\r\nHost: evil.example\r\n\r\n").unwrap();
    assert_eq!(tunnel.read(&mut [0]).unwrap_or(0), 0);
    broker.road.wait_for(|notice| matches!(notice, Notice::Refused { refusal: Refusal::Malformed(_), .. }));
    assert_eq!(*heard.lock().unwrap(), b"GET");
}

/// A TLS hello that names a server, and has an encrypted one in it if it is told to.
fn hello(name: &str, encrypted: bool) -> Vec<u8> {
    let sized = |bytes: &[u8]| [&u16::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat();
    let names = sized(&[&[0], sized(name.as_bytes()).as_slice()].concat());
    let mut extensions = [&[0, 0], sized(&names).as_slice()].concat();
    if encrypted {
        extensions.extend([&[0xfe, 0x0d], sized(&[7; 32]).as_slice()].concat());
    }
    let body = [&[3, 3], [7; 32].as_slice(), &[0, 0, 2, 0x13, 1, 1, 0], &sized(&extensions)].concat();
    let message = [&[1, 0], sized(&body).as_slice()].concat();
    [&[22, 3, 1], sized(&message).as_slice()].concat()
}

#[test]
fn a_hello_has_to_name_whom_the_tunnel_leads_to_and_an_encrypted_one_is_told() {
    let port = echo();
    let broker = Broker::new(&[NAME, "127.0.0.1"], &[port]);
    for (sent, passes) in
        [(hello(NAME, true), true), (hello("evil.example", false), false), (hello("127.0.0.1", false), false)]
    {
        let mut tunnel = broker.tunnel(&format!("{NAME}:{port}")).unwrap();
        tunnel.write_all(&sent).unwrap();
        let mut back = vec![0; sent.len()];
        assert_eq!(tunnel.read_exact(&mut back).is_ok(), passes);
        assert_eq!(back == sent, passes);
    }
    broker.road.wait_for(|notice| matches!(notice, Notice::EncryptedHello { .. }));
    broker.road.wait_for(|notice| matches!(notice, Notice::Refused { refusal: Refusal::OtherName { .. }, .. }));
}
