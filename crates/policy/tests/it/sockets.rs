//! `[sockets]`: what may be asked of programs of this machine.

use crate::support::*;
use portcullis_event::*;
use portcullis_policy::*;

fn verdict(policy: &ValidPolicy, what: Socket) -> Verdict {
    ask(policy, event(what)).verdict
}

fn sign(key: &str, name: &str) -> Socket {
    Socket { key: Some(key.into()), key_name: Some(name.into()), ..Socket::new(SocketOp::Sign, "ssh-agent") }
}

fn for_git(name: &str) -> Socket {
    Socket { namespace: Some("git".into()), ..sign("SHA256:x", name) }
}

fn login(servers: &[&str]) -> Socket {
    let servers = servers.iter().map(|it| (*it).to_owned()).collect();
    Socket { user: Some("git".into()), servers, ..sign("SHA256:x", "work") }
}

#[test]
fn no_preset_opens_any_socket() {
    for preset in Preset::ALL {
        let policy = policy(&format!("preset = \"{}\"", preset.name()));
        assert_eq!(policy.socket_doors(), SocketDoors::default());
        for what in [Socket::new(SocketOp::List, "ssh-agent"), for_git("work"), login(&["a.example"])] {
            assert_eq!(verdict(&policy, what), Verdict::Deny);
        }
    }
}

#[test]
fn a_signature_needs_a_key_and_a_purpose_that_are_both_allowed() {
    let keys = policy("[sockets.ssh-agent]\nkeys.allow = ['work']\n");
    assert_eq!(verdict(&keys, for_git("work")), Verdict::Deny, "no purpose is allowed");
    let purposes = policy("[sockets.ssh-agent]\nsign.allow = ['git']\nlogin.allow = ['git@*']\n");
    assert_eq!(verdict(&purposes, for_git("work")), Verdict::Deny, "no key is allowed");
    let both = policy("[sockets.ssh-agent]\nkeys.allow = ['work']\nsign.allow = ['git']\n");
    assert_eq!(verdict(&both, for_git("work")), Verdict::Allow);
    assert_eq!(verdict(&both, for_git("spare")), Verdict::Deny);
    assert_eq!(verdict(&both, Socket { namespace: Some("file".into()), ..for_git("work") }), Verdict::Deny);
    assert_eq!(verdict(&both, login(&["a.example"])), Verdict::Deny);
    assert_eq!(verdict(&both, sign("SHA256:x", "work")), Verdict::Deny, "for no purpose");
    assert_eq!(
        verdict(&both, Socket { user: Some("git".into()), ..for_git("work") }),
        Verdict::Deny,
        "for two purposes"
    );
    assert_eq!(verdict(&both, Socket { key: None, key_name: None, ..for_git("work") }), Verdict::Deny, "with no key");
}

#[test]
fn a_login_is_to_a_server_that_is_known_by_a_name_on_the_list() {
    let named = policy("[sockets.ssh-agent]\nkeys.allow = ['SHA256:x']\nlogin.allow = ['git@a.example']\n");
    assert_eq!(verdict(&named, login(&["10.0.0.1", "a.example", "SHA256:h"])), Verdict::Allow);
    assert_eq!(verdict(&named, login(&["b.example"])), Verdict::Deny);
    assert_eq!(verdict(&named, login(&[])), Verdict::Deny, "nobody knows the server");
    let any =
        policy("[sockets.ssh-agent]\nkeys.allow = ['*']\nlogin.allow = ['git@*']\nlogin.deny = ['git@b.example']\n");
    assert_eq!(verdict(&any, login(&[])), Verdict::Allow);
    assert_eq!(verdict(&any, login(&["c.example", "b.example"])), Verdict::Deny, "one of its names is denied");
}

#[test]
fn what_changes_something_is_let_through_by_no_policy() {
    let all = "[sockets]\ndocker.allow = ['*']\npodman.allow = ['*']\nplain.allow = ['/**']\n\
               ssh-agent.keys.allow = ['*']\nssh-agent.sign.allow = ['*']\nssh-agent.login.allow = ['*']\n";
    for service in ["docker", "podman", "ssh-agent", "plain", "new"] {
        let what = Socket { verb: Some("logs".into()), ..Socket::new(SocketOp::Change, service) };
        assert_eq!(verdict(&policy(all), what), Verdict::Deny);
    }
    assert_eq!(verdict(&policy(all), Socket::new(SocketOp::Read, "new")), Verdict::Deny);
    assert_eq!(verdict(&policy(all), Socket::new(SocketOp::Connect, "docker")), Verdict::Deny);
}

#[test]
fn a_lower_layer_only_narrows_and_a_correct_narrowing_is_not_reported() {
    let high =
        "[sockets.ssh-agent]\nkeys.allow = ['work', 'spare']\nsign.allow = ['git']\n[sockets.docker]\nallow = ['*']\n";
    let low = "[sockets.ssh-agent]\nkeys.allow = ['work']\n[sockets.docker]\nallow = ['logs']\n";
    let both = layers(&[(Layer::User, high), (Layer::Repository, low)]);
    assert_eq!(both.loosenings().len(), 0, "{:?}", both.loosenings());
    assert_eq!(verdict(&both, for_git("work")), Verdict::Allow);
    assert_eq!(verdict(&both, for_git("spare")), Verdict::Deny);
    assert!(both.against_key("SHA256:x", "work").is_none() && both.against_key("SHA256:x", "spare").is_some());
    let read = |verb: &str| Socket { verb: Some(verb.into()), ..Socket::new(SocketOp::Read, "docker") };
    assert_eq!((verdict(&both, read("logs")), verdict(&both, read("info"))), (Verdict::Allow, Verdict::Deny));
    let alone = layers(&[(Layer::Repository, high)]);
    assert_eq!(alone.socket_doors(), SocketDoors::default(), "a repository opens no door");
    assert!(!alone.loosenings().is_empty());
}

#[test]
fn doors_are_made_for_what_the_highest_layer_names_in_full() {
    let policy = policy(
        "[sockets]\nplain.allow = ['/run/pg/.s.PGSQL.5432', '~/x.sock', '/run/*.sock']\nssh-agent.keys.allow = ['a']\n",
    );
    let doors = policy.socket_doors();
    let plain: Vec<&str> = doors.plain.iter().map(AbsPath::as_str).collect();
    assert_eq!(plain, ["/home/ada/x.sock", "/run/pg/.s.PGSQL.5432"]);
    assert!(doors.ssh_agent && !doors.docker && !doors.podman);
}
