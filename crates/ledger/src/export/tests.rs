//! What goes out comes back in, whatever is in it, and nothing that comes in does harm.

use super::{Entry, Format, ImportError, export, import};
use portcullis_event::{Body, KINDS, Record, Rest, canonical};
use portcullis_testkit::records::{any_record, opaque_body, record_of, record_with, sample};
use portcullis_testkit::text::any_text;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read};

fn exported(format: Format, entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::new();
    assert_eq!(export(format, entries.iter().cloned(), &mut out).unwrap(), entries.len() as u64);
    out
}

fn imported(format: Format, bytes: &[u8]) -> Vec<Result<Entry, ImportError>> {
    import(format, bytes).collect()
}

fn text(format: Format, entries: &[Entry]) -> String {
    String::from_utf8(exported(format, entries)).unwrap()
}

fn samples() -> Vec<Entry> {
    let kinds = KINDS.iter().copied().chain(["quantum"]);
    kinds.zip(0..).map(|(kind, index)| Entry { index, record: sample(kind) }).collect()
}

/// Writes and reads 256 records of one sort in every format.
fn round_trip(records: BoxedStrategy<Record>) {
    let mut runner = TestRunner::new(ProptestConfig::with_cases(256));
    let result = runner.run(&(any::<u64>(), records), |(index, record)| {
        let entry = Entry { index, record };
        for format in Format::ALL {
            let bytes = exported(format, std::slice::from_ref(&entry));
            prop_assert_eq!(bytes.split_inclusive(|byte| *byte == b'\n').count(), 1, "one line in {}", format);
            prop_assert!(std::str::from_utf8(&bytes).is_ok());
            let back = imported(format, &bytes);
            prop_assert_eq!(&back, &[Ok(entry.clone())], "{}", format);
        }
        Ok(())
    });
    result.unwrap();
}

/// One test for each kind, so that they run side by side.
macro_rules! round_trips {
    ($($kind:ident)*) => {
        mod comes_back_as_it_went_out {
            $(#[test]
            fn $kind() {
                super::round_trip(super::record_of(stringify!($kind)));
            })*
        }

        #[test]
        fn every_kind_is_sent_out_and_back() {
            assert_eq!([$(stringify!($kind)),*], KINDS);
        }
    };
}

round_trips! {
    process file net llm tool secret db socket git package config session finding approval incident policy ledger note
}

#[test]
fn what_this_version_cant_read_comes_back_as_it_went_out() {
    round_trip(record_with(opaque_body()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn many_entries_come_back_in_order(records in prop::collection::vec((any::<u64>(), any_record()), 0..6)) {
        let entries: Vec<Entry> = records.into_iter().map(|(index, record)| Entry { index, record }).collect();
        for format in Format::ALL {
            let back: Result<Vec<Entry>, _> = imported(format, &exported(format, &entries)).into_iter().collect();
            prop_assert_eq!(back.as_ref(), Ok(&entries));
        }
    }

    #[test]
    fn a_damaged_line_takes_no_other_line_with_it(
        at in any::<prop::sample::Index>(), byte in any::<u8>(), format in prop::sample::select(&[Format::Jsonl, Format::Ocsf, Format::Cef][..]),
    ) {
        let entries = samples();
        let mut lines: Vec<Vec<u8>> = exported(format, &entries).split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
        let damaged = 3;
        let at = at.index(lines[damaged].len() - 1);
        prop_assume!(byte != b'\n');
        lines[damaged][at] = byte;
        let back = imported(format, &lines.concat());
        prop_assert_eq!(back.len(), entries.len());
        for (n, (entry, back)) in entries.iter().zip(&back).enumerate() {
            match back {
                Ok(back) => prop_assert!(n == damaged || back == entry),
                Err(error) => prop_assert_eq!((n, error.line), (damaged, damaged as u64 + 1)),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn any_bytes_are_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for format in Format::ALL {
            prop_assert!(imported(format, &bytes).iter().all(Result::is_err));
        }
    }

    #[test]
    fn any_text_in_the_right_frame_is_refused_without_a_panic(a in any_text(), b in any_text(), n in any::<i64>()) {
        let json = |value: Value| value.to_string();
        let attributes = json!([{ "key": "portcullis.index", "value": { "intValue": a } }, { "key": a, "value": b }, b]);
        for (format, line) in [
            (Format::Jsonl, format!("{{\"index\":{n},\"record\":{a}}}")),
            (Format::Jsonl, json(json!({ "index": n, "record": { "v": a, "event": b } }))),
            (Format::Ocsf, json(json!({ "raw_data": a, "unmapped": { "portcullis_index": n, "b": b } }))),
            (Format::Cef, format!("CEF:0|{a}|{b}|c|d|e|f|cn1={n} cs6={a}")),
            (Format::Cef, format!("CEF:0|a|b|c|d|e|f|cn1={n} cs6={b} {a}={b}")),
            (Format::Otlp, json(json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [{ "attributes": attributes }, a] }, {}] }, {}] }))),
            (Format::Otlp, json(json!({ "resourceLogs": a }))),
        ] {
            prop_assert!(imported(format, line.as_bytes()).iter().all(Result::is_err));
        }
    }
}

