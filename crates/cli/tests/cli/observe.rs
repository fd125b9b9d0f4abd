//! `portcullis run --observe`: what is proposed for what was denied, and what never is; as whoever runs the tests and as an
//! ordinary user. And `--status`.

use crate::run::{Runner, runners};
use std::fs;
use std::process::{Command, Stdio};

fn told(runner: &Runner, options: &[&str], script: &str) -> String {
    let mut command = runner.command();
    command.args(["run", "--observe"]).args(options).args(["--", "/bin/sh", "-c", script]);
    String::from_utf8(command.output().unwrap().stderr).unwrap()
}

const ASKS: &str = "for host in https://a.packages.example https://a.packages.example http://b.example:8080 \
    https://denied.example http://169.254.169.254 http://10.0.0.7 http://host.portcullis.internal:11434; do \
    curl -s -m 5 $host > /dev/null; done; true";

#[test]
fn what_was_denied_is_proposed_and_nothing_that_a_line_denies_or_that_leads_home() {
    for runner in runners() {
        runner.machine.write_user_policy("preset = 'standard'\n\n[network]\ndeny = ['denied.example']\n");
        let told = told(&runner, &[], ASKS);
        let proposed = "[network]\nallow = [\n  \"a.packages.example:443\", # asked for 2 times\n  \
                        \"b.example:8080\", # asked for once\n]\n";
        assert!(told.contains(proposed), "{told}");
        for not in ["denied.example:443", "169.254.169.254:80", "10.0.0.7:80", "host.portcullis.internal:11434"] {
            assert!(told.contains(&format!("  not      {not}  ")), "{not}: {told}");
        }
        // Nothing was let through, and nothing was written.
        assert!(told.contains("denied   a.packages.example:443"), "{told}");
        let policy = fs::read_to_string(runner.machine.home().join(".config/portcullis/portcullis.toml")).unwrap();
        assert!(!policy.contains("packages"), "{policy}");
    }
}

#[test]
fn a_masked_file_that_was_opened_is_told_and_one_that_was_only_listed_is_not() {
    for runner in runners() {
        runner.machine.write(".env", "TOKEN=planted\n");
        runner.machine.write("deep/.env.local", "TOKEN=planted\n");
        let told = told(&runner, &[], "ls -la . deep; stat deep/.env.local; cat .env");
        assert!(told.contains("masked   .env  was opened once: "), "{told}");
        assert!(!told.contains("deep/.env.local  was opened"), "{told}");
        assert!(told.contains("nothing is proposed"), "{told}");
    }
}

/// Our program at a terminal of which the other end says these words; what came out of it.
fn at_a_terminal(runner: &Runner, arguments: &[&str], says: &str) -> String {
    let script = "import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
said, answered = b'', not sys.argv[1]
while True:
    try: piece = os.read(fd, 4096)
    except OSError: break
    if not piece: break
    said += piece
    if not answered and b'[y/N] ' in said:
        os.write(fd, sys.argv[1].encode()); answered = True
os.waitpid(pid, 0)
sys.stdout.buffer.write(said)";
    let of = runner.command();
    let mut outside = Command::new("python3");
    outside.args(["-c", script, says]).arg(of.get_program()).args(of.get_args()).args(arguments);
    outside.env_clear().envs(of.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = outside.current_dir(runner.machine.project()).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn it_is_written_only_when_a_person_says_yes_and_then_it_holds() {
    for runner in runners() {
        let policy = runner.machine.home().join(".config/portcullis/portcullis.toml");
        // What belongs to the repository can only hold more back, so nothing is proposed for that.
        runner.machine.write("portcullis.toml", "[network]\nask = ['c.example']\n");
        let asks = ["run", "--observe", "--write", "--", "/bin/sh", "-c", "curl -s -m 5 https://a.packages.example"];
        // Nobody sits there.
        told(&runner, &["--write"], "curl -s -m 5 https://a.packages.example");
        assert!(!policy.exists());
        at_a_terminal(&runner, &asks, "n\n");
        assert!(!policy.exists());
        let said = at_a_terminal(&runner, &asks, "y\n");
        assert!(said.contains("written to "), "{said}");
        assert_eq!(fs::read_to_string(runner.machine.project().join("portcullis.toml")).unwrap().lines().count(), 2);
        let text = fs::read_to_string(&policy).unwrap();
        assert!(text.contains("\"a.packages.example:443\", # asked for "), "{text}");
        let explain = |what: &[&str]| runner.command().args(["policy", "explain"]).args(what).output().unwrap();
        let explained = explain(&["connect", "a.packages.example:443"]);
        assert!(explained.status.success(), "{}", String::from_utf8_lossy(&explained.stdout));
        // All else of the preset is in force as it was.
        assert_eq!(explain(&["read", ".env"]).status.code(), Some(1));
    }
}

#[test]
fn how_the_run_stands_is_in_the_title_and_titles_from_inside_are_not() {
    let runner = runners().remove(0);
    let script = "printf '\\033]0;mine\\007'; curl -s -m 5 https://a.packages.example; sleep 1.5; echo done";
    let said = at_a_terminal(&runner, &["run", "--status", "--", "/bin/sh", "-c", script], "");
    assert!(said.contains("\u{1b}]2;portcullis ") && said.contains(" - 1 denied - 0 min\u{7}"), "{said:?}");
    assert!(!said.contains("]0;mine") && said.contains("\u{1b}[23;2t"), "{said:?}");
    let without = at_a_terminal(&runner, &["run", "--", "/bin/sh", "-c", "printf '\\033]0;mine\\007'"], "");
    assert!(without.contains("]0;mine") && !without.contains("]2;portcullis"), "{without:?}");
}
