//! Services of the machine that the sandbox runs on: one port, by one name, if policy names exactly that.

use crate::kit::{Broker, counting, echo, open, table, tunnel};
use crate::sandbox::Sandbox;
use portcullis_event::Host;
use portcullis_gateway::egress::{Answer, Attempt, Notice, Refusal, Road, Settings};
use std::io::{Read as _, Write as _};
use std::net::{Ipv6Addr, Shutdown, TcpListener};
use std::sync::Arc;

const MACHINE: &str = Host::OF_THE_MACHINE;

#[test]
fn the_port_that_policy_names_is_reached_and_no_name_server_is_asked() {
    let port = echo();
    let named = format!("{MACHINE}:{port}");
    // Somebody's name server claims the name; nobody hears it.
    let broker = Broker::with(&[&named], |settings| settings.resolver = Arc::new(table(&[(MACHINE, "203.0.113.9")])));
    let mut tunnel = broker.tunnel(&named).unwrap();
    tunnel.write_all(b"hello").unwrap();
    tunnel.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    tunnel.read_to_string(&mut answer).unwrap();
    assert_eq!((answer.as_str(), broker.road.asked()), ("hello", vec![named]));
}

#[test]
fn a_service_that_listens_on_ipv6_only_is_reached() {
    let listener = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).unwrap();
    let named = format!("{MACHINE}:{}", listener.local_addr().unwrap().port());
    let broker = Broker::new(&[&named], &[]);
    assert!(broker.tunnel(&named).is_ok());
}

#[test]
fn other_ports_and_other_names_for_the_machine_stay_shut() {
    let (port, connections) = counting();
    let (other, others) = counting();
    let named = format!("{MACHINE}:{port}");
    // The road would let everything pass; the broker still does not take any other way to the machine.
    let allow = [&*named, "localhost", "127.0.0.1", "::1", "rebound.example", "a.host.portcullis.internal"];
    let leads = [("rebound.example", "127.0.0.1"), ("a.host.portcullis.internal", "127.0.0.1")];
    let broker = Broker::with(&allow, |settings| settings.resolver = Arc::new(table(&leads)));
    for target in [
        format!("{MACHINE}:{other}"),
        format!("localhost:{port}"),
        format!("127.0.0.1:{port}"),
        format!("[::1]:{port}"),
        format!("[::ffff:127.0.0.1]:{port}"),
        format!("rebound.example:{port}"),
        format!("a.host.portcullis.internal:{port}"),
    ] {
        let answer = broker.tunnel(&target).unwrap_err();
        assert!(answer.starts_with("HTTP/1.1 403 "), "{target}: {answer}");
    }
    assert_eq!((*connections.lock().unwrap(), *others.lock().unwrap()), (0, 0));
}

#[test]
fn a_policy_that_lets_pass_what_no_line_is_about_opens_no_port_of_the_machine() {
    #[derive(Debug)]
    struct Wide;
    impl Road for Wide {
        fn ask(&self, _: &Attempt) -> Answer {
            Answer::Allow { named: false }
        }
        fn told(&self, notice: &Notice, _: u64) {
            assert!(matches!(notice, Notice::Refused { refusal: Refusal::HostLoopback { .. }, .. }), "{notice:?}");
        }
    }
    let (port, connections) = counting();
    let (egress, proxy) = open(Arc::new(Wide), Settings::default());
    let answer = tunnel(proxy, &format!("{MACHINE}:{port}")).unwrap_err();
    assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("host.portcullis.internal:PORT"), "{answer}");
    egress.stop();
    assert_eq!(*connections.lock().unwrap(), 0);
}

#[test]
fn a_program_that_knows_of_no_proxy_reaches_it_and_nobodys_own_proxy_is_asked_for_it() {
    let port = echo();
    let named = format!("{MACHINE}:{port}");
    let mut sandbox = Sandbox::new(&[&named], Settings { resolver: Arc::new(table(&[])), ..Settings::default() });
    let talk = format!(
        "import socket\ns = socket.create_connection(('{MACHINE}', {port}), 20)\ns.sendall(b'it'); s.shutdown(1)\nprint(s.recv(9))"
    );
    assert_eq!(sandbox.python(&talk).output, "b'it'\n");
    assert_eq!(sandbox.road.asked(), [named]);
}
