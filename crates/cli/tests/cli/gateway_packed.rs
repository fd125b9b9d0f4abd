//! Prompts and answers that were packed to be sent: they are looked into like others, and go on unpacked.

use crate::gateway::Gateway;
use crate::gateway_faults::{self as faults, MESSAGE, says};
use crate::harness::Machine;
use crate::model::{Model, SAY_AGAIN};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zstd(text: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
}

fn send(gateway: &Gateway, coding: &str, body: &[u8]) -> (u16, String) {
    let length = body.len();
    let head = format!(
        "POST /v1/messages HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Encoding: {coding}\r\nContent-Length: {length}\r\n\r\n"
    );
    gateway.send(&[head.as_bytes(), body].concat())
}

#[test]
fn a_secret_in_a_packed_prompt_stays_here_as_well() {
    let (machine, model) = (Machine::new(), Model::start("true"));
    let gateway = Gateway::start(&machine, &model);
    let secret = ["Blue", "Tiger", "-", "4471", "-", "Quartz"].concat();
    let prompt = serde_json::json!({
        "model": "claude-opus-4-1", "max_tokens": 9,
        "messages": [{"role": "user", "content": format!("my settings: DB_PASSWORD={secret}\nnow {SAY_AGAIN}{secret}")}],
    })
    .to_string();
    for (coding, body) in [("gzip", gzip(prompt.as_bytes())), ("zstd", zstd(prompt.as_bytes()))] {
        let (status, answer) = send(&gateway, coding, &body);
        assert_eq!(status, 200, "{coding}: {answer}");
        assert!(answer.contains(&format!("It was {secret}, I think.")), "{coding}: {answer}");
    }
    let heard = model.heard();
    assert_eq!(heard.len(), 2);
    for request in heard {
        let body = request.body.to_string();
        assert!(!body.contains(&secret) && body.contains("DB_PASSWORD=ZQ"), "{body}");
        assert!(!request.head.to_ascii_lowercase().contains("content-encoding"), "{}", request.head);
    }
}

#[test]
fn what_can_not_be_unpacked_or_has_no_end_goes_nowhere() {
    let (machine, model) = (Machine::new(), Model::start("true"));
    let gateway = Gateway::start(&machine, &model);
    let prompt = b"{\"model\":\"a\",\"messages\":[]}";
    let packed = gzip(prompt);
    let twice = [packed.clone(), packed.clone()].concat();
    for (coding, body, expected) in [
        ("br", &packed[..], 415),
        ("gzip, gzip", &gzip(&packed)[..], 415),
        ("gzip", &prompt[..], 400),
        ("gzip", &packed[..packed.len() - 4], 400),
        ("gzip", &twice[..], 400),
        ("zstd", &packed[..], 400),
        ("gzip", &gzip(&gzip(prompt))[..], 400),
        ("gzip", &gzip(&vec![b' '; (64 << 20) + 1])[..], 413),
        ("zstd", &zstd(&vec![b' '; (64 << 20) + 1])[..], 413),
    ] {
        let (status, answer) = send(&gateway, coding, body);
        assert_eq!(status, expected, "{coding}: {answer}");
    }
    assert!(model.heard().is_empty());
}

#[test]
fn a_packed_answer_is_read_and_a_packed_stream_is_none() {
    let packed = gzip(MESSAGE.as_bytes());
    let whole = |kind: &str, body: &[u8]| {
        let length = body.len();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n"
        );
        [head.as_bytes(), body].concat()
    };
    let answers = [
        (whole("application/json", &packed), true),
        (whole("application/json", MESSAGE.as_bytes()), false),
        (whole("application/json", &packed[..packed.len() - 1]), false),
        (whole("text/event-stream", &packed), false),
    ];
    let machine = Machine::new();
    let server = faults::Server::start(answers.iter().map(|(answer, _)| says(answer.clone())).collect());
    let gateway = faults::Gateway::start(&machine, &server);
    for (number, (_, is_read)) in answers.iter().enumerate() {
        let (answer, _) = gateway.ask();
        let status = if *is_read { "HTTP/1.1 200 " } else { "HTTP/1.1 502 " };
        assert!(answer.starts_with(status) && answer.contains("fine") == *is_read, "{number}: {answer}");
        assert!(!answer.to_ascii_lowercase().contains("content-encoding"), "{answer}");
    }
}
