//! A broker whose doors are on this machine's loopback, a road that answers from a list, and servers to reach.

use portcullis_event::Host;
use portcullis_gateway::egress::{Answer, Attempt, Denial, Doors, Egress, Notice, Road, Settings, Table};
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A road that allows what is on its list, and remembers what it was asked and told.
#[derive(Debug, Default)]
pub(crate) struct ListRoad {
    /// `host` or `host:port`.
    pub(crate) allow: Vec<String>,
    pub(crate) asked: Mutex<Vec<String>>,
    pub(crate) notices: Mutex<Vec<(Notice, u64)>>,
}

impl ListRoad {
    pub(crate) fn allowing(allow: &[&str]) -> Arc<Self> {
        Arc::new(Self { allow: allow.iter().map(|&host| host.to_owned()).collect(), ..Self::default() })
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Waits until something was told that `fits`.
    pub(crate) fn wait_for(&self, fits: impl Fn(&Notice) -> bool) -> (Notice, u64) {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(found) = self.notices.lock().unwrap().iter().find(|(notice, _)| fits(notice)) {
                return found.clone();
            }
            assert!(Instant::now() < until, "not told; but {:?}", self.notices.lock().unwrap());
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Road for ListRoad {
    fn ask(&self, attempt: &Attempt) -> Answer {
        let unchecked = if attempt.unchecked { " unchecked" } else { "" };
        self.asked.lock().unwrap().push(format!("{attempt}{unchecked}"));
        let fits = |item: &String| *item == attempt.to_string() || *item == attempt.host.as_str();
        if self.allow.iter().any(fits) {
            return Answer::Allow { named: true };
        }
        Answer::Deny(Denial {
            reasons: vec![format!("{attempt} is not in `network.allow` (portcullis.toml:3:1)")],
            fix: Some(format!("add \"{}\" to `network.allow`", attempt.host)),
            lasting: None,
        })
    }

    fn told(&self, notice: &Notice, times: u64) {
        self.notices.lock().unwrap().push((notice.clone(), times));
    }
}

/// A broker and where its doors are.
#[derive(Debug)]
pub(crate) struct Broker {
    pub(crate) egress: Option<Egress>,
    pub(crate) road: Arc<ListRoad>,
    pub(crate) proxy: SocketAddr,
}

/// The name that leads to this machine, where the test servers are.
pub(crate) const NAME: &str = "server.example";

impl Broker {
    /// Lets through what is on the list, and reach the given ports of this machine.
    pub(crate) fn new(allow: &[&str], ports: &[u16]) -> Self {
        Self::with(allow, |settings| settings.host_loopback = ports.to_vec())
    }

    pub(crate) fn with(allow: &[&str], set: impl FnOnce(&mut Settings)) -> Self {
        let road = ListRoad::allowing(allow);
        let mut settings = Settings { resolver: Arc::new(table(&[(NAME, "127.0.0.1")])), ..Settings::default() };
        set(&mut settings);
        let (egress, proxy) = open(Arc::clone(&road) as Arc<dyn Road>, settings);
        Self { egress: Some(egress), road, proxy }
    }

    pub(crate) fn egress(&self) -> &Egress {
        self.egress.as_ref().unwrap()
    }

    /// Waits until no connection is open any more.
    pub(crate) fn wait_until_empty(&self) {
        while self.egress().counts().open > 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    pub(crate) fn stop(&mut self) {
        self.egress.take().unwrap().stop();
    }

    pub(crate) fn connect(&self) -> TcpStream {
        connect(self.proxy)
    }

    /// Says something to the proxy and returns everything that it answers until it ends the connection.
    pub(crate) fn say(&self, text: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect();
        stream.write_all(text.as_ref()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok();
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// A tunnel to `target`, or what was answered instead.
    pub(crate) fn tunnel(&self, target: &str) -> Result<TcpStream, String> {
        tunnel(self.proxy, target)
    }
}

/// A broker with any road, and where its proxy is.
pub(crate) fn open(road: Arc<dyn Road>, settings: Settings) -> (Egress, SocketAddr) {
    let doors = doors();
    let address = doors.proxy.local_addr().unwrap();
    (Egress::open(doors, road, settings).unwrap(), address)
}

/// Doors on this machine.
pub(crate) fn doors() -> Doors {
    let listen = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let dns_udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    Doors { proxy: listen(), any_tcp: listen(), dns_udp, dns_tcp: listen() }
}

/// A tunnel through the proxy, or what was answered instead.
pub(crate) fn tunnel(proxy: SocketAddr, target: &str) -> Result<TcpStream, String> {
    let mut stream = connect(proxy);
    write!(stream, "CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n").unwrap();
    let head = read_head(&mut stream);
    if head.starts_with("HTTP/1.1 200 ") {
        return Ok(stream);
    }
    let mut rest = String::new();
    stream.read_to_string(&mut rest).ok();
    Err(head + &rest)
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    // Nothing that works takes so long; what does not fails instead of hanging.
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

pub(crate) fn table(names: &[(&str, &str)]) -> Table {
    let mut table = Table::default();
    for (name, address) in names {
        let addresses = table.0.entry(Host::parse(name).unwrap()).or_default();
        addresses.push(address.parse::<IpAddr>().unwrap());
    }
    table
}

/// Reads up to and with the empty line.
pub(crate) fn read_head(stream: &mut TcpStream) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count > 0) {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// A server on a port of its own; each connection is handed to `serve` in a thread.
pub(crate) fn server(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = Arc::new(serve);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (serve, stream) = (Arc::clone(&serve), stream.unwrap());
            std::thread::spawn(move || serve(stream));
        }
    });
    port
}

/// A server that sends back what it receives.
pub(crate) fn echo() -> u16 {
    server(|stream| drop(std::io::copy(&mut &stream, &mut &stream)))
}

/// How many times a server was connected to; it answers nothing.
pub(crate) fn counting() -> (u16, Arc<Mutex<usize>>) {
    let count = Arc::new(Mutex::new(0));
    let counter = Arc::clone(&count);
    let port = server(move |_| *counter.lock().unwrap() += 1);
    (port, count)
}
