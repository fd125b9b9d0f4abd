//! Witnesses, over real sockets and real repositories: they sign what continues and nothing else.

use crate::sample::record;
use portcullis_ledger::disk::{Disk, RealDisk};
use portcullis_ledger::note::{Checkpoint, Note};
use portcullis_ledger::witness::{
    AddCheckpoint, Kept, KnownWitness, KnownWitnesses, Refusal, ShowError, SubmitError, Witness, git, http, submit,
    watch,
};
use portcullis_ledger::{Log, Options, Reader, Wrong, prove, verify};
use proptest::prelude::*;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

fn disk() -> Arc<dyn Disk> {
    Arc::new(RealDisk)
}

fn log(root: &Path) -> Log {
    Log::open(disk(), root, Options { origin: "test/witnessed".to_owned(), ..Options::default() }).unwrap()
}

fn grow(log: &Log, count: usize) {
    log.append_all((0..count).map(|i| record(&format!("note {i}"), false)).collect()).unwrap();
}

fn reader(root: &Path) -> Reader {
    Reader::open(disk(), root).unwrap()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A witness behind a socket of this machine.
struct Served {
    witness: Arc<Witness>,
    url: String,
    folder: TempDir,
}

fn serve() -> Served {
    let folder = tempfile::tempdir().unwrap();
    let witness = Arc::new(Witness::open(disk(), folder.path(), "test/witness").unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = witness.clone();
    std::thread::spawn(move || http::serve(&listener, &serving, |_| {}));
    Served { witness, url, folder }
}

fn genesis(root: &Path) -> portcullis_ledger::note::Verifier {
    let key = std::fs::read_to_string(root.join("keys/ledger.pub")).unwrap();
    portcullis_ledger::note::Verifier::parse(&key).unwrap()
}

#[test]
fn a_log_is_witnessed_as_it_grows() {
    let (served, home) = (serve(), tempfile::tempdir().unwrap());
    let log = log(home.path());
    served.witness.trust(&genesis(home.path())).unwrap();
    for count in [1, 1, 7, 300] {
        grow(&log, count);
        let size = reader(home.path()).extent().unwrap().size;
        let note = submit(&reader(home.path()), &served.url, &served.witness.verifier()).unwrap();
        assert_eq!((note.checkpoint.size, note.by.as_str()), (size, "test/witness"));
        assert_eq!(Kept::of(disk(), home.path()).all().unwrap(), std::slice::from_ref(&note));
        assert_eq!(verify(&disk(), home.path(), &[note.into()]).unwrap().problems, []);
    }
    // Nothing new is nothing wrong.
    submit(&reader(home.path()), &served.url, &served.witness.verifier()).unwrap();
}

#[test]
fn a_witness_that_knows_more_than_our_notes_is_followed() {
    let (served, home) = (serve(), tempfile::tempdir().unwrap());
    let log = log(home.path());
    served.witness.trust(&genesis(home.path())).unwrap();
    grow(&log, 3);
    submit(&reader(home.path()), &served.url, &served.witness.verifier()).unwrap();
    std::fs::remove_dir_all(home.path().join("ledger/witnessed")).unwrap();
    grow(&log, 3);
    let note = submit(&reader(home.path()), &served.url, &served.witness.verifier()).unwrap();
    assert_eq!(note.checkpoint.size, 7);
}

#[test]
fn a_log_that_was_set_back_or_forked_is_not_witnessed_any_further() {
    let (served, home, older) = (serve(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let key = served.witness.verifier();
    let first = log(home.path());
    served.witness.trust(&genesis(home.path())).unwrap();
    grow(&first, 5);
    copy(home.path(), older.path());
    grow(&first, 5);
    submit(&reader(home.path()), &served.url, &key).unwrap();
    let error = submit(&reader(older.path()), &served.url, &key).unwrap_err();
    assert!(matches!(error, SubmitError::WentBack { seen: 11, found: 6 }), "{error}");
    let evil = (0..20).map(|i| record(&format!("evil {i}"), false)).collect();
    log(older.path()).append_all(evil).unwrap();
    let error = submit(&reader(older.path()), &served.url, &key).unwrap_err();
    assert!(matches!(error, SubmitError::Forked(_)), "{error}");
    let evidence = walk(served.folder.path()).into_iter().filter(|name| name.contains("evidence-")).count();
    assert_eq!(evidence, 1, "the signed contradiction is kept");
    assert_eq!(served.witness.latest_checkpoint("test/witnessed").unwrap().unwrap().size, 11);
}

fn walk(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path.display().to_string()] }).collect()
}

#[test]
fn unknown_logs_foreign_signatures_and_wrong_sizes_are_refused() {
    let (served, home, other) = (serve(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let key = served.witness.verifier();
    grow(&log(home.path()), 4);
    let error = submit(&reader(home.path()), &served.url, &key).unwrap_err();
    assert!(matches!(error, SubmitError::Refused { status: 404, .. }), "{error}");
    grow(&log(other.path()), 4);
    served.witness.trust(&genesis(other.path())).unwrap();
    let error = submit(&reader(home.path()), &served.url, &key).unwrap_err();
    assert!(matches!(error, SubmitError::Refused { status: 403, .. }), "{error}");
    served.witness.trust(&genesis(home.path())).unwrap();
    let (proof, checkpoint) = prove::consistency(&reader(home.path()), 2).unwrap();
    let note = Note::parse(&checkpoint).unwrap();
    let wrong = AddCheckpoint { old: 2, proof, note };
    assert!(matches!(served.witness.add(&wrong, 1), Err(Refusal::Conflict { size: 0 })));
    let beyond = AddCheckpoint { old: 99, proof: vec![], ..wrong };
    assert!(matches!(served.witness.add(&beyond, 1), Err(Refusal::Malformed(_))));
}

#[test]
fn an_answer_by_another_key_is_not_kept() {
    let (served, other, home) = (serve(), serve(), tempfile::tempdir().unwrap());
    grow(&log(home.path()), 2);
    served.witness.trust(&genesis(home.path())).unwrap();
    let error = submit(&reader(home.path()), &served.url, &other.witness.verifier()).unwrap_err();
    assert!(matches!(error, SubmitError::BadAnswer(_)), "{error}");
    assert_eq!(Kept::of(disk(), home.path()).all().unwrap(), []);
}

#[test]
fn the_server_answers_nonsense_with_an_error_and_goes_on() {
    use std::io::{Read as _, Write as _};
    let served = serve();
    let address = served.url.strip_prefix("http://").unwrap();
    for (sent, status) in [
        ("POST /add-checkpoint HTTP/1.1\r\nContent-Length: 4\r\n\r\nold ", "400"),
        ("POST /add-checkpoint HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", "413"),
        ("POST /add-checkpoint HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "400"),
        ("POST /add-checkpoint HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "400"),
        ("POST /add-checkpoint HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "400"),
        ("DELETE / HTTP/1.1\r\n\r\n", "405"),
        ("GET /../../etc/passwd/checkpoint HTTP/1.1\r\n\r\n", "404"),
        ("\r\n\r\n", "400"),
        ("GET\r\n\r\n", "400"),
    ] {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.write_all(sent.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{sent:?}: {answer:?}");
    }
    assert_eq!(http::get(&format!("{}/nothing/checkpoint", served.url)).unwrap().status, 404);
}

#[test]
fn another_user_watches_a_folder_and_notices_what_happens_to_it() {
    let (home, state, older) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let witness = Witness::open(disk(), state.path(), "test/root").unwrap();
    let root = home.path();
    let first = log(root);
    grow(&first, 5);
    copy(root, older.path());
    assert!(watch(&witness, &disk(), root, 1).unwrap().1.is_some());
    grow(&first, 5);
    first.rotate_key().unwrap();
    grow(&first, 5);
    let (report, note) = watch(&witness, &disk(), root, 2).unwrap();
    assert_eq!(report.problems, []);
    assert_eq!(Checkpoint::parse(note.unwrap().text()).unwrap().size, 17);
    drop(first);
    std::fs::remove_dir_all(root).unwrap();
    copy(older.path(), root);
    let (report, note) = watch(&witness, &disk(), root, 3).unwrap();
    assert_eq!(note, None);
    assert!(
        report.problems.iter().any(|p| matches!(p.what, Wrong::Shorter { found: 6, signed: 17, .. })),
        "{report:?}"
    );
    std::fs::remove_dir_all(root).unwrap();
    grow(&Log::open(disk(), root, Options { origin: "test/fresh".to_owned(), ..Options::default() }).unwrap(), 30);
    let error = watch(&witness, &disk(), root, 4).unwrap_err().to_string();
    assert!(error.contains("test/witnessed was witnessed here"), "{error}");
}

#[test]
fn a_rotated_key_has_to_be_made_known_to_the_witness() {
    let (served, home) = (serve(), tempfile::tempdir().unwrap());
    let log = log(home.path());
    served.witness.trust(&genesis(home.path())).unwrap();
    submit(&reader(home.path()), &served.url, &served.witness.verifier()).unwrap();
    let new = log.rotate_key().unwrap();
    grow(&log, 1);
    let error = submit(&reader(home.path()), &served.url, &served.witness.verifier()).unwrap_err();
    assert!(matches!(error, SubmitError::Refused { status: 403, .. }), "{error}");
    served.witness.trust(&new).unwrap();
    submit(&reader(home.path()), &served.url, &served.witness.verifier()).unwrap();
}

#[test]
fn a_git_reference_remembers_every_checkpoint() {
    let (home, repository, older) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let made = std::process::Command::new("git").args(["init", "-q"]).arg(repository.path()).status().unwrap();
    assert!(made.success());
    let log = log(home.path());
    let mut sizes = Vec::new();
    for count in [1, 2, 3] {
        grow(&log, count);
        if count == 2 {
            copy(home.path(), older.path());
        }
        let note = reader(home.path()).extent().unwrap().checkpoint;
        let checkpoint = Checkpoint::open(&note, &genesis(home.path())).unwrap();
        sizes.push(checkpoint.size);
        for _ in 0..2 {
            assert_eq!(git::commit(repository.path(), &checkpoint, &note).unwrap(), "refs/portcullis/test/witnessed");
        }
    }
    let seen = git::witnessed(repository.path(), &genesis(home.path())).unwrap();
    let mut seen_sizes: Vec<u64> = seen.iter().map(|note| note.checkpoint.size).collect();
    seen_sizes.sort_unstable();
    assert_eq!(seen_sizes, sizes, "one commit for each, and none twice");
    let witnessed: Vec<_> = seen.into_iter().map(Into::into).collect();
    assert_eq!(verify(&disk(), home.path(), &witnessed).unwrap().problems, []);
    let report = verify(&disk(), older.path(), &witnessed).unwrap();
    assert!(
        matches!(report.problems[..], [ref p] if matches!(p.what, Wrong::Shorter { found: 4, signed: 7, .. })),
        "{report:?}"
    );
    let note = reader(older.path()).extent().unwrap().checkpoint;
    let checkpoint = Checkpoint::open(&note, &genesis(older.path())).unwrap();
    assert!(git::commit(repository.path(), &checkpoint, &note).is_err(), "a log that was set back is not committed");
}

#[test]
fn the_list_of_witnesses_is_kept_shown_to_and_asked() {
    let (served, home, repository) = (serve(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (older, watching) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert!(std::process::Command::new("git").args(["init", "-q"]).arg(repository.path()).status().unwrap().success());
    let log = log(home.path());
    let watcher = Witness::open(disk(), watching.path(), "test/root").unwrap();
    served.witness.trust(&genesis(home.path())).unwrap();
    let all = [
        KnownWitness::Http { url: served.url.clone(), key: served.witness.verifier().to_string() },
        KnownWitness::Git { repository: repository.path().to_owned() },
        KnownWitness::Folder { state: watching.path().to_owned(), key: watcher.verifier().to_string() },
    ];
    let known = KnownWitnesses::of(disk(), home.path());
    for witness in all.iter().chain(&all) {
        known.add(witness.clone()).unwrap();
    }
    assert_eq!(known.all().unwrap(), all, "added twice is there once");
    let folder = known.show(&all[2], &reader(home.path())).unwrap_err();
    assert!(matches!(folder, ShowError::NothingSeen(_)), "{folder}");
    copy(home.path(), older.path());
    grow(&log, 4);
    watch(&watcher, &disk(), home.path(), 7).unwrap();
    let seen: Vec<u64> = all.iter().map(|w| known.show(w, &reader(home.path())).unwrap().checkpoint.size).collect();
    assert_eq!(seen, [5, 5, 5]);
    assert_eq!(known.remembered(&reader(home.path())).unwrap().len(), 3);
    // An older copy of the whole folder, with an older list: the repository and the folder are asked, and the server.
    for gone in ["ledger", "keys"] {
        std::fs::remove_dir_all(home.path().join(gone)).unwrap();
        copy(&older.path().join(gone), &home.path().join(gone));
    }
    let remembered = known.remembered(&reader(home.path())).unwrap();
    assert_eq!(remembered.iter().map(|note| note.checkpoint.size).collect::<Vec<_>>(), [5, 5]);
    let asked = known.ask(&reader(home.path())).unwrap();
    assert_eq!(asked.iter().map(|note| note.checkpoint.size).collect::<Vec<_>>(), [5]);
    for notes in [remembered, asked] {
        let witnessed: Vec<_> = notes.into_iter().map(Into::into).collect();
        assert!(!verify(&disk(), home.path(), &witnessed).unwrap().problems.is_empty());
    }
    assert!(known.remove(&all[0].to_string()).unwrap());
    assert!(!known.remove("nobody").unwrap());
    assert_eq!(known.all().unwrap(), all[1..]);
    for gone in ["ledger", "keys"] {
        std::fs::remove_dir_all(home.path().join(gone)).unwrap();
    }
    drop(Log::open(disk(), home.path(), Options { origin: "test/fresh".to_owned(), ..Options::default() }).unwrap());
    let error = known.remembered(&reader(home.path())).unwrap_err().to_string();
    assert!(error.contains("test/witnessed") && error.contains("test/fresh"), "{error}");
    assert!(known.ask(&reader(home.path())).is_err(), "a log that was begun anew is not the one that was witnessed");
    std::fs::write(home.path().join("witnesses.json"), "[{\"kind\":\"http\"}]").unwrap();
    assert!(known.all().unwrap_err().to_string().contains("witnesses.json is damaged"));
}

proptest! {
    #[test]
    fn requests_read_back_and_nonsense_is_refused(old in 0..1_u64 << 50, proof in prop::collection::vec(any::<[u8; 32]>(), 0..20), text in "\\PC{0,200}") {
        let note = Note::parse("o\n1\nAAAA\n\n\u{2014} o AAAAAAAA\n").unwrap();
        let request = AddCheckpoint { old, proof, note };
        prop_assert_eq!(AddCheckpoint::parse(&request.to_string()), Ok(request));
        prop_assert!(AddCheckpoint::parse(&text).is_err());
    }
}
