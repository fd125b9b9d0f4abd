//! Ports of the machine that a sandbox runs on.

use crate::support::*;
use portcullis_event::*;
use portcullis_policy::*;

const OLLAMA: u16 = 11434;

fn verdict(policy: &ValidPolicy, port: u16) -> Verdict {
    let mut event = event(connect(Host::OF_THE_MACHINE, port));
    event.place.sandbox = Some(Sandbox { kind: "namespaces".to_owned(), profile: None, rest: Rest::new() });
    ask(policy, event).verdict
}

fn named(policy: &ValidPolicy, port: u16) -> bool {
    policy.names_host(&Host::parse(Host::OF_THE_MACHINE).unwrap(), Some(port))
}

#[test]
fn nothing_of_the_machine_is_open_however_wide_the_boundary() {
    for text in [
        "",
        "[network]\nboundary = \"open\"",
        "[network]\nallow = [\"*\", \"*.internal\", \"host.portcullis.internal\", \"127.0.0.1:11434\"]",
        "preset = \"local-only\"",
        "preset = \"air-gapped\"",
    ] {
        let policy = policy(text);
        assert_eq!((verdict(&policy, OLLAMA), named(&policy, OLLAMA)), (Verdict::Deny, false), "{text}");
        assert_eq!(policy.ports_of_the_machine(), Vec::<u16>::new(), "{text}");
    }
}

#[test]
fn a_port_is_opened_by_its_exact_name_within_every_boundary() {
    let allow = "allow = [\"host.portcullis.internal:11434\"]";
    for text in [
        format!("[network]\n{allow}"),
        format!("[network]\nboundary = \"allow-list\"\n{allow}"),
        format!("preset = \"local-only\"\n[network]\n{allow}"),
        format!("preset = \"air-gapped\"\n[network]\n{}", allow.replace("allow", "self-hosted")),
    ] {
        let policy = policy(&text);
        assert_eq!((verdict(&policy, OLLAMA), named(&policy, OLLAMA)), (Verdict::Allow, true), "{text}");
        assert_eq!((verdict(&policy, OLLAMA + 1), named(&policy, OLLAMA + 1)), (Verdict::Deny, false), "{text}");
        assert_eq!(policy.ports_of_the_machine(), [OLLAMA], "{text}");
    }
}

#[test]
fn a_denial_shuts_it_again_and_a_repository_opens_nothing() {
    let allow = "[network]\nallow = [\"host.portcullis.internal:11434\"]";
    let denied = policy(&format!("{allow}\ndeny = [\"host.portcullis.internal\"]"));
    assert_eq!(verdict(&denied, OLLAMA), Verdict::Deny);
    let repository = layers(&[(Layer::Repository, allow)]);
    assert_eq!((verdict(&repository, OLLAMA), named(&repository, OLLAMA)), (Verdict::Deny, false));
    assert_eq!(repository.ports_of_the_machine(), Vec::<u16>::new());
}

#[test]
fn a_denial_says_which_line_opens_the_port() {
    let decision = ask(&policy(""), event(connect(Host::OF_THE_MACHINE, OLLAMA)));
    let fix = decision.reasons.iter().find_map(|reason| reason.fix.clone()).unwrap();
    assert!(fix.contains("add `host.portcullis.internal:11434` to `network.allow`"), "{fix}");
}
