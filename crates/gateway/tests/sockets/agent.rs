//! An SSH agent, asked by somebody who wants more than is given.

use crate::kit::Scene;
use portcullis_gateway::sockets::{Notice, Service, Settings};
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::sync::Mutex;
use std::time::Duration;

const FAILURE: [u8; 5] = [0, 0, 0, 1, 5];

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap().to_be_bytes());
    out.extend_from_slice(bytes);
}

fn framed(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    put(&mut out, message);
    out
}

fn key(number: u8) -> Vec<u8> {
    let mut key = Vec::new();
    put(&mut key, b"ssh-ed25519");
    put(&mut key, &[number; 32]);
    key
}

fn sign(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut message = vec![13];
    put(&mut message, key);
    put(&mut message, data);
    message.extend_from_slice(&[0; 4]);
    framed(&message)
}

fn for_git() -> Vec<u8> {
    let mut data = b"SSHSIG".to_vec();
    for field in [b"git".as_slice(), b"", b"sha512", &[1; 64]] {
        put(&mut data, field);
    }
    data
}

/// An agent with the keys `work` and `spare`, which signs whatever it is asked to.
fn agent(mut stream: UnixStream, heard: &Mutex<Vec<Vec<u8>>>) {
    let mut length = [0; 4];
    while stream.read_exact(&mut length).is_ok() {
        let mut message = vec![0; u32::from_be_bytes(length) as usize];
        stream.read_exact(&mut message).unwrap();
        let mut answer = Vec::new();
        match message[0] {
            11 => {
                answer.extend_from_slice(&[12, 0, 0, 0, 2]);
                for (number, name) in [(1, "work"), (2, "spare")] {
                    put(&mut answer, &key(number));
                    put(&mut answer, name.as_bytes());
                }
            }
            13 => {
                answer.push(14);
                put(&mut answer, b"signature");
            }
            _ => answer.push(6),
        }
        heard.lock().unwrap().push(message);
        stream.write_all(&framed(&answer)).ok();
    }
}

