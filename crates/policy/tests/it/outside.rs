//! What the crate is seen to do from outside: no I/O, the other formats, tables of tests, explanations, what is shown.

use crate::support::*;
use portcullis_event::*;
use portcullis_policy::*;
use std::path::{Path, PathBuf};

fn sources_of(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources_of(&path, out);
        } else if path.extension().is_some_and(|it| it == "rs") {
            out.push(path);
        }
    }
}

#[test]
fn the_crate_does_no_io() {
    let mut files = Vec::new();
    sources_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    assert!(files.len() > 40, "{files:?}");
    let words = [
        "std::fs",
        "std::env",
        "std::process",
        "std::io",
        "std::thread",
        "SystemTime",
        "Instant",
        "TcpStream",
        "UdpSocket",
        "UnixStream",
        "Command::new",
        "EventId::fresh",
        "println!",
        "eprintln!",
        "std::os",
        "getrandom",
        "tokio",
    ];
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for word in words {
            assert!(!text.contains(word), "{} in {}", word, file.display());
        }
        // Addresses are values; sockets are not.
        let net = text.matches("std::net").count();
        assert_eq!(net, text.matches("std::net::IpAddr").count(), "{}", file.display());
    }
}

fn foreign(name: &str, text: &str, format: Format) -> Source {
    Source { layer: Layer::User, name: name.into(), text: text.into(), format }
}

const TOOLS: &str = r#"{
	"allowed_tools": ["read_file", "git_commit"],
	"blocked_tools": ["shell_exec"],
	"sandbox_mode": true,
	"audit_logging": true
}"#;

#[test]
fn a_list_of_tools_in_json_is_read_as_it_is_printed() {
    let policy = load(&[foreign("tools.json", TOOLS, Format::ToolsJson)]).unwrap();
    assert_eq!(policy.warnings().count(), 0);
    let mut boxed = event(tool("read_file"));
    boxed.place.sandbox = Some(Sandbox { kind: "landlock".into(), profile: None, rest: Rest::new() });
    assert_eq!(ask(&policy, boxed).verdict, Verdict::Allow);
    assert_eq!(verdict(&policy, tool("read_file")), Verdict::Deny, "the list asks for a sandbox");
    let denied = ask(&policy, event(tool("shell_exec")));
    let line = denied.reasons.iter().find(|it| it.check.as_str() == "tools").unwrap().source.clone().unwrap();
    assert_eq!(line.to_string(), "tools.json:3:20");
    let unlisted = ask(&policy, event(tool("other")));
    assert_eq!(unlisted.verdict, Verdict::Deny);
}

#[test]
fn a_list_of_skills_in_yaml_is_read_as_it_is_printed() {
    let text = "allowed_skills:\n  - name: pdf\n    source: github.com/ours/*\n    version: \">=2.0.0\"\nblocked_skills:\n  - name: crypto-helper\n    reason: steals wallets\n";
    let policy =
        load(&[foreign("skills.yaml", text, Format::SkillsYaml), source(Layer::User, "skills.otherwise = 'allow'")])
            .unwrap();
    let skill = |name: &str, version: Option<&str>, source: &str| {
        let mut config = Config::new(ConfigOp::Load, "skill", name);
        config.version = version.map(str::to_owned);
        config.source = Some(source.to_owned());
        ask(&policy, event(config))
    };
    assert_eq!(skill("pdf", Some("2.1.0"), "github.com/ours/pdf").verdict, Verdict::Allow);
    assert_eq!(skill("pdf", Some("1.9.0"), "github.com/ours/pdf").verdict, Verdict::Deny);
    assert_eq!(skill("pdf", None, "github.com/ours/pdf").verdict, Verdict::Deny);
    assert_eq!(skill("pdf", Some("2.1.0"), "github.com/evil/pdf").verdict, Verdict::Deny);
    let denied = skill("crypto-helper", None, "x");
    assert_eq!(denied.reasons[0].message, "the skill `crypto-helper` is denied by `crypto-helper`: steals wallets");
    assert_eq!(denied.reasons[0].source.as_ref().unwrap().to_string(), "skills.yaml:6:5");
}

#[test]
fn tricks_of_yaml_are_refused() {
    let bomb = "a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nallowed_skills: [*b,*b,*b,*b]\n";
    for (text, title) in [
        (bomb, "anchors, aliases and tags are not read"),
        ("allowed_skills: !!python/object:os.system [x]", "anchors, aliases and tags are not read"),
        ("allowed_skills: []\nallowed_skills: [x]\n", "a key is written twice"),
        ("allowed_skills: []\n---\nallowed_skills: [x]\n", "there is a second document"),
        (&format!("allowed_skills: {}{}", "[".repeat(99), "]".repeat(99)), "this is nested too deeply"),
        ("allowed_skills: {a: b}\n", "this is not what the format says"),
        ("allowed_skills:\n  - version: '1'\n", "this is not what the format says"),
    ] {
        let errors = load(&[foreign("s.yaml", text, Format::SkillsYaml)]).unwrap_err();
        assert_eq!(errors[0].title(), title, "{text}");
    }
    let twice = r#"{"blocked_tools": ["a"], "blocked_tools": []}"#;
    assert_eq!(load(&[foreign("t.json", twice, Format::ToolsJson)]).unwrap_err()[0].title(), "a key is written twice");
    assert_eq!(load(&[foreign("t.json", "{'a': 1}", Format::ToolsJson)]).unwrap_err()[0].title(), "this is not JSON");
}

