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
        (run("rm -rf target"), Verdict::Ask),
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
