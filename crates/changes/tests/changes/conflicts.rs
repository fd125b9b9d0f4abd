//! Somebody else works in the same folder. Their work is never lost.

use crate::scene::{Scene, write};
use crate::tree;
use portcullis_changes::{Limits, OnEdit, Picked, pick};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

fn read(path: &Path) -> Option<String> {
    fs::read_to_string(path).ok()
}

#[test]
fn what_changed_while_the_session_ran_is_marked_and_what_did_not_is_not() {
    let scene = Scene::new();
    scene.has("touched.rs", "1").has("quiet.rs", "1").has("gone.rs", "1");
    // File systems keep time in steps of some milliseconds.
    std::thread::sleep(std::time::Duration::from_millis(20));
    drop(scene.begin());
    std::thread::sleep(std::time::Duration::from_millis(20));
    scene.wrote("touched.rs", "2").wrote("quiet.rs", "2").deleted("gone.rs").wrote("new.rs", "2");
    write(&scene.lower().join("touched.rs"), "mine");
    write(&scene.lower().join("gone.rs"), "mine");
    let drifted = |scene: &Scene| -> Vec<bool> {
        scene.session().changes(Limits::default()).unwrap()[0].changes.iter().map(|it| it.drifted).collect()
    };
    assert_eq!(drifted(&scene), [true, false, false, true]);
    // Later it is compared with what was there at the first look.
    write(&scene.lower().join("quiet.rs"), "mine");
    write(&scene.lower().join("new.rs"), "mine");
    assert_eq!(drifted(&scene), [true, true, true, true]);
}

