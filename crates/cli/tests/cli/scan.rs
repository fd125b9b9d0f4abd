//! `portcullis scan`

use crate::harness::Machine;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output};

/// Put together here, so that this file holds no token.
fn key() -> String {
    format!("{}{}", "AKIA", "QZ3R7XK5LMT2WVYB")
}

fn git(machine: &Machine, arguments: &[&str]) -> Output {
    let path = format!("{}:/usr/bin:/bin:/usr/local/bin", machine.bin().display());
    Command::new("git")
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main"])
        .args(arguments)
        .current_dir(machine.project())
        .env_clear()
        .env("PATH", path)
        .env("HOME", machine.home())
        .env("PORTCULLIS_HOME", machine.state())
        .output()
        .unwrap()
}

/// A repository with one commit.
fn repository() -> Machine {
    let machine = Machine::new();
    assert!(git(&machine, &["init", "-q"]).status.success());
    machine.write("README.md", "hello\n");
    assert!(git(&machine, &["add", "."]).status.success());
    assert!(git(&machine, &["commit", "-qm", "first"]).status.success());
    machine
}

#[test]
fn what_is_found_is_shown_and_the_secret_is_not() {
    let machine = Machine::new();
    machine.write("src/deploy.py", format!("import os\nkey = '{}'\n", key()));
    let output = machine.output(&["scan"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text.starts_with("src/deploy.py:2:8: AWS access key id (aws-access-key-id, high confidence, "), "{text}");
    for format in ["text", "json", "jsonl", "sarif", "junit", "csv", "github"] {
        let output = machine.output(&["scan", "--format", format]);
        assert_eq!(output.status.code(), Some(1), "{format}");
        let shown = String::from_utf8(output.stdout).unwrap();
        assert!(shown.contains("aws-access-key-id") && !shown.contains(&key()), "{format}: {shown}");
    }
}

/// The report for a person.
fn report(machine: &Machine, arguments: &[&str]) -> String {
    String::from_utf8(machine.output(&[&["scan"], arguments].concat()).stdout).unwrap()
}

#[test]
fn the_line_is_shown_with_everything_masked_that_was_found_on_it() {
    let machine = Machine::new();
    let other = key().replace("QZ", "QY");
    machine.write("a.py", format!("\tk = '{}', '{other}' # \u{1b}[31m \u{202e} was {}\r\nx\n", key(), key()));
    let text = report(&machine, &["a.py"]);
    assert!(text.contains("\n    | k = '****', '****' # \\u{1b}[31m ****\n"), "{text}");
    assert!(!text.contains("QZ3R") && !text.contains("QY3R") && !text.contains('\u{1b}'), "{text}");
    assert!(text.ends_with("3 findings in 1 file, 92 bytes: 1 high, 2 medium\n"), "{text}");
    let (_, json) = machine.json(&["scan", "a.py"]);
    assert!(json["findings"][0]["excerpt"].is_null() && !json.to_string().contains("****"));
}

#[test]
fn what_is_suppressed_or_not_looked_for_is_not_shown_beside_a_finding() {
    let machine = Machine::new();
    machine.write("a.txt", format!("{}\n", key()));
    assert_eq!(machine.output(&["scan", "a.txt", "--write-baseline", "known.json"]).status.code(), Some(0));
    let other = key().replace("QZ", "QY");
    machine.write("a.txt", format!("{} and {other} of ada@firma-muster.de\n", key()));
    let text = report(&machine, &["a.txt", "--baseline", "known.json"]);
    assert!(text.contains("    | **** and **** of ") && !text.contains("QZ3R"), "{text}");
    let text = report(&machine, &["a.txt", "--only", "personal-data"]);
    assert!(!text.contains("    | ") && !text.contains("QZ3R") && !text.contains("QY3R"), "{text}");
}

#[test]
fn a_clean_folder_ends_with_0_and_an_unreadable_one_with_3() {
    let machine = Machine::new();
    machine.write("a.txt", "nothing\n");
    insta::assert_snapshot!(machine.run(&["scan"]), @"
    exit: 0
    --- stdout
    nothing found in 1 file, 8 bytes
    ");
    assert_eq!(machine.output(&["scan", "missing"]).status.code(), Some(3));
}

#[test]
fn the_same_secret_has_the_same_fingerprint_wherever_it_lies() {
    let machine = Machine::new();
    machine.write("a.txt", format!("{}\n", key()));
    let (_, before) = machine.json(&["scan"]);
    fs::rename(machine.project().join("a.txt"), machine.project().join("b.txt")).unwrap();
    machine.write("b.txt", format!("moved\n\n  {}\n", key()));
    let (_, after) = machine.json(&["scan"]);
    assert_eq!(before["findings"][0]["fingerprint"], after["findings"][0]["fingerprint"]);
    assert_eq!(after["findings"][0]["line"], 3);
}

#[test]
fn only_what_the_next_commit_brings_counts_when_staged() {
    let machine = repository();
    machine.write("old.txt", format!("{}\n", key()));
    git(&machine, &["add", "."]);
    git(&machine, &["commit", "-qm", "second"]);
    assert_eq!(machine.output(&["scan", "--staged"]).status.code(), Some(0));
    machine.write("old.txt", format!("{}\nmore\n", key()));
    git(&machine, &["add", "."]);
    assert_eq!(machine.output(&["scan", "--staged"]).status.code(), Some(0), "the secret was there before");
    machine.write("new.txt", format!("{}\n", key()));
    assert_eq!(machine.output(&["scan", "--staged"]).status.code(), Some(0), "it is not staged yet");
    git(&machine, &["add", "."]);
    assert_eq!(machine.output(&["scan", "--staged"]).status.code(), Some(1));
}

#[test]
fn the_history_shows_what_was_deleted_and_which_commit_brought_it() {
    let machine = repository();
    machine.write("gone.txt", format!("{}\n", key()));
    git(&machine, &["add", "."]);
    git(&machine, &["commit", "-qm", "second"]);
    git(&machine, &["rm", "-q", "gone.txt"]);
    git(&machine, &["commit", "-qm", "third"]);
    assert_eq!(machine.output(&["scan"]).status.code(), Some(0));
    let (exit, shown) = machine.json(&["scan", "--history"]);
    assert_eq!((exit, &shown["findings"][0]["rule"]), (1, &"aws-access-key-id".into()));
    let second = String::from_utf8(git(&machine, &["rev-parse", "HEAD~1"]).stdout).unwrap();
    assert_eq!(shown["findings"][0]["commit"], second.trim());
    assert_eq!(machine.output(&["scan", "--range", "HEAD~1..HEAD"]).status.code(), Some(0));
    assert_eq!(machine.output(&["scan", "--since", "HEAD~2"]).status.code(), Some(1));
}

#[test]
fn the_hooks_stop_a_commit_and_leave_others_hooks_alone() {
    let machine = repository();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_portcullis"), machine.bin().join("portcullis")).unwrap();
    std::os::unix::fs::symlink("/usr/bin/git", machine.bin().join("git")).unwrap();
    machine.write(".git/hooks/pre-push", "#!/bin/sh\nexit 0\n");
    let output = machine.output(&["init", "--hooks"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.contains("left alone") && text.contains("portcullis scan --push"), "{text}");
    let hook = machine.project().join(".git/hooks/pre-commit");
    assert_eq!(fs::metadata(&hook).unwrap().permissions().mode() & 0o111, 0o111);
    machine.write("new.txt", format!("{}\n", key()));
    git(&machine, &["add", "."]);
    let refused = git(&machine, &["commit", "-qm", "leak"]);
    assert!(!refused.status.success(), "{refused:?}");
    git(&machine, &["reset", "-q", "--hard"]);
    machine.write("fine.txt", "fine\n");
    git(&machine, &["add", "."]);
    assert!(!git(&machine, &["commit", "-qm", &format!("with {}", key())]).status.success(), "the message holds one");
    let passed = git(&machine, &["commit", "-qm", "fine"]);
    assert!(passed.status.success(), "{passed:?}");
}

#[test]
fn standard_input_is_judged_by_the_name_it_is_given() {
    let machine = Machine::new();
    let mut command = machine.command(&["scan", "--stdin", "--path-hint", "a.env", "--json"]);
    let mut child = command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), format!("KEY={}\n", key()).as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let shown: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(shown["findings"][0]["path"], "a.env");
}

#[test]
fn a_baseline_hides_what_was_there_and_nothing_else() {
    let machine = Machine::new();
    machine.write("a.txt", format!("{}\n", key()));
    assert_eq!(machine.output(&["scan", "--write-baseline", "known.json"]).status.code(), Some(0));
    assert!(!fs::read_to_string(machine.project().join("known.json")).unwrap().contains(&key()));
    machine.write("a.txt", format!("moved\n{}\n", key()));
    let (exit, shown) = machine.json(&["scan", "--baseline", "known.json"]);
    assert_eq!((exit, shown["suppressed"].as_array().map(Vec::len)), (0, Some(1)));
    machine.write("a.txt", format!("{} {}{}\n", key(), "AKIA", "WXZ5R7QK3LMT2VYB"));
    let (exit, shown) = machine.json(&["scan", "--baseline", "known.json"]);
    assert_eq!((exit, shown["findings"].as_array().map(Vec::len)), (1, Some(1)), "another secret on the same line");
}

#[test]
fn a_suppression_needs_a_reason_and_ends_with_its_day() {
    let machine = Machine::new();
    machine.write("a.txt", format!("{}\n", key()));
    let (_, shown) = machine.json(&["scan"]);
    let fingerprint = shown["findings"][0]["fingerprint"].as_str().unwrap().to_owned();
    let write = |rest: &str| {
        let text = format!("[[suppress]]\nfingerprint = \"{fingerprint}\"\n{rest}");
        machine.write("portcullis-suppressions.toml", text);
    };
    write("reason = \"a key of the test stand\"\n");
    assert_eq!(machine.output(&["scan"]).status.code(), Some(0));
    write("reason = \"a key of the test stand\"\nexpires = \"2020-01-01\"\n");
    let output = machine.output(&["scan"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("this suppression has expired"));
    write("");
    assert_eq!(machine.output(&["scan"]).status.code(), Some(2), "no reason, no suppression");
}

#[test]
fn what_other_scanners_were_told_is_heeded_and_counted() {
    let machine = Machine::new();
    machine.write("a.py", format!("key = '{}'\n", key()));
    machine.write("docs/b.py", format!("key = '{}'\n", key().replace("QZ", "QY")));
    machine.write(".gitleaksignore", "a.py:aws-access-token:1\n");
    machine.write(".gitleaks.toml", "[allowlist]\npaths = ['^docs/']\n[extend]\npath = 'x.toml'\n");
    insta::assert_snapshot!(machine.run(&["scan"]), @r"
    exit: 0
    --- stdout
    nothing found in 4 files, 138 bytes; 2 suppressed: 1 by .gitleaks.toml, 1 by .gitleaksignore
    --- stderr
    note: .gitleaks.toml: it extends x.toml, which has to be imported as well
    ");
    assert_eq!(machine.output(&["scan", "--no-import"]).status.code(), Some(1));
}

#[test]
fn rules_of_a_user_are_looked_for_and_those_that_can_not_be_carried_out_are_not_passed_over() {
    let machine = Machine::new();
    machine.write("a.txt", "it is acme_a1b2c3d4 here\n");
    machine.write("rules.toml", "[[rules]]\nid = 'acme'\nregex = 'acme_[a-z0-9]{8}'\nkeywords = ['acme_']\n");
    let (_, report) = machine.json(&["scan", "--rules", "rules.toml", "a.txt"]);
    assert_eq!(report["findings"][0]["rule"], "acme");
    let own = "vendor = 'Acme'\n[[rule]]\nid = 'acme-key'\nname = 'Acme key'\nseverity = 'high'\nconfidence = 'high'\n\
               pattern = 'acme_[a-z0-9]{8}'\n";
    machine.write("rules.toml", own);
    let (_, report) = machine.json(&["scan", "--rules", "rules.toml", "a.txt"]);
    assert_eq!(report["findings"][0]["rule"], "acme-key");
    machine.write("rules.toml", "[[rules]]\nid = 'acme'\nregex = '('\n");
    assert_eq!(machine.output(&["scan", "--rules", "rules.toml", "a.txt"]).status.code(), Some(3));
    machine.write("rules.toml", "what is this");
    assert_eq!(machine.output(&["scan", "--rules", "rules.toml", "a.txt"]).status.code(), Some(2));
    machine.write("exclude", "^a\n");
    assert_eq!(machine.output(&["scan", "--import", "exclude", "a.txt"]).status.code(), Some(2));
    assert_eq!(machine.output(&["scan", "--import", "trufflehog=exclude", "a.txt"]).status.code(), Some(0));
}

#[test]
fn what_agents_shells_and_processes_keep_is_looked_into() {
    let machine = Machine::new();
    let keep = |file: &str, text: String| {
        let path = machine.home().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let said = format!(
        "{{\"sessionId\": \"s1\", \"message\": {{\"role\": \"user\", \"content\": \"use \\\"{}\\\"\"}}}}\n",
        key()
    );
    keep(".claude/projects/p/s1.jsonl", said);
    keep(".bash_history", format!("ls\nexport AWS_ACCESS_KEY_ID={}\n", key()));
    let (code, report) = machine.json(&["scan", "--transcripts"]);
    let finding = &report["findings"][0];
    assert_eq!((code, finding["rule"].as_str(), finding["line"].as_u64()), (1, Some("aws-access-key-id"), Some(1)));
    let why: Vec<&str> = finding["why"].as_array().unwrap().iter().filter_map(|why| why.as_str()).collect();
    assert!(why.contains(&"it is in turn 1 of the claude-code session s1, said by user"), "{why:?}");
    assert_eq!(machine.output(&["scan", "--transcripts=codex"]).status.code(), Some(0));
    assert_eq!(machine.output(&["scan", "--transcripts=nobody"]).status.code(), Some(2));
    let (_, report) = machine.json(&["scan", "--shell-history"]);
    assert_eq!(report["findings"][0]["line"], 2);
    assert_eq!(machine.output(&["scan", "--environment"]).status.code(), Some(0));
}

#[test]
fn issuers_are_asked_only_about_what_they_know() {
    let machine = Machine::new();
    machine.write("a.txt", "nothing here\n");
    insta::assert_snapshot!(machine.run(&["scan", "--verify", "a.txt"]), @r#"
    exit: 0
    --- stdout
    nothing found in 1 file, 13 bytes
    --- stderr
    note: no issuer can be asked about what was found
    "#);
}

#[test]
fn a_policy_keeps_secrets_from_their_issuers_and_a_lower_one_can_not_let_them_go() {
    let machine = repository();
    machine.write("a.txt", format!("{}\n", key()));
    machine.write_user_policy("[scan]\nverify = \"deny\"\n");
    machine.write("portcullis.toml", "[scan]\nverify = \"allow\"\n");
    let output = machine.output(&["scan", "--verify", "a.txt"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{told}");
    assert!(told.contains("the policy does not let issuers be asked") && !told.contains("asking"), "{told}");
    assert!(told.contains("home/.config/portcullis/portcullis.toml:2"), "{told}");
    assert_eq!(machine.output(&["scan", "a.txt"]).status.code(), Some(1), "only asking is forbidden");

    machine.write_user_policy("[scan]\nverify = \"allow\"\n");
    machine.write("portcullis.toml", "[scan]\nverify = \"deny\"\n");
    let output = machine.output(&["scan", "--verify", "a.txt"]);
    assert_eq!(output.status.code(), Some(2), "a lower one can forbid it");
    assert!(String::from_utf8(output.stderr).unwrap().contains("project/portcullis.toml:2"));

    machine.write_user_policy("preset = \"local-only\"\n");
    fs::remove_file(machine.project().join("portcullis.toml")).unwrap();
    assert_eq!(machine.output(&["scan", "--verify", "a.txt"]).status.code(), Some(2), "nothing leaves this machine");
}

#[test]
fn what_only_looks_like_a_secret_is_found_on_request() {
    let machine = Machine::new();
    machine.write("a.py", "DB_PASSWORD = \"changeme\"\n");
    assert_eq!(machine.json(&["scan", "a.py"]).1["findings"].as_array().unwrap().len(), 0);
    let (exit, report) = machine.json(&["scan", "--look-alikes", "a.py"]);
    let finding = &report["findings"][0];
    assert_eq!((exit, &finding["rule"], &finding["severity"]), (1, &"look-alike-secret".into(), &"low".into()));
}

#[test]
fn a_shared_baseline_is_understood_by_others() {
    let (one, other) = (Machine::new(), Machine::new());
    for machine in [&one, &other] {
        machine.write("a.py", format!("key = '{}'\n", key()));
    }
    for (arguments, exit) in
        [(&["--write-baseline", "known.json"][..], 2), (&["--write-baseline", "known.json", "--shared"], 0)]
    {
        let output = one.output(&[&["scan", "a.py"], arguments].concat());
        assert_eq!(output.status.code(), Some(0));
        let baseline = fs::read_to_string(one.project().join("known.json")).unwrap();
        assert!(!baseline.contains(&key()));
        other.write("known.json", baseline);
        assert_eq!(other.output(&["scan", "a.py", "--baseline", "known.json"]).status.code(), Some(exit));
    }
    assert_eq!(one.output(&["scan", "--shared"]).status.code(), Some(2));
}

/// A private key as a test has it, made of nothing.
fn pem() -> String {
    let line = "q8Zv0wKk3mPp7Xx5nNj2cHh9dDg1Rr4Ss6Tt8Uu0Vv2bBaAcCeEfFgGhHiIjJkKl";
    let of = |word: &str| format!("-----{word} RSA {} KEY-----\n", "PRIVATE");
    format!("{}{line}\n{line}\n{line}\n{}", of("BEGIN"), of("END"))
}

#[test]
fn what_anybody_makes_for_a_test_is_told_in_sum_and_nothing_is_lost() {
    let machine = Machine::new();
    machine.write("tests/keys/a.pem", pem());
    machine.write("tests/login.py", "def test_login():\n    login(user='anna', password='b1ueMonday7')\n");
    machine.write("src/auth.rs", "#[cfg(test)]\nmod tests {\n    const PASSWORD: &str = \"t1redTuesday\";\n}\n");
    let output = machine.output(&["scan"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let expected = "in tests, in sum: 1 in src, 1 in tests, 1 in tests/keys\n3 findings told in sum in 3 files, ";
    assert!(text.starts_with(expected) && text.ends_with("; --each tells each\n"), "{text}");
    let each = report(&machine, &["--each"]);
    assert!(each.contains("tests/keys/a.pem:1:1: Private key") && each.contains("3 findings in 3 files"), "{each}");
    let json: serde_json::Value = serde_json::from_str(&report(&machine, &["--format", "json"])).unwrap();
    let rows = json["findings"].as_array().unwrap();
    assert!(rows.len() == 3 && rows.iter().all(|row| row["aside"] == "test"), "{json}");
    let sarif = report(&machine, &["--format", "sarif"]);
    assert!(
        sarif.contains("\"level\": \"note\"") && !sarif.contains("\"level\": \"error\",\n          \"loc"),
        "{sarif}"
    );
}

#[test]
fn a_test_is_no_place_to_hide_a_credential_that_works_elsewhere() {
    let machine = Machine::new();
    let told = |machine: &Machine| report(machine, &[]).contains("told in sum");
    // A vendor's token, a drawn password, what stands outside of tests too, settings that only are called after tests.
    machine.write("tests/deploy.py", format!("key = '{}'\n", key()));
    machine.write("tests/api.py", "password = 'qX7vLw2PzRk9mT4n'\n");
    machine.write("tests/login.py", "login(user='anna', password='b1ueMonday7')\n");
    machine.write("src/settings.py", "password = 'b1ueMonday7'\n");
    machine.write("config/test.yml", "password: t1redTuesday\n");
    machine.write("docs/runbook.md", "The password: w3tWednesday\n");
    assert!(!told(&machine), "{}", report(&machine, &[]));
    assert!(report(&machine, &[]).contains("5 findings in 6 files"), "{}", report(&machine, &[]));
}

#[test]
fn what_lies_above_what_is_scanned_makes_no_test_of_it() {
    let machine = Machine::new();
    machine.write("tests/shop/src/login.py", "login(user='anna', password='b1ueMonday7')\n");
    assert!(report(&machine, &[]).contains("told in sum"));
    for root in ["tests/shop", "tests/shop/src/login.py"] {
        assert!(report(&machine, &[root]).contains("1 finding in 1 file"), "{root}: {}", report(&machine, &[root]));
    }
}

#[test]
fn of_a_change_each_finding_is_told() {
    let machine = repository();
    machine.write("tests/login.py", "login(user='anna', password='b1ueMonday7')\n");
    assert!(git(&machine, &["add", "."]).status.success());
    assert!(
        report(&machine, &["--staged"]).contains("tests/login.py:1:30: Password"),
        "{}",
        report(&machine, &["--staged"])
    );
    assert!(git(&machine, &["commit", "-qm", "second"]).status.success());
    assert!(
        report(&machine, &["--history"]).contains("in tests, in sum: 1 in tests"),
        "{}",
        report(&machine, &["--history"])
    );
}
