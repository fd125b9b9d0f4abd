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
    assert_eq!(verdict(&any, login(&["c.example"])), Verdict::Allow);
    assert_eq!(verdict(&any, login(&["c.example", "b.example"])), Verdict::Deny, "one of its names is denied");
    let all = policy("[sockets.ssh-agent]\nkeys.allow = ['*']\nlogin.allow = ['git@*']\n");
    assert_eq!(verdict(&all, login(&[])), Verdict::Allow);
}

fn root(servers: &[&str]) -> Socket {
    Socket { user: Some("root".into()), ..login(servers) }
}

#[test]
fn a_login_that_is_denied_is_not_gone_around_by_leaving_out_to_which_server() {
    let deny = policy(
        "[sockets.ssh-agent]\nkeys.allow = ['*']\nlogin.allow = ['*@*']\nlogin.deny = ['root@prod.example', 'a@SHA256:k']\n",
    );
    assert_eq!(verdict(&deny, root(&["other.example", "SHA256:x"])), Verdict::Allow);
    assert_eq!(verdict(&deny, root(&[])), Verdict::Deny, "the session was never bound");
    assert_eq!(verdict(&deny, root(&["SHA256:x"])), Verdict::Deny, "the key is known by no name");
    assert_eq!(verdict(&deny, login(&[])), Verdict::Allow, "nothing is denied to this user");
    let other = Socket { user: Some("a".into()), ..login(&["SHA256:x"]) };
    assert_eq!(verdict(&deny, other), Verdict::Allow, "another key is denied, and which one it is is known");
    let ask =
        policy("[sockets.ssh-agent]\nkeys.allow = ['*']\nlogin.allow = ['*']\nlogin.ask = ['root@prod.example']\n");
    assert_eq!(verdict(&ask, root(&[])), Verdict::Ask);
    let low = "[sockets.ssh-agent]\nlogin.deny = ['*@prod.example']\n";
    let high = "[sockets.ssh-agent]\nkeys.allow = ['*']\nlogin.allow = ['*']\n";
    assert_eq!(verdict(&layers(&[(Layer::User, high), (Layer::Repository, low)]), root(&[])), Verdict::Deny);
}

#[test]
fn a_name_under_a_hash_could_be_whatever_a_pattern_means_and_is_no_name_that_policy_asked_for() {
    let deny = "[sockets.ssh-agent]\nkeys.allow = ['*']\nlogin.allow = ['*@*']\nlogin.deny = ['root@Prod.example']\n";
    assert_eq!(policy(deny).servers_of_logins(), ["prod.example"]);
    assert_eq!(verdict(&policy(deny), root(&[HASHED_SERVER, "SHA256:x"])), Verdict::Allow);
    assert_eq!(verdict(&policy(deny), root(&["prod.example", "SHA256:x"])), Verdict::Deny);
    let pattern = policy(&deny.replace("Prod.", "*."));
    assert_eq!(pattern.servers_of_logins(), [""; 0]);
    assert_eq!(verdict(&pattern, root(&[HASHED_SERVER, "SHA256:x"])), Verdict::Deny);
    assert_eq!(verdict(&pattern, root(&["10.0.0.1", HASHED_SERVER, "SHA256:x"])), Verdict::Deny);
}

#[test]
fn hashed_names_are_asked_for_that_any_list_of_any_layer_means() {
    let high = "[sockets.ssh-agent]\nkeys.allow = ['*']\nlogin.allow = ['*@a.example', '!git@B.example', 'x@SHA256:k']\n\
                login.ask = ['git@c.example:22']\n";
    let low = "[sockets.ssh-agent]\nlogin.deny = ['root@Prod.example', 'root@*.example']\n";
    let both = layers(&[(Layer::User, high), (Layer::Repository, low)]);
    assert_eq!(both.servers_of_logins(), ["a.example", "b.example", "c.example:22", "prod.example"]);
}

#[test]
fn servers_have_no_case() {
    for (written, known) in
        [("Prod.example", "prod.example"), ("prod.example", "PROD.example"), ("*.Example", "a.example")]
    {
        let deny = policy(&format!(
            "[sockets.ssh-agent]\nkeys.allow = ['*']\nlogin.allow = ['*']\nlogin.deny = ['root@{written}']\n"
        ));
        assert_eq!(verdict(&deny, root(&[known, "SHA256:x"])), Verdict::Deny, "{written}");
        let allow = policy(&format!("[sockets.ssh-agent]\nkeys.allow = ['*']\nlogin.allow = ['root@{written}']\n"));
        assert_eq!(verdict(&allow, root(&[known, "SHA256:x"])), Verdict::Allow, "{written}");
    }
}

#[test]
fn what_is_taken_off_a_list_under_one_name_is_not_allowed_under_another() {
    let policy = policy(
        "[sockets.ssh-agent]\nkeys.allow = ['*', '!spare']\nsign.allow = ['git']\nlogin.allow = ['*@*', '!root@prod.example']\n",
    );
    assert_eq!(verdict(&policy, for_git("work")), Verdict::Allow);
    assert_eq!(verdict(&policy, for_git("spare")), Verdict::Deny, "its fingerprint is a name of it too");
    assert!(policy.against_key("SHA256:x", "spare").is_some());
    assert_eq!(verdict(&policy, root(&["other.example", "SHA256:x"])), Verdict::Allow);
    assert_eq!(verdict(&policy, root(&["prod.example", "SHA256:x"])), Verdict::Deny);
    assert_eq!(verdict(&policy, root(&[])), Verdict::Deny);
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
