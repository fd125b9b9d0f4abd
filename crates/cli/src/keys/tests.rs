use super::*;
use portcullis_gateway::who::{Admission, Denial, Keeper as _, fingerprint, fresh};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

fn home() -> (tempfile::TempDir, Home) {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::known(folder.path().join("state"));
    (folder, home)
}

fn key(number: u8) -> String {
    fresh([number; 20]).unwrap().expose().clone()
}

fn add(home: &Home, number: u8, change: impl FnOnce(&mut Entry)) {
    let holder = Holder { name: format!("key-{number}"), ..Holder::default() };
    let fingerprint = fingerprint(&key(number));
    let mut entry = Entry { fingerprint, holder, interfaces: Vec::new(), created: now(), expires: None, revoked: None };
    change(&mut entry);
    Book::change(home, |book| {
        book.keys.push(entry);
        Ok(())
    })
    .unwrap();
}

fn keeper(home: &Home) -> FileKeeper {
    FileKeeper::new(home.clone(), false, crate::output::Output::new(true, crate::output::Colour::Never, true))
}

fn is_in(keeper: &FileKeeper, number: u8) -> bool {
    matches!(keeper.admit(Some(&key(number))), Admission::In(_))
}

#[test]
fn a_key_is_asked_for_as_soon_as_there_is_one_and_a_revoked_one_is_one() {
    let (_folder, home) = home();
    let keeper = keeper(&home);
    assert_eq!(keeper.admit(None), Admission::Free);
    add(&home, 1, |_| {});
    assert_eq!(keeper.admit(None), Admission::Out(Denial::Missing));
    assert!(is_in(&keeper, 1) && !is_in(&keeper, 2));
    Book::change(&home, |book| {
        book.keys[0].revoked = Some(now());
        Ok(())
    })
    .unwrap();
    assert_eq!(keeper.admit(Some(&key(1))), Admission::Out(Denial::Revoked("key-1".to_owned())));
    assert_eq!(keeper.admit(None), Admission::Out(Denial::Missing));
}

#[test]
fn policy_can_ask_for_keys_before_there_is_one() {
    let (_folder, home) = home();
    let output = crate::output::Output::new(true, crate::output::Colour::Never, true);
    let keeper = FileKeeper::new(home, true, output);
    assert_eq!(keeper.admit(None), Admission::Out(Denial::Missing));
    assert_eq!(keeper.admit(Some(&key(1))), Admission::Out(Denial::Unknown));
}

#[test]
fn what_has_expired_once_does_not_come_back_with_a_clock_that_is_set_back() {
    let (_folder, home) = home();
    add(&home, 1, |entry| entry.expires = Some(entry.created + 100));
    let at = |now: u64| {
        let keeper = keeper(&home);
        keeper.set_clock(now);
        keeper.admit(Some(&key(1)))
    };
    let began = now();
    assert!(matches!(at(began + 99), Admission::In(_)));
    let expired = Admission::Out(Denial::Expired("key-1".to_owned()));
    assert_eq!(at(began + 1000), expired);
    // Another gateway, and a clock that somebody has set.
    assert_eq!(at(began), expired);
    assert_eq!(at(0), expired);
}

#[test]
fn a_file_that_is_not_what_it_should_be_lets_nobody_pass() {
    let (folder, home) = home();
    add(&home, 1, |_| {});
    let path = file(&home);
    let good = fs::read(&path).unwrap();
    let keeper = keeper(&home);
    assert!(is_in(&keeper, 1));
    let mode = |mode: u32| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    let restore = || {
        fs::remove_file(&path).ok();
        fs::write(&path, &good).unwrap();
        mode(0o600);
        assert!(is_in(&keeper, 1));
    };
    let refused = || assert_eq!(keeper.admit(Some(&key(1))), Admission::Out(Denial::Unreadable));
    for open in [0o640, 0o604, 0o620, 0o666] {
        mode(open);
        refused();
        restore();
    }
    let far = folder.path().join("far.json");
    fs::write(&far, &good).unwrap();
    fs::set_permissions(&far, fs::Permissions::from_mode(0o600)).unwrap();
    fs::remove_file(&path).unwrap();
    symlink(&far, &path).unwrap();
    refused();
    restore();
    fs::hard_link(&path, folder.path().join("second")).unwrap();
    refused();
    restore();
    let text = String::from_utf8(good.clone()).unwrap();
    for bad in [
        String::new(),
        "{".to_owned(),
        text.replace("\"version\": 1", "\"version\": 2"),
        text.replace("\"created\"", "\"else\": 1, \"created\""),
        text.replace("key-1", ""),
        text.replace("sha256\": \"", "sha256\": \"0"),
        text.replace("\"created\": ", "\"expires\": -1, \"created\": "),
        "x".repeat((1 << 20) + 1),
    ] {
        fs::write(&path, &bad).unwrap();
        refused();
        restore();
    }
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    refused();
    fs::remove_dir(&path).unwrap();
    // Gone altogether: who was asked for a key is asked for one still.
    assert_eq!(keeper.admit(None), Admission::Out(Denial::Missing));
    assert_eq!(keeper.admit(Some(&key(1))), Admission::Out(Denial::Unknown));
    restore();
}

#[test]
fn what_is_kept_is_no_key_and_when_it_was_used_is_kept_beside_it() {
    let (_folder, home) = home();
    add(&home, 1, |_| {});
    let keeper = keeper(&home);
    assert!(is_in(&keeper, 1));
    let written = fs::read_to_string(file(&home)).unwrap();
    assert!(!written.contains(&key(1)) && !written.contains("portcullis_"), "{written}");
    assert_eq!(fs::metadata(file(&home)).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(Used::read(&home).of("key-1").is_some_and(|at| at >= now() - 100));
}

#[test]
fn two_keys_of_one_name_are_a_damaged_file() {
    let text = |names: [&str; 2]| {
        let keys = names
            .iter()
            .enumerate()
            .map(|(at, name)| serde_json::json!({"name": name, "sha256": format!("{at:064x}"), "created": 1}));
        serde_json::json!({"version": 1, "keys": keys.collect::<Vec<_>>()}).to_string()
    };
    assert!(Book::read(&text(["a", "b"])).is_ok() && Book::read(&text(["a", "a"])).is_err());
}
