//! `portcullis drill`: our walls hold, and walls with holes are reported as what they are.

use crate::harness::Machine;
use crate::run::{Runner, runners};
use serde_json::Value;

/// What a drill says, and its exit status.
fn drill(runner: &Runner, arguments: &[&str]) -> (Option<i32>, Value) {
    let output = runner.command().args(["drill", "--json"]).args(arguments).output().unwrap();
    let said = serde_json::from_slice(&output.stdout);
    let said = said.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code(), said)
}

/// The names of the attempts that came out like this.
fn those(report: &Value, outcome: &str) -> Vec<String> {
    let attempts = report["attempts"].as_array().unwrap_or_else(|| panic!("{report:#}")).iter();
    attempts.filter(|it| it["outcome"] == outcome).map(|it| it["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn our_walls_hold_whoever_builds_them() {
    for runner in runners() {
        let (status, report) = drill(&runner, &[]);
        let bad = |report: &Value| ["broken", "untried", "hindered"].map(|bad| those(report, bad)).concat();
        let late = bad(&report);
        // A busy machine looks late at how much is taken. What is stopped is stopped when it looks again.
        if !late.is_empty() && late.iter().all(|id| id.starts_with("flood-")) {
            assert_eq!(bad(&drill(&runner, &["--only", "floods"]).1), [""; 0], "{late:?}");
        } else {
            assert_eq!((late, status), (Vec::new(), Some(0)));
        }
        assert!(those(&report, "held").len() >= 150, "{report:#}");
        assert!(those(&report, "works").len() >= 6);
        floods_are_told(&report);
        // Nothing of it is left, but for the record.
        assert!(!runner.machine.state().join("drill").exists());
        let log = runner.command().args(["log", "query"]).output().unwrap();
        assert!(String::from_utf8_lossy(&log.stdout).contains("drill: "), "{log:?}");
    }
}

/// A flood that is ended is told so.
fn floods_are_told(report: &Value) {
    let said = |id: &str| {
        let made = report["attempts"].as_array().unwrap().iter().find(|it| it["id"] == id);
        made.unwrap()["said"].as_str().unwrap().to_owned()
    };
    for (id, limit) in [
        ("flood-memory", "limits.memory"),
        ("flood-memory-many", "limits.memory"),
        ("flood-memory-files", "limits.memory"),
        ("flood-memory-nameless", "limits.memory"),
        ("flood-disk", "limits.disk"),
        ("flood-disk-nameless", "limits.disk"),
        ("flood-output", "limits.output"),
        ("flood-time", "limits.time"),
        ("flood-daemons-ended", "limits.time"),
    ] {
        assert!(said(id).contains(&format!("(`{limit}`)")), "{id}: {}", said(id));
    }
}

#[test]
fn walls_that_are_none_are_broken_everywhere() {
    for runner in runners() {
        let (status, report) = drill(&runner, &["--through", "env"]);
        assert_eq!(status, Some(1));
        // How far a flood gets in its time depends on who else wants the machine.
        let held: Vec<_> = those(&report, "held").into_iter().filter(|id| !id.starts_with("flood-")).collect();
        assert_eq!(held, [""; 0]);
        assert!(those(&report, "broken").len() >= 150, "{report:#}");
    }
}

#[test]
fn what_your_own_policy_opens_is_reported_as_open() {
    for runner in runners() {
        runner.machine.write_user_policy("[files]\ndeny = [\"!.env\"]\n");
        let (status, report) = drill(&runner, &["--only", "reading"]);
        assert_eq!(status, Some(1));
        let broken = those(&report, "broken");
        assert!(
            broken.iter().any(|it| it == "read-dotenv") && broken.iter().all(|it| it.contains("dotenv")),
            "{broken:?}"
        );
    }
}

#[test]
fn a_network_that_is_closed_closes_nothing_else() {
    for runner in runners() {
        let only = ["--only", "network", "--only", "reading", "--only", "sharing"];
        let (status, report) =
            drill(&runner, &[&["--through", "unshare --user --map-root-user --net"][..], &only].concat());
        assert_eq!(status, Some(1));
        let (held, broken) = (those(&report, "held"), those(&report, "broken"));
        for id in ["net-tcp", "net-mptcp", "net-udp"] {
            assert!(held.iter().any(|it| it == id), "{id}: {report:#}");
        }
        for id in ["read-path", "read-inherited-file", "share-memory"] {
            assert!(broken.iter().any(|it| it == id), "{id}: {report:#}");
        }
    }
}

#[test]
fn what_the_list_names_is_what_can_be_asked_for() {
    let machine = Machine::new();
    let (status, list) = machine.json(&["drill", "--list"]);
    assert!(status == 0 && list.as_array().unwrap().len() >= 200);
    let (status, few) = machine.json(&["drill", "--list", "--only", "sharing"]);
    assert_eq!((status, few.as_array().unwrap().len()), (0, 5));
    let (status, error) = machine.json(&["drill", "--only", "nothing"]);
    assert_eq!(status, 2);
    assert!(error["error"]["what"].as_str().unwrap().contains("the categories are reading, writing"));
}

#[test]
fn walls_that_let_nobody_in_are_no_result() {
    let machine = Machine::new();
    let (status, error) = machine.json(&["drill", "--only", "sharing", "--through", "false"]);
    assert_eq!(status, 3);
    assert!(error["error"]["what"].as_str().unwrap().contains("within the walls could not be held"), "{error:#}");
}

#[test]
fn a_live_run_holds_as_well() {
    for runner in runners() {
        let only = ["--live", "--only", "reading", "--only", "writing", "--only", "home", "--only", "mounts"];
        let more = ["--only", "workspace", "--only", "everyday"];
        let (status, report) = drill(&runner, &[&only[..], &more].concat());
        let bad = ["broken", "untried", "hindered"].map(|bad| those(&report, bad)).concat();
        assert_eq!((bad, status), (Vec::new(), Some(0)));
        assert!(those(&report, "held").len() >= 130, "{report:#}");
    }
}
