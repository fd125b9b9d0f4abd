//! A container engine, asked by somebody who wants to start something.

use crate::kit::Scene;
use portcullis_gateway::sockets::{Kind, Service, Settings};
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::sync::Mutex;

/// An engine that answers whatever comes, once, with what its path asks for.
fn engine(mut stream: UnixStream, heard: &Mutex<Vec<Vec<u8>>>) {
    let (mut said, mut piece) = (Vec::new(), [0; 4096]);
    while !said.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return,
            Ok(count) => said.extend_from_slice(&piece[..count]),
        }
    }
    let text = String::from_utf8_lossy(&said).into_owned();
    heard.lock().unwrap().push(said);
    let answer = match text.split(' ').nth(1).unwrap() {
        "/containers/switch/json" => "HTTP/1.1 101 Switching\r\nUpgrade: tcp\r\n\r\nraw".to_owned(),
        "/containers/odd/json" => "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{\"Env\":[".to_owned(),
        "/containers/deep/json" => {
            let text = "[".repeat(100_000);
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{text}", text.len())
        }
        "/containers/two/json" => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}".to_owned(),
        "/containers/endless/json" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            while stream.write_all(&vec![b' '; 65536]).is_ok() {}
            return;
        }
        "/containers/a/json" => {
            let text = r#"{"Env":["A=secret"],"Env2":1,"x":{"eNv":["B=secret"]},"Env":["C=secret"]}"#;
            format!("HTTP/1.1 200 OK\r\nX-Secret: secret\r\nContent-Length: {}\r\n\r\n{text}", text.len())
        }
        "/containers/a/logs?follow=1&stdout=1" => {
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3;x=y\r\ntwo\r\n0\r\nX-Trailer: a\r\n\r\n"
                .to_owned()
        }
        _ => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK".to_owned(),
    };
    stream.write_all(answer.as_bytes()).ok();
}

fn scene(allows: &[&'static str]) -> Scene {
    Scene::new(Service::Engine(Kind::Docker), allows, Settings::default(), engine)
}

fn say(scene: &Scene, text: &str) -> String {
    String::from_utf8_lossy(&scene.say(text.as_bytes())).into_owned()
}

#[test]
fn what_reaches_the_engine_is_written_anew() {
    let scene = scene(&["read"]);
    let said = say(
        &scene,
        "GET /_ping HTTP/1.1\r\nHost: evil\r\nX-Registry-Auth: a\r\nConnection: keep-alive, x\r\nContent-Length: 0\r\n\r\n",
    );
    assert!(said.ends_with("\r\n\r\nOK"), "{said}");
    assert_eq!(scene.heard(), [b"GET /_ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"]);
}

#[test]
fn no_request_is_hidden_behind_another_and_none_has_a_body() {
    let hidden = "POST /containers/create HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}";
    for text in [
        format!("GET /_ping HTTP/1.1\r\nContent-Length: {}\r\n\r\n{hidden}", hidden.len()),
        format!("GET /_ping HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}"),
        format!("GET /_ping HTTP/1.1\r\nTransfer-Encoding: xchunked\r\nContent-Length: 0\r\n\r\n{hidden}"),
        format!("GET /_ping HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n{hidden}"),
        format!("GET /_ping HTTP/1.1\r\nContent-Length: +0\r\n\r\n{hidden}"),
        "GET /_ping HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n".to_owned(),
        "GET /_ping HTTP/1.1\r\nUpgrade: h2c\r\n\r\n".to_owned(),
        "GET /_ping HTTP/1.1\nHost: a\n\n".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        format!("GET /_ping HTTP/1.1\r\nA: {}\r\n\r\n", "a".repeat(70_000)),
    ] {
        let scene = scene(&["read", "change"]);
        let said = say(&scene, &text);
        assert!(said.starts_with("HTTP/1.1 400"), "{text}: {said}");
        assert_eq!(scene.heard(), Vec::<Vec<u8>>::new(), "{text}");
    }
}

#[test]
fn a_second_request_is_asked_about_by_itself() {
    let scene = scene(&["read"]);
    let said =
        say(&scene, "GET /_ping HTTP/1.1\r\n\r\nPOST /containers/create HTTP/1.1\r\n\r\nGET /version HTTP/1.1\r\n\r\n");
    assert!(said.contains("403 Forbidden") && said.contains("no (policy:1); to allow it: add a line"), "{said}");
    assert_eq!(scene.heard().len(), 2, "the two questions, and nothing else");
}

#[test]
fn what_would_change_something_is_denied_as_such_and_nothing_behind_it_is_read() {
    let scene = scene(&["read"]);
    let hidden = "GET /version HTTP/1.1\r\n\r\n";
    for framing in [
        format!("Content-Length: {}", hidden.len() + 9),
        "Transfer-Encoding: chunked".to_owned(),
        "Upgrade: tcp".to_owned(),
    ] {
        let said = say(&scene, &format!("POST /containers/create HTTP/1.1\r\n{framing}\r\n\r\n{hidden}"));
        assert!(said.starts_with("HTTP/1.1 403") && said.matches("HTTP/1.1 ").count() == 1, "{said}");
    }
    assert_eq!(scene.heard(), Vec::<Vec<u8>>::new());
    let asked = scene.record.asked.lock().unwrap().clone();
    assert!(asked.iter().all(|asked| asked.verb.as_deref() == Some("POST containers create")), "{asked:?}");
}

#[test]
fn values_stay_outside_whatever_the_answer_looks_like() {
    let scene = scene(&["read"]);
    let said = say(&scene, "GET /containers/a/json HTTP/1.1\r\n\r\n");
    assert!(!said.contains("secret"), "{said}");
    for odd in ["switch", "odd", "deep", "two", "endless"] {
        let said = say(&scene, &format!("GET /containers/{odd}/json HTTP/1.1\r\n\r\n"));
        assert!(said.starts_with("HTTP/1.1 502"), "{odd}: {said}");
    }
}

#[test]
fn what_streams_is_handed_on_in_chunks_of_our_own() {
    let scene = scene(&["read"]);
    let said = say(&scene, "GET /containers/a/logs?follow=1&stdout=1 HTTP/1.1\r\n\r\n");
    assert!(said.ends_with("\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"), "{said}");
}

#[test]
fn an_engine_that_is_not_there_is_told_as_one() {
    let scene = scene(&["read"]);
    std::fs::remove_file(scene.door().with_file_name("outside")).unwrap();
    let said = say(&scene, "GET /_ping HTTP/1.1\r\n\r\n");
    assert!(said.starts_with("HTTP/1.1 502") && said.contains("docker can't be asked"), "{said}");
}
