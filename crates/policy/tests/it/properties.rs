//! What must hold for any policy and any event.

use crate::support::*;
use portcullis_event::*;
use portcullis_policy::*;
use proptest::prelude::*;
use proptest::sample::select;
use std::fmt::Write as _;

const PATTERNS: &[(&str, &[&str])] = &[
    ("files", &["./", "./src", "~/.ssh", "*.pem", ".env", "/etc", "/", "!.env", "!*.pem", "src/**/*.rs", "**/x"]),
    ("commands", &["git", "git push", "git push --force", "rm -rf", "rm", "env", "sudo", "*", "!rm -rf", "cargo *"]),
    ("network", &["a.example", "*.a.example", "*", "loopback", "10.0.0.0/8", "a.example:443", "!a.example"]),
    ("models", &["anthropic/*", "anthropic/x", "*", "ollama/*", "!anthropic/*"]),
    ("tools", &["Bash", "Read", "github/*", "*", "!Bash", "mcp__*"]),
    ("mcp", &["github", "*", "!github"]),
    ("agents", &["claude-code", "claude-code@>=1.0", "codex", "*", "!claude-code"]),
    ("packages", &["npm:x", "npm:*", "pypi:a-b", "npm:x@>=2.0.0", "*", "!npm:x"]),
    ("secrets", &["dev/*", "prod/*", "*", "!prod/*"]),
    ("environments", &["dev", "prod", "*", "!prod"]),
    ("changes", &["code", "hook", "git-*", "*", "!code"]),
    ("skills", &["pdf", "pdf@>=2.0.0", "*", "!pdf"]),
    ("git.push", &["main", "origin/main", "feature/*", "*", "!main"]),
    ("sockets.plain", &["/run/a.sock", "~/b.sock", "/run", "*.sock", "!/run/a.sock"]),
    ("sockets.ssh-agent.keys", &["work", "SHA256:abc", "*", "!work"]),
    ("sockets.docker", &["logs", "containers", "*", "!logs"]),
    ("database.tables", &["users", "public.users", "*", "!users"]),
];

fn section() -> impl Strategy<Value = String> {
    let lists = prop::collection::btree_map(select(vec!["allow", "ask", "deny"]), any::<prop::sample::Index>(), 0..4);
    (select(PATTERNS.to_vec()), lists, prop::option::of(select(vec!["allow", "ask", "deny"]))).prop_map(
        |((section, patterns), lists, otherwise)| {
            let mut out = String::new();
            let mut taken = Vec::new();
            for (list, index) in lists {
                let list = match (section, list) {
                    ("files", "allow") => "write",
                    ("files", "ask") => "protect",
                    (_, list) => list,
                };
                let pattern = index.get(patterns);
                if !taken.contains(&pattern) {
                    taken.push(pattern);
                    let _ = writeln!(out, "{section}.{list} = ['{pattern}']");
                }
            }
            if let Some(otherwise) = otherwise
                .filter(|it| !matches!(section, "files" | "network") && (*it != "allow" || !out.contains(".allow")))
            {
                let _ = writeln!(out, "{section}.otherwise = '{otherwise}'");
            }
            out
        },
    )
}

fn scalar() -> impl Strategy<Value = String> {
    select(vec![
        "mode = 'observe'",
        "mode = 'enforce'",
        "preset = 'strict'",
        "preset = 'local-only'",
        "preset = 'air-gapped'",
        "preset = 'standard'",
        "network.boundary = 'ask'",
        "network.boundary = 'allow-list'",
        "git.force = 'deny'",
        "git.commit = 'ask'",
        "database.max-rows = 5",
        "database.write = 'allow'",
        "sandbox.require = 'nothing'",
        "sandbox.require = 'any'",
        "sandbox.workspace = 'live'",
        "sandbox.workspace = 'layered'",
        "data.models = { 'anthropic/*' = 'restricted' }",
        "data.models = { '*' = 'public' }",
        "data.unlabelled = 'public'",
        "findings.secret = 'allow'",
        "findings.secret = 'deny'",
        "findings.injection = 'allow'",
        "packages.vulnerable = 'allow'",
        "network.self-hosted = ['a.example']",
        "git.protected = ['!main']",
        "spend = { session = { tokens = 5 }, at-limit = 'ask' }",
    ])
    .prop_map(|line| format!("{line}\n"))
}

/// A text that loads on its own.
fn policy_text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop_oneof![3 => section(), 1 => scalar()], 0..6).prop_map(|parts| {
        let mut text = String::new();
        for part in parts {
            let longer = format!("{text}{part}");
            if load(&[source(Layer::Repository, &longer)]).is_ok() {
                text = longer;
            }
        }
        text
    })
}

