//! Every way around a person that we could think of.

use super::*;

#[test]
fn whatever_is_changed_is_asked_anew() {
    let machine = machine();
    let first = asked(&machine);
    approve(&machine, &first);
    fs::create_dir(machine.project().join("other")).unwrap();
    let other = machine.project().join("other");
    let tried = [
        call(&machine, "codex", "s-1", &json!({"command": "make release "}), &machine.project()),
        call(&machine, "codex", "s-1", &json!({"command": "make  release"}), &machine.project()),
        call(&machine, "codex", "s-1", &json!({"command": "A=1 make release"}), &machine.project()),
        call(&machine, "codex", "s-1", &json!({"command": "make release", "timeout": 1}), &machine.project()),
        call(&machine, "codex", "s-1", &release(), &other),
        call(&machine, "codex", "s-2", &release(), &machine.project()),
        call(&machine, "droid", "s-1", &release(), &machine.project()),
    ];
    for (number, (status, told)) in tried.into_iter().enumerate() {
        assert_eq!(status, 2, "{number}: {told}");
        assert_ne!(ticket(&told), first, "{number}: {told}");
    }
    assert_eq!(codex(&machine, "s-1", &release()).0, 0, "the yes itself is still there");
}

#[test]
fn a_yes_never_beats_a_no_of_policy() {
    let machine = machine();
    let first = asked(&machine);
    approve(&machine, &first);
    machine.write_user_policy(&POLICY.replace("\"make\", ", "").replace("\"shred\"", "\"make\""));
    let (status, told) = codex(&machine, "s-1", &release());
    assert!(status == 2 && told.contains("this is denied") && !told.contains("approve"), "{told}");
}

#[test]
fn of_processes_that_repeat_the_call_at_once_one_passes() {
    let machine = machine();
    let first = asked(&machine);
    approve(&machine, &first);
    let passed = thread::scope(|scope| {
        let all: Vec<_> = (0..6).map(|_| scope.spawn(|| codex(&machine, "s-1", &release()).0 == 0)).collect();
        all.into_iter().filter_map(|it| it.join().unwrap().then_some(())).count()
    });
    assert_eq!(passed, 1);
    assert_eq!(steps(&machine).iter().filter(|step| *step == "used").count(), 1);
}

#[test]
fn a_flood_ends_with_no_tickets_and_nothing_passes() {
    let machine = machine();
    for number in 0..8 {
        let told = codex(&machine, "s-1", &json!({"command": format!("make release N={number}")})).1;
        ticket(&told);
    }
    let (status, told) = codex(&machine, "s-1", &release());
    assert!(status == 2 && told.contains("Nobody was asked") && !told.contains("portcullis approve"), "{told}");
}

#[test]
fn an_agent_does_not_answer_for_a_person() {
    let machine = machine();
    let first = asked(&machine);
    let hash = hash(&machine, &first);
    let program = env!("CARGO_BIN_EXE_portcullis");
    // Its own hook stops it, however it is dressed up.
    for command in [
        format!("portcullis approve {first} --yes --hash {hash}"),
        format!("{program} approve {first} --yes --hash {hash}"),
        format!("cd /tmp && env -i {program} --json approve {first}"),
        format!("script -qc 'portcullis approve {first}' /dev/null"),
        format!("setsid portcullis approve {first}"),
        format!("tmux send-keys 'portcullis approve {first}' Enter"),
        format!("echo 'portcullis approve {first}' | at now"),
        format!("sh -c 'nohup portcullis approve {first} &'"),
        format!("PORTCULLIS_HOME=/tmp/mine portcullis approve {first}"),
        "printf y | portcullis approve".to_owned(),
        "tmux send-keys -t 0 y Enter".to_owned(),
        "xdotool type y".to_owned(),
        "portcullis init --agent codex --remove".to_owned(),
        format!("cat {}/keys/approvals", machine.state().display()),
        format!("python3 -c 'open(\"{}/approvals.db\").read()'", machine.state().display()),
        format!("cp /tmp/older.db {}/approvals.db", machine.state().display()),
        format!("rm -rf {}", machine.state().parent().unwrap().display()),
    ] {
        let (status, told) = codex(&machine, "s-9", &json!({"command": command}));
        assert_eq!(status, 2, "{command}: {told}");
        assert!(told.contains("this is denied"), "{command}: {told}");
    }
    // Without its hook, what it starts is known by what lies above it, and by what it sets.
    let arguments = ["approve", first.as_str(), "--yes", "--hash", hash.as_str()];
    let claude = machine.program("claude", "#!/bin/sh\n\"$@\"\n");
    let words = [&[claude.to_str().unwrap(), "portcullis"], arguments.as_slice()].concat();
    let told = as_person(&machine, &words);
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(told.contains("started by Claude Code"), "{told}");
    let words = [&["/usr/bin/env", "CLAUDECODE=1", "portcullis"], arguments.as_slice()].concat();
    let told = String::from_utf8_lossy(&as_person(&machine, &words).stderr).into_owned();
    assert!(told.contains("`CLAUDECODE` is set"), "{told}");
    assert_eq!(codex(&machine, "s-1", &release()).0, 2);
}

#[test]
fn a_script_answers_what_it_was_shown_and_nothing_else() {
    let machine = machine();
    let first = asked(&machine);
    let right = hash(&machine, &first);
    let short: String = right.chars().take(11).collect();
    for wrong in ["", "0000000000000000", &short, &format!("{right}0")] {
        let (status, told) = person(&machine, &["approve", &first, "--yes", "--hash", wrong]);
        assert_eq!(status, 2, "{wrong}: {told}");
    }
    for alone in [&["approve", &first, "--yes"][..], &["approve", &first, "--hash", &right]] {
        assert_eq!(person(&machine, alone).0, 2);
    }
    // Without a terminal nobody is asked, whatever comes through a pipe.
    let (status, told) = person(&machine, &["approve", &first]);
    assert!(status == 2 && told.contains("no terminal"), "{told}");
    assert_eq!(codex(&machine, "s-1", &release()).0, 2);
}

#[test]
fn two_people_means_two_people() {
    let machine = machine();
    machine.write_user_policy(&format!("{POLICY}[approvals]\ncount = 2\n"));
    let first = asked(&machine);
    let hash = hash(&machine, &first);
    let (status, told) = person(&machine, &["approve", &first, "--yes", "--hash", &hash]);
    assert!(status == 2 && told.contains("may not answer this"), "{told}");
    assert_eq!(codex(&machine, "s-1", &release()).0, 2);
}

#[test]
fn a_script_that_changes_after_the_yes_is_asked_anew() {
    let machine = machine();
    machine.write_user_policy(&POLICY.replace("\"make\", ", "\"make\", \"sh\", "));
    machine.write("ship.sh", "make release\n");
    let run = json!({"command": "sh ship.sh"});
    let first = ticket(&codex(&machine, "s-1", &run).1);
    approve(&machine, &first);
    machine.write("ship.sh", "make release # and more\n");
    let (status, told) = codex(&machine, "s-1", &run);
    assert_eq!(status, 2);
    assert_ne!(ticket(&told), first);
    machine.write("ship.sh", "make release\n");
    assert_eq!(codex(&machine, "s-1", &run).0, 0);
}
