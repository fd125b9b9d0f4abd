//! Requests over plain HTTP, through the proxy and in tunnels.

use crate::kit::{Broker, NAME, counting, read_head, server};
use portcullis_gateway::egress::{Notice, Refusal};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::sync::{Arc, Mutex};

/// A server that remembers what it hears and answers each request with `reply`.
fn remembering(reply: &'static str) -> (u16, Arc<Mutex<Vec<String>>>) {
    let requests = Arc::new(Mutex::new(Vec::new()));
    let all = Arc::clone(&requests);
    let port = server(move |mut stream| {
        loop {
            let head = read_head(&mut stream);
            if head.is_empty() {
                return;
            }
            let length =
                head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).map_or(0, |it| it.parse().unwrap());
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            all.lock().unwrap().push(head + &String::from_utf8(body).unwrap());
            stream.write_all(reply.as_bytes()).unwrap();
            if reply.contains("Connection: close") {
                return;
            }
        }
    });
    (port, requests)
}

const YES: &str = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes";

/// Reads an answer with a length.
fn answer(stream: &mut TcpStream) -> String {
    let head = read_head(stream);
    let length =
        head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).map_or(0, |it| it.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    head + &String::from_utf8(body).unwrap()
}

#[test]
fn each_request_on_a_kept_connection_is_asked_about_anew() {
    let (port, heard) = remembering(YES);
    let broker = Broker::new(&[NAME, "127.0.0.1"], &[port]);
    let mut stream = broker.connect();
    for path in ["/a", "/b?secret=1"] {
        write!(
            stream,
            "GET http://{NAME}:{port}{path} HTTP/1.1\r\nHost: {NAME}:{port}\r\nProxy-Connection: keep-alive\r\n\r\n"
        )
        .unwrap();
        assert!(answer(&mut stream).ends_with("\r\n\r\nyes"));
    }
    write!(stream, "GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n").unwrap();
    let mut denied = String::new();
    stream.read_to_string(&mut denied).ok();
    assert!(denied.starts_with("HTTP/1.1 403 "), "{denied}");
    assert!(denied.contains("portcullis: denied GET http://evil.example:80/\n"), "{denied}");
    let here = format!("{NAME}:{port}");
    // The connection was kept, so the name was looked up once.
    assert_eq!(
        broker.road.asked(),
        [here.clone(), format!("127.0.0.1:{port}"), here.clone(), "evil.example:80".to_owned()]
    );
    assert_eq!(
        *heard.lock().unwrap(),
        [
            format!("GET /a HTTP/1.1\r\nHost: {here}\r\n\r\n"),
            format!("GET /b?secret=1 HTTP/1.1\r\nHost: {here}\r\n\r\n")
        ]
    );
}