fn any_event() -> impl Strategy<Value = Event> {
    let paths = || {
        select(vec![
            "/home/ada/work/src/a.rs",
            "/home/ada/work/.env",
            "/home/ada/.ssh/id_rsa",
            "/etc/passwd",
            "/tmp/x",
            "/home/ada/work/k.pem",
            "/",
        ])
    };
    let commands = select(vec![
        "git push --force",
        "git status",
        "rm -rf /",
        "env A=1 rm -fr x",
        "sudo ls",
        "cargo test",
        "",
        "/tmp/git push",
    ]);
    let hosts =
        select(vec!["a.example", "b.a.example", "evil.example", "127.0.0.1", "10.1.2.3", "169.254.169.254", "::1"]);
    let body = prop_oneof![
        paths().prop_map(read),
        paths().prop_map(write),
        (paths(), paths()).prop_map(|(from, to)| {
            let mut file = File::new(FileOp::Rename, path(from));
            file.to = Some(path(to));
            file.into()
        }),
        commands.prop_map(run),
        (hosts.clone(), select(vec![80u16, 443])).prop_map(|(host, port)| connect(host, port)),
        (hosts, select(vec![NetOp::Resolve, NetOp::Listen])).prop_map(|(host, op)| Net::new(
            op,
            Host::parse(host).unwrap()
        )
        .into()),
        select(vec!["anthropic", "ollama", "evil"]).prop_map(|provider| model(provider, "x")),
        (select(vec!["Bash", "Read", "issues"]), prop::option::of(Just("github".to_owned()))).prop_map(
            |(name, server)| {
                let mut tool = Tool::new(ToolOp::Call, ToolName::parse(name).unwrap());
                tool.server = server;
                tool.into()
            }
        ),
        (select(vec!["npm", "pypi"]), select(vec!["x", "A_b"]), prop::option::of(Just("1.0.0".to_owned()))).prop_map(
            |(system, name, version)| {
                let mut package = Package::new(PackageOp::Install, system, name);
                package.version = version;
                package.into()
            }
        ),
        select(vec!["dev/x", "prod/x"]).prop_map(|name| SecretUse::new(SecretOp::Use, name).into()),
        (select(vec!["skill", "mcp-server", "settings", "new"]), select(vec!["pdf", "github"]))
            .prop_map(|(category, name)| Config::new(ConfigOp::Load, category, name).into()),
        (select(vec!["main", "+feature/x", "HEAD:refs/heads/main"]), any::<bool>()).prop_map(|(branch, remote)| {
            let mut git = Git::new(GitOp::Push);
            git.refs = vec![branch.to_owned()];
            git.remote = remote.then(|| "origin".to_owned());
            git.into()
        }),
        (select(vec![DbOp::Read, DbOp::Write, DbOp::Admin]), select(vec!["users", "public.users", "x.users"]))
            .prop_map(|(op, table)| {
                let mut db = Db::new(op, "postgresql");
                db.tables = vec![table.to_owned()];
                db.rows = Some(7);
                db.into()
            }),
        Just(Note::new("n").into()),
    ];
    let class = prop::option::of(select(vec![DataClass::Public, DataClass::Internal, DataClass::Restricted]));
    let environment = prop::option::of(select(vec!["dev", "prod", "new"]));
    (body, class, environment, any::<bool>()).prop_map(|(body, class, environment, by_person)| {
        let mut event = event(body);
        event.class.data = class;
        event.place.environment = environment.map(str::to_owned);
        if by_person {
            event.actor.agents.clear();
        }
        event
    })
}

struct Finds;

