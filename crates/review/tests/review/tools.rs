//! Other scanners, run over a project, and what they write taken over. Each is installed by the client of its registry when
//! it is not there, into the folder for what tests build.

use crate::import::{Rules, look, look_at, look_with, project, set, suppressions, values};
use crate::paths::paths;
use crate::repository::Repository;
use portcullis_event::RuleId;
use portcullis_review::Found;
use portcullis_review::import::{Dialect, Format, Imported, Settled, UserRule, git_secrets_settings, suppress};
use serde_json::Value;
use std::collections::BTreeSet;
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

/// The last one that `PyPI` has. It wants a pattern to match from the first letter of a path, newer ones anywhere in it: those
/// that begin with `^` or `.*` mean the same to both.
fn trufflehog() -> PathBuf {
    installed("trufflehog", "bin/trufflehog", |folder| {
        run(Command::new("python3").args(["-m", "venv"]).arg(folder), &[0]);
        run(Command::new(folder.join("bin/pip")).args(["install", "--quiet", "trufflehog==2.2.1"]), &[0]);
    })
}

fn ripsecrets() -> PathBuf {
    installed("ripsecrets", "bin/ripsecrets", |folder| {
        let mut install = Command::new(env!("CARGO"));
        // It has no use for what is set for the build of this test.
        install.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS").env_remove("CARGO_TARGET_DIR");
        install.args(["install", "--quiet", "--locked", "--version", "0.1.11", "ripsecrets", "--root"]);
        run(install.arg(folder).current_dir(folder), &[0]);
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
    let gone: BTreeSet<&str> = left.suppressed.iter().map(|found| found.hit.value.expose().as_str()).collect();
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
    let gone: BTreeSet<&str> = report.suppressed.iter().map(|found| found.hit.value.expose().as_str()).collect();
    assert_eq!(gone, set(["acme_d0c5x1y2z3w4v5u6", "acme_kkkk3333llll4444", "acme_s4mpl3s4mpl3s4mp"]));
}

/// Tokens of a form that both scanners know, in files of several kinds.
fn tokens() -> Repository {
    let repository = Repository::new();
    for (path, first) in [
        ("app/config.py", 'A'),
        ("docs/x.md", 'B'),
        ("with space/notes.txt", 'C'),
        ("app/docs/y.toml", 'D'),
        ("docs.py", 'E'),
    ] {
        repository.write(path, format!("a line\ntoken = \"ghp_{first}b3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6\"\n"));
    }
    repository.commit("tokens");
    repository
}

/// The files in which tokens are found, after what was imported was taken over.
fn found_by_us(repository: &Repository, imported: Imported) -> BTreeSet<String> {
    let rule = UserRule::new(RuleId::parse("token").unwrap(), "ghp_[A-Za-z0-9]{36}", Dialect::Common);
    let report = look_with(repository, imported, &Rules::of(vec![rule]));
    let path = |found: &Found| found.first().unwrap().origin.path().unwrap();
    let inside = |path: PathBuf| path.strip_prefix(&repository.path).unwrap().to_str().unwrap().to_owned();
    report.findings.iter().map(|found| inside(path(found))).collect()
}

#[test]
fn what_trufflehog_leaves_out_is_left_out_here() {
    let repository = tokens();
    let (rules, excluded) = (repository.path.join(".git/rules.json"), repository.path.join(".git/excluded"));
    fs::write(&rules, r#"{"token": "ghp_[A-Za-z0-9]{36}"}"#).unwrap();
    let mut seen = BTreeSet::new();
    for text in [
        "",
        "^docs\n",
        ".*docs/\n",
        "# .*\n\n^docs/.*\\.md$\n",
        "^docs/\n.*\\.txt$\n",
        "^with space/\n^app/(?!docs)",
        ".*x.md\n#.*with\n^docs\\.py$\n",
        ".*",
    ] {
        fs::write(&excluded, text).unwrap();
        let mut scan = Command::new(trufflehog());
        scan.args(["--regex", "--entropy=False", "--json", "--rules"]).arg(&rules).arg("-x").arg(&excluded);
        let said = run(scan.arg(format!("file://{}", repository.path.display())), &[0, 1]);
        let path = |line: &str| serde_json::from_str::<Value>(line).unwrap()["path"].as_str().unwrap().to_owned();
        let theirs: BTreeSet<String> = said.lines().map(path).collect();
        let imported = Format::Trufflehog.read(text).unwrap();
        // What looks ahead can't be carried out in linear time, and that is said.
        if imported.left_behind.is_empty() {
            assert_eq!(found_by_us(&repository, imported), theirs, "{text}");
        } else {
            assert!(text.contains("(?!"), "{text}");
            assert!(found_by_us(&repository, imported).is_superset(&theirs), "{text}");
        }
        seen.insert(theirs);
    }
    assert!(seen.len() >= 6 && seen.contains(&BTreeSet::new()), "{seen:?}");
}

#[test]
fn what_ripsecrets_leaves_out_is_left_out_here() {
    let repository = tokens();
    let mut seen = BTreeSet::new();
    for text in [
        "",
        "docs\n",
        "docs/*.md\n",
        "*.txt\n# docs/\n",
        "app/**\n",
        "**/y.toml\n[secrets]\nghp_Ab3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6\n",
        "[secrets]\nghp_.*\nghp_A\n.*\nb3dE\n#ghp\nghp_Bb3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6\n",
    ] {
        repository.write(".secretsignore", text);
        let said = run(Command::new(ripsecrets()).arg(".").current_dir(&repository.path), &[0, 1]);
        let path = |line: &str| line.strip_prefix("./")?.split_once(':').map(|(path, _)| path.to_owned());
        let theirs: BTreeSet<String> = said.lines().filter_map(path).collect();
        let imported = Format::Ripsecrets.read(text).unwrap();
        assert_eq!(imported.left_behind, [""; 0], "{text}");
        assert_eq!(found_by_us(&repository, imported), theirs, "{text}");
        seen.insert(theirs);
    }
    assert!(seen.len() >= 5, "{seen:?}");
}
