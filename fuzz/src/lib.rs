//! What must hold for any bytes. Each function panics where it does not; the targets only call them.

mod gateway;
mod mcp;

pub use gateway::{gateway_json, gateway_reply, gateway_request, gateway_sse};
pub use mcp::gateway_mcp;

use portcullis_event::{AbsPath, Host, Record, Secret};
use portcullis_inspect::replace::{JsonRestorer, Kind, Restorer, Session, TowardLocal};
use portcullis_ledger::export::{Entry, Format, export, import};
use std::path::Path;
use std::sync::Arc;

/// A record that can be read is written, and read again, as it was.
pub fn record_decode(bytes: &[u8]) {
    let Ok(record) = Record::decode(bytes) else { return };
    let once = record.encode().expect("what was read can be written");
    let again = Record::decode(&once).expect("what was written can be read");
    assert_eq!(again, record);
    assert_eq!(again.encode().as_deref(), Ok(once.as_slice()));
}

/// Entries that can be read from a format come back from every format as they were.
pub fn import_from(format: Format, bytes: &[u8]) {
    let entries: Vec<Entry> = import(format, bytes).flatten().collect();
    for format in Format::ALL {
        let mut out = Vec::new();
        export(format, entries.iter().cloned(), &mut out).expect("what was read can be written");
        let back: Result<Vec<Entry>, _> = import(format, out.as_slice()).collect();
        assert_eq!(back.as_ref(), Ok(&entries));
    }
}

