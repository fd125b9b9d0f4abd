//! Other scanners, run over a project, and what they write taken over. Each is installed by the client of its registry when
//! it is not there, into the folder for what tests build.

use crate::import::{look, look_at, project, set, suppressions, values};
use crate::paths::paths;
use portcullis_review::import::{Format, Settled, git_secrets_settings, suppress};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder in which `install` has put a program; done once, also when tests run at the same time.
fn installed(name: &str, program: &str, install: impl Fn(&Path)) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let path = folder.join(program);
    if !path.exists() {
        install(&folder);
    }
    assert!(path.exists(), "{name} could not be installed into {}", folder.display());
    path
}

/// Runs a program to its end, which may say that something was found.
fn run(command: &mut Command, statuses: &[i32]) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code().is_some_and(|code| statuses.contains(&code)), "{command:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

fn detect_secrets() -> PathBuf {
    installed("detect-secrets", "bin/detect-secrets", |folder| {
        run(Command::new("python3").args(["-m", "venv"]).arg(folder), &[0]);
        run(Command::new(folder.join("bin/pip")).args(["install", "--quiet", "detect-secrets"]), &[0]);
    })
}

/// The package is a shell script; taken apart rather than installed, so that nobody has to be root.
fn git_secrets() -> PathBuf {
    installed("git-secrets", "usr/bin/git-secrets", |folder| {
        run(Command::new("apt-get").args(["download", "git-secrets"]).current_dir(folder), &[0]);
        let mut files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let package = files.find(|path| path.extension().is_some_and(|kind| kind == "deb")).unwrap();
        run(Command::new("dpkg-deb").arg("-x").arg(package).arg(folder), &[0]);
    })
}

#[test]
fn a_baseline_that_detect_secrets_wrote_suppresses_the_secret_of_that_hash_only() {
    let repository = project();
    let mut scan = Command::new(detect_secrets());
    scan.args(["scan", "--exclude-files", "^docs/", "--exclude-lines", "sample only"]);
    scan.args(["--exclude-secrets", "^not-this", "--exclude-secrets", "(?!x)zzz"]).current_dir(&repository.path);
    let baseline = run(&mut scan, &[0]);
    assert_eq!(Format::recognise(Path::new("any-name"), &baseline), Ok(Format::DetectSecrets));
    let imported = Format::DetectSecrets.read(&baseline).unwrap();
    // One pattern of Python's looks ahead, which can't be carried out in linear time.
    assert_eq!(imported.left_behind.len(), 1, "{:?}", imported.left_behind);
    let known = imported.known.clone();
    assert!(known.iter().any(|known| known.rule == "Secret Keyword" && known.line == 5), "{known:?}");

    let at = suppressions(&repository.path);
    let settle = || {
        let mut report = look(paths(&repository.path), suppressions(&repository.path));
        let settled = suppress(&mut report, &known, ".secrets.baseline", &at);
        (report, settled)
    };
    let (report, settled) = settle();
    assert!(settled.found > 0 && !values(&report).contains("correct-horse-battery"));
    // The secret moves within its file, and another one takes its place on the line.
    repository
        .write("app/config.py", "password = \"correct-horse-battery\"\n\n\n\npassword = \"other-horse-battery\"\n");
    let (report, _) = settle();
    assert!(!values(&report).contains("correct-horse-battery") && values(&report).contains("other-horse-battery"));
    repository.write("app/other.py", "password = \"correct-horse-battery\"\n");
    assert!(values(&settle().0).contains("correct-horse-battery"), "it is known in one file only");

    // The filters that it was made with are patterns that we know too.
    let repository = project();
    let left = look_at(&repository, imported);
    let gone: std::collections::BTreeSet<&str> =
        left.suppressed.iter().map(|found| found.hit.value.expose().as_str()).collect();
    assert_eq!(gone, set(["acme_d0c5x1y2z3w4v5u6", "acme_s4mpl3s4mpl3s4mp"]));

    // What a person confirmed in an audit stays a finding.
    let confirmed = baseline.replace("\"is_verified\": false", "\"is_verified\": false, \"is_secret\": true");
    let imported = Format::DetectSecrets.read(&confirmed).unwrap();
    assert_eq!(imported.known, []);
    assert_eq!(suppress(&mut left.clone(), &imported.known, "x", &at), Settled::default());
    assert!(Format::DetectSecrets.read("{}").is_err());
    assert!(Format::DetectSecrets.read(&baseline.replace("\"hashed_secret\": \"", "\"hashed_secret\": \"x")).is_err());
}

#[test]
fn settings_that_git_secrets_wrote_forbid_and_allow_here_what_they_do_there() {
    let repository = project();
    let program = git_secrets();
    let tell = |arguments: &[&str]| {
        run(Command::new("bash").arg(&program).args(arguments).current_dir(&repository.path), &[0]);
    };
    tell(&["--add", "acme_[a-z0-9]{16}"]);
    tell(&["--add", "--allowed", "acme_s4mpl3s4mpl3s4mp"]);
    tell(&["--add", "--allowed", "^docs/.*"]);
    tell(&["--add", "--allowed", "--literal", "acme_kkkk3333llll4444\""]);
    tell(&["--add-provider", "--", "cat", "patterns.txt"]);
    let settings = fs::read(repository.path.join(".git/config")).unwrap();
    let imported = git_secrets_settings(&settings).unwrap();
    assert_eq!((imported.rules.len(), imported.left_behind.len()), (1, 1));
    assert_eq!(imported.rules[0].pattern, "acme_[a-z0-9]{16}");
    let report = look_at(&repository, imported);
    let gone: std::collections::BTreeSet<&str> =
        report.suppressed.iter().map(|found| found.hit.value.expose().as_str()).collect();
    assert_eq!(gone, set(["acme_d0c5x1y2z3w4v5u6", "acme_kkkk3333llll4444", "acme_s4mpl3s4mpl3s4mp"]));
}