/// What somebody does between the moment when everything is ready and the one when it is done.
type Rival = (&'static str, fn(&Path));

fn rivals() -> Vec<Rival> {
    vec![
        ("edits", |lower| write(&lower.join("d/file.rs"), "mine")),
        ("removes", |lower| fs::remove_file(lower.join("d/file.rs")).unwrap()),
        ("puts a folder there", |lower| {
            fs::remove_file(lower.join("d/file.rs")).unwrap();
            fs::create_dir(lower.join("d/file.rs")).unwrap();
            write(&lower.join("d/file.rs/in"), "mine");
        }),
        ("puts a link there", |lower| {
            fs::remove_file(lower.join("d/file.rs")).unwrap();
            symlink("/etc/passwd", lower.join("d/file.rs")).unwrap();
        }),
        ("puts a link in place of the folder", |lower| {
            fs::rename(lower.join("d"), lower.join("moved")).unwrap();
            fs::create_dir(lower.parent().unwrap().join("outside")).unwrap();
            write(&lower.parent().unwrap().join("outside/file.rs"), "theirs");
            symlink("../outside", lower.join("d")).unwrap();
        }),
        ("makes what is new", |lower| write(&lower.join("new.rs"), "mine")),
        ("changes what goes", |lower| write(&lower.join("gone.rs"), "mine")),
    ]
}

fn scene_of_rivals() -> Scene {
    let scene = Scene::new();
    scene.has("d/file.rs", "old").has("gone.rs", "old").has("a.rs", "old").has("z.rs", "old");
    drop(scene.begin());
    scene.wrote("d/file.rs", "new").deleted("gone.rs").wrote("new.rs", "new").wrote("a.rs", "new").wrote("z.rs", "new");
    scene
}

#[test]
fn a_rival_in_the_last_moment_stops_everything_and_loses_nothing() {
    for (what, rival) in rivals() {
        let scene = scene_of_rivals();
        let mut session = scene.session();
        let sets = session.changes(Limits::default()).unwrap();
        let picked: Vec<(_, Picked)> = sets.iter().map(|set| (set, pick(&set.changes, |_| true))).collect();
        let prepared = session.prepare_apply(&picked, false, &mut || true).unwrap();
        rival(&scene.lower());
        let expected = tree::read(&scene.lower());
        let outcome = session.carry_out(prepared, &mut || true).unwrap();
        assert!(!outcome.conflicts.is_empty(), "{what}");
        let mut found = tree::read(&scene.lower());
        let mut expected = expected;
        // The stage was there when the rival came.
        expected.retain(|path, _| !path.to_string_lossy().starts_with(".portcullis"));
        found.retain(|path, _| !path.to_string_lossy().starts_with(".portcullis"));
        assert_eq!(found, expected, "{what}: {outcome:?}");
        assert_eq!(
            fs::read_dir(scene.lower())
                .unwrap()
                .filter(|it| it.as_ref().unwrap().file_name().to_string_lossy().starts_with(".portcullis"))
                .count(),
            0,
            "{what}"
        );
        let outside = scene.folder.path().join("outside/file.rs");
        assert!(read(&outside).is_none_or(|text| text == "theirs"), "{what}");
    }
}

#[test]
fn the_rest_goes_on_if_asked_and_the_rival_keeps_theirs() {
    for (what, rival) in rivals() {
        let scene = scene_of_rivals();
        let mut session = scene.session();
        let sets = session.changes(Limits::default()).unwrap();
        let picked: Vec<(_, Picked)> = sets.iter().map(|set| (set, pick(&set.changes, |_| true))).collect();
        let prepared = session.prepare_apply(&picked, true, &mut || true).unwrap();
        rival(&scene.lower());
        let outcome = session.carry_out(prepared, &mut || true).unwrap();
        assert_eq!(outcome.conflicts.len(), 1, "{what}");
        assert_eq!(
            (read(&scene.lower().join("a.rs")).as_deref(), read(&scene.lower().join("z.rs")).as_deref()),
            (Some("new"), Some("new"))
        );
        assert!(
            read(&scene.lower().join("d/file.rs")).is_none_or(|text| text != "new") || !what.contains("puts"),
            "{what}"
        );
        drop(session);
        // What was done can be taken back, and nothing else is touched by that.
        let (_, edited) = scene.revert(OnEdit::Refuse);
        assert_eq!(edited, [], "{what}");
        assert_eq!(read(&scene.lower().join("a.rs")).as_deref(), Some("old"), "{what}");
    }
}

#[test]
fn an_edit_after_applying_is_not_overwritten_unless_asked_and_kept_even_then() {
    let scene = Scene::new();
    scene.has("one.rs", "old").has("two.rs", "old").has("three.rs", "old");
    drop(scene.begin());
    scene.wrote("one.rs", "new").wrote("two.rs", "new").wrote("new.rs", "new").deleted("three.rs");
    scene.apply(|_| true);
    write(&scene.lower().join("one.rs"), "mine");
    write(&scene.lower().join("three.rs"), "mine");
    let before = tree::read(&scene.lower());
    let (outcome, edited) = scene.revert(OnEdit::Refuse);
    let mut paths: Vec<_> = edited.iter().map(|it| it.path.to_string()).collect();
    paths.sort();
    assert_eq!((outcome.done, paths), (0, vec!["one.rs".to_owned(), "three.rs".to_owned()]));
    assert_eq!(tree::read(&scene.lower()), before);
    let text = |name: &str| read(&scene.lower().join(name));

    let (_, edited) = scene.revert(OnEdit::Skip);
    assert_eq!(edited.len(), 2);
    assert_eq!(
        (text("one.rs").as_deref(), text("two.rs").as_deref(), text("new.rs")),
        (Some("mine"), Some("old"), None)
    );

    // Nothing was forgotten: the two that are left can still be taken back.
    scene.revert(OnEdit::Overwrite);
    assert_eq!((text("one.rs").as_deref(), text("three.rs").as_deref()), (Some("old"), Some("old")));
}

#[test]
fn two_sessions_do_not_overwrite_each_other() {
    let scene = Scene::new();
    scene.has("one.rs", "old");
    drop(scene.begin());
    scene.wrote("one.rs", "new");
    scene.read();
    let mut session = scene.session();
    let sets = session.changes(Limits::default()).unwrap();
    write(&scene.lower().join("one.rs"), "of the other session");
    let picked: Vec<(_, Picked)> = sets.iter().map(|set| (set, pick(&set.changes, |_| true))).collect();
    let prepared = session.prepare_apply(&picked, false, &mut || true).unwrap();
    assert_eq!(prepared.conflicts().len(), 1);
    let outcome = session.carry_out(prepared, &mut || true).unwrap();
    assert_eq!((outcome.done, outcome.conflicts.len()), (0, 1));
    assert_eq!(read(&scene.lower().join("one.rs")).as_deref(), Some("of the other session"));
}

#[test]
fn what_the_system_refuses_is_told_and_everything_is_taken_back() {
    let scene = Scene::new();
    scene.has("a.rs", "old").has("z.rs", "old");
    drop(scene.begin());
    scene.wrote("a.rs", "new").wrote("z.rs", "new");
    let mut session = scene.session();
    let sets = session.changes(Limits::default()).unwrap();
    let picked: Vec<(_, Picked)> = sets.iter().map(|set| (set, pick(&set.changes, |_| true))).collect();
    let prepared = session.prepare_apply(&picked, false, &mut || true).unwrap();
    // A file that may not be changed by anybody can't be exchanged either.
    let immutable = |on: bool| {
        let file = fs::File::open(scene.lower().join("z.rs")).unwrap();
        let flags = rustix::fs::ioctl_getflags(&file)?;
        let wanted = rustix::fs::IFlags::IMMUTABLE;
        rustix::fs::ioctl_setflags(&file, if on { flags | wanted } else { flags - wanted })
    };
    if immutable(true).is_err() {
        return; // Only root can do this, and not on every file system.
    }
    let outcome = session.carry_out(prepared, &mut || true).unwrap();
    immutable(false).unwrap();
    assert_eq!((outcome.done, outcome.taken_back, outcome.conflicts.len()), (0, true, 1));
    assert!(outcome.conflicts[0].reason().starts_with("could not be changed: "), "{outcome:?}");
    assert_eq!(read(&scene.lower().join("a.rs")).as_deref(), Some("old"));
    assert_eq!(outcome.left_behind, Vec::<std::path::PathBuf>::new());
}

#[test]
fn an_index_that_git_only_wrote_anew_is_taken_back_and_one_with_more_in_it_is_not() {
    // One entry: `a`, touched at `time`, with the contents of `digest`.
    let index = |time: u8, digest: u8| {
        let parts: [&[u8]; 6] =
            [b"DIRC\0\0\0\x02\0\0\0\x01", &[time; 24], &[0, 0, 0x41, 0x24], &[time; 12], &[digest; 20], b"\0\x01a"];
        let mut text = String::from_utf8(parts.concat()).unwrap();
        text.push_str("\0\0\0\0\0\0\0\0\0");
        text
    };
    for (now, taken_back) in [(index(5, 2), true), (index(5, 3), false)] {
        let scene = Scene::new();
        scene.has(".git/index", "old");
        drop(scene.begin());
        scene.wrote(".git/index", &index(1, 2));
        scene.apply(|_| true);
        write(&scene.lower().join(".git/index"), &now);
        let (_, edited) = scene.revert(OnEdit::Refuse);
        assert_eq!(edited.is_empty(), taken_back);
        assert_eq!(read(&scene.lower().join(".git/index")).as_deref() == Some("old"), taken_back);
    }
}