/// A host or a path has one spelling, and that is the one which it is shown in.
pub fn host_path(bytes: &[u8]) {
    use std::os::unix::ffi::OsStrExt as _;
    if let Ok(path) = AbsPath::from_os(Path::new(std::ffi::OsStr::from_bytes(bytes))) {
        assert_eq!(AbsPath::parse(path.as_str()).as_ref(), Ok(&path));
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(host) = Host::parse(text) {
        assert_eq!(Host::parse(host.as_str()).as_ref(), Ok(&host));
        assert!(host.is_within(&host));
        assert!(!host.as_str().contains(|c: char| c.is_uppercase() || c.is_whitespace() || c.is_control()));
    }
    if let Ok(path) = AbsPath::parse(text) {
        assert_eq!(AbsPath::parse(path.as_str()).as_ref(), Ok(&path));
        assert!(path.as_str().starts_with('/') && path.components().all(|name| name != ".." && name != "."));
        assert!(path.ancestors().all(|folder| AbsPath::parse(folder).is_ok_and(|folder| path.is_within(&folder))));
    }
}

/// Whatever is unpacked or decoded stays within the limits, and each byte of it leads back to a place in the input.
pub fn decode_layers(bytes: &[u8]) {
    use portcullis_inspect::decode::{Limits, layers};
    let limits = Limits { output: 4 << 20, entry: 1 << 20, entries: 1000, rot13: true, ..Limits::default() };
    layers(bytes, &limits, &mut |layer| {
        let count = layer.bytes().len();
        assert!(count <= limits.entry + 1024);
        for at in [0, count / 2, count.saturating_sub(1)] {
            let origin = layer.map(at..(at + 1).min(count));
            assert!(origin.span.start <= origin.span.end && origin.span.end <= bytes.len());
            if let Some(inside) = origin.inside {
                assert!(inside.span.end <= inside.text.len());
            }
        }
    });
}

/// Whatever is looked at, hits lie in the text and in order, and the same text in pieces shows the same.
pub fn inspect_look(bytes: &[u8]) {
    use portcullis_inspect::{Inspection, Kinds};
    let inspection = Inspection::new(Kinds::ALL);
    let whole = inspection.look(bytes, Some("settings.env"));
    let mut last = 0;
    for hit in &whole.hits {
        assert!(hit.span.start <= hit.span.end && hit.span.end <= bytes.len());
        assert!(last <= hit.span.start);
        last = hit.span.start;
    }
    let mut stream = inspection.stream(Some("settings.env"));
    for piece in bytes.chunks(7) {
        assert!(stream.push(piece).is_empty() || bytes.len() > 32 << 10);
    }
    if bytes.len() < 32 << 10 {
        assert_eq!(stream.finish(), whole);
    }
}

/// A user's rules, up to a NUL, are refused or search the text behind it.
pub fn rule_file(bytes: &[u8]) {
    use portcullis_inspect::engine::{Context, Engine};
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let (rules, text) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let Ok(Ok(file)) = std::str::from_utf8(rules).map(portcullis_patterns::RuleFile::parse) else { return };
    let Ok(rules) = portcullis_patterns::compile_file(&file) else { return };
    let engine = Engine::only(rules);
    for hit in engine.find(text, Context::default()).into_iter().chain(engine.find(bytes, Context::default())) {
        assert!(hit.span.start < hit.span.end && hit.span.end <= bytes.len());
    }
}

/// A session with a few values, and bytes as pieces of a stream: 0xFF ends a piece, 0xF8 to 0xFE stand for a placeholder.
fn stream(bytes: &[u8]) -> (Arc<Session>, Vec<String>, bool) {
    let session = Arc::new(Session::new(&Secret::new([1; 32])));
    let all: Vec<String> = ["a\"b\\c\nd", "hunter2", "ZQ", "\u{1}é", "{\"a\":\"b\"}", "x", "\\u0041"]
        .iter()
        .map(|value| session.placeholder(Kind::Password, value).expect("there is room").to_string())
        .collect();
    let piece = |bytes: &[u8]| -> String {
        let runs = bytes.split_inclusive(|byte| (0xF8..0xFF).contains(byte));
        runs.map(|run| match run.split_last() {
            Some((last, text)) if (0xF8..0xFF).contains(last) => {
                String::from_utf8_lossy(text).into_owned() + &all[usize::from(last - 0xF8)]
            }
            _ => String::from_utf8_lossy(run).into_owned(),
        })
        .collect()
    };
    let has_placeholder = bytes.iter().any(|byte| (0xF8..0xFF).contains(byte));
    let pieces = bytes.split(|byte| *byte == 0xFF).map(piece).collect();
    (session, pieces, has_placeholder)
}

/// Where a stream is cut makes no difference, little is held back, and what is no placeholder stays as it is.
pub fn restore_text(bytes: &[u8]) {
    let (session, pieces, has_placeholder) = stream(bytes);
    let run = |pieces: &[&str]| {
        let mut restorer = Restorer::new(Arc::clone(&session), TowardLocal::promise());
        let mut out = String::new();
        for piece in pieces {
            out += restorer.push(piece).for_local();
            assert!(restorer.held() <= Restorer::MOST_HELD);
        }
        out + restorer.finish().0.for_local()
    };
    let whole = pieces.concat();
    let out = run(&[&whole]);
    assert_eq!(run(&pieces.iter().map(String::as_str).collect::<Vec<_>>()), out);
    assert!(has_placeholder || out == whole);
}

/// The same for the source of JSON; and what was JSON still is.
pub fn restore_json(bytes: &[u8]) {
    let (session, pieces, has_placeholder) = stream(bytes);
    let run = |pieces: &[&str]| {
        let mut restorer = JsonRestorer::document(Arc::clone(&session), TowardLocal::promise());
        let mut out = String::new();
        for piece in pieces {
            out += restorer.push(piece).for_local();
            assert!(restorer.held() <= JsonRestorer::MOST_HELD);
        }
        out + restorer.finish().0.for_local()
    };
    let whole = pieces.concat();
    let out = run(&[&whole]);
    assert_eq!(run(&pieces.iter().map(String::as_str).collect::<Vec<_>>()), out);
    assert!(has_placeholder || out == whole);
    let is_json = |text: &str| serde_json::from_str::<serde_json::Value>(text).is_ok();
    assert!(!is_json(&whole) || is_json(&out));
}

/// Whatever text is searched for what steers or hides, each place that is told lies in it.
pub fn injection_look(bytes: &[u8]) {
    use portcullis_inspect::injection::{Context, Settings, Tier, find, look};
    for path in [None, Some("README.md"), Some("main.c"), Some("AGENTS.md")] {
        for hit in look(bytes, path) {
            assert!(hit.span.start <= hit.span.end && hit.span.end <= bytes.len());
        }
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for hit in find(text, &Settings { context: Context::ToolResult, least: Tier::Note }) {
        assert!(text.get(hit.span).is_some());
    }
}

/// Whatever comes out of a sandbox is read without harm, no more of it is used than there is, and what is understood of it is
/// the same when it is written and read again.
pub fn egress_read(bytes: &[u8]) {
    use portcullis_gateway::egress::{dns::message, hello, http::body, http::head, http::target, socks};
    let Some((kind, bytes)) = bytes.split_first() else { return };
    match kind % 6 {
        0 => {
            if let Ok(head::Read::Whole(read, length)) = head::request(bytes) {
                assert!(length <= bytes.len());
                let again = read.bytes();
                assert_eq!(head::request(&again), Ok(head::Read::Whole(read.clone(), again.len())));
                passed_on(read, &target::Side::Proxy);
            }
            if let Ok(head::Read::Whole(read, _)) = head::reply(bytes) {
                drop(target::reply(&read, "GET", false));
            }
        }
        1 => {
            let host = Host::parse("good.example").expect("a host");
            if let Ok(head::Read::Whole(read, _)) = head::request(bytes) {
                passed_on(read.clone(), &target::Side::Tunnel(host.clone(), 80));
                passed_on(read, &target::Side::Diverted(host, 80));
            }
        }
        2 => {
            let (mut reader, mut used) = (body::Reader::new(body::Body::Chunked), 0);
            while let Ok(step) = reader.step(&bytes[used..]) {
                match step {
                    body::Step::Wait => break,
                    body::Step::Data(count) | body::Step::Skip(count) => {
                        assert!(count > 0);
                        used += count;
                    }
                    body::Step::End(count) => {
                        assert!(used + count <= bytes.len());
                        break;
                    }
                }
            }
        }
        3 => {
            assert!(!matches!(socks::request(bytes), Ok(socks::Read::Whole(_, n)) if n > bytes.len()));
            assert!(!matches!(socks::greeting(bytes), Ok(socks::Read::Whole(_, n)) if n > bytes.len()));
        }
        4 => {
            // What has been understood is not understood differently with more bytes behind it.
            if let Ok(hello::Read::Whole(hello)) = hello::read(bytes) {
                let longer = [bytes, &[22, 3, 1, 0, 1, 1]].concat();
                assert_eq!(hello::read(&longer), Ok(hello::Read::Whole(hello)));
            }
        }
        _ => {
            if let Ok(query) = message::read(bytes) {
                let answer =
                    message::write(&query, message::Code::Fine, &[message::Answer::V4([198, 18, 1, 0].into())]);
                assert_eq!(answer.get(12..12 + query.question.len()), Some(query.question.as_slice()));
            }
        }
    }
}

/// A request that is passed on names one host, and whoever reads it again finds the same one.
fn passed_on(
    read: portcullis_gateway::egress::http::head::Head,
    side: &portcullis_gateway::egress::http::target::Side,
) {
    use portcullis_gateway::egress::http::{head, target};
    let Ok(request) = target::request(read, side) else { return };
    let attempt = request.attempt;
    let bytes = request.head.bytes();
    let Ok(head::Read::Whole(again, length)) = head::request(&bytes) else { panic!("{bytes:?}") };
    assert_eq!(length, bytes.len());
    assert_eq!(again.values("host").count(), 1);
    let tunnel = target::Side::Tunnel(attempt.host.clone(), attempt.port);
    let back = target::request(again, &tunnel).expect("what is passed on can be passed on");
    assert_eq!((back.attempt, back.body), (attempt, request.body));
}

/// Whatever an agent sends is read or refused, for each of its events, and can be answered.
pub fn hook_call(bytes: &[u8]) {
    use portcullis_agents::Agent;
    use portcullis_agents::hook::{Answer, events, read, reply};
    let Some((which, sent)) = bytes.split_first() else { return };
    let agent = Agent::ALL[usize::from(*which) % Agent::ALL.len()];
    for (event, _) in events(agent) {
        drop(read(agent, event, sent));
        let why = String::from_utf8_lossy(sent).into_owned();
        let told = reply(agent, event, &Answer::Deny(why));
        assert!(told.stdout.is_empty() || serde_json::from_str::<serde_json::Value>(&told.stdout).is_ok());
    }
}

/// Whatever is handed to a shell is read or called unknown, and what it would do stands in the text.
pub fn command_told(bytes: &[u8]) {
    use portcullis_effects::{FixedWorld, Shell, of_command};
    use portcullis_event::AbsPath;
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let path = |text| AbsPath::parse(text).expect("it is a path");
    let world = FixedWorld::new(path("/home/ada/app"), path("/home/ada"), None);
    for shell in [Shell::Bash, Shell::PowerShell] {
        for effect in of_command(text, shell, &world).list {
            assert!(effect.start <= effect.end && text.get(effect.start..effect.end).is_some(), "{effect:?}");
        }
    }
}

/// Settings with our hook put in hold everything that they held, and nothing of ours once it is taken out again.
pub fn hook_settings(bytes: &[u8]) {
    use portcullis_agents::Agent;
    use portcullis_agents::registration::{Registration, Scope};
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let file = Registration::of(Agent::ClaudeCode, Scope::User, "/usr/bin/portcullis").remove(0);
    let Ok(Some(with)) = file.added_to(Some(text)) else { return };
    assert_eq!(file.added_to(Some(&with)), Ok(None));
    let without = file.taken_from(&with).expect("what was written can be read").expect("it is in it");
    assert!(text.contains("portcullis") || !without.contains("portcullis"));
}