fn scene(allows: &[&'static str]) -> Scene {
    Scene::new(Service::SshAgent, allows, Settings::default(), agent)
}

#[test]
fn only_keys_that_may_be_seen_are_listed() {
    let answer = scene(&["list"]).say(&framed(&[11]));
    let mut expected = vec![12, 0, 0, 0, 1];
    put(&mut expected, &key(1));
    put(&mut expected, b"work");
    assert_eq!(answer, framed(&expected));
    assert_eq!(scene(&[]).say(&framed(&[11])), FAILURE);
}

#[test]
fn a_signature_that_was_allowed_is_handed_on_and_the_record_says_with_which_key_and_for_what() {
    let scene = scene(&["sign"]);
    let mut expected = vec![14];
    put(&mut expected, b"signature");
    assert_eq!(scene.say(&sign(&key(1), &for_git())), framed(&expected));
    let asked = scene.record.asked.lock().unwrap().clone();
    let [asked] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!((asked.key_name.as_deref(), asked.namespace.as_deref()), (Some("work"), Some("git")));
    assert!(asked.key.as_ref().unwrap().starts_with("SHA256:"));
}

#[test]
fn nothing_but_lists_signatures_and_bindings_ever_reaches_the_agent() {
    let scene = scene(&["list", "sign", "change", "read", "connect"]);
    for number in (0..=255_u8).filter(|number| ![11, 13].contains(number)) {
        for rest in [&b""[..], b"\0\0\0\x01x", &[0xff; 64]] {
            let message = [&[number], rest].concat();
            assert_eq!(scene.say(&framed(&message)), FAILURE, "{message:?}");
        }
    }
    assert_eq!(scene.heard(), Vec::<Vec<u8>>::new());
}

#[test]
fn what_was_denied_or_can_not_be_read_is_not_signed() {
    let denies = scene(&["list"]);
    assert_eq!(denies.say(&sign(&key(1), &for_git())), FAILURE);
    let allows = scene(&["list", "sign"]);
    for message in [
        sign(&key(1), b"anything"),
        sign(&key(3), &for_git()),
        sign(b"", &for_git()),
        sign(&key(1), &[for_git(), vec![0]].concat()),
        framed(&[13]),
        framed(&[13, 0xff, 0xff, 0xff, 0xff]),
    ] {
        assert_eq!(allows.say(&message), FAILURE, "{message:?}");
    }
    let reached = [denies, allows].iter().flat_map(Scene::heard).any(|message| message[0] == 13);
    assert!(!reached, "a request to sign has reached the agent");
}

#[test]
fn a_second_request_behind_the_first_is_a_request_of_its_own() {
    let scene = scene(&["list"]);
    let answer = scene.say(&[framed(&[19]), framed(&[11]), sign(&key(1), &for_git())].concat());
    assert!(answer.starts_with(&FAILURE) && answer.ends_with(&FAILURE), "{answer:?}");
    assert_eq!(scene.record.asked.lock().unwrap().len(), 3);
}

#[test]
fn a_message_that_is_too_long_empty_or_cut_short_ends_the_connection() {
    for bytes in [&[0xff; 4][..], &[0; 4], &[0, 4, 0, 1], &[0, 0, 0, 9, 11], &[0, 0]] {
        let mut scene = scene(&["list"]);
        assert_eq!(scene.say(bytes), b"", "{bytes:?}");
        scene.end();
        assert_eq!(scene.heard(), Vec::<Vec<u8>>::new());
    }
}

#[test]
fn what_is_asked_in_a_loop_is_asked_of_policy_once_and_told_with_how_often() {
    let mut scene = scene(&[]);
    let many: Vec<u8> = (0..500).flat_map(|_| framed(&[19])).collect();
    assert_eq!(scene.say(&many), FAILURE.repeat(500));
    scene.end();
    assert_eq!(scene.record.asked.lock().unwrap().len(), 1);
    let told = scene.record.told.lock().unwrap().clone();
    assert!(matches!(told.as_slice(), [Notice::Again { times: 499, .. }]), "{told:?}");
}

#[test]
fn there_are_no_more_connections_than_there_may_be_and_who_is_silent_is_let_go() {
    let settings = Settings { connections: 4, idle: Duration::from_millis(200), ..Settings::default() };
    let scene = Scene::new(Service::SshAgent, &["list"], settings, agent);
    let mut held: Vec<UnixStream> = (0..12).map(|_| scene.connect()).collect();
    // All of them end: the first for their silence, the others at once.
    assert!(held.iter_mut().all(|stream| stream.read(&mut [0; 1]).unwrap() == 0));
    assert!(scene.say(&framed(&[11])).len() > 5, "there is room again");
    assert!(scene.record.told.lock().unwrap().contains(&Notice::Crowded { service: "ssh-agent" }));
}

/// A server's signature over a session, and its host key.
fn server(seed: u8, session: &[u8]) -> (Vec<u8>, Vec<u8>) {
    use ed25519_dalek::{Signer as _, SigningKey};
    let secret = SigningKey::from_bytes(&[seed; 32]);
    let blob = |bytes: &[u8]| {
        let mut blob = Vec::new();
        put(&mut blob, b"ssh-ed25519");
        put(&mut blob, bytes);
        blob
    };
    (blob(secret.verifying_key().as_bytes()), blob(&secret.sign(session).to_bytes()))
}

fn bind(session: &[u8], host_key: &[u8], signature: &[u8]) -> Vec<u8> {
    let mut message = vec![27];
    for field in [b"session-bind@openssh.com".as_slice(), host_key, session, signature] {
        put(&mut message, field);
    }
    message.push(0);
    framed(&message)
}

fn login(key: &[u8], session: &[u8]) -> Vec<u8> {
    let mut data = Vec::new();
    put(&mut data, session);
    data.push(50);
    for field in [b"git".as_slice(), b"ssh-connection", b"publickey"] {
        put(&mut data, field);
    }
    data.push(1);
    put(&mut data, b"ssh-ed25519");
    put(&mut data, key);
    data
}

#[test]
fn a_login_is_asked_about_by_the_names_of_a_server_that_proved_who_it_is() {
    let scene = scene(&["sign"]);
    let session = [7; 32];
    let (host_key, signature) = server(1, &session);
    let (_, forged) = server(2, &session);
    let log_in = sign(&key(1), &login(&key(1), &session));
    let elsewhere = sign(&key(1), &login(&key(1), &[8; 32]));
    scene.say(&[bind(&session, &host_key, &signature), log_in.clone(), elsewhere].concat());
    scene.say(&[bind(&session, &host_key, &forged), log_in.clone()].concat());
    // What was bound holds for its own connection only.
    scene.say(&log_in);
    let asked = scene.record.asked.lock().unwrap().clone();
    let servers: Vec<usize> = asked.iter().map(|asked| asked.servers.len()).collect();
    assert_eq!(servers, [2, 0, 0, 0], "{asked:?}");
    assert_eq!((asked[0].user.as_deref(), asked[0].servers[0].as_str()), (Some("git"), "forge.example"));
    assert!(asked[0].servers[1].starts_with("SHA256:"));
    let bound = scene.heard().iter().filter(|message| message[0] == 27).count();
    assert_eq!(bound, 1, "what was not verified is not passed on");
}
