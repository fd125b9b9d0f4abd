//! What is in a file is its owner's: nothing of it is lost, and what is stricter stays.

use crate::support::{files, wanted};
use portcullis_harden::{Change, Format, Proof, Scope, Setting, changed, prove, settings};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn setting(id: &str) -> &'static Setting {
    settings().find(|it| it.id == id).unwrap()
}

fn write(id: &str, scope: Scope, text: &str) -> String {
    let change = setting(id).wanted(&wanted(), scope).unwrap();
    changed(setting(id), &change, text).unwrap().unwrap_or_else(|| text.to_owned())
}

#[test]
fn comments_order_and_blanks_stay() {
    let json =
        "{\n  // mine\n  \"b\": 1, /* also */\n\n  \"security\": {\n    \"x\": [1,  2]\n  },\n  \"a\": \"z\"\n}\n";
    let new = write("gemini-cli.no-yolo", Scope::User, json);
    assert_eq!(new.replace(",\n    \"disableYoloMode\": true", ""), json);
    let toml = "# mine\nmodel = 'x'   # kept\n\n[otel] # also\nexporter = \"none\"\n\n[tui]\na = 1\n";
    let new = write("codex.prompts-unlogged", Scope::User, toml);
    assert_eq!(new.replace("log_user_prompt = false\n", ""), toml);
    let yaml = "# mine\nGOOSE_MODE: auto # why\nextensions:\n  developer:\n    enabled: true\n";
    assert_eq!(write("goose.mode", Scope::User, yaml), yaml.replace("auto", "smart_approve"));
    let lines = "# mine\n*.log\n!keep.log";
    let new = write("cursor.ignored-files", Scope::Project, lines);
    assert!(
        new.starts_with("# mine\n*.log\n!keep.log\n\n# portcullis: begin") && new.contains("\n!.env.example\n"),
        "{new}"
    );
}

#[test]
fn what_is_stricter_stays() {
    for (id, text) in [
        ("codex.approvals", "approval_policy = \"untrusted\"\n"),
        ("codex.sandbox", "sandbox_mode = \"read-only\"\n"),
        ("goose.mode", "GOOSE_MODE: approve\n"),
        ("gemini-cli.mode", "{\"general\": {\"defaultApprovalMode\": \"plan\"}}"),
        ("opencode.fetches-asked", "{\"permission\": {\"webfetch\": \"deny\"}}"),
        ("opencode.commands", "{\"permission\": {\"bash\": \"deny\"}}"),
        ("claude-code.history", "{\"cleanupPeriodDays\": 3}"),
        ("claude-code.allow-hosts", "{\"sandbox\": {\"network\": {\"allowedDomains\": []}}}"),
    ] {
        assert_eq!(write(id, Scope::User, text), text, "{id}");
        let proof = prove(setting(id), &wanted(), Scope::User, &files(setting(id).book, Scope::User, Some(text)));
        assert_eq!(proof, Some(Proof::Holds), "{id}");
    }
}

#[test]
fn a_list_that_forbids_grows_and_one_that_allows_shrinks() {
    let read = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    let denied =
        read(&write("claude-code.deny-commands", Scope::User, r#"{"permissions": {"deny": ["Read(./mine)"]}}"#));
    assert_eq!(denied["permissions"]["deny"][0], "Read(./mine)");
    let text = r#"{"sandbox": {"network": {"allowedDomains": ["evil.example", "example.com"]}}}"#;
    let allowed = read(&write("claude-code.allow-hosts", Scope::User, text));
    assert_eq!(allowed["sandbox"]["network"]["allowedDomains"], json!(["example.com"]));
    let asked = read(&write("opencode.commands", Scope::User, r#"{"permission": {"bash": "allow"}}"#));
    let members: Vec<&String> = asked["permission"]["bash"].as_object().unwrap().keys().collect();
    assert!(members.contains(&&"*".to_owned()) && asked["permission"]["bash"]["sudo *"] == "deny", "{asked}");
}

#[test]
fn rules_of_the_owners_own_where_one_word_would_do_are_theirs_to_judge() {
    let text = "approval_policy = { granular = { sandbox_approval = true } }\n";
    assert_eq!(write("codex.approvals", Scope::User, text), text);
    let files = files(setting("codex.approvals").book, Scope::User, Some(text));
    assert!(matches!(prove(setting("codex.approvals"), &wanted(), Scope::User, &files), Some(Proof::Missing(_))));
}

#[test]
fn a_server_that_is_denied_is_switched_off_where_it_is_configured() {
    let toml = "[mcp_servers.bad]\ncommand = \"x\"\n\n[mcp_servers.good]\ncommand = \"y\"\n";
    assert_eq!(
        write("codex.deny-servers", Scope::User, toml),
        "[mcp_servers.bad]\ncommand = \"x\"\nenabled = false\n\n[mcp_servers.good]\ncommand = \"y\"\n"
    );
}

#[test]
fn what_is_twice_nested_deeply_or_huge_is_refused() {
    let text = setting("gemini-cli.no-yolo");
    let change = text.wanted(&wanted(), Scope::User).unwrap();
    for bad in [
        "{\"security\": {}, \"security\": {}}".to_owned(),
        format!("{}{}", "{\"a\":".repeat(5000), "}".repeat(5000)),
        format!("{{\"a\": \"{}\"}}", "x".repeat(5 << 20)),
        "{\"security\": 7}".to_owned(),
        "{'security': {}}".to_owned(),
        "{\"a\": 1,}".to_owned(),
        "\u{0}\u{1}\u{fffd}".to_owned(),
    ] {
        assert!(changed(text, &change, &bad).is_err(), "{}", bad.chars().take(60).collect::<String>());
    }
}

/// A name, and values of all sorts.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[ -~]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::btree_map("[a-z]{1,6}", inner, 0..4)
                .prop_map(|it| Value::Object(it.into_iter().collect())),
        ]
    })
}

