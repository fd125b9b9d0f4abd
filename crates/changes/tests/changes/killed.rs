//! A process that is killed at any step leaves everything as it was or as it was to be, once the next command ran.

use crate::overlay::written_session;
use crate::scene::Scene;
use crate::tree;
use portcullis_changes::{ChangesError, Limits, OnEdit, pick};
use std::process::Command;

fn recover(scene: &Scene) {
    scene.session().recover(&mut || true).unwrap();
}

#[test]
fn killed_at_any_step_it_is_all_done_or_not_at_all() {
    for seed in 0..12 {
        for step in 0.. {
            let (scene, shown) = written_session(seed);
            let before = tree::read(&scene.lower());
            let mut left = step;
            let died = scene.try_apply(|_| true, false, &mut || {
                left -= 1;
                left >= 0
            });
            let finished = !matches!(died, Err(ChangesError::Interrupted));
            recover(&scene);
            let after = tree::read(&scene.lower());
            let done = tree::without_times(&after) == tree::without_times(&shown);
            assert!(done || after == before, "seed {seed}, step {step}");
            scene.revert(OnEdit::Refuse);
            assert_eq!(tree::read(&scene.lower()), before, "seed {seed}, step {step}");
            if finished {
                assert!(done, "seed {seed}");
                break;
            }
        }
    }
}

#[test]
fn killed_while_it_takes_back_it_is_all_taken_back_or_not_at_all() {
    for seed in 0..12 {
        for step in 0.. {
            let (scene, _) = written_session(seed);
            let before = tree::read(&scene.lower());
            scene.apply(|_| true);
            let applied = tree::read(&scene.lower());
            let mut left = step;
            let died = scene.try_revert(OnEdit::Refuse, &mut || {
                left -= 1;
                left >= 0
            });
            recover(&scene);
            let after = tree::read(&scene.lower());
            assert!(after == before || after == applied, "seed {seed}, step {step}");
            scene.revert(OnEdit::Refuse);
            assert_eq!(tree::read(&scene.lower()), before, "seed {seed}, step {step}");
            if died.is_ok() {
                break;
            }
        }
    }
}

#[test]
fn killed_while_it_mends_it_is_mended_by_the_next() {
    let mut all = 0;
    let counted = written_session(3).0.try_apply(|_| true, false, &mut || {
        all += 1;
        true
    });
    assert_eq!(counted.unwrap().conflicts, []);
    let (scene, shown) = written_session(3);
    let before = tree::read(&scene.lower());
    // Past everything that is made ready, into what is done.
    let mut left = all / 2 + 2;
    let died = scene.try_apply(|_| true, false, &mut || {
        left -= 1;
        left > 0
    });
    assert!(matches!(died, Err(ChangesError::Interrupted)));
    assert_ne!(tree::read(&scene.lower()), before);
    for step in 0..all {
        let mut left = step;
        let died = scene.session().recover(&mut || {
            left -= 1;
            left >= 0
        });
        if died.is_ok() {
            break;
        }
    }
    assert_eq!(tree::without_times(&tree::read(&scene.lower())), tree::without_times(&shown));
}

/// Only does something when the test below starts it, in a process of its own.
#[test]
fn applies_and_dies() {
    let Some(folder) = std::env::var_os("SCENE").map(std::path::PathBuf::from) else { return };
    let mut left: u32 = std::env::var("STEP").unwrap().parse().unwrap();
    let store = portcullis_changes::SessionStore::at(folder.join("sessions"));
    let mut session = store.open("one").unwrap().lock().unwrap();
    let mut progress = || {
        if left == 0 {
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL).unwrap();
        }
        left -= 1;
        true
    };
    let sets = session.changes(Limits::default()).unwrap();
    let picked: Vec<_> = sets.iter().map(|set| (set, pick(&set.changes, |_| true))).collect();
    let prepared = session.prepare_apply(&picked, false, &mut progress).unwrap();
    session.carry_out(prepared, &mut progress).unwrap();
}

#[test]
fn a_process_that_is_really_killed_leaves_nothing_half_done() {
    for step in 0..60 {
        let (scene, shown) = written_session(7);
        let before = tree::read(&scene.lower());
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed::applies_and_dies"])
            .env("SCENE", scene.folder.path())
            .env("STEP", step.to_string())
            .output()
            .unwrap()
            .status;
        recover(&scene);
        let after = tree::read(&scene.lower());
        let done = tree::without_times(&after) == tree::without_times(&shown);
        assert!(done || after == before, "step {step}");
        if status.success() {
            assert!(done && step > 2, "step {step}");
            return;
        }
    }
    panic!("it never came to an end");
}