impl Inspector for Finds {
    fn inspect(&self, event: Event) -> (Event, Vec<Finding>, Coverage) {
        let finding = |kind| {
            let json =
                serde_json::json!({"rule": "r", "type": kind, "severity": "low", "confidence": "low", "message": "m"});
            serde_json::from_value(json).unwrap()
        };
        (event, vec![finding("secret"), finding("injection")], Coverage::default())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn a_lower_layer_never_loosens(
        high in policy_text(),
        low in policy_text(),
        (above, below) in select(vec![(Layer::Organisation, Layer::User), (Layer::Organisation, Layer::Repository), (Layer::User, Layer::Repository)]),
        events in prop::collection::vec(any_event(), 24),
        found in any::<bool>(),
        tokens in 0u64..10,
    ) {
        let alone = layers(&[(above, &high)]);
        // What a file allows and denies at once is refused as a whole, which loosens nothing.
        let Ok(both) = load(&[source(above, &high), source(below, &low)]) else { return Ok(()) };
        let usage = Usage { session: Counters { tokens, ..Counters::default() }, ..Usage::default() };
        for event in events {
            let inspect = |event: Event| if found { event.inspect(&Finds) } else { event.inspect(&NothingFound) };
            let before = alone.decide(&inspect(event.clone()), &usage);
            let after = both.decide(&inspect(event.clone()), &usage);
            prop_assert!(after.verdict >= before.verdict, "{event:#?}\n{before:#?}\n{after:#?}");
            prop_assert!(after.effective() >= before.effective(), "{event:#?}\n{before:#?}\n{after:#?}");
            prop_assert!(!after.reasons.is_empty());
        }
        prop_assert!(both.mode() >= alone.mode());
        prop_assert!(both.on_audit_failure() <= alone.on_audit_failure());
        prop_assert!(both.approvals_needed() >= alone.approvals_needed());
    }

    #[test]
    fn an_explanation_gives_the_same_answer_as_a_decision(text in policy_text(), event in any_event()) {
        let policy = layers(&[(Layer::User, &text)]);
        let usage = Usage::default();
        let decision = policy.decide(&event.clone().inspect(&NothingFound), &usage);
        let explanation = policy.explain(&event.inspect(&NothingFound), &usage);
        prop_assert_eq!(&explanation.decision, &decision);
        prop_assert_eq!(explanation.checks.iter().filter_map(|it| it.verdict).max(), Some(decision.verdict));
    }

    #[test]
    fn what_is_shown_is_toml_and_loads(high in policy_text(), low in policy_text()) {
        if let Ok(policy) = load(&[source(Layer::User, &high), source(Layer::Repository, &low)]) {
            let shown = policy.show();
            prop_assert!(shown.parse::<toml::Table>().is_ok(), "{shown}");
        }
    }
}

fn facts() -> impl Strategy<Value = RepositoryFacts> {
    let words = || prop::collection::vec(prop_oneof!["[a-z]{1,8}", ".{0,12}", "[a-z.:/*!~\"\\\\-]{0,12}"], 0..4);
    let managers = prop::collection::vec(
        select(vec!["cargo", "npm", "gradle", "deno", "conda", "hex", "pub", "stack", "?"]),
        0..9,
    );
    let hosts = prop::collection::vec(
        prop_oneof![
            select(vec!["github.com", "git.example.com", "Git.Example.com", "10.0.0.1", "localhost", "a b"])
                .prop_map(str::to_owned),
            ".{0,12}"
        ],
        0..4,
    );
    (words(), managers, hosts, prop::option::of(prop_oneof!["[a-z/]{0,8}", ".{0,12}"]), words()).prop_map(
        |(languages, managers, remote_hosts, default_branch, sensitive_folders)| RepositoryFacts {
            languages,
            package_managers: managers.into_iter().map(str::to_owned).collect(),
            remote_hosts,
            default_branch,
            sensitive_folders,
        },
    )
}

proptest! {
    #[test]
    fn a_first_policy_is_valid_without_a_warning_for_any_repository(facts in facts()) {
        let text = template(&facts);
        match load(&[source(Layer::Repository, &text)]) {
            Ok(policy) => {
                let told: Vec<String> = policy.warnings().map(|it| it.render(false)).collect();
                prop_assert!(told.is_empty(), "{text}\n{told:#?}");
            }
            Err(all) => prop_assert!(false, "{text}\n{}", all[0].render(false)),
        }
    }
}

/// A valid text with a few bytes changed.
fn mutated() -> impl Strategy<Value = String> {
    let presets: Vec<String> = Preset::ALL.iter().map(|it| it.text().to_owned()).collect();
    let cut = prop::collection::vec(
        (any::<prop::sample::Index>(), 0usize..6, "[\\[\\]{}=\"'#.,a-z0-9!*\\n \u{e9}\u{0}-]{0,5}"),
        1..5,
    );
    (select(presets), cut).prop_map(|(text, cuts)| {
        let mut chars: Vec<char> = text.chars().collect();
        for (at, remove, insert) in cuts {
            let at = at.index(chars.len().max(1));
            let end = (at + remove).min(chars.len());
            chars.splice(at.min(end)..end, insert.chars());
        }
        chars.into_iter().collect()
    })
}

fn check_load(text: &str, format: Format) -> Result<(), TestCaseError> {
    let source = Source { layer: Layer::User, name: "fuzz".into(), text: text.to_owned(), format };
    let diagnostics = match load(&[source]) {
        Ok(policy) => policy.warnings().cloned().collect(),
        Err(all) => {
            prop_assert!(all.iter().any(|it| it.severity() == DiagnosticSeverity::Error));
            all
        }
    };
    for it in diagnostics {
        let span = it.span();
        prop_assert!(it.file() != "fuzz" || text.get(span.clone()).is_some(), "{span:?} of {}", text.len());
        prop_assert!(it.line() >= 1 && it.column() >= 1 && !it.title().is_empty());
        prop_assert!(it.render(false).contains(it.title().lines().next().unwrap()));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_changed_policy_loads_or_is_told_what_is_wrong(text in mutated()) {
        check_load(&text, Format::Toml)?;
    }

    #[test]
    fn any_text_loads_or_is_told_what_is_wrong(
        text in prop_oneof![".{0,80}", "[\\[\\]{}=\"'#.,a-z0-9!&*: \\n\\t-]{0,80}"],
        format in select(vec![Format::Toml, Format::ToolsJson, Format::SkillsYaml]),
    ) {
        check_load(&text, format)?;
    }

    #[test]
    fn any_table_of_tests_is_read_or_told_what_is_wrong(text in prop_oneof![".{0,60}", "(\\[\\[test\\]\\]\n(name|expect|read|run|event) = (\"a\"|'deny'|3|\\{ kind = \"note\" \\})\n){0,4}"]) {
        let report = load(&[]).unwrap().test("t", &text);
        prop_assert!(!report.results.is_empty() || !report.diagnostics.is_empty());
        for it in report.diagnostics {
            prop_assert!(text.get(it.span()).is_some());
            prop_assert!(!it.render(false).is_empty());
        }
    }
}
