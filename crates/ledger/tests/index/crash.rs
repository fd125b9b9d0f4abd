//! Every record is indexed exactly once, whoever is killed, wherever a write stops, and however many do it at once.

use crate::plain::{Log, all_pages, built, expected, expected_bars, folder};
use portcullis_event::{Note, Timestamp};
use portcullis_ledger::index::{Index, IndexError, Query, Split, Width};
use portcullis_testkit::records::sample;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

/// Says to the child process of a test which index to fill.
const CHILD: &str = "PORTCULLIS_TEST_INDEX";

fn log(size: u32) -> Log {
    let kinds = ["note", "file", "net", "process", "tool"];
    let record = |number: u32| {
        let mut record = sample(kinds[number as usize % 5]);
        record.event.time =
            Timestamp::from_micros(1_790_000_000_000_000 + (i64::from(number) * 7919 % 5000) * 1_000_000);
        if number.is_multiple_of(5) {
            record.event.what = Note::new(format!("number{number}")).into();
        }
        record.encode().unwrap()
    };
    Log::new((0..size).map(record).collect())
}

/// Everything that double or missing records would change.
fn assert_exactly_once(index: &Index, log: &Log) {
    let queries = [
        Query { limit: 10_000, ..Query::default() },
        Query { kinds: vec!["file".to_owned()], limit: 10_000, ..Query::default() },
        Query { text: "num*".to_owned(), limit: 10_000, ..Query::default() },
    ];
    for query in queries {
        let wanted = expected(log, &query);
        assert_eq!(index.count(&query).unwrap().found, wanted.len() as u64);
        assert_eq!(all_pages(index, &query).unwrap(), wanted);
    }
    let bars =
        index.histogram(Timestamp::from_micros(0), Timestamp::from_micros(1 << 52), Width::Hour, Split::Kind).unwrap();
    assert_eq!(bars, expected_bars(log, 0, 1 << 52, Width::Hour, Split::Kind));
}

#[test]
fn a_journal_cut_at_any_place_leaves_a_whole_index() {
    let log = log(120);
    let (_folder, path) = folder();
    let mut index = Index::open(&path).unwrap();
    for shown in 1..=120 {
        log.shown.set(shown);
        index.catch_up(&log, &mut |_, _| {}).unwrap();
    }
    let journal = |path: &Path| path.with_extension("db-wal");
    let (main, wal) = (std::fs::read(&path).unwrap(), std::fs::read(journal(&path)).unwrap());
    let mut reached = Vec::new();
    for cut in (0..30).map(|part| wal.len() * part / 30 + part) {
        let (_folder, copy) = folder();
        std::fs::write(&copy, &main).unwrap();
        std::fs::write(journal(&copy), &wal[..cut.min(wal.len())]).unwrap();
        let mut index = Index::open(&copy).unwrap();
        let through = index.indexed_through().unwrap();
        reached.push(through);
        log.shown.set(usize::try_from(through).unwrap());
        if through > 0 {
            assert_exactly_once(&index, &log);
        }
        log.shown.set(120);
        assert_eq!(index.catch_up(&log, &mut |_, _| {}).unwrap().added, 120 - through);
        assert_exactly_once(&index, &log);
    }
    assert!(reached.is_sorted() && reached.len() == 30);
    reached.dedup();
    assert!(reached.len() > 10, "the cuts met many states: {reached:?}");
}

#[test]
fn processes_that_are_killed_while_they_fill_it_lose_and_double_nothing() {
    let log = log(4000);
    if let Some(path) = std::env::var_os(CHILD) {
        let mut index = Index::open(Path::new(&path)).unwrap();
        for shown in (0..=4000).step_by(10) {
            log.shown.set(shown.max(usize::try_from(index.indexed_through().unwrap()).unwrap()));
            // The other child may have been faster since.
            let _either_is_fine = index.catch_up(&log, &mut |_, _| {});
        }
        return;
    }
    let name = "crash::processes_that_are_killed_while_they_fill_it_lose_and_double_nothing";
    let (_folder, path) = folder();
    let run = || {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", name]).env(CHILD, &path).stdout(Stdio::null()).stderr(Stdio::null());
        child.spawn().unwrap()
    };
    let reader = Index::open(&path).unwrap();
    for round in 0..7 {
        let before = reader.indexed_through().unwrap();
        let mut children = [run(), run()];
        while before < 4000 && reader.indexed_through().unwrap() == before {
            std::thread::sleep(Duration::from_millis(1));
        }
        // Now they are at it. The kills fall on other moments of a batch each time.
        std::thread::sleep(Duration::from_micros(round * 2900));
        for child in &mut children {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        log.shown.set(usize::try_from(reader.indexed_through().unwrap()).unwrap());
        assert_exactly_once(&reader, &log);
    }
    log.shown.set(4000);
    assert_exactly_once(&built(&path, &log), &log);
}

#[test]
fn many_fill_it_at_once_while_others_read() {
    let size: u32 = 2000;
    let (_folder, path) = folder();
    let fill = || {
        let log = log(size);
        let mut index = Index::open(&path).unwrap();
        let mut added = 0;
        for shown in (0..=size as usize).step_by(100) {
            // Others may be ahead of what this one sees of the log; it then sees what they see.
            log.shown.set(shown.max(usize::try_from(index.indexed_through().unwrap()).unwrap()));
            loop {
                match index.catch_up(&log, &mut |_, _| {}) {
                    Ok(done) => break added += done.added,
                    Err(IndexError::LogWentBack { indexed, .. }) => log.shown.set(usize::try_from(indexed).unwrap()),
                    Err(other) => panic!("{other}"),
                }
            }
        }
        added
    };
    let read = || {
        let index = Index::open(&path).unwrap();
        let mut last = 0;
        while last < u64::from(size) {
            let through = index.indexed_through().unwrap();
            let found = index.count(&Query::default()).unwrap().found;
            assert!(found >= through && found >= last, "a reader sees whole batches, and they only get more");
            last = found;
        }
    };
    let added: u64 = std::thread::scope(|scope| {
        let readers = [scope.spawn(read), scope.spawn(read)];
        let fillers = [scope.spawn(fill), scope.spawn(fill), scope.spawn(fill)];
        let added = fillers.map(|filler| filler.join().unwrap()).iter().sum();
        for reader in readers {
            reader.join().unwrap();
        }
        added
    });
    // What a call had added before it found others ahead of what it sees of the log is told by nobody.
    assert!(added <= u64::from(size), "{added} records were added as {size}");
    let log = log(size);
    assert_exactly_once(&built(&path, &log), &log);
}

#[test]
fn a_log_that_can_not_be_read_for_a_while_is_caught_up_with_later() {
    let log = log(5000);
    let (_folder, path) = folder();
    let mut index = Index::open(&path).unwrap();
    for broken in [0, 4095, 4999] {
        log.broken_at.set(Some(broken));
        assert!(matches!(index.catch_up(&log, &mut |_, _| {}), Err(IndexError::Source(_))));
        assert_eq!(index.indexed_through().unwrap(), 0);
    }
    log.broken_at.set(None);
    let mut seen = Vec::new();
    index.catch_up(&log, &mut |done, all| seen.push((done, all))).unwrap();
    assert_eq!(seen, [(4096, 5000), (5000, 5000)]);
    assert_exactly_once(&index, &log);
}
