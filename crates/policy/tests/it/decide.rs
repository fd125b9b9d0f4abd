//! The presets and the answers that they give.

use crate::support::*;
use portcullis_event::*;
use portcullis_policy::*;

#[test]
fn without_any_file_the_standard_preset_is_enforced() {
    let policy = load(&[]).unwrap();
    assert_eq!(policy.mode(), Mode::Enforce);
    let decision = ask(&policy, event(read("/home/ada/.ssh/id_rsa")));
    assert_eq!(decision.verdict, Verdict::Deny);
    assert_eq!(decision.policy, policy.hash());
    let reason = &decision.reasons[0];
    assert_eq!(reason.check.as_str(), "files");
    assert_eq!(reason.source.as_ref().unwrap().file, "preset:standard");
}

#[test]
fn every_preset_loads_without_a_word_of_complaint() {
    for preset in Preset::ALL {
        let policy = policy(&format!("preset = \"{}\"", preset.name()));
        let warnings: Vec<String> = policy.warnings().map(|it| it.render(false)).collect();
        assert_eq!(warnings, Vec::<String>::new(), "{}", preset.name());
    }
}

#[test]
fn the_standard_preset_lets_work_be_done_and_keeps_secrets() {
    let policy = load(&[]).unwrap();
    for (what, expected) in [
        (read("/home/ada/work/src/main.rs"), Verdict::Allow),
        (write("/home/ada/work/src/main.rs"), Verdict::Allow),
        (read("/home/ada/work/.env"), Verdict::Deny),
        (read("/home/ada/work/.env.local"), Verdict::Deny),
        (read("/home/ada/work/.env.example"), Verdict::Allow),
        (read("/home/ada/.aws/credentials"), Verdict::Deny),
        (read("/home/ada/work/../.ssh/config"), Verdict::Deny),
        (read("/home/eve/notes"), Verdict::Deny),
        (write("/home/ada/work/.git/hooks/pre-commit"), Verdict::Deny),
        (read("/home/ada/work/.git/hooks/pre-commit"), Verdict::Allow),
        (write("/etc/passwd"), Verdict::Deny),
        (run("cargo test"), Verdict::Allow),
        (run("rm -rf target"), Verdict::Allow),
        (run("git reset --hard"), Verdict::Ask),
        (run("env A=1 /usr/bin/sudo ls"), Verdict::Deny),
        (run("git push --force origin main"), Verdict::Ask),
        (connect("github.com", 443), Verdict::Allow),
        (connect("evil.example", 443), Verdict::Ask),
        (connect("169.254.169.254", 80), Verdict::Deny),
        (connect("127.0.0.1", 8080), Verdict::Allow),
        (model("anthropic", "claude-sonnet-5"), Verdict::Allow),
        (model("unheard-of", "x"), Verdict::Ask),
        (tool("Bash"), Verdict::Allow),
    ] {
        let decision = ask(&policy, event(what.clone()));
        assert_eq!(decision.verdict, expected, "{what:?}: {decision:#?}");
    }
}

#[test]
fn every_kind_of_event_is_answered_by_every_preset() {
    let id = EventId::from_bytes([2; 16]);
    let finding =
        serde_json::json!({"rule": "r", "type": "secret", "severity": "low", "confidence": "low", "message": "m"});
    let bodies: Vec<Body> = vec![
        run("ls"),
        read("/tmp/x"),
        connect("a.example", 1),
        model("anthropic", "x"),
        tool("Bash"),
        SecretUse::new(SecretOp::Use, "dev/x").into(),
        Db::new(DbOp::Read, "postgresql").into(),
        Socket::new(SocketOp::Read, "docker").into(),
        Git::new(GitOp::Commit).into(),
        Package::new(PackageOp::Install, "npm", "x").into(),
        Config::new(ConfigOp::Load, "skill", "x").into(),
        Session::new(SessionOp::Start).into(),
        FindingNotice {
            finding: serde_json::from_value(finding).unwrap(),
            by: "scan".into(),
            introduced: None,
            rest: Rest::new(),
        }
        .into(),
        Approval::new(ApprovalStep::Granted, id, "h").into(),
        Incident::new(IncidentStep::Opened, "x").into(),
        PolicyNotice::new(PolicyOp::Loaded, "f").into(),
        LedgerNotice::new(LedgerOp::Created).into(),
        Note::new("n").into(),
    ];
    assert_eq!(bodies.len(), KINDS.len());
    for preset in Preset::ALL {
        let policy = policy(&format!("preset = \"{}\"", preset.name()));
        for what in &bodies {
            let decision = ask(&policy, event(what.clone()));
            assert!(decision.reasons.iter().all(|it| it.check.as_str() != "silence"), "{what:?}");
        }
        let opaque = Body::Opaque(Opaque { kind: "new".into(), fields: Rest::new() });
        assert_eq!(verdict(&policy, opaque), Verdict::Deny);
    }
}

