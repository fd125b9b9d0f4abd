//! A person at a terminal: what they see, and what counts as an answer.

use super::*;
use std::path::PathBuf;

#[test]
fn a_person_sees_what_would_happen_with_secrets_replaced_and_nothing_steers_the_terminal() {
    let machine = machine();
    let secret = format!("{}{}", "AKIA", "QZ3R7XK5LMT2WVYB");
    let notes = json!({"notes": format!("KEY={secret} \u{1b}[2J\u{202e}x\n{}true", " ".repeat(300))});
    let deploy = || {
        let sent = json!({"session_id": "s-1", "cwd": machine.project(), "tool_name": "Deploy", "tool_input": notes});
        let output = hook(&machine, "codex", "PreToolUse", sent.to_string().as_bytes());
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let policy = "[tools]\nask = [\"Deploy\"]\n[findings]\ninjection = \"ask\"\n";
    machine.write_user_policy(policy);
    let (status, told) = deploy();
    assert!(status == 2 && !told.contains("portcullis approve"), "what must be replaced can't be granted: {told}");

    machine.write_user_policy(&format!("{policy}secret = \"ask\"\n"));
    let id = ticket(&deploy().1);
    for shown in [person(&machine, &["approve", &id, "--json"]).1, machine.run(&["approve"])] {
        assert!(shown.contains("KEY="), "{shown}");
        assert!(!shown.contains(&secret) && !shown.contains('\u{1b}') && !shown.contains('\u{202e}'), "{shown}");
    }
    let shown = at_a_terminal(&machine, "n\n", &["approve", &id]);
    assert!(shown.contains("\\u{1b}[2J\\u{202e}x") && shown.contains("[300 blanks]true"), "{shown}");
    assert!(!shown.contains(&secret) && !shown.contains('\u{1b}'), "{shown}");
    for entry in fs::read_dir(machine.state()).unwrap() {
        let path = entry.unwrap().path();
        let is_ours = path.file_name().unwrap().to_string_lossy().starts_with("approvals.db");
        let holds = |bytes: &[u8]| bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!is_ours || !holds(&fs::read(&path).unwrap()), "{}", path.display());
    }
}

/// Plays a person at a terminal of their own: waits for the question, then types.
const AT_A_TERMINAL: &str = r#"
import os, pty, select, sys, time
typed = sys.argv[1].encode()
pid, master = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
seen, answered = b"", False
# What is typed before the question does not count.
os.write(master, b"y\ny\n")
while True:
    ready, _, _ = select.select([master], [], [], 20)
    if not ready: break
    try: piece = os.read(master, 65536)
    except OSError: break
    if not piece: break
    seen += piece
    if (b"[r]efuse: " in seen or b"[N]o: " in seen) and not answered:
        answered = True
        time.sleep(1)
        os.write(master, typed)
    # Whatever was started in the background by a shell does not hear Ctrl-C.
    if b"is granted" in seen and "--watch" in sys.argv: os.kill(pid, 15)
sys.stdout.buffer.write(seen)
sys.exit(abs(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])))
"#;

pub(crate) fn at_a_terminal(machine: &Machine, typed: &str, arguments: &[&str]) -> String {
    let python = ["/usr/bin/python3", "/usr/local/bin/python3"].into_iter().find(|it| PathBuf::from(it).exists());
    let words = ["/usr/bin/env", "NO_COLOR=1", python.unwrap(), "-c", AT_A_TERMINAL, typed, "portcullis"];
    let output = as_person(machine, &[&words, arguments].concat());
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

#[test]
fn at_a_terminal_a_person_is_shown_all_of_it_and_only_a_yes_is_a_yes() {
    let machine = machine();
    let first = asked(&machine);
    let told = at_a_terminal(&machine, "\n", &["approve", &first]);
    assert!(told.contains("| make release") && told.contains("portcullis.toml:3") && told.contains("codex"), "{told}");
    assert_eq!(codex(&machine, "s-1", &release()).0, 2, "no answer is no yes");
    let told = at_a_terminal(&machine, "y\n", &["approve", &first]);
    assert!(told.contains("is granted"), "{told}");
    assert_eq!(codex(&machine, "s-1", &release()).0, 0);

    let second = asked(&machine);
    assert!(at_a_terminal(&machine, "r\n", &["approve", &second]).contains("is refused"));
    assert!(codex(&machine, "s-1", &release()).1.contains("a person said no"));
}

#[test]
fn whoever_keeps_it_open_is_asked_about_each_as_it_comes() {
    let machine = machine();
    let first = asked(&machine);
    let told = at_a_terminal(&machine, "yes\n", &["approve", "--watch"]);
    assert!(told.contains("waiting for requests") && told.contains(&format!("{first} is granted")), "{told}");
    assert_eq!(codex(&machine, "s-1", &release()).0, 0);
}
