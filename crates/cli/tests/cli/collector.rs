//! `portcullis log export --to`: records are pushed to a collector, which here is a real listener on this machine.

use crate::harness::Machine;
use crate::log::three_notes;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

/// A request as the collector saw it.
struct Request {
    path: String,
    content_type: String,
    body: Vec<u8>,
}

/// Answers as many requests as there are answers, one connection each, and gives back what it was asked.
fn collector(answers: Vec<(u16, &'static str)>) -> (String, JoinHandle<Vec<Request>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/logs", listener.local_addr().unwrap());
    let serve = move || answers.into_iter().map(|answer| serve_one(&listener.accept().unwrap().0, answer)).collect();
    (url, std::thread::spawn(serve))
}

fn serve_one(mut stream: &TcpStream, (status, text): (u16, &str)) -> Request {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).unwrap(), 0, "the head ends");
    }
    let header = |name: &str| {
        let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:"))).unwrap();
        line.split_once(':').unwrap().1.trim().to_owned()
    };
    let mut body = vec![0; header("content-length").parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    write!(stream, "HTTP/1.1 {status} -\r\nContent-Length: {}\r\n\r\n{text}", text.len()).unwrap();
    let path = head.split(' ').nth(1).unwrap().to_owned();
    Request { path, content_type: header("content-type"), body }
}

/// The numbers of the records in a request.
fn indexes(request: &Request) -> Vec<u64> {
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let records = body["resourceLogs"][0]["scopeLogs"][0]["logRecords"].as_array().unwrap().clone();
    let index = |record: &Value| {
        let attributes = record["attributes"].as_array().unwrap();
        let found = attributes.iter().find(|attribute| attribute["key"] == "portcullis.index").unwrap();
        found["value"]["intValue"].as_str().unwrap().parse().unwrap()
    };
    records.iter().map(index).collect()
}

fn push(machine: &Machine, url: &str, more: &[&str]) -> (i32, Value) {
    machine.json(&[&["log", "export", "--format", "otlp", "--to", url], more].concat())
}

#[test]
fn a_collector_gets_every_record_once() {
    let machine = three_notes();
    let (url, collector) = collector(vec![(200, "{}")]);
    let pushed = push(&machine, &url, &[]);
    let expected = json!({ "collector": url, "requests": 1, "records": 4, "through": 3, "next": 4 });
    assert_eq!(pushed, (0, expected));
    let requests = collector.join().unwrap();
    assert_eq!((requests[0].path.as_str(), requests[0].content_type.as_str()), ("/v1/logs", "application/json"));
    assert_eq!(indexes(&requests[0]), [0, 1, 2, 3]);
}

#[test]
fn more_records_than_fit_into_a_request_go_in_several_and_none_is_left_out() {
    let machine = Machine::new();
    let log = crate::private_text::ledger(&machine, portcullis_ledger::ContentRule::Omit);
    let now = std::time::SystemTime::now().into();
    log.append_all((0..1100).map(|_| crate::private_text::private("s-1", now, &[])).collect()).unwrap();
    let size = machine.json(&["log", "status"]).1["records"].as_u64().unwrap();
    let (url, collector) = collector(vec![(200, "{}"); 3]);
    let (exit, pushed) = push(&machine, &url, &[]);
    assert_eq!((exit, &pushed["requests"], &pushed["next"]), (0, &json!(3), &json!(size)));
    let got: Vec<u64> = collector.join().unwrap().iter().flat_map(indexes).collect();
    assert_eq!(got, (0..size).collect::<Vec<_>>());
}

#[test]
fn a_collector_that_is_busy_is_asked_again() {
    let machine = three_notes();
    let (url, collector) = collector(vec![(503, "later"), (429, "later"), (200, "")]);
    assert_eq!(push(&machine, &url, &["--first", "2"]).1["records"], 2);
    let requests = collector.join().unwrap();
    assert_eq!(requests.iter().map(indexes).collect::<Vec<_>>(), [[2, 3]; 3], "the same request each time");
}

#[test]
fn a_collector_that_fails_says_where_to_go_on() {
    let machine = Machine::new();
    let log = crate::private_text::ledger(&machine, portcullis_ledger::ContentRule::Omit);
    let now = std::time::SystemTime::now().into();
    log.append_all((0..600).map(|_| crate::private_text::private("s-1", now, &[])).collect()).unwrap();
    let (url, first) = collector(vec![(200, "{}"), (400, "no such thing\nmore")]);
    let output = machine.output(&["log", "export", "--format", "otlp", "--to", &url]);
    let shown = machine.show(&output).replace(&url, "[URL]");
    insta::assert_snapshot!(shown, @"
    exit: 3
    --- stderr
    error: the collector did not take the records: it answers 400: no such thing
      at  [URL]
      why it has 512 records, through number 511
      fix once it is mended, go on with --first 512
    ");
    let sent = first.join().unwrap();
    let (url, second) = collector(vec![(200, "{}")]);
    assert_eq!(push(&machine, &url, &["--first", "512"]).0, 0);
    let rest = second.join().unwrap();
    let got: Vec<u64> = [&sent[0], &rest[0]].into_iter().flat_map(indexes).collect();
    assert_eq!(got, (0..601).collect::<Vec<_>>());
}

#[test]
fn records_that_the_collector_rejects_are_not_taken_for_sent() {
    let machine = three_notes();
    let answer = r#"{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"too large"}}"#;
    let (url, collector) = collector(vec![(200, answer)]);
    let (exit, failure) = push(&machine, &url, &[]);
    collector.join().unwrap();
    assert_eq!(exit, 3);
    let what = failure["error"]["what"].as_str().unwrap();
    assert_eq!(what, "the collector did not take the records: it rejected 1 records: too large");
}

#[test]
fn only_a_collector_nearby_can_be_pushed_to() {
    let machine = three_notes();
    insta::assert_snapshot!(machine.run(&["log", "export", "--format", "otlp", "--to", "https://x/v1/logs"]), @"
    exit: 2
    --- stderr
    error: https:// is not spoken here
      why records are handed to a collector on this machine; carrying them on safely is its work
      fix run a collector beside it that sends on to yours: --to http://127.0.0.1:4318/v1/logs
    ");
    assert_eq!(machine.json(&["log", "export", "--to", "http://127.0.0.1:1/v1/logs"]).0, 2, "only otlp");
    assert_eq!(push(&machine, "http://127.0.0.1:1/v1/logs", &[]).0, 3, "nobody listens there");
}