#[test]
fn a_broken_log_record_takes_no_other_of_its_request_with_it() {
    let entries = samples();
    let mut request: Value = serde_json::from_str(&text(Format::Otlp, &entries)).unwrap();
    let records = request["resourceLogs"][0]["scopeLogs"][0]["logRecords"].as_array_mut().unwrap();
    records[1] = json!("not a record");
    records[4]["attributes"][1]["value"]["stringValue"] = json!("{}");
    records[6]["attributes"].as_array_mut().unwrap().remove(0);
    let doubled = records[8]["attributes"][1].clone();
    records[8]["attributes"].as_array_mut().unwrap().push(doubled);
    let back = imported(Format::Otlp, format!("\n{request}\n").as_bytes());
    let errors: Vec<String> = back.iter().filter_map(|entry| Some(entry.as_ref().err()?.to_string())).collect();
    insta::assert_snapshot!(errors.join("\n"), @r#"
    line 2: log record 2: invalid type: string "not a record", expected struct LogRecord
    line 2: log record 5: its attribute `portcullis.record`: missing field `v` at line 1 column 2
    line 2: log record 7: it has no attribute `portcullis.index`
    line 2: log record 9: it has the attribute `portcullis.record` twice
    "#);
    let read: Vec<Entry> = back.into_iter().flatten().collect();
    let expected: Vec<Entry> = entries.into_iter().filter(|entry| ![1, 4, 6, 8].contains(&entry.index)).collect();
    assert_eq!(read, expected);
}

#[test]
fn an_error_says_which_line_and_what_is_wrong_with_it() {
    let line = |format: Format| text(format, &samples()[..1]).trim_end().to_owned();
    let cef = line(Format::Cef);
    let ocsf: Value = serde_json::from_str(&line(Format::Ocsf)).unwrap();
    let without = |name: &str| {
        let mut members = ocsf.as_object().unwrap().clone();
        members.remove(name);
        Value::Object(members).to_string()
    };
    let mut mangled = ocsf.clone();
    mangled["raw_data"] = json!("{\"v\":1}");
    let cases = [
        (Format::Jsonl, "[]".to_owned()),
        (Format::Jsonl, "{\"index\":1}".to_owned()),
        (Format::Jsonl, line(Format::Jsonl).replacen("\"index\":0", "\"index\":0,\"index\":1", 1)),
        (Format::Jsonl, "\u{fffd}".to_owned()),
        (Format::Ocsf, without("raw_data")),
        (Format::Ocsf, without("unmapped")),
        (Format::Ocsf, mangled.to_string()),
        (Format::Cef, "hello".to_owned()),
        (Format::Cef, "CEF:0|a|b|c".to_owned()),
        (Format::Cef, cef.replace(" cs6=", " xx6=")),
        (Format::Cef, cef.replace(" cn1=0", " cn1=zero")),
        (Format::Cef, cef.replace(" cs6=", " cs6=*")),
        (Format::Cef, format!("{cef} cs6=AAAA")),
        (Format::Cef, cef.replace(" cs6=", " cs6=AAAA cs7=")),
        (Format::Otlp, "{}".to_owned()),
        (Format::Otlp, "nonsense".to_owned()),
    ];
    let mut said = String::new();
    for (format, bad) in cases {
        let bytes = format!("{}\n\n{bad}\n{}\n", line(format), line(format));
        let back = imported(format, bytes.as_bytes());
        assert_eq!(back.len(), 3, "{bad}");
        assert!(back[0].is_ok() && back[2].is_ok());
        writeln!(said, "{format}: {}", back[1].as_ref().unwrap_err()).unwrap();
    }
    insta::assert_snapshot!(said, @r#"
    jsonl: line 3: invalid length 0, expected struct Line with 2 elements at line 1 column 2
    jsonl: line 3: missing field `record` at line 1 column 11
    jsonl: line 3: a name occurs twice in one object at line 1 column 18
    jsonl: line 3: expected value at line 1 column 1
    ocsf: line 3: missing field `raw_data` at line 1 column 1737
    ocsf: line 3: missing field `unmapped` at line 1 column 2609
    ocsf: line 3: its `raw_data`: missing field `event` at line 1 column 7
    cef: line 3: it has no CEF header of seven fields
    cef: line 3: it has no CEF header of seven fields
    cef: line 3: it has no field `cs6`
    cef: line 3: its index `cn1=zero` is not a number
    cef: line 3: its record `cs6` is not base64url: Invalid symbol 42, offset 0.
    cef: line 3: it has the field `cs6` twice
    cef: line 3: its record `cs6`: expected value at line 1 column 1
    otlp: line 3: it is not a request to export logs: missing field `resourceLogs` at line 1 column 2
    otlp: line 3: it is not a request to export logs: expected ident at line 1 column 2
    "#);
}

#[test]
fn what_a_collector_did_to_the_columns_does_not_matter() {
    let entry = samples().remove(1);
    let mut ocsf: Value = serde_json::from_str(&text(Format::Ocsf, std::slice::from_ref(&entry))).unwrap();
    ocsf["message"] = json!("nothing happened");
    ocsf["metadata"] = json!(null);
    ocsf["_ingested"] = json!(1.5);
    let ocsf = serde_json::to_string(&ocsf).unwrap();
    assert_eq!(imported(Format::Ocsf, ocsf.as_bytes()), [Ok(entry.clone())]);

    let cef = text(Format::Cef, std::slice::from_ref(&entry)).replace("act=allow", "act=deny");
    let relayed = format!("<134>1 2026-11-20T12:00:00Z relay - - - - {cef}\r\n");
    assert_eq!(imported(Format::Cef, relayed.as_bytes()), [Ok(entry.clone())]);

    let mut otlp: Value = serde_json::from_str(&text(Format::Otlp, std::slice::from_ref(&entry))).unwrap();
    let record = &mut otlp["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
    record["attributes"].as_array_mut().unwrap().reverse();
    record["attributes"].as_array_mut().unwrap().push(json!({ "key": "added", "value": { "boolValue": true } }));
    let index =
        record["attributes"].as_array_mut().unwrap().iter_mut().find(|a| a["key"] == "portcullis.index").unwrap();
    index["value"] = json!({ "intValue": 1 });
    assert_eq!(imported(Format::Otlp, otlp.to_string().as_bytes()), [Ok(entry.clone())]);

    let jsonl = format!(
        "{{ \"source\": \"disk\", \"record\": {}, \"index\": 1 }}",
        serde_json::to_string_pretty(&entry.record).unwrap().replace('\n', " ")
    );
    assert_eq!(imported(Format::Jsonl, jsonl.as_bytes()), [Ok(entry)]);
}

#[test]
fn text_that_looks_like_a_field_stays_text() {
    let mut record = sample("note");
    let lies = "x|CEF:0|a|b|c|d|e|1| cs6=AAAA cn1=99 \\ cs6\\=AAAA\\\ncs6=AAAA|";
    record.event.what = portcullis_event::Note::new(lies).into();
    record.event.place.machine = Some(lies.to_owned());
    let entry = Entry { index: 3, record };
    for format in Format::ALL {
        assert_eq!(imported(format, &exported(format, std::slice::from_ref(&entry))), [Ok(entry.clone())]);
    }
    let what = Body::Opaque(portcullis_event::Opaque { kind: lies.to_owned(), fields: Rest::new() });
    let entry = Entry {
        index: 4,
        record: Record { event: portcullis_event::Event { what, ..entry.record.event }, ..entry.record },
    };
    for format in Format::ALL {
        assert_eq!(imported(format, &exported(format, std::slice::from_ref(&entry))), [Ok(entry.clone())]);
    }
}

#[test]
fn a_record_that_is_nested_as_deep_as_can_be_comes_back() {
    let mut record = sample("note");
    let mut nested = json!(0);
    for _ in 0..canonical::DEEPEST - 1 {
        nested = json!([nested]);
    }
    record.rest.insert("zz".to_owned(), nested);
    let entry = Entry { index: u64::MAX, record };
    for format in Format::ALL {
        assert_eq!(imported(format, &exported(format, std::slice::from_ref(&entry))), [Ok(entry.clone())]);
    }
}

#[test]
fn a_record_without_an_encoding_ends_the_export_and_is_named() {
    let mut record = sample("note");
    record.rest.insert("v".to_owned(), json!(2));
    for format in Format::ALL {
        let error = export(format, [Entry { index: 7, record: record.clone() }], &mut Vec::new()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "record 7 can't be written: not a valid record: a name occurs twice in one object"
        );
    }
}

#[test]
fn requests_are_cut_by_number_and_by_size() {
    let many: Vec<Entry> = (0..1100).map(|index| Entry { index, record: sample("note") }).collect();
    let out = exported(Format::Otlp, &many);
    assert_eq!(out.lines().count(), 3);
    let back: Result<Vec<Entry>, _> = imported(Format::Otlp, &out).into_iter().collect();
    assert_eq!(back, Ok(many));

    let mut record = sample("note");
    record.event.what = portcullis_event::Note::new("x".repeat(1 << 20)).into();
    let large: Vec<Entry> = (0..4).map(|index| Entry { index, record: record.clone() }).collect();
    let out = exported(Format::Otlp, &large);
    assert_eq!(out.lines().count(), 4, "each holds its text twice, in the sentence and in the record");
    assert!(out.lines().all(|line| line.unwrap().len() < 4 << 20));
}

#[test]
fn nothing_in_nothing_out() {
    for format in Format::ALL {
        assert_eq!(exported(format, &[]), b"");
        assert_eq!(imported(format, b""), []);
        assert_eq!(imported(format, b"\n \r\n\n"), []);
        assert_eq!(format.name().parse(), Ok(format));
    }
    assert_eq!(
        "xml".parse::<Format>().unwrap_err().to_string(),
        "`xml` is not an export format; there are jsonl, ocsf, cef and otlp"
    );
}

/// Gives one line and then fails, like a disk or a peer that goes away.
struct FailsAfter(BufReader<&'static [u8]>);

impl Read for FailsAfter {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(std::io::Error::other("the cable is out")),
            some => Ok(some),
        }
    }
}

#[test]
fn an_input_that_fails_is_reported_once_and_ends() {
    let input = BufReader::new(FailsAfter(BufReader::new(b"nonsense\nhalf a li")));
    let said: Vec<String> = import(Format::Cef, input).map(|entry| entry.unwrap_err().to_string()).collect();
    assert_eq!(
        said,
        [
            "line 1: it has no CEF header of seven fields",
            "line 2: the input can't be read any further: the cable is out"
        ]
    );
}

/// The version changes with each release; the rest must not.
fn versionless(text: &str) -> String {
    text.replace(env!("CARGO_PKG_VERSION"), "[version]")
}

#[test]
fn a_process_as_jsonl() {
    insta::assert_snapshot!(text(Format::Jsonl, &samples()[..1]), @r#"
    {"index":0,"record":{"decision":{"mode":"enforce","policy":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","reasons":[{"check":"preset","message":"the preset `standard` allows it","source":{"column":1,"file":"portcullis.toml","line":3},"verdict":"allow"}],"verdict":"allow"},"event":{"actor":{"agents":[{"model":{"name":"claude-sonnet-5","provider":"anthropic"},"name":"claude-code","session":"s-42","version":"2.1.0"}],"human":"ada"},"class":{"severity":"low"},"id":"019aa011-1800-7000-8070-6f727463756c","place":{"branch":"main","machine":"build-7","os":"linux","pid":4711,"repo":"/srv/app","sandbox":{"kind":"namespaces","profile":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}},"span":"cdcdcdcdcdcdcdcd","time":1795176000000000,"trace":"abababababababababababababababab","what":{"argv":["cargo","test","--workspace"],"executable":"/usr/bin/cargo","executable_hash":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","kind":"process","op":"start"}},"v":1}}
    "#);
}

#[test]
fn a_tool_call_as_ocsf() {
    let line: Value = serde_json::from_str(&text(Format::Ocsf, &samples()[4..5])).unwrap();
    let mut line: std::collections::BTreeMap<String, Value> = serde_json::from_value(line).unwrap();
    line.insert("raw_data".to_owned(), json!("…"));
    let shown: Vec<String> = line.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    insta::assert_snapshot!(versionless(&shown.join("\n")), @r#"
    action: "Allowed"
    action_id: 1
    activity_id: 99
    activity_name: "Tool Call"
    actor: {"app_name":"claude-code","invoked_by":"claude-code for ada","process":{"pid":4711},"session":{"uid":"s-42"},"user":{"name":"ada"}}
    ai_model: {"ai_provider":"anthropic","name":"claude-sonnet-5"}
    api: {"operation":"tool.Read","service":{"name":"filesystem"}}
    authorizations: [{"decision":"allow","policy":{"desc":"the preset `standard` allows it","name":"preset","uid":"portcullis.toml:3:1"}}]
    category_uid: 6
    class_name: "API Activity"
    class_uid: 6003
    device: {"hostname":"build-7","os":{"name":"linux","type_id":200},"type_id":0}
    disposition: "Allowed"
    disposition_id: 1
    is_alert: false
    message: "claude-code for ada: tool call Read /srv/app/src/main.rs: allow (the preset `standard` allows it)"
    metadata: {"correlation_uid":"abababababababababababababababab","event_code":"tool","log_name":"portcullis","product":{"name":"Portcullis","vendor_name":"Portcullis","version":"[version]"},"profiles":["host","security_control","ai_operation"],"sequence":4,"uid":"019aa011-1800-7000-8070-6f727463756c","version":"1.8.0"}
    raw_data: "…"
    raw_data_size: 1224
    resources: [{"name":"/srv/app/src/main.rs","type":"file"}]
    severity: "Low"
    severity_id: 2
    src_endpoint: {"hostname":"build-7"}
    status_id: 1
    time: 1795176000000
    type_uid: 600399
    unmapped: {"portcullis_branch":"main","portcullis_index":4,"portcullis_kind":"tool","portcullis_mode":"enforce","portcullis_policy":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","portcullis_repo":"/srv/app","portcullis_rules":[],"portcullis_verdict":"allow"}
    "#);
}

#[test]
fn a_request_as_cef() {
    let line = text(Format::Cef, &samples()[2..3]);
    let (shown, record) = line.split_once(" cs6=").unwrap();
    assert!(record.trim_end().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
    insta::assert_snapshot!(versionless(shown), @r#"
    CEF:0|Portcullis|Portcullis|[version]|net:request|net request|3|rt=1795176000000 externalId=019aa011-1800-7000-8070-6f727463756c cat=net act=allow outcome=success suser=ada sproc=claude-code spid=4711 dvchost=build-7 msg=claude-code for ada: net request api.github.com/repos/rust-lang/rust: allow (the preset `standard` allows it) reason=the preset `standard` allows it cs1Label=session cs1=s-42 cs2Label=policyLine cs2=portcullis.toml:3:1 cs4Label=target cs4=api.github.com/repos/rust-lang/rust cs5Label=mode cs5=enforce dhost=api.github.com dpt=443 app=https requestMethod=GET request=/repos/rust-lang/rust cn1Label=index cn1=2 cs6Label=event
    "#);
}

#[test]
fn a_prompt_as_otlp() {
    let mut request: Value = serde_json::from_str(&text(Format::Otlp, &samples()[3..4])).unwrap();
    request["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]["attributes"][1]["value"] =
        json!({ "stringValue": "…" });
    let shown = String::from_utf8(canonical::encode(&request).unwrap()).unwrap();
    insta::assert_snapshot!(versionless(&shown.replace("},{\"key\"", "},\n{\"key\"")), @r#"
    {"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"portcullis"}},
    {"key":"service.version","value":{"stringValue":"[version]"}}]},"scopeLogs":[{"logRecords":[{"attributes":[{"key":"portcullis.index","value":{"intValue":"3"}},
    {"key":"portcullis.record","value":{"stringValue":"…"}},
    {"key":"portcullis.kind","value":{"stringValue":"llm"}},
    {"key":"portcullis.operation","value":{"stringValue":"request"}},
    {"key":"portcullis.verdict","value":{"stringValue":"allow"}},
    {"key":"portcullis.mode","value":{"stringValue":"enforce"}},
    {"key":"portcullis.reason","value":{"stringValue":"the preset `standard` allows it"}},
    {"key":"portcullis.event.id","value":{"stringValue":"019aa011-1800-7000-8070-6f727463756c"}},
    {"key":"user.name","value":{"stringValue":"ada"}},
    {"key":"session.id","value":{"stringValue":"s-42"}},
    {"key":"gen_ai.agent.name","value":{"stringValue":"claude-code"}},
    {"key":"host.name","value":{"stringValue":"build-7"}},
    {"key":"os.type","value":{"stringValue":"linux"}},
    {"key":"process.pid","value":{"intValue":"4711"}},
    {"key":"vcs.ref.head.name","value":{"stringValue":"main"}},
    {"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},
    {"key":"gen_ai.provider.name","value":{"stringValue":"anthropic"}},
    {"key":"gen_ai.request.model","value":{"stringValue":"claude-sonnet-5"}},
    {"key":"gen_ai.usage.input_tokens","value":{"intValue":"1200"}},
    {"key":"server.address","value":{"stringValue":"api.anthropic.com"}}],"body":{"stringValue":"claude-code for ada: llm request claude-sonnet-5: allow (the preset `standard` allows it)"},"eventName":"portcullis.llm","observedTimeUnixNano":"1795176000000000000","severityNumber":10,"severityText":"INFO2","spanId":"cdcdcdcdcdcdcdcd","timeUnixNano":"1795176000000000000","traceId":"abababababababababababababababab"}],"scope":{"name":"portcullis","version":"[version]"}}]}]}
    "#);
}
