//! Every line is held against what OCSF 1.8.0 requires. The tables below were written down from the published schema,
//! not from our own mapping.

use super::super::{Entry, Format, export};
use portcullis_event::KINDS;
use portcullis_testkit::records::{opaque_body, record_of, record_with, sample};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::Value;
use std::collections::BTreeSet;

/// What every event must have.
const BASE: &[&str] = &["activity_id", "category_uid", "class_uid", "metadata", "severity_id", "time", "type_uid"];

/// What the schema says of one class.
struct Rules {
    uid: u64,
    name: &'static str,
    /// The last activity; they are numbered from 0, and 99 is any other.
    last_activity: u64,
    required: &'static [&'static str],
    at_least_one: &'static [&'static str],
    status_ids: &'static [u64],
}

const ACTION: &[u64] = &[0, 1, 2, 99];
const FINDING: &[u64] = &[0, 1, 2, 3, 4, 5, 6, 99];
const INCIDENT: &[u64] = &[0, 1, 2, 3, 4, 5, 99];

#[rustfmt::skip]
const CLASSES: &[Rules] = &[
    Rules { uid: 0, name: "Base Event", last_activity: 0, required: &[], at_least_one: &[], status_ids: ACTION },
    Rules { uid: 1001, name: "File System Activity", last_activity: 14, required: &["actor", "device", "file"], at_least_one: &[], status_ids: ACTION },
    Rules { uid: 1007, name: "Process Activity", last_activity: 5, required: &["actor", "device", "process"], at_least_one: &[], status_ids: ACTION },
    Rules { uid: 1008, name: "Event Log Activity", last_activity: 10, required: &[], at_least_one: &["log_file", "log_name", "log_provider", "log_type", "log_type_id"], status_ids: ACTION },
    Rules { uid: 2002, name: "Vulnerability Finding", last_activity: 3, required: &["finding_info", "vulnerabilities"], at_least_one: &[], status_ids: FINDING },
    Rules { uid: 2004, name: "Detection Finding", last_activity: 3, required: &["finding_info"], at_least_one: &[], status_ids: FINDING },
    Rules { uid: 2005, name: "Incident Finding", last_activity: 3, required: &["finding_info_list", "status_id"], at_least_one: &["assignee", "assignee_group"], status_ids: INCIDENT },
    Rules { uid: 2006, name: "Data Security Finding", last_activity: 4, required: &["finding_info"], at_least_one: &[], status_ids: FINDING },
    Rules { uid: 2007, name: "Application Security Posture Finding", last_activity: 3, required: &["finding_info"], at_least_one: &["application", "compliance", "remediation", "vulnerabilities"], status_ids: FINDING },
    Rules { uid: 3003, name: "Authorize Session", last_activity: 2, required: &["user", "privileges"], at_least_one: &[], status_ids: ACTION },
    Rules { uid: 3004, name: "Entity Management", last_activity: 13, required: &["entity"], at_least_one: &[], status_ids: ACTION },
    Rules { uid: 4001, name: "Network Activity", last_activity: 7, required: &[], at_least_one: &[], status_ids: ACTION },
    Rules { uid: 4002, name: "HTTP Activity", last_activity: 9, required: &[], at_least_one: &["http_request", "http_response"], status_ids: ACTION },
    Rules { uid: 4003, name: "DNS Activity", last_activity: 6, required: &[], at_least_one: &[], status_ids: ACTION },
    Rules { uid: 6002, name: "Application Lifecycle", last_activity: 8, required: &["app"], at_least_one: &[], status_ids: ACTION },
    Rules { uid: 6003, name: "API Activity", last_activity: 4, required: &["actor", "api", "src_endpoint"], at_least_one: &[], status_ids: ACTION },
    Rules { uid: 6005, name: "Datastore Activity", last_activity: 10, required: &["actor", "src_endpoint"], at_least_one: &["database", "databucket", "table"], status_ids: ACTION },
];

/// What an object must have, wherever it stands.
const OBJECTS: &[(&str, &[&str])] = &[
    ("/metadata", &["version", "product"]),
    ("/metadata/product", &["name"]),
    ("/device", &["type_id", "hostname"]),
    ("/device/os", &["name", "type_id"]),
    ("/actor", &["app_name"]),
    ("/actor/user", &["name"]),
    ("/process", &["uid"]),
    ("/process/file", &["name", "type_id"]),
    ("/file", &["name", "type_id"]),
    ("/file_result", &["name", "type_id"]),
    ("/file/hashes/0", &["algorithm_id", "value"]),
    ("/connection_info", &["direction_id"]),
    ("/http_response", &["code"]),
    ("/http_request/url", &["path"]),
    ("/query", &["hostname"]),
    ("/api", &["operation"]),
    ("/api/service", &["name"]),
    ("/ai_model", &["name", "ai_provider"]),
    ("/message_context", &["application"]),
    ("/database", &["name", "type_id"]),
    ("/query_info", &["query_string"]),
    ("/finding_info", &["uid"]),
    ("/finding_info/analytic", &["name", "type_id"]),
    ("/finding_info_list/0", &["uid"]),
    ("/data_security", &["detection_pattern", "category_id"]),
    ("/entity", &["name"]),
    ("/app", &["name"]),
    ("/user", &["name"]),
];