#[test]
fn a_table_of_expected_answers_is_asked() {
    let policy = policy("[commands]\nask = [\"make deploy\"]\n");
    let table = r#"
[[test]]
name = "secrets stay"
read = "~/.ssh/id_rsa"
expect = "deny"
reason = "files"

[[test]]
name = "deploying needs a yes"
run = "make deploy now"
expect = "ask"
reason = "~/.config/portcullis/portcullis.toml:2"

[[test]]
name = "a whole event"
event = { kind = "note", text = "x" }
expect = "deny"

[[test]]
name = "wrong on purpose"
connect = "evil.example:443"
expect = "allow"
"#;
    let report = policy.test("portcullis.test.toml", table);
    let rows: Vec<(&str, u32, bool)> = report.results.iter().map(|it| (it.name.as_str(), it.line, it.passed)).collect();
    assert_eq!(
        rows,
        [
            ("secrets stay", 3, true),
            ("deploying needs a yes", 9, true),
            ("a whole event", 15, true),
            ("wrong on purpose", 20, false)
        ]
    );
    assert!(!report.passed());
    insta::assert_snapshot!(report.diagnostics[0].render(false), @r#"
error: `wrong on purpose` got another answer
  --> portcullis.test.toml:22:10
   |
22 | expect = "allow"
   |          ^^^^^^^ the policy says ask: evil.example:443 needs a person's yes: no list of `network` names it
   |
   = help: decided at preset:standard:60:12; change that line, or expect this answer
"#);
    let fine = policy.test("t", "[[test]]\nname = 'x'\nread = '/etc/hosts'\nexpect = 'allow'\n");
    assert!(fine.passed(), "{:?}", fine.diagnostics);
}

#[test]
fn an_explanation_names_who_decided_and_who_lost() {
    let policy = policy("[commands]\ndeny = [{ name = \"git push\", reason = \"we release by hand\" }]\n");
    let explanation = policy.explain(&event(run("git push --force")).inspect(&NothingFound), &Usage::default());
    insta::assert_snapshot!(explanation.to_string(), @r#"
deny
  commands: deny: `git push --force` is denied by `git push`: we release by hand
    decided: ~/.config/portcullis/portcullis.toml:2:9: deny { name = "git push", reason = "we release by hand" }
    overruled: preset:standard:48:3: ask "git push --force"
    to change it: remove `git push` at ~/.config/portcullis/portcullis.toml:2
  agents: nothing against it
    read: preset:standard:74:10: allow "claude-code"
  sandbox: nothing against it
    read: preset:standard:160:11: allow "nothing"
"#);
}

#[test]
fn what_is_in_force_is_shown_with_its_origin() {
    let org = "[network]\nboundary = \"allow-list\"\nallow = [\"a.example\", \"b.example\"]\n[spend]\nday = { dollars = 5.0 }\n";
    let repository = "[network]\nallow = [\"b.example\", \"evil.example\"]\n[spend]\nday = { dollars = 2.5 }\n";
    let policy = layers(&[(Layer::Organisation, org), (Layer::Repository, repository)]);
    let shown = policy.show();
    let named = |line: &&str| line.contains(".example") || line.starts_with("boundary");
    let network: Vec<&str> = shown.lines().skip_while(|line| *line != "[network]").filter(named).collect();
    insta::assert_snapshot!(network.join("\n"), @r#"
  # "a.example", # from /etc/portcullis/portcullis.toml:3, without effect: another layer is stricter
  "b.example", # from /etc/portcullis/portcullis.toml:3
  # "evil.example", # from portcullis.toml:2, without effect: another layer is stricter
boundary = "allow-list" # from /etc/portcullis/portcullis.toml:2
"#);
    assert!(shown.contains("dollars = 2.5 # from portcullis.toml:4"), "{shown}");
}

#[test]
fn the_hash_changes_with_everything_that_decides() {
    let one = policy("mode = 'enforce'");
    assert_eq!(one.hash().len(), 64);
    assert_eq!(one.hash(), policy("mode = 'enforce'").hash());
    assert_ne!(one.hash(), policy("mode = 'observe'").hash());
    assert_ne!(one.hash(), layers(&[(Layer::Repository, "mode = 'enforce'")]).hash());
    let mut elsewhere = places();
    elsewhere.home = path("/home/eve");
    let moved = ValidPolicy::load(&[source(Layer::User, "mode = 'enforce'")], &elsewhere).unwrap();
    assert_ne!(one.hash(), moved.hash());
}