#[test]
fn bodies_pass_both_ways_in_every_form() {
    let port = server(|mut stream| {
        // Answers with what it heard, in chunks.
        let head = read_head(&mut stream);
        let mut body = Vec::new();
        if head.contains("Transfer-Encoding: chunked") {
            while !body.ends_with(b"0\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                body.push(byte[0]);
            }
        } else {
            let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap().parse().unwrap();
            body.resize(length, 0);
            stream.read_exact(&mut body).unwrap();
        }
        write!(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
        for piece in body.chunks(1000) {
            write!(stream, "{:X};x=y\r\n", piece.len()).unwrap();
            stream.write_all(piece).unwrap();
            stream.write_all(b"\r\n").unwrap();
        }
        write!(stream, "0\r\nTrailer: gone\r\n\r\n").unwrap();
    });
    let broker = Broker::new(&[NAME, "127.0.0.1"], &[port]);
    let curl = |extra: &[&str]| {
        let mut curl = Command::new("curl");
        curl.args(["-sS", "--noproxy", "", "-H", "Expect:", "--data-binary", "@-", "--proxy"])
            .arg(format!("http://{}", broker.proxy));
        let mut child = curl
            .args(extra)
            .arg(format!("http://{NAME}:{port}/"))
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let text: String = "0123456789 abcdef\n".repeat(20_000);
        let mut input = child.stdin.take().unwrap();
        let copy = text.clone();
        let writing = std::thread::spawn(move || input.write_all(copy.as_bytes()).unwrap());
        let output = child.wait_with_output().unwrap();
        writing.join().unwrap();
        (text, String::from_utf8(output.stdout).unwrap())
    };
    let (sent, received) = curl(&[]);
    assert!(sent == received, "{} {}", sent.len(), received.len());
    let (sent, received) = curl(&["-H", "Transfer-Encoding: chunked"]);
    let joined = received.split("\r\n").skip(1).step_by(2).collect::<String>();
    assert!(joined == sent, "{} {}", sent.len(), joined.len());
}

#[test]
fn a_client_that_waits_to_be_told_to_go_on_is_told() {
    let port = server(|mut stream| {
        read_head(&mut stream);
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
        let mut body = [0; 5];
        stream.read_exact(&mut body).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n").unwrap();
        stream.write_all(&body).unwrap();
    });
    let broker = Broker::new(&[NAME, "127.0.0.1"], &[port]);
    let mut stream = broker.connect();
    write!(
        stream,
        "PUT http://{NAME}:{port}/ HTTP/1.1\r\nHost: {NAME}:{port}\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
    )
    .unwrap();
    assert!(read_head(&mut stream).starts_with("HTTP/1.1 100 "));
    stream.write_all(b"hello").unwrap();
    assert!(answer(&mut stream).ends_with("\r\n\r\nhello"));
}

#[test]
fn a_server_that_answers_before_it_has_heard_everything_is_heard() {
    let port = server(|mut stream| {
        read_head(&mut stream);
        stream.write_all(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno").unwrap();
        std::io::copy(&mut stream, &mut std::io::sink()).ok();
    });
    let broker = Broker::new(&[NAME, "127.0.0.1"], &[port]);
    let mut stream = broker.connect();
    write!(stream, "PUT http://{NAME}:{port}/ HTTP/1.1\r\nHost: {NAME}:{port}\r\nContent-Length: 5000000\r\n\r\nbegin")
        .unwrap();
    let answer = answer(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.ends_with("\r\n\r\nno"), "{answer}");
}

#[test]
fn an_answer_without_a_length_ends_with_the_connection() {
    let (port, _) = remembering("HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nall of it");
    let broker = Broker::new(&[NAME, "127.0.0.1"], &[port]);
    let answer = broker.say(format!("GET http://{NAME}:{port}/ HTTP/1.0\r\n\r\n"));
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it"), "{answer}");
}

#[test]
fn no_request_hides_in_another() {
    let (port, heard) = remembering(YES);
    let broker = Broker::new(&[NAME, "127.0.0.1"], &[port]);
    let hidden = format!("GET /hidden HTTP/1.1\r\nHost: {NAME}:{port}\r\n\r\n");
    let length = hidden.len();
    for headers in [
        format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n"),
        "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n".to_owned(),
        format!("Content-Length: 0\r\nContent-Length: {length}\r\n"),
        "Transfer-Encoding: identity\r\n".to_owned(),
        "Transfer-Encoding : chunked\r\n".to_owned(),
        "Transfer-Encoding:\r\n chunked\r\n".to_owned(),
        "X: y\nTransfer-Encoding: chunked\r\n".to_owned(),
        "X: y\rTransfer-Encoding: chunked\r\n".to_owned(),
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n".to_owned(),
        format!("Connection: content-length\r\nContent-Length: {length}\r\n"),
    ] {
        let request = format!("POST http://{NAME}:{port}/ HTTP/1.1\r\nHost: {NAME}:{port}\r\n{headers}\r\n{hidden}");
        let answer = broker.say(&request);
        assert!(answer.starts_with("HTTP/1.1 400 "), "{request:?}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    }
    assert!(broker.road.asked().is_empty());
    let bad_chunk = format!(
        "POST http://{NAME}:{port}/ HTTP/1.1\r\nHost: {NAME}:{port}\r\nTransfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n{hidden}"
    );
    assert!(broker.say(bad_chunk).starts_with("HTTP/1.1 400 "));
    assert!(heard.lock().unwrap().iter().all(|request| !request.contains("hidden")));
}

#[test]
fn what_follows_a_request_is_the_next_request_and_is_asked_about() {
    let (port, heard) = remembering(YES);
    let broker = Broker::new(&[NAME, "127.0.0.1"], &[port]);
    let here = format!("{NAME}:{port}");
    let answers = broker.say(format!(
        "POST http://{here}/1 HTTP/1.1\r\nHost: {here}\r\nContent-Length: 2\r\n\r\nokGET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n"
    ));
    assert!(answers.contains("HTTP/1.1 200 OK") && answers.contains("HTTP/1.1 403 "), "{answers}");
    assert_eq!(*heard.lock().unwrap(), [format!("POST /1 HTTP/1.1\r\nHost: {here}\r\nContent-Length: 2\r\n\r\nok")]);
}

#[test]
fn plain_http_in_a_tunnel_is_read_as_well() {
    let (port, heard) = remembering(YES);
    let broker = Broker::new(&[NAME, "127.0.0.1"], &[port]);
    let here = format!("{NAME}:{port}");
    let mut tunnel = broker.tunnel(&here).unwrap();
    write!(tunnel, "GET / HTTP/1.1\r\nHost: {here}\r\n\r\n").unwrap();
    assert!(answer(&mut tunnel).ends_with("\r\n\r\nyes"));
    write!(tunnel, "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n").unwrap();
    let mut refused = String::new();
    tunnel.read_to_string(&mut refused).ok();
    assert!(refused.starts_with("HTTP/1.1 400 "), "{refused}");
    assert_eq!(heard.lock().unwrap().len(), 1);
    assert!(broker.road.asked().len() >= 3);
}

#[test]
fn a_web_socket_is_opened_and_then_bytes_just_move() {
    let port = server(|mut stream| {
        let head = read_head(&mut stream);
        assert!(head.contains("Connection: Upgrade\r\nUpgrade: websocket\r\n"), "{head}");
        stream
            .write_all(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhi")
            .unwrap();
        let mut byte = [0; 3];
        stream.read_exact(&mut byte).unwrap();
        stream.write_all(&byte).unwrap();
    });
    let broker = Broker::new(&[NAME, "127.0.0.1"], &[port]);
    let mut stream = broker.connect();
    write!(
        stream,
        "GET http://{NAME}:{port}/ HTTP/1.1\r\nHost: {NAME}:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    )
    .unwrap();
    let head = read_head(&mut stream);
    assert!(head.starts_with("HTTP/1.1 101 ") && head.contains("Upgrade: websocket\r\n"), "{head}");
    stream.write_all(b"abc").unwrap();
    let mut rest = [0; 5];
    stream.read_exact(&mut rest).unwrap();
    assert_eq!(&rest, b"hiabc");
}

#[test]
fn an_answer_that_clients_would_read_differently_is_not_passed_on() {
    let (port, _) = remembering("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    let broker = Broker::new(&[NAME, "127.0.0.1"], &[port]);
    let answer = broker.say(format!("GET http://{NAME}:{port}/ HTTP/1.1\r\nHost: {NAME}:{port}\r\n\r\n"));
    assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
    broker.road.wait_for(|notice| matches!(notice, Notice::Refused { refusal: Refusal::BadReply(_), .. }));
}

#[test]
fn what_is_denied_does_not_leave_and_says_what_to_do() {
    let (port, connections) = counting();
    let broker = Broker::new(&[], &[port]);
    let answer = broker.say(format!("GET http://{NAME}:{port}/a HTTP/1.1\r\nHost: {NAME}:{port}\r\n\r\n"));
    assert!(answer.starts_with("HTTP/1.1 403 Denied by portcullis: "), "{answer}");
    assert!(answer.contains(&format!("to get it allowed: add \"{NAME}\" to `network.allow`\n")), "{answer}");
    assert_eq!(*connections.lock().unwrap(), 0);
}

#[test]
fn no_odd_beginning_lets_a_request_pass_unread() {
    let (port, heard) = remembering(YES);
    let broker = Broker::new(&[NAME, "127.0.0.1"], &[port]);
    for request in [
        "\r\nGET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        " GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        "GET\t/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        "PROPFIND / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        "GET / http/1.1\r\nHost: evil.example\r\n\r\n",
        "GET / HTTP/1.1\nHost: evil.example\n\n",
        "GET / HTTP/1.1 \r\nHost: evil.example\r\n\r\n",
    ] {
        let mut tunnel = broker.tunnel(&format!("{NAME}:{port}")).unwrap();
        // In two pieces, so that the beginning alone has to be understood.
        tunnel.write_all(&request.as_bytes()[..3]).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(5));
        tunnel.write_all(&request.as_bytes()[3..]).unwrap();
        let mut answer = String::new();
        tunnel.read_to_string(&mut answer).ok();
        assert!(answer.starts_with("HTTP/1.1 400 "), "{request:?}: {answer}");
    }
    assert!(heard.lock().unwrap().is_empty());
}
