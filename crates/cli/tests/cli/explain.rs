//! `portcullis explain`

use crate::harness::Machine;
use crate::run::runners;

#[test]
fn the_last_denial_is_told_with_its_line_and_what_to_do() {
    let runner = &runners()[0];
    let ask = "curl -s http://one.example/; curl -s http://two.example:8080/; true";
    runner.command().args(["run", "-q", "--", "/bin/sh", "-c", ask]).output().unwrap();
    let told = runner.machine.run(&["explain"]);
    assert!(told.contains("ask  net ") && told.contains("two.example:8080"), "{told}");
    assert!(told.contains(", by command in session "), "{told}");
    assert!(told.contains("  at  preset:standard:") && told.contains("  fix add `two.example:8080`"), "{told}");
    let (_, all) = runner.machine.json(&["explain", "--last", "9"]);
    let all = all["decisions"].as_array().unwrap().clone();
    assert_eq!(all.len(), 2, "{all:?}");
    let session = all[1]["session"].as_str().unwrap();
    let (_, of_session) = runner.machine.json(&["explain", "--session", session, "--last", "1"]);
    assert_eq!(of_session["decisions"][0]["record"], all[0]["record"]);
    let (_, by_number) = runner.machine.json(&["explain", &all[1]["record"].to_string()]);
    assert_eq!(by_number["decisions"][0]["reasons"], all[1]["reasons"]);
}

#[test]
fn nothing_denied_and_no_such_record_are_said() {
    let machine = Machine::new();
    machine.run(&["log", "add", "--text", "x"]);
    assert!(machine.run(&["explain"]).contains("nothing was denied"));
    assert!(
        machine.run(&["explain", "99"]).starts_with("exit: 2") || machine.run(&["explain", "99"]).contains("error")
    );
}
