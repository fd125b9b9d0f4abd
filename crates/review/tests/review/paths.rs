//! Files and folders.

use crate::sample::{LENGTH, Tokens, look, places, settings, token};
use portcullis_review::{Counts, Paths, Progress, Report, Source, Stdin, Why, scan};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Mutex;
use tempfile::TempDir;

pub(crate) fn paths(root: &Path) -> Source {
    Source::Paths(Paths { roots: vec![root.to_owned()], heed_ignore_files: true, inside_git: false })
}

pub(crate) fn tree(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// The places, with paths relative to the folder.
fn below(folder: &TempDir, report: &Report) -> Vec<(String, u32, u32)> {
    let root = format!("{}/", folder.path().display());
    places(&report.findings).into_iter().map(|(name, line, column)| (name.replace(&root, ""), line, column)).collect()
}

#[test]
fn finds_in_every_file_also_in_hidden_ones() {
    let line = format!("x\nä = {}\n", token(1));
    let folder = tree(&[("a.txt", &line), (".env", &line), ("sub/.hidden/b", &token(2)), ("clean", "nothing")]);
    let report = look(paths(folder.path()));
    let expected = [(".env", 2, 5), ("a.txt", 2, 5), ("sub/.hidden/b", 1, 1)];
    assert_eq!(below(&folder, &report), expected.map(|(name, line, column)| (name.to_owned(), line, column)));
    assert_eq!(report.findings.len(), 2, "one finding for each secret, whatever the number of places");
    assert_eq!(report.statistics.items, 4);
    assert!(report.not_looked_into.is_empty());
}

#[test]
fn a_folder_of_git_is_left_out_unless_asked_for() {
    let folder = tree(&[(".git/config", &token(1)), ("a", "")]);
    assert_eq!(below(&folder, &look(paths(folder.path()))), []);
    let asked = Paths { roots: vec![folder.path().to_owned()], heed_ignore_files: true, inside_git: true };
    assert_eq!(below(&folder, &look(Source::Paths(asked))), [(".git/config".to_owned(), 1, 1)]);
}

#[test]
fn links_are_not_followed_and_pipes_and_sockets_are_not_opened() {
    let outside = tree(&[("secret", &token(1))]);
    let folder = tree(&[("a/b", "")]);
    symlink(outside.path(), folder.path().join("out")).unwrap();
    symlink("..", folder.path().join("a/up")).unwrap();
    symlink(outside.path().join("secret"), folder.path().join("file")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        folder.path().join("pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    let socket = UnixListener::bind(folder.path().join("socket")).unwrap();
    let report = look(paths(folder.path()));
    drop(socket);
    assert_eq!((below(&folder, &report), report.not_looked_into), (vec![], vec![]));
    assert_eq!((report.statistics.links, report.statistics.special, report.statistics.items), (3, 2, 1));
}

#[test]
fn a_root_that_is_a_link_is_followed_and_one_that_is_a_pipe_is_reported() {
    let folder = tree(&[("a", &token(1))]);
    let elsewhere = tempfile::tempdir().unwrap();
    symlink(folder.path(), elsewhere.path().join("link")).unwrap();
    assert_eq!(look(paths(&elsewhere.path().join("link"))).findings.len(), 1);
    assert_eq!(look(paths(&folder.path().join("a"))).findings.len(), 1);
    let pipe = elsewhere.path().join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0).unwrap();
    assert_eq!(look(paths(&pipe)).not_looked_into[0].why, Why::Special);
    let missing = look(paths(&elsewhere.path().join("missing")));
    assert!(matches!(missing.not_looked_into[0].why, Why::Unreadable(_)));
}

#[test]
fn what_can_not_be_read_is_reported() {
    let folder = tree(&[("closed", &token(1)), ("shut/b", &token(2)), ("open", &token(3))]);
    for name in ["closed", "shut"] {
        fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(0o000)).unwrap();
    }
    // Root reads everything, so there the three are simply found.
    let readable = fs::read(folder.path().join("closed")).is_ok();
    let report = look(paths(folder.path()));
    fs::set_permissions(folder.path().join("shut"), fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(report.findings.len() + report.not_looked_into.len(), 3);
    assert_eq!(report.not_looked_into.is_empty(), readable);
}

#[test]
fn a_file_that_is_too_large_is_reported() {
    let folder = tree(&[("large", &"x".repeat(101)), ("small", &token(1))]);
    let mut settings = settings();
    settings.limits.file = 100;
    let report = scan(vec![paths(folder.path())], &Tokens, &settings, &Progress::silent());
    assert_eq!(report.findings.len(), 1);
    assert_eq!(report.not_looked_into[0].why, Why::TooLarge { bytes: 101, most: 100 });
}

#[test]
fn names_that_are_made_to_confuse_are_shown_harmless() {
    let folder = tempfile::tempdir().unwrap();
    for name in [b"a\nb".as_slice(), b"\x1b[31mred", b"not\xffutf8", b"-rf", b"back\\n"] {
        fs::write(folder.path().join(OsStr::from_bytes(name)), token(1)).unwrap();
    }
    let report = look(paths(folder.path()));
    let names: Vec<_> = below(&folder, &report).into_iter().map(|(name, _, _)| name).collect();
    assert_eq!(names, ["-rf", "\\u{1b}[31mred", "a\\u{a}b", "back\\\\n", "not\\xffutf8"]);
}

#[test]
fn large_files_are_read_in_windows_and_nothing_is_lost_between_them() {
    // A token at every distance from where a window could end, each on a line of its own, with lines of other lengths.
    let mut text = String::new();
    let mut expected = Vec::new();
    for number in 0..12_000 {
        text.push_str(&"-".repeat(number as usize % 401));
        expected.push(("large".to_owned(), number + 1, number % 401 + 1));
        text.push_str(&token(number + 1));
        text.push('\n');
    }
    let folder = tree(&[("large", &text)]);
    let mut report = look(paths(folder.path()));
    assert_eq!(report.findings.len(), 12_000);
    assert_eq!(below(&folder, &report), expected);
    assert!(text.len() > 2 << 20);
    let piped = Stdin { name: None, bytes: Box::new(std::io::Cursor::new(text.clone())) };
    let report_of_pipe = look(Source::Stdin(piped));
    report.findings.iter().zip(&report_of_pipe.findings).for_each(|(file, pipe)| {
        assert_eq!((file.fingerprint, file.places[0].offset), (pipe.fingerprint, pipe.places[0].offset));
    });
    for found in &mut report.findings {
        let at = usize::try_from(found.places[0].offset).unwrap();
        assert_eq!(text.get(at..at + LENGTH), Some(found.hit.value.expose().as_str()));
    }
}

#[test]
fn the_report_does_not_depend_on_the_threads() {
    let files: Vec<_> =
        (0..400).map(|n| (format!("d{}/f{n}", n % 7), format!("{}\n{}", token(n % 9), token(n)))).collect();
    let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let folder = tree(&files);
    let with = |threads: usize| {
        let mut settings = settings();
        settings.limits.places = 5;
        settings.threads = threads.try_into().unwrap();
        scan(vec![paths(folder.path())], &Tokens, &settings, &Progress::silent())
    };
    let one = with(1);
    assert!(one.findings.iter().any(|found| found.places.len() == 5 && found.more_places > 30));
    (0..5).for_each(|_| assert_eq!(with(4), one));
}

#[test]
fn tells_how_far_it_is() {
    let folder = tree(&[("a", "xyz"), ("b", "")]);
    let told = Mutex::new(Counts::default());
    let tell = |counts: Counts| *told.lock().unwrap() = counts;
    scan(vec![paths(folder.path())], &Tokens, &settings(), &Progress::new(&tell));
    assert_eq!(*told.lock().unwrap(), Counts { items: 2, bytes: 3, total: None });
}

#[test]
fn an_inline_comment_suppresses_and_is_counted() {
    let text = format!("{} # portcullis:allow sample-token made up\n{}\n", token(1), token(2));
    let folder = tree(&[("a", &text), ("b", &token(1))]);
    let report = look(paths(folder.path()));
    assert_eq!(below(&folder, &report), [("a".to_owned(), 2, 1), ("b".to_owned(), 1, 1)]);
    assert_eq!(report.suppressed.len(), 1);
    assert_eq!(report.suppressed[0].suppressed.as_ref().unwrap().reason.as_deref(), Some("made up"));
}

#[test]
fn a_file_that_the_kernel_makes_up_without_end_is_left_at_some_point() {
    let path = Path::new("/proc/self/pagemap");
    // A container may hide it; then there is nothing to be endless.
    let readable = fs::File::open(path).is_ok();
    let report = look(paths(path));
    let expected = Why::Corrupt("it holds far more than it says".to_owned());
    assert_eq!(report.not_looked_into.iter().any(|missed| missed.why == expected), readable);
}
