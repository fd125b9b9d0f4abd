//! How often `portcullis gateway` lets models be asked, and for how much; what it tells whoever watches it; how it ends.

use crate::gateway::Gateway;
use crate::harness::Machine;
use crate::model::{Model, USE_A_TOOL};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::mpsc;
use std::time::Duration;

fn start(policy: &str) -> (Machine, Model, Gateway) {
    let (machine, model) = (Machine::new(), Model::start("echo harmless"));
    machine.write_user_policy(policy);
    let gateway = Gateway::start(&machine, &model);
    (machine, model, gateway)
}

fn prompt(model: &str, text: &str) -> Value {
    let tool = json!({"name": "Bash", "description": "Runs a command", "input_schema": {"type": "object"}});
    json!({"model": model, "max_tokens": 9, "stream": true, "tools": [tool], "messages": [{"role": "user", "content": text}]})
}

fn ask(gateway: &Gateway, model: &str) -> (u16, String) {
    gateway.post("/v1/messages", &prompt(model, "hello"))
}

/// All of an answer, head included.
fn raw(gateway: &Gateway, request: &str) -> String {
    let mut stream = TcpStream::connect(&gateway.place).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn get(gateway: &Gateway, path: &str) -> String {
    raw(gateway, &format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
}

fn recorded(machine: &Machine) -> String {
    String::from_utf8(machine.output(&["log", "export", "--format", "jsonl"]).stdout).unwrap()
}

#[test]
fn whoever_asks_too_often_is_told_when_to_come_again_in_words_of_the_interface() {
    let (machine, model, gateway) = start("[[gateway.limits]]\nname = 'team'\nrequests = '60/h'\nburst = 2\n");
    assert_eq!((ask(&gateway, "a").0, ask(&gateway, "b").0), (200, 200));
    let body = prompt("a", "hello").to_string();
    for (path, word) in [
        ("/v1/messages", "rate_limit_error"),
        ("/v1/responses", "rate_limit_exceeded"),
        ("/v1beta/models/g:generateContent", "RESOURCE_EXHAUSTED"),
    ] {
        let length = body.len();
        let head = format!("POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
        let answer = raw(&gateway, &format!("{head}{body}"));
        assert!(answer.starts_with("HTTP/1.1 429 ") && answer.contains(word), "{answer}");
        let wait = answer.lines().find_map(|line| line.strip_prefix("Retry-After: ")).unwrap();
        assert!((1..=60).contains(&wait.trim().parse::<u64>().unwrap()), "{answer}");
    }
    assert_eq!(model.heard().len(), 2);
    let log = recorded(&machine);
    assert_eq!(log.matches("the limit `team` of requests is reached").count(), 3, "{log}");
}

#[test]
fn each_key_has_a_limit_of_its_own() {
    let (machine, _, gateway) = start("[[gateway.limits]]\nname = 'each'\neach = 'key'\nrequests = '1/h'\n");
    let keys = ["one", "two"].map(|name| machine.json(&["key", "create", name]).1["key"].as_str().unwrap().to_owned());
    let with = |key: &str| {
        let body = prompt("a", "hello").to_string();
        let length = body.len();
        let head = format!(
            "POST /v1/messages HTTP/1.1\r\nHost: a\r\nx-api-key: {key}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
        );
        gateway.send(format!("{head}{body}").as_bytes())
    };
    assert_eq!((with(&keys[0]).0, with(&keys[1]).0), (200, 200));
    let (status, words) = with(&keys[0]);
    assert!(status == 429 && words.contains("is reached for one"), "{words}");
}

#[test]
fn one_call_too_many_becomes_a_text_that_says_so() {
    let (machine, _, gateway) = start("[[gateway.limits]]\nname = 'calls'\ncalls = '1/h'\n");
    let asked = prompt("a", &format!("please {USE_A_TOOL}"));
    let (_, first) = gateway.post("/v1/messages", &asked);
    assert!(first.contains("echo harmless"), "{first}");
    let (status, second) = gateway.post("/v1/messages", &asked);
    assert!(status == 200 && !second.contains("echo harmless"), "{second}");
    assert!(second.contains("the limit `calls` of calls of tools is reached"), "{second}");
    assert!(second.contains("message_stop"), "{second}");
    assert!(recorded(&machine).contains("a call of `Bash`"));
}

#[test]
fn a_budget_is_kept_over_a_restart_and_what_can_not_be_read_counts_as_spent() {
    // The fake model tells two tokens for each exchange; a request is about fifty of them.
    let (machine, model, gateway) = start("[[gateway.limits]]\nname = 'day'\ntokens = '200/day'\n");
    while ask(&gateway, "a").0 == 200 {
        assert!(model.heard().len() < 200, "it never ends");
    }
    let spent = model.heard().len();
    assert!(spent > 10, "{spent}");
    let (status, words) = ask(&gateway, "a");
    assert!(status == 429 && words.contains("the limit `day` of tokens is reached"), "{words}");
    drop(gateway);
    let file = machine.state().join("gateway-budgets.json");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(ask(&Gateway::start(&machine, &model), "a").0, 429);
    let kept = fs::read_to_string(&file).unwrap();
    for bad in [String::new(), kept.replace("\"version\":1", "\"version\":9"), kept.replace("day", "d\"y")] {
        fs::write(&file, bad).unwrap();
        let (status, words) = ask(&Gateway::start(&machine, &model), "a");
        assert!(status == 429 && words.contains("nobody can tell what was spent"), "{words}");
    }
    fs::write(&file, &kept).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(ask(&Gateway::start(&machine, &model), "a").0, 429);
    assert_eq!(model.heard().len(), spent);
    fs::remove_file(&file).unwrap();
    assert_eq!(ask(&Gateway::start(&machine, &model), "a").0, 200);
}

#[test]
fn many_at_once_do_not_spend_more_than_there_is() {
    // Each holds about fifty tokens while it is under way, so no more than two of them are.
    let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let machine = Machine::new();
    machine.write_user_policy("[[gateway.limits]]\nname = 'day'\ntokens = '120/day'\n");
    let gateway = Gateway::before(&machine, held.local_addr().unwrap().port());
    let (done, all) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..10 {
            let (gateway, done) = (&gateway, done.clone());
            scope.spawn(move || done.send(ask(gateway, "a").0).unwrap());
        }
        // Those that were refused are answered while the others wait for a server that says nothing.
        let refused: Vec<u16> = all.iter().take(8).collect();
        assert_eq!(refused, [429; 8]);
        for _ in 0..2 {
            drop(held.accept().unwrap());
        }
    });
}

#[test]
fn money_needs_a_price_and_is_on_the_record() {
    let limit = "[[gateway.limits]]\nname = 'money'\ncost = '1 USD/day'\n";
    let (machine, model, gateway) = start(limit);
    let (status, words) = ask(&gateway, "claude-x");
    assert!(status == 403 && words.contains("[[gateway.prices]]") && words.contains("self-hosted/claude-x"), "{words}");
    assert!(model.heard().is_empty());
    drop(gateway);
    let price = "[[gateway.prices]]\nmodels = ['self-hosted/claude-*']\ninput = 1000\noutput = 2000\n";
    machine.write_user_policy(&format!("{limit}{price}"));
    let gateway = Gateway::start(&machine, &model);
    assert_eq!(ask(&gateway, "claude-x").0, 200);
    // One token in and one out, at a thousand and two thousand dollars for a million.
    assert!(recorded(&machine).contains("\"cost_microdollars\":3000"), "{}", recorded(&machine));
}

#[test]
fn two_gateways_do_not_share_a_budget() {
    let (machine, _, _gateway) = start("[[gateway.limits]]\nname = 'day'\ntokens = '200/day'\n");
    let output = machine.run(&["gateway", "--listen", "127.0.0.1:0"]);
    assert!(output.contains("another gateway keeps the budgets"), "{output}");
}

#[test]
fn whoever_watches_needs_no_key_learns_no_name_and_leaves_no_record() {
    let (machine, _, gateway) = start("");
    let (_, made) = machine.json(&["key", "create", "name-of-a-key"]);
    let key = made["key"].as_str().unwrap();
    let body = prompt("a\\\"b", "hello").to_string();
    let length = body.len();
    let head = format!(
        "POST /v1/messages HTTP/1.1\r\nHost: a\r\nx-api-key: {key}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    );
    assert_eq!(gateway.send(format!("{head}{body}").as_bytes()).0, 200);
    assert_eq!(ask(&gateway, "a").0, 401);
    let before = recorded(&machine);
    assert!(get(&gateway, "/healthz").starts_with("HTTP/1.1 200 ") && get(&gateway, "/readyz").ends_with("ready\n"));
    let metrics = get(&gateway, "/metrics");
    for line in [
        "portcullis_exchanges_total{interface=\"messages\",status=\"200\"} 1",
        "portcullis_refused_total{reason=\"no-key\"} 1",
        "portcullis_tokens_total{model=\"self-hosted/a\\\\\\\"b\",kind=\"in\"} 1",
        "portcullis_exchange_seconds_count 1",
    ] {
        assert!(metrics.contains(&format!("\n{line}\n")), "{line}: {metrics}");
    }
    // The one that asks, and whoever has not quite gone yet.
    let open = metrics.lines().find_map(|line| line.strip_prefix("portcullis_open_connections ")).unwrap();
    assert!((1..=3).contains(&open.parse::<u64>().unwrap()), "{metrics}");
    assert!(!metrics.contains("name-of-a-key") && !metrics.contains("portcullis_0"), "{metrics}");
    assert_eq!(recorded(&machine), before);
    // Whatever is not exactly asked so is asked like everything else.
    assert!(get(&gateway, "/metrics?x").starts_with("HTTP/1.1 401 "));
    assert!(get(&gateway, "/../metrics").starts_with("HTTP/1.1 401 "));
}

/// A server that begins to answer and goes on when it is told to.
fn slow_server() -> (u16, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (began, has_begun) = mpsc::channel();
    let (go_on, goes_on) = mpsc::channel::<()>();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // Whoever comes next finds nobody.
        drop(listener);
        let mut buffer = vec![0; 1 << 16];
        drop(stream.read(&mut buffer));
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n").unwrap();
        began.send(()).unwrap();
        goes_on.recv().ok();
        stream.write_all(b"data: {\"type\":\"message_start\",\"message\":{\"content\":[],\"usage\":{}}}\n\ndata: {\"type\":\"message_stop\"}\n\n").ok();
    });
    (port, has_begun, go_on)
}

