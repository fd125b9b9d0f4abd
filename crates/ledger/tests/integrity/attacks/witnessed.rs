//! Witnesses and those who would fool or block them.

use portcullis_ledger::disk::{Disk, RealDisk};
use portcullis_ledger::note::{Checkpoint, Note};
use portcullis_ledger::witness::{Witness, git, http};
use portcullis_ledger::{Log, Options, Reader};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

fn disk() -> Arc<dyn Disk> {
    Arc::new(RealDisk)
}

fn log(root: &Path, size: usize) -> Log {
    let options = Options { origin: "test/attacked".to_owned(), ..Options::default() };
    let log = Log::open(disk(), root, options).unwrap();
    (0..size).for_each(|i| super::append(&log, &format!("note {i}"), false));
    log
}

/// One byte now and then keeps a connection open for hours if only each wait is limited.
#[test]
fn a_witness_is_not_blocked_by_clients_that_dawdle() {
    let state = tempfile::tempdir().unwrap();
    let witness = Arc::new(Witness::open(disk(), state.path(), "test/witness").unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || http::serve(&listener, &witness, |_| {}));
    let mut dawdling: Vec<TcpStream> = (0..40).map(|_| TcpStream::connect(address).unwrap()).collect();
    let url = format!("http://{address}/nothing/checkpoint");
    for _ in 0..60 {
        for stream in &mut dawdling {
            stream.write_all(b"G").ok();
        }
        std::thread::sleep(Duration::from_millis(250));
        if http::get(&url).is_ok_and(|response| response.status == 404) {
            return;
        }
    }
    panic!("the witness answers nobody any more");
}

#[test]
fn a_witness_that_dawdles_does_not_keep_the_log_waiting() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/x", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 20];
        stream.read_exact(&mut request).unwrap();
        for _ in 0..200 {
            if stream.write_all(b"H").is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(300));
        }
    });
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || sender.send(http::get(&url).is_err()));
    assert_eq!(receiver.recv_timeout(Duration::from_secs(30)), Ok(true), "it still waits");
}

fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert!(Command::new("git").args(["init", "-q"]).arg(folder.path()).status().unwrap().success());
    folder
}

fn newest(root: &Path) -> (Checkpoint, String) {
    let note = Reader::open(disk(), root).unwrap().extent().unwrap().checkpoint;
    (Checkpoint::parse(Note::parse(&note).unwrap().text()).unwrap(), note)
}

/// Not a test of its own: commits as a git hook does, in whose environment git has left its variables.
#[test]
fn commits_in_a_hook() {
    let (Some(repository), Some(root)) = (std::env::var_os("TEST_REPOSITORY"), std::env::var_os("TEST_ROOT")) else {
        return;
    };
    let (checkpoint, note) = newest(Path::new(&root));
    git::commit(Path::new(&repository), &checkpoint, &note).unwrap();
}

#[test]
fn a_checkpoint_goes_to_the_repository_that_was_named_also_inside_a_git_hook() {
    let (home, named, other) = (tempfile::tempdir().unwrap(), repository(), repository());
    let log = log(home.path(), 2);
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "attacks::witnessed::commits_in_a_hook"])
        .env("TEST_REPOSITORY", named.path())
        .env("TEST_ROOT", home.path())
        .env("GIT_DIR", other.path().join(".git"))
        .env("GIT_WORK_TREE", other.path())
        .status()
        .unwrap();
    assert!(status.success());
    assert_eq!(git::checkpoints(other.path(), "test/attacked").unwrap(), []);
    assert_eq!(git::checkpoints(named.path(), "test/attacked").unwrap(), [newest(home.path()).0]);
    drop(log);
}

/// Names that differ only in characters that a reference can't have share one.
#[test]
fn logs_that_share_a_reference_do_not_pass_for_each_other() {
    let (one, two, repository) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), repository());
    for (folder, origin, size) in [(&one, "a.b", 5), (&two, "a-b", 2)] {
        let options = Options { origin: origin.to_owned(), ..Options::default() };
        let log = Log::open(disk(), folder.path(), options).unwrap();
        (0..size).for_each(|i| super::append(&log, &format!("note {i}"), false));
        let (checkpoint, note) = newest(folder.path());
        git::commit(repository.path(), &checkpoint, &note).unwrap();
        assert_eq!(git::checkpoints(repository.path(), origin).unwrap(), [checkpoint]);
    }
}