/// Numbers that come from a list.
const ENUMS: &[(&str, &[u64])] = &[
    ("/severity_id", &[0, 1, 2, 3, 4, 5, 6, 99]),
    ("/action_id", &[0, 1, 2, 3, 4, 99]),
    ("/disposition_id", &[1, 2, 11, 17, 23]),
    ("/confidence_id", &[0, 1, 2, 3, 99]),
    ("/connection_info/direction_id", &[0, 1, 2, 3, 4, 99]),
    ("/log_type_id", &[0, 1, 2, 99]),
    ("/data_security/category_id", &[0, 1, 2, 3, 4, 5, 6, 99]),
    ("/device/os/type_id", &[0, 99, 100, 101, 200, 201, 300, 301, 302, 400, 401, 402]),
    ("/file/type_id", &[0, 1, 2, 3, 4, 5, 6, 7, 8, 99]),
];

fn has(object: &Value, name: &str) -> bool {
    object.get(name).is_some_and(|value| !value.is_null())
}

/// Says what is wrong with a line; its class if nothing is.
fn check(line: &str) -> Result<u64, String> {
    let event: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let number = |name: &str| event.get(name).and_then(Value::as_u64).ok_or(format!("{name} must be a number"));
    let class = number("class_uid")?;
    let rules = CLASSES.iter().find(|rules| rules.uid == class).ok_or(format!("class {class} is not in the table"))?;
    for name in BASE.iter().chain(rules.required) {
        has(&event, name).then_some(()).ok_or(format!("{class} needs {name}"))?;
    }
    if !rules.at_least_one.is_empty() && !rules.at_least_one.iter().any(|name| has(&event, name)) {
        return Err(format!("{class} needs one of {:?}", rules.at_least_one));
    }
    if event["class_name"] != rules.name {
        return Err(format!("{class} is called {}", rules.name));
    }
    let activity = number("activity_id")?;
    if activity > rules.last_activity && activity != 99 {
        return Err(format!("{class} has no activity {activity}"));
    }
    if number("type_uid")? != class * 100 + activity || number("category_uid")? != class / 1000 {
        return Err("type_uid and category_uid follow from the class and the activity".to_owned());
    }
    if !rules.status_ids.contains(&number("status_id")?) || event["time"].as_i64().is_none() {
        return Err("status_id or time is off".to_owned());
    }
    for (place, names) in OBJECTS {
        let Some(object) = event.pointer(place) else { continue };
        if let Some(name) = names.iter().find(|name| !has(object, name)) {
            return Err(format!("{place} needs {name}"));
        }
    }
    for (place, allowed) in ENUMS {
        if event.pointer(place).is_some_and(|value| value.as_u64().is_none_or(|n| !allowed.contains(&n))) {
            return Err(format!("{place} is not in its list"));
        }
    }
    check_lists(&event)?;
    Ok(class)
}

fn check_lists(event: &Value) -> Result<(), String> {
    let items = |name: &str| event.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    for vulnerability in items("vulnerabilities") {
        let named = ["advisory", "cve", "cwe"].iter().filter(|name| has(&vulnerability, name)).count();
        if named != 1 {
            return Err("a vulnerability has just one of advisory, cve and cwe".to_owned());
        }
    }
    for name in ["dst_endpoint", "src_endpoint"] {
        let Some(endpoint) = event.get(name) else { continue };
        if !has(endpoint, "ip") && !has(endpoint, "hostname") {
            return Err(format!("{name} needs an address or a name"));
        }
    }
    if event["metadata"]["version"] != "1.8.0" {
        return Err("metadata.version".to_owned());
    }
    Ok(())
}

fn line(entry: Entry) -> String {
    let mut out = Vec::new();
    export(Format::Ocsf, [entry], &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn every_record_of_every_kind_is_valid() {
    let mut classes = BTreeSet::new();
    let strategies = KINDS.iter().map(|kind| record_of(kind)).chain([record_with(opaque_body())]);
    for records in strategies {
        let mut runner = TestRunner::new(ProptestConfig::with_cases(96));
        let result = runner.run(&(any::<u64>(), records), |(index, record)| {
            let line = line(Entry { index, record });
            check(&line).map_err(|why| TestCaseError::fail(format!("{why}: {line}")))?;
            Ok(())
        });
        result.unwrap();
    }
    for kind in KINDS {
        classes.insert(check(&line(Entry { index: 0, record: sample(kind) })).unwrap());
    }
    assert!(classes.len() >= 11, "{classes:?}");
}

#[test]
fn the_check_itself_finds_what_is_missing() {
    let good = line(Entry { index: 0, record: sample("file") });
    assert_eq!(check(&good), Ok(1001));
    for (from, to) in [
        ("\"file\":", "\"fil\":"),
        ("\"activity_id\":3", "\"activity_id\":15"),
        ("\"type_uid\":100103", "\"type_uid\":100104"),
        ("\"severity_id\":2", "\"severity_id\":7"),
        ("\"class_uid\":1001", "\"class_uid\":1002"),
        ("\"version\":\"1.8.0\"", "\"version\":\"1.7.0\""),
    ] {
        assert!(good.contains(from), "{from}");
        assert!(check(&good.replace(from, to)).is_err(), "{to}");
    }
}