#[test]
fn an_agent_can_neither_approve_nor_speak_for_people() {
    let policy = load(&[]).unwrap();
    let granted = || Approval::new(ApprovalStep::Granted, EventId::from_bytes([2; 16]), "h");
    assert_eq!(verdict(&policy, granted()), Verdict::Deny);
    assert_eq!(verdict(&policy, Note::new("x")), Verdict::Deny);
    let mut by_person = event(granted());
    by_person.actor = Actor::human(UserName::parse("ada").unwrap());
    assert_eq!(ask(&policy, by_person).verdict, Verdict::Allow);
}

#[test]
fn a_repository_can_tighten_and_not_loosen() {
    let org = "[network]\nboundary = \"allow-list\"\nallow = [\"a.example\", \"b.example\"]\n";
    let repository = "[network]\nallow = [\"b.example\", \"evil.example\"]\n";
    let policy = layers(&[(Layer::Organisation, org), (Layer::Repository, repository)]);
    assert_eq!(verdict(&policy, connect("a.example", 443)), Verdict::Deny);
    assert_eq!(verdict(&policy, connect("b.example", 443)), Verdict::Allow);
    assert_eq!(verdict(&policy, connect("evil.example", 443)), Verdict::Deny);
    let told: Vec<(u32, &str)> = policy.loosenings().iter().map(|it| (it.line(), it.title())).collect();
    let title = "this line has no effect: the policy at /etc/portcullis/portcullis.toml:2 is stricter";
    assert_eq!(told, [(2, title)]);
}

#[test]
fn the_user_alone_extends_the_preset() {
    let policy = policy("[network]\nallow = [\"mine.example\"]\n[files]\ndeny = [\"!*secrets*\"]\n");
    assert_eq!(verdict(&policy, connect("mine.example", 443)), Verdict::Allow);
    assert_eq!(verdict(&policy, read("/home/ada/work/secrets.rs")), Verdict::Allow);
    assert_eq!(verdict(&policy, read("/home/ada/.ssh/id_rsa")), Verdict::Deny);
}

#[test]
fn a_repository_alone_opens_nothing() {
    let evil = "preset = \"standard\"\nmode = \"observe\"\n[files]\ndeny = [\"!.ssh\"]\nread = [\"/\"]\n[mcp]\nallow = [\"evil\"]\n";
    let policy = layers(&[(Layer::Repository, evil)]);
    assert_eq!(policy.mode(), Mode::Enforce);
    assert_eq!(verdict(&policy, read("/home/ada/.ssh/id_rsa")), Verdict::Deny);
    let lines: Vec<u32> = policy.loosenings().iter().map(Diagnostic::line).collect();
    assert_eq!(lines, [2, 4, 5, 7]);
}

#[test]
fn a_list_of_tools_does_not_take_the_place_of_the_preset() {
    let json = Source {
        layer: Layer::Organisation,
        name: "tools.json".into(),
        text: r#"{"blocked_tools": ["Bash"]}"#.into(),
        format: Format::ToolsJson,
    };
    let user = source(Layer::User, "[network]\nboundary = \"open\"\n[tools]\notherwise = \"allow\"\n");
    let policy = load(&[json, user]).unwrap();
    assert_eq!(verdict(&policy, tool("Bash")), Verdict::Deny);
    assert_eq!(verdict(&policy, connect("evil.example", 443)), Verdict::Ask);
}

#[test]
fn commands_that_try_to_be_something_else_are_seen_through() {
    let policy = load(&[]).unwrap();
    for attempt in ["/usr/bin/sudo ls", "env -i PATH=/x sudo ls", "nice -n 5 env A=b sudo ls", "busybox su", "./sudo"] {
        assert_eq!(verdict(&policy, run(attempt)), Verdict::Deny, "{attempt}");
    }
    assert_eq!(verdict(&policy, Process::new(ProcessOp::Start)), Verdict::Deny, "no words at all");
    let mut lying = Process::new(ProcessOp::Start);
    lying.argv = vec!["ls".into()];
    lying.executable = Some(path("/usr/bin/sudo"));
    assert_eq!(verdict(&policy, lying), Verdict::Deny);
}

