//! What a flood from inside can't do.

use crate::kit::{Broker, NAME, connect, echo};
use portcullis_gateway::egress::{Door, Notice, Refusal};
use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

#[test]
fn more_connections_than_there_may_be_are_turned_away_at_once() {
    let broker = Broker::with(&[], |settings| settings.connections = 8);
    let held: Vec<_> = (0..8).map(|_| broker.connect()).collect();
    while broker.egress().counts().open < 8 {
        std::thread::sleep(Duration::from_millis(1));
    }
    // Also to who has said something already, and who is in a crowd.
    let crowd: Vec<_> = (0..8).map(|_| broker.connect()).collect();
    let answer = broker.say("CONNECT good.example:443 HTTP/1.1\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 503 there are too many connections at once"), "{answer}");
    drop(crowd);
    broker.road.wait_for(|notice| *notice == Notice::Crowded { door: Door::Proxy });
    drop(held);
    broker.wait_until_empty();
    assert!(broker.tunnel("evil.example:443").unwrap_err().starts_with("HTTP/1.1 403 "));
}

#[test]
fn who_says_too_little_too_slowly_is_cut_off() {
    let broker = Broker::with(&[], |settings| settings.opening = Duration::from_millis(300));
    let mut slow = broker.connect();
    let until = Instant::now() + Duration::from_secs(20);
    // A byte every now and then does not buy more time.
    while slow.write_all(b"C").is_ok() {
        assert!(Instant::now() < until);
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut silent = broker.connect();
    assert_eq!(silent.read(&mut [0]).unwrap_or(0), 0);
}

#[test]
fn a_connection_on_which_nothing_moves_is_ended() {
    let port = echo();
    let broker = Broker::with(&[NAME, "127.0.0.1"], |settings| {
        settings.host_loopback = vec![port];
        settings.idle = Duration::from_millis(300);
    });
    let mut tunnel = broker.tunnel(&format!("{NAME}:{port}")).unwrap();
    assert_eq!(tunnel.read(&mut [0]).unwrap_or(0), 0);
}

#[test]
fn a_thousand_connections_are_served_at_once() {
    let port = echo();
    let broker = Broker::new(&[NAME, "127.0.0.1"], &[port]);
    let mut tunnels: Vec<_> = (0..1000).map(|_| broker.tunnel(&format!("{NAME}:{port}")).unwrap()).collect();
    for (number, tunnel) in tunnels.iter_mut().enumerate() {
        tunnel.write_all(&[b'a' + u8::try_from(number % 26).unwrap()]).unwrap();
    }
    for (number, tunnel) in tunnels.iter_mut().enumerate() {
        let mut byte = [0];
        tunnel.read_exact(&mut byte).unwrap();
        assert_eq!(usize::from(byte[0] - b'a'), number % 26);
    }
    assert_eq!(broker.egress().counts().open, 1000);
}

#[test]
fn the_end_ends_everything() {
    let port = echo();
    let mut broker = Broker::new(&[NAME, "127.0.0.1"], &[port]);
    let mut tunnel = broker.tunnel(&format!("{NAME}:{port}")).unwrap();
    let mut silent = connect(broker.proxy);
    broker.stop();
    assert_eq!(tunnel.read(&mut [0]).unwrap_or(0), 0);
    assert_eq!(silent.read(&mut [0]).unwrap_or(0), 0);
    broker.road.wait_for(|notice| matches!(notice, Notice::Closed { .. }));
}

#[test]
fn what_comes_in_crumbs_is_refused() {
    let port = echo();
    let broker = Broker::new(&[NAME, "127.0.0.1"], &[port]);
    let mut head = broker.connect();
    head.set_nodelay(true).unwrap();
    let mut tunnel = broker.tunnel(&format!("{NAME}:{port}")).unwrap();
    tunnel.set_nodelay(true).unwrap();
    // A byte of an endless header; an endless number of records with a byte of a hello each.
    let records = [1, 0, 0x70].into_iter().chain(std::iter::repeat(0)).flat_map(|byte| [22, 3, 1, 0, 1, byte]);
    let until = Instant::now() + Duration::from_secs(30);
    for (stream, mut bytes) in [
        (
            &mut head,
            Box::new(b"GET http://a/".iter().copied().chain(std::iter::repeat(b'a'))) as Box<dyn Iterator<Item = u8>>,
        ),
        (&mut tunnel, Box::new(records)),
    ] {
        while stream.write_all(&[bytes.next().unwrap()]).is_ok() {
            assert!(Instant::now() < until, "it is still read");
            std::thread::sleep(Duration::from_micros(200));
        }
    }
    broker.road.wait_for(|notice| matches!(notice, Notice::Malformed { why: "it comes in too many pieces", .. }));
    broker.road.wait_for(|notice| {
        matches!(notice, Notice::Refused { refusal: Refusal::Malformed("it comes in too many pieces"), .. })
    });
}

#[test]
fn a_name_that_leads_where_it_must_not_is_asked_about_once_in_a_moment() {
    let mut broker = Broker::new(&[NAME], &[]);
    for _ in 0..20 {
        assert!(broker.tunnel(&format!("{NAME}:443")).unwrap_err().starts_with("HTTP/1.1 403 "));
    }
    assert_eq!(broker.road.asked(), [format!("{NAME}:443")]);
    broker.stop();
    let told = broker.road.notices.lock().unwrap();
    assert_eq!(told.iter().map(|(_, times)| times).sum::<u64>(), 20, "{told:?}");
}
