//! Upper folders that somebody made to do harm.

use crate::scene::{Scene, attribute, path, write};
use portcullis_changes::{Change, Choice, Class, Limits, Obstacle, Verdict};
use rustix::fs::{CWD, FileType, Mode};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};

fn never(change: &Change) -> Option<Obstacle> {
    match Choice::everything().verdict(change) {
        Verdict::Never(obstacle) => Some(obstacle),
        Verdict::Applies | Verdict::Waits(_) | Verdict::Drifted => None,
    }
}

#[test]
fn pipes_and_sockets_are_told_and_never_applied_and_nobody_waits_for_them() {
    let scene = Scene::new();
    let _session = scene.begin();
    rustix::fs::mknodat(CWD, scene.upper().join("pipe.rs"), FileType::Fifo, Mode::RWXU, 0).unwrap();
    drop(std::os::unix::net::UnixListener::bind(scene.upper().join("socket.rs")).unwrap());
    let changes = scene.read().changes;
    assert_eq!(changes.len(), 2);
    assert!(changes.iter().all(|change| never(change) == Some(Obstacle::SpecialFile)), "{changes:?}");
    assert!(changes.iter().all(|change| change.classes.contains(&Class::SpecialFile)));
}

#[test]
fn a_file_that_turns_up_as_setuid_waits() {
    let scene = Scene::new();
    let _session = scene.begin();
    scene.wrote("main.rs", "it");
    fs::set_permissions(scene.upper().join("main.rs"), fs::Permissions::from_mode(0o4755)).unwrap();
    let change = scene.only();
    assert!(change.classes.contains(&Class::SpecialMode));
    assert!(change.classes.contains(&Class::ExecutableBit));
}

#[test]
fn contents_with_a_name_outside_the_changes_are_never_applied() {
    let scene = Scene::new();
    let _session = scene.begin();
    write(&scene.folder.path().join("outside"), "not theirs");
    fs::hard_link(scene.folder.path().join("outside"), scene.upper().join("stolen.rs")).unwrap();
    scene.wrote("one.rs", "1");
    fs::hard_link(scene.upper().join("one.rs"), scene.upper().join("two.rs")).unwrap();
    let found: Vec<_> = scene.read().changes.iter().map(|change| (change.path.to_string(), change.obstacle)).collect();
    let elsewhere = Some(Obstacle::LinkedElsewhere);
    assert_eq!(found, [("one.rs", None), ("stolen.rs", elsewhere), ("two.rs", None)].map(|(p, o)| (p.to_owned(), o)));
}

#[test]
fn marks_that_steer_overlays_are_never_applied() {
    for (name, value) in [
        ("user.overlay.redirect", "/etc"),
        ("user.overlay.metacopy", ""),
        ("user.overlay.overlay.opaque", "y"),
        ("user.overlay.opaque", "z"),
        ("user.overlay.later", "1"),
    ] {
        let scene = Scene::new();
        scene.has("d/below", "1").has("file.rs", "1");
        let _session = scene.begin();
        scene.wrote("d/x", "1").wrote("file.rs", "2");
        attribute(&scene.upper().join("d"), name, value);
        attribute(&scene.upper().join("file.rs"), name, value);
        let obstacles: Vec<_> = scene.read().changes.iter().map(|change| change.obstacle).collect();
        assert_eq!(obstacles, [Some(Obstacle::OverlayMark); 2], "{name}");
    }
}

#[test]
fn names_that_hide_or_break_a_line_wait() {
    for name in [&b"a\nb.rs"[..], b"a\x1b[2Jb.rs", b"\xff.rs", "a\u{202e}b.rs".as_bytes(), "a\u{200b}.rs".as_bytes()] {
        let scene = Scene::new();
        let _session = scene.begin();
        fs::write(scene.upper().join(OsStr::from_bytes(name)), "1").unwrap();
        let change = scene.only();
        assert_eq!(change.path.as_bytes(), name);
        assert!(matches!(Choice::default().verdict(&change), Verdict::Waits(why) if why == [Class::MisleadingName]));
    }
}

#[test]
fn a_bottomless_folder_is_told_and_does_not_stop_the_rest() {
    let scene = Scene::in_memory();
    let _session = scene.begin();
    scene.wrote("z.rs", "1");
    // Longer than any path can be, made the way that an attacker would: one folder at a time.
    let mut folder = fs::File::open(scene.upper()).unwrap();
    for _ in 0..3000 {
        rustix::fs::mkdirat(&folder, "deeper", Mode::RWXU).unwrap();
        folder = rustix::fs::openat(&folder, "deeper", rustix::fs::OFlags::RDONLY, Mode::empty()).unwrap().into();
    }
    let changes = scene.read().changes;
    let refused: Vec<_> = changes.iter().filter(|change| change.obstacle.is_some()).collect();
    assert_eq!(refused.len(), 1);
    assert_eq!((refused[0].obstacle, refused[0].path.depth()), (Some(Obstacle::TooDeep), Limits::default().depth + 1));
    assert_eq!(changes.last().unwrap().path, path("z.rs"));
}

#[test]
fn a_file_that_pretends_to_be_huge_is_not_read() {
    let scene = Scene::new();
    let _session = scene.begin();
    scene.wrote("main.rs", "");
    fs::File::options().write(true).open(scene.upper().join("main.rs")).unwrap().set_len(1 << 43).unwrap();
    assert_eq!(scene.only().obstacle, Some(Obstacle::TooLarge));
}

#[test]
fn links_in_the_workspace_are_not_followed_to_what_they_point_at() {
    let scene = Scene::new();
    let outside = scene.folder.path().join("outside");
    write(&outside.join("key"), "secret");
    symlink(&outside, scene.lower().join("way")).unwrap();
    let _session = scene.begin();
    scene.wrote("way/key", "mine");
    scene.deleted("way/other");
    let changes = scene.read().changes;
    let found: Vec<_> = changes.iter().map(|it| (it.path.to_string(), it.kind.as_str(), it.before.is_some())).collect();
    assert_eq!(found, [("way".to_owned(), "replaced", true), ("way/key".to_owned(), "added", false)]);
}

#[test]
fn a_link_that_can_be_made_to_leave_is_told_from_one_that_stays() {
    for (at, target, class) in [
        ("link", "a/b", Class::LinkInside),
        ("d/link", "../a", Class::LinkInside),
        ("link", "..", Class::LinkOutside),
        ("d/link", "../..", Class::LinkOutside),
        ("link", "/etc/passwd", Class::LinkOutside),
        ("d/e/link", "way/../x", Class::LinkOutside),
    ] {
        let scene = Scene::new();
        let _session = scene.begin();
        fs::create_dir_all(scene.upper().join(at).parent().unwrap()).unwrap();
        symlink(target, scene.upper().join(at)).unwrap();
        let change = scene.read().changes.pop().unwrap();
        assert!(change.classes.contains(&class), "{at} -> {target}: {:?}", change.classes);
    }
}