#[test]
fn pushes_say_where_they_go_however_they_are_written() {
    let policy = load(&[]).unwrap();
    let push = |references: &[&str], branch: Option<&str>| {
        let mut git = Git::new(GitOp::Push);
        git.refs = references.iter().map(|&it| it.to_owned()).collect();
        git.remote = Some("origin".into());
        let mut event = event(git);
        event.place.branch = branch.map(str::to_owned);
        ask(&policy, event).verdict
    };
    for references in ["main", "refs/heads/main", "HEAD:main", "x:refs/heads/main", "+main", ":main", "release/1.0"] {
        assert_eq!(push(&[references], None), Verdict::Ask, "{references}");
    }
    assert_eq!(push(&["HEAD"], Some("main")), Verdict::Ask);
    assert_eq!(push(&["feature/x"], None), Verdict::Allow);
    assert_eq!(push(&["feature/x", "main"], None), Verdict::Ask);
    assert_eq!(push(&["+feature/x"], None), Verdict::Ask, "a plus overwrites history");
    assert_eq!(push(&[], None), Verdict::Deny);
}

#[test]
fn a_server_cant_borrow_the_name_of_a_trusted_tool() {
    let policy = policy("[tools]\nallow = [\"Read\"]\notherwise = \"deny\"\n[mcp]\nallow = [\"evil\"]\n");
    assert_eq!(verdict(&policy, tool("Read")), Verdict::Allow);
    let mut borrowed = Tool::new(ToolOp::Call, ToolName::parse("Read").unwrap());
    borrowed.server = Some("evil".into());
    assert_eq!(verdict(&policy, borrowed), Verdict::Deny);
}

#[test]
fn a_lookup_of_a_host_is_judged_like_the_host() {
    let policy = policy("[network]\nboundary = \"allow-list\"\nallow = [\"a.example:443\"]\n");
    let lookup = |host: &str| verdict(&policy, Net::new(NetOp::Resolve, Host::parse(host).unwrap()));
    assert_eq!((lookup("a.example"), lookup("secret-data.evil.example")), (Verdict::Allow, Verdict::Deny));
    assert_eq!(verdict(&policy, connect("a.example", 80)), Verdict::Deny);
    let on = |host: &str| verdict(&policy, Net::new(NetOp::Listen, Host::parse(host).unwrap()));
    assert_eq!((on("127.0.0.1"), on("0.0.0.0"), on("::")), (Verdict::Allow, Verdict::Deny, Verdict::Deny));
}

#[test]
fn closed_boundaries_hold_for_models_too() {
    let air = policy("preset = \"air-gapped\"\n[network]\nself-hosted = [\"models.corp.example\"]\n");
    let at = |policy: &ValidPolicy, host: Option<&str>| {
        let mut llm = Llm::new(LlmOp::Request, "self-hosted", ModelId::parse("x").unwrap());
        llm.host = host.map(|host| Host::parse(host).unwrap());
        verdict(policy, llm)
    };
    assert_eq!(at(&air, Some("models.corp.example")), Verdict::Allow);
    assert_eq!(at(&air, Some("api.anthropic.com")), Verdict::Deny);
    assert_eq!(at(&air, None), Verdict::Deny, "an endpoint that is not known is outside");
    let local = policy("preset = \"local-only\"");
    assert_eq!(at(&local, Some("127.0.0.1")), Verdict::Allow);
    assert_eq!(at(&local, Some("models.corp.example")), Verdict::Deny);
    assert_eq!(verdict(&local, connect("github.com", 443)), Verdict::Deny);
}