/// A document with comments between its members.
fn document() -> impl Strategy<Value = (Map<String, Value>, String)> {
    proptest::collection::btree_map("[a-z]{1,6}", value(), 0..5).prop_flat_map(|members| {
        let count = members.len();
        (Just(members), proptest::collection::vec("[a-z ]{0,6}", count)).prop_map(|(members, comments)| {
            let lines: Vec<String> = members
                .iter()
                .zip(&comments)
                .map(|((name, value), comment)| format!("  // {comment}\n  \"{name}\": {value:#}"))
                .collect();
            (members.into_iter().collect(), format!("{{\n{}\n}}\n", lines.join(",\n")))
        })
    })
}

proptest! {
    #[test]
    fn every_other_member_and_every_comment_of_json_stays((members, text) in document()) {
        for id in ["gemini-cli.no-yolo", "gemini-cli.deny-servers", "vscode.commands-asked", "opencode.commands"] {
            let setting = setting(id);
            let change = setting.wanted(&wanted(), Scope::User).unwrap();
            // What stands where an object belongs is refused, and that is its own test.
            let Ok(new) = changed(setting, &change, &text) else { continue };
            let new = new.unwrap_or_else(|| text.clone());
            for line in text.lines().filter(|line| line.trim_start().starts_with("// ")) {
                prop_assert!(new.contains(line.trim()), "{} is lost in {}", line, new);
            }
            let stripped: String = new.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            let read: Map<String, Value> = serde_json::from_str(&stripped).unwrap();
            for (name, value) in &members {
                if Some(name.as_str()) != setting.key.first().copied() {
                    prop_assert_eq!(read.get(name), Some(value), "{}", new);
                }
            }
            let proof = prove(setting, &wanted(), Scope::User, &files(setting.book, Scope::User, Some(&new))).unwrap();
            prop_assert_eq!(proof, Proof::Holds);
            prop_assert_eq!(changed(setting, &change, &new), Ok(None));
        }
    }

    #[test]
    fn every_other_key_and_every_comment_of_toml_stays(keys in proptest::collection::btree_map("[a-z]{1,6}", "[ -~&&[^\"\\\\]]{0,8}", 0..6), comment in "mine [a-z ]{0,8}") {
        let lines: Vec<String> =
            keys.iter().map(|(key, value)| format!("{key} = \"{value}\" # {comment}\n")).collect();
        let text = lines.concat() + "\n[own]\nx = [1, 2] # y\n";
        for id in ["codex.approvals", "codex.no-network", "codex.telemetry"] {
            let new = write(id, Scope::User, &text);
            let read: toml::Table = new.parse().unwrap();
            for (key, value) in &keys {
                prop_assert_eq!(read.get(key).and_then(toml::Value::as_str), Some(value.as_str()));
            }
            prop_assert_eq!(new.matches(&format!("# {comment}\n")).count(), keys.len());
            prop_assert!(new.contains("\n[own]\nx = [1, 2] # y\n"));
            prop_assert_eq!(write(id, Scope::User, &new), new);
        }
    }

    #[test]
    fn no_text_makes_it_stop(text in "\\PC{0,200}", bytes in "[\\[\\]{}\":,#=\\-\n a-c]{0,80}") {
        for setting in settings() {
            for scope in [Scope::Managed, Scope::Project, Scope::User] {
                let Some(change) = setting.wanted(&wanted(), scope) else { continue };
                for text in [&text, &bytes] {
                    if let Ok(Some(new)) = changed(setting, &change, text) {
                        let proof = prove(setting, &wanted(), scope, &files(setting.book, scope, Some(&new))).unwrap();
                        let is_own_rules = matches!(change, Change::Is { .. });
                        prop_assert!(proof == Proof::Holds || is_own_rules, "{}: {:?} {}", setting.id, proof, new);
                    }
                    prop_assert!(setting.book.format != Format::Own || changed(setting, &change, text).is_ok());
                }
            }
        }
    }
}