fn signal(gateway: &Gateway, signal: Signal) {
    kill_process(Pid::from_raw(i32::try_from(gateway.id()).unwrap()).unwrap(), signal).unwrap();
}

#[test]
fn what_is_under_way_goes_on_to_its_end_and_nothing_new_is_taken() {
    let machine = Machine::new();
    let (port, has_begun, go_on) = slow_server();
    let mut gateway = Gateway::before(&machine, port);
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| ask(&gateway, "a"));
        has_begun.recv().unwrap();
        signal(&gateway, Signal::TERM);
        while !get(&gateway, "/readyz").starts_with("HTTP/1.1 503 ") {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(ask(&gateway, "b").0, 503);
        go_on.send(()).unwrap();
        let (status, answer) = asked.join().unwrap();
        assert!(status == 200 && answer.contains("message_stop"), "{answer}");
    });
    assert_eq!(gateway.ended(), Some(0));
    assert!(recorded(&machine).contains("\"op\":\"response\""));
}

#[test]
fn whoever_asks_twice_does_not_wait() {
    let machine = Machine::new();
    let (port, has_begun, go_on) = slow_server();
    let place = format!("--upstream=messages=http://127.0.0.1:{port}");
    let mut gateway = Gateway::with_arguments(&machine, &[&place, "--drain", "1h"], |_| ());
    let mut stream = TcpStream::connect(&gateway.place).unwrap();
    let body = prompt("a", "hello").to_string();
    write!(stream, "POST /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    has_begun.recv().unwrap();
    signal(&gateway, Signal::TERM);
    while !get(&gateway, "/readyz").starts_with("HTTP/1.1 503 ") {
        std::thread::sleep(Duration::from_millis(20));
    }
    signal(&gateway, Signal::TERM);
    assert_eq!(gateway.ended(), Some(0));
    drop(go_on);
}

#[test]
fn what_does_not_end_in_time_is_cut_and_on_the_record_as_cut() {
    let machine = Machine::new();
    let (port, has_begun, go_on) = slow_server();
    let place = format!("--upstream=messages=http://127.0.0.1:{port}");
    let mut gateway = Gateway::with_arguments(&machine, &[&place, "--drain", "1s"], |_| ());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut stream = TcpStream::connect(&gateway.place).unwrap();
            let body = prompt("a", "hello").to_string();
            write!(stream, "POST /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}", body.len())
                .unwrap();
            drop(stream.read_to_end(&mut Vec::new()));
        });
        has_begun.recv().unwrap();
        signal(&gateway, Signal::TERM);
    });
    assert_eq!(gateway.ended(), Some(0));
    drop(go_on);
    assert!(recorded(&machine).contains("\"finish\":\"cut\""), "{}", recorded(&machine));
}

