//! For every key of the schema: a lower layer that asks for more than a higher one gives is not obeyed, and is told so.

mod events;
mod local;
mod read;
mod rules;
mod services;
mod sockets;

use crate::support::*;
use portcullis_event::*;
use portcullis_policy::*;
use serde_json::Value;
use std::collections::BTreeSet;

/// How it is seen that a key has no effect.
enum Seen {
    /// An event gets the same answer as without the lower layer, and it is not "allow".
    In(fn() -> Event),
    /// A value of the policy stays the same.
    Value(fn(&ValidPolicy) -> String),
    /// The lower file is refused.
    Refused,
}

/// One attempt.
struct Attempt {
    key: &'static str,
    high: &'static str,
    low: &'static str,
    seen: Seen,
}

fn it(key: &'static str, high: &'static str, low: &'static str, seen: Seen) -> Attempt {
    Attempt { key, high, low, seen }
}

fn attempts() -> Vec<Attempt> {
    let all = [local::attempts(), services::attempts(), sockets::attempts(), rules::attempts(), read::attempts()];
    all.into_iter().flatten().collect()
}

/// Every higher layer with every lower one.
const PAIRS: [(Layer, Layer); 3] =
    [(Layer::Organisation, Layer::User), (Layer::Organisation, Layer::Repository), (Layer::User, Layer::Repository)];

fn check(attempt: &Attempt, high: Layer, low: Layer) {
    let Attempt { key, high: above, low: below, seen } = attempt;
    let alone = layers(&[(high, above)]);
    let sources = [source(high, above), source(low, below)];
    if matches!(seen, Seen::Refused) {
        assert!(load(&sources).is_err(), "{key}: {low:?} under {high:?}");
        return;
    }
    let both = layers(&[(high, above), (low, below)]);
    match seen {
        Seen::In(event) => {
            let (before, after) = (ask(&alone, event()), ask(&both, event()));
            assert!(before.verdict > Verdict::Allow, "{key}: the higher layer gives it anyway: {before:#?}");
            assert!(after.verdict >= before.verdict, "{key}: {low:?} loosened {high:?}: {after:#?}");
            assert!(after.effective() >= before.effective(), "{key}");
        }
        Seen::Value(value) => assert_eq!(value(&alone), value(&both), "{key}: {low:?} loosened {high:?}"),
        Seen::Refused => {}
    }
    let told = both
        .loosenings()
        .iter()
        .any(|it| it.file() == name_of(low) && it.title().starts_with("this line has no effect"));
    let all: Vec<String> = both.warnings().map(|it| it.render(false)).collect();
    assert!(told, "{key}: {low:?} under {high:?} is not told: {all:#?}");
}

#[test]
fn every_attempt_of_every_lower_layer_is_refused_and_told() {
    for attempt in attempts() {
        for (high, low) in PAIRS {
            check(&attempt, high, low);
        }
    }
}

#[test]
fn a_middle_layer_does_not_open_a_way_for_the_lowest() {
    for attempt in attempts().iter().filter(|it| !matches!(it.seen, Seen::Refused)) {
        let sources =
            [(Layer::Organisation, attempt.high), (Layer::User, attempt.low), (Layer::Repository, attempt.low)];
        let all = layers(&sources);
        let alone = layers(&[(Layer::Organisation, attempt.high)]);
        match &attempt.seen {
            Seen::In(event) => assert!(ask(&all, event()).verdict >= ask(&alone, event()).verdict, "{}", attempt.key),
            Seen::Value(value) => assert_eq!(value(&alone), value(&all), "{}", attempt.key),
            Seen::Refused => {}
        }
        let files: BTreeSet<&str> = all.loosenings().iter().map(Diagnostic::file).collect();
        assert_eq!(files.len(), 2, "{}: both lower files are told", attempt.key);
    }
}

/// Every key of the schema that holds a value.
fn keys(root: &Value, schema: &Value, path: &str, out: &mut BTreeSet<String>) {
    let schema = resolve(root, schema);
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        out.insert(path.to_owned());
        return;
    };
    for (name, below) in properties {
        keys(root, below, &if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, out);
    }
}

fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let inner = schema.get("anyOf").and_then(Value::as_array).and_then(|all| all.first()).unwrap_or(schema);
    match inner.get("$ref").and_then(Value::as_str) {
        Some(reference) => resolve(root, root.pointer(reference.strip_prefix('#').unwrap()).unwrap()),
        None => inner,
    }
}

#[test]
fn no_key_of_the_schema_is_without_an_attempt() {
    let schema = schema();
    let mut all = BTreeSet::new();
    keys(&schema, &schema, "", &mut all);
    assert!(all.len() > 90, "{all:?}");
    let tried: BTreeSet<String> = attempts().iter().map(|it| it.key.to_owned()).collect();
    assert_eq!(all.difference(&tried).collect::<Vec<_>>(), Vec::<&String>::new(), "keys without an attempt");
    assert_eq!(tried.difference(&all).collect::<Vec<_>>(), Vec::<&String>::new(), "attempts without a key");
}

#[test]
fn lists_in_json_and_yaml_can_only_tighten_too() {
    let org = source(Layer::Organisation, "tools.deny = ['Bash']\nsandbox.require = 'any'\nskills.deny = ['evil']\n");
    let json = Source {
        layer: Layer::Repository,
        name: "tools.json".into(),
        text: r#"{"allowed_tools": ["Bash", "Read"], "sandbox_mode": false}"#.into(),
        format: Format::ToolsJson,
    };
    let yaml = Source {
        layer: Layer::User,
        name: "skills.yaml".into(),
        text: "allowed_skills:\n  - name: evil\n    version: '>=2.0.0'\n".into(),
        format: Format::SkillsYaml,
    };
    let policy = load(&[org, json, yaml]).unwrap();
    let told: Vec<(&str, u32)> = policy.loosenings().iter().map(|it| (it.file(), it.line())).collect();
    assert_eq!(told, [("skills.yaml", 2), ("tools.json", 1), ("tools.json", 1)]);
    assert_eq!(verdict(&policy, tool("Bash")), Verdict::Deny);
    assert_eq!(verdict(&policy, tool("Write")), Verdict::Deny);
}

/// Whoever is asked about an address of a private network goes by whether somebody meant it.
#[test]
fn a_repository_names_no_host_that_is_not_named_above() {
    let host = |text: &str| Host::parse(text).unwrap();
    let policy = layers(&[
        (Layer::User, "[network]\nallow = [\"192.168.1.7\"]\n"),
        (Layer::Repository, "[network]\nallow = [\"10.0.0.0/8\", \"*\"]\n"),
    ]);
    assert!(policy.names_host(&host("192.168.1.7"), Some(443)));
    assert!(!policy.names_host(&host("10.1.2.3"), Some(443)));
    assert!(!policy.names_host(&host("example.org"), Some(443)));
    let all = layers(&[(Layer::User, "[network]\nallow = [\"*\"]\n")]);
    assert!(!all.names_host(&host("10.1.2.3"), Some(443)));
}