#[test]
fn a_guess_at_how_a_text_is_worded_stops_nothing() {
    struct Guesses(&'static str);
    impl Inspector for Guesses {
        fn inspect(&self, event: Event) -> (Event, Vec<Finding>, Coverage) {
            let json = serde_json::json!({"rule": "injection-wording", "type": "injection", "severity": "medium", "confidence": self.0, "message": "it steers"});
            (event, vec![serde_json::from_value(json).unwrap()], Coverage::default())
        }
    }
    let decide = |confidence| {
        let policy = policy("findings.injection = 'deny'");
        policy.decide(&event(model("anthropic", "x")).inspect(&Guesses(confidence)), &Usage::default()).verdict
    };
    assert_eq!(
        ["low", "medium", "high", "proven"].map(decide),
        [Verdict::Allow, Verdict::Allow, Verdict::Deny, Verdict::Deny]
    );
}

#[test]
fn findings_are_answered_as_the_policy_says() {
    struct Finds(bool);
    impl Inspector for Finds {
        fn inspect(&self, event: Event) -> (Event, Vec<Finding>, Coverage) {
            let json = serde_json::json!({"rule": "github-token", "type": "secret", "severity": "high", "confidence": "proven", "message": "a token", "replaced": self.0});
            (event, vec![serde_json::from_value(json).unwrap()], Coverage::default())
        }
    }
    let decide = |text: &str, replaced: bool| {
        policy(text).decide(&event(model("anthropic", "x")).inspect(&Finds(replaced)), &Usage::default())
    };
    let replace = decide("", false);
    assert_eq!(replace.verdict, Verdict::AllowWithChanges);
    assert_eq!(replace.obligations, [Obligation::Replace { rules: vec!["github-token".into()] }]);
    assert_eq!(decide("", true).verdict, Verdict::Allow, "it was replaced already");
    assert_eq!(decide("findings.secret = \"deny\"", true).verdict, Verdict::Deny);
    assert_eq!(decide("findings.secret = \"ask\"", false).verdict, Verdict::Ask);
}

#[test]
fn limits_of_spending_are_compared_with_what_was_used() {
    let policy = policy("[spend]\nday = { dollars = 2.0, requests = 3 }\nat-limit = \"deny\"\n");
    let ask = |used: Counters| {
        let usage = Usage { day: used, session: used, ..Usage::default() };
        event(model("anthropic", "x")).inspect(&NothingFound).decide(&policy.with_usage(usage)).decision().verdict
    };
    assert_eq!(ask(Counters::default()), Verdict::Allow);
    assert_eq!(ask(Counters { requests: 3, ..Counters::default() }), Verdict::Deny);
    assert_eq!(ask(Counters { microdollars: 2_000_000, ..Counters::default() }), Verdict::Deny);
    assert_eq!(ask(Counters { tokens: u64::MAX, ..Counters::default() }), Verdict::Deny, "the preset's own limit");
}

#[test]
fn an_ask_says_who_may_answer() {
    let policy = policy("[approvals]\ncount = 2\n");
    let decision = ask(&policy, event(run("git reset --hard")));
    let expected = ["approver", "admin"].map(|role| Obligation::Approve { role: role.into(), count: 2 });
    assert_eq!(decision.obligations, expected);
}

#[test]
fn a_preset_written_out_as_a_file_gives_no_warning() {
    for preset in Preset::ALL {
        let policy = policy(preset.text());
        let told: Vec<String> = policy.warnings().map(|it| it.render(false)).collect();
        assert_eq!(told, Vec::<String>::new(), "{}", preset.name());
    }
}

#[test]
fn every_preset_masks_what_nobody_should_hand_to_an_agent() {
    let masked = [
        "work/.env",
        "work/.env.production",
        "work/config/aws-credentials.json",
        "work/my-secrets.yaml",
        "work/tls/server.pem",
        "work/tls/server.key",
        ".ssh",
        ".ssh/id_ed25519",
        ".aws/config",
        ".kube/config",
        ".gnupg/x",
        ".netrc",
        ".git-credentials",
        ".npmrc",
        ".pypirc",
        ".mozilla/firefox/x/logins.json",
        ".config/google-chrome/Default/Cookies",
        ".config/chromium/x",
        ".bash_history",
        ".zsh_history",
        ".python_history",
        ".config/gh/hosts.yml",
        ".docker/config.json",
        ".cargo/credentials.toml",
        ".local/share/keyrings/login.keyring",
        ".codex/auth.json",
        ".gemini/oauth_creds.json",
        ".claude/.credentials.json",
        ".local/share/opencode/auth.json",
        ".local/share/goose/sessions/one.jsonl",
    ];
    for preset in Preset::ALL {
        let policy = policy(&format!("preset = \"{}\"", preset.name()));
        for name in masked {
            let at = format!("/home/ada/{name}");
            assert_eq!(verdict(&policy, read(&at)), Verdict::Deny, "{} {at}", preset.name());
            assert_eq!(verdict(&policy, write(&at)), Verdict::Deny, "{} {at}", preset.name());
        }
        let mut link = File::new(FileOp::Link, path("/home/ada/.ssh/id_rsa"));
        link.to = Some(path("/home/ada/work/innocent"));
        assert_eq!(verdict(&policy, link), Verdict::Deny, "a second name for a masked file");
        let mut prompt = Llm::new(LlmOp::Request, "ollama", ModelId::parse("x").unwrap());
        prompt.host = Some(Host::parse("127.0.0.1").unwrap());
        prompt.files = vec![path("/home/ada/work/.env")];
        assert_eq!(verdict(&policy, prompt), Verdict::Deny, "a masked file in a prompt");
    }
}

#[test]
fn the_rules_about_files_can_be_taken_out_with_their_places() {
    let policy = layers(&[
        (Layer::User, "[files]\ndeny = [\"!.env.example\", \"~/private\"]\n"),
        (Layer::Repository, "files.write = [\"./src/**\"]\n"),
    ]);
    let of = |file: &str| -> Vec<(usize, FileList, String, bool, u32)> {
        let rules = policy.file_rules().into_iter().filter(|rule| rule.source.file == file);
        rules.map(|rule| (rule.storey, rule.list, rule.pattern, rule.takes_away, rule.source.line)).collect()
    };
    let user = [
        (0, FileList::Deny, "/**/.env.example".to_owned(), true, 2),
        (0, FileList::Deny, "/home/ada/private".to_owned(), false, 2),
    ];
    assert_eq!(of(name_of(Layer::User)), user);
    assert_eq!(of("portcullis.toml"), [(1, FileList::Write, "/home/ada/work/src".to_owned(), false, 1)]);
}

#[test]
fn a_long_line_of_a_hostile_repository_is_read_or_refused_and_not_a_way_to_stall() {
    let entries: Vec<String> = (0..4000).map(|number| format!("'a{number}.example'")).collect();
    let text = format!("network.allow = [{}]\nnetwork.deny = ['*.example']\n", entries.join(","));
    let policy = layers(&[(Layer::Repository, &text)]);
    assert_eq!(verdict(&policy, connect("a1.example", 1)), Verdict::Deny);
    let longer = format!("# {}\n", "x".repeat(1 << 18));
    assert_eq!(load(&[source(Layer::Repository, &longer)]).unwrap_err()[0].title(), "this policy is too long");
}

#[test]
fn a_program_that_the_agent_wrote_itself_is_not_the_one_that_is_allowed() {
    let policy = policy("preset = \"strict\"\n[sandbox]\nrequire = \"nothing\"\n");
    let git = |file: &str| {
        let mut process = Process::new(ProcessOp::Start);
        process.argv = vec!["git".into(), "status".into()];
        process.executable = Some(path(file));
        verdict(&policy, process)
    };
    assert_eq!(git("/usr/bin/git"), Verdict::Allow);
    assert_eq!(git("/home/ada/.nix-profile/bin/git"), Verdict::Allow);
    assert_eq!(git("/home/ada/work/node_modules/.bin/git"), Verdict::Ask);
    assert_eq!(git("/tmp/git"), Verdict::Ask);
}

#[test]
fn taking_an_entry_away_weakens_no_other_one() {
    let policy = policy("[files]\ndeny = [\"!*secrets*\"]\n[commands]\ndeny = [\"!sudo\"]\n");
    assert_eq!(verdict(&policy, read("/home/ada/work/src/secrets.rs")), Verdict::Allow);
    assert_eq!(verdict(&policy, read("/home/ada/.aws/secrets.json")), Verdict::Deny, "`.aws` is masked still");
    assert_eq!(verdict(&policy, run("sudo ls")), Verdict::Allow);
    assert_eq!(verdict(&policy, run("sudo mkfs /dev/sda")), Verdict::Deny, "`mkfs` is denied still");
}

#[test]
fn a_policy_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    shared(&load(&[]).unwrap());
}

#[test]
fn a_file_that_windows_wrote_is_read() {
    let policy = policy("\u{feff}mode = \"observe\"\r\n[network]\r\nboundary = \"open\"\r\n");
    assert_eq!(policy.mode(), Mode::Observe);
    let decision = ask(&policy, event(read("/home/ada/.ssh/id_rsa")));
    assert_eq!((decision.verdict, decision.effective()), (Verdict::Deny, Verdict::Allow));
}