#[test]
fn policy_is_read_anew_while_streams_go_on_and_one_that_can_not_be_read_changes_nothing() {
    let machine = Machine::new();
    let (port, has_begun, go_on) = slow_server();
    let gateway = Gateway::before(&machine, port);
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| ask(&gateway, "a"));
        has_begun.recv().unwrap();
        let says = |policy: &str, status: u16, words: &str| {
            machine.write_user_policy(policy);
            signal(&gateway, Signal::HUP);
            for _ in 0..500 {
                let (is, answer) = ask(&gateway, "b");
                if is == status && answer.contains(words) {
                    return;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            panic!("{policy}: {:?}", ask(&gateway, "b"));
        };
        says("[models]\nallow = [\"!self-hosted/*\"]\notherwise = \"deny\"\n", 403, "this is denied");
        says("[[gateway.limits]]\nname = 'none'\nrequests = '1/day'\n", 429, "the limit `none`");
        says("[[gateway.limits]]\nname = 'none'\nrequests = 'much'\n", 429, "the limit `none`");
        says("this is no policy", 429, "the limit `none`");
        // Another model than the one it began with would have to be loaded, and can't be meanwhile.
        says("[injection]\nmodel = '/nowhere'\n", 429, "the limit `none`");
        says("[gateway]\nkeys = 'required'\n[[gateway.limits]]\nname = 'day'\ntokens = '1k/day'\n", 401, "no key");
        go_on.send(()).unwrap();
        let (status, answer) = asked.join().unwrap();
        assert!(status == 200 && answer.contains("message_stop"), "{answer}");
    });
}
