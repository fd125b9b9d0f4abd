//! Files that are no index, and indexes that were harmed, are rebuilt; a log that went back is reported.

use crate::plain::{Log, all_pages, built, expected, folder};
use portcullis_event::Note;
use portcullis_ledger::index::{Index, IndexError, Query, Replaced};
use portcullis_testkit::records::sample;
use proptest::prelude::*;
use std::path::Path;

fn log(size: usize) -> Log {
    let record = |number| {
        let mut record = sample("note");
        record.event.what =
            Note::new(format!("note number{number} {}", if number % 2 == 0 { "even" } else { "odd" })).into();
        record.encode().unwrap()
    };
    Log::new((0..size).map(record).collect())
}

fn even() -> Query {
    Query { text: "even".to_owned(), limit: 7, ..Query::default() }
}

fn assert_whole(index: &Index, log: &Log) {
    for query in [even(), Query::default()] {
        assert_eq!(all_pages(index, &query).unwrap(), expected(log, &query));
    }
}

fn build_and_close(path: &Path, log: &Log) {
    drop(built(path, log));
}

#[test]
fn a_file_of_something_else_is_kept_and_an_index_made_in_its_place() {
    let log = log(50);
    let other = rusqlite_file();
    for bytes in [b"my thesis".to_vec(), vec![0; 100_000], other] {
        let (folder, path) = folder();
        std::fs::write(&path, &bytes).unwrap();
        let index = built(&path, &log);
        let Some(Replaced::Foreign { kept, .. }) = index.replaced() else { panic!("{:?}", index.replaced()) };
        assert_eq!(std::fs::read(folder.path().join(kept.file_name().unwrap())).unwrap(), bytes);
        assert_whole(&index, &log);
    }
}

fn rusqlite_file() -> Vec<u8> {
    let (_folder, path) = folder();
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE precious(x)").unwrap();
    std::fs::read(&path).unwrap()
}

#[test]
fn an_index_of_another_version_or_with_other_tables_is_rebuilt() {
    let log = log(50);
    for (change, why) in [
        ("PRAGMA user_version = 0", Replaced::OtherVersion),
        ("PRAGMA user_version = 99", Replaced::OtherVersion),
        ("DROP TABLE counts", Replaced::Damaged("its tables are not as they should be".to_owned())),
        (
            "CREATE TRIGGER t AFTER INSERT ON names BEGIN DELETE FROM events; END",
            Replaced::Damaged("its tables are not as they should be".to_owned()),
        ),
        ("DELETE FROM state", Replaced::Damaged("the key of the terms is missing".to_owned())),
    ] {
        let (_folder, path) = folder();
        build_and_close(&path, &log);
        rusqlite::Connection::open(&path).unwrap().execute_batch(change).unwrap();
        let index = built(&path, &log);
        assert_eq!(index.replaced(), Some(&why), "{change}");
        assert_whole(&index, &log);
    }
}

#[test]
fn an_index_of_another_log_is_rebuilt() {
    let (_folder, path) = folder();
    build_and_close(&path, &log(50));
    let other = Log { name: "other".to_owned(), ..log(20) };
    let index = built(&path, &other);
    assert_eq!(index.replaced(), Some(&Replaced::OtherLog));
    assert_whole(&index, &other);
}

#[test]
fn a_log_that_went_back_is_reported_and_the_index_kept() {
    let (_folder, path) = folder();
    let whole = log(50);
    build_and_close(&path, &whole);
    let shorter = log(49);
    let mut changed = whole.clone();
    changed.records[49] = whole.records[0].clone();
    changed.records.push(whole.records[1].clone());
    changed.shown.set(51);
    for log in [shorter, log(0), changed] {
        let mut index = Index::open(&path).unwrap();
        let error = index.catch_up(&log, &mut |_, _| {}).unwrap_err();
        assert!(matches!(error, IndexError::LogWentBack { indexed: 50, .. }), "{error}");
        assert_whole(&index, &whole);
    }
}

#[test]
fn a_last_record_that_retention_dropped_is_no_alarm() {
    let (_folder, path) = folder();
    let mut log = log(50);
    build_and_close(&path, &log);
    log.records[49].clear();
    let index = built(&path, &log);
    assert_eq!(index.indexed_through().unwrap(), 50);
}

#[test]
fn an_index_that_is_cut_off_is_rebuilt() {
    let log = log(800);
    let (_folder, whole) = folder();
    build_and_close(&whole, &log);
    let bytes = std::fs::read(&whole).unwrap();
    for part in 0..12 {
        let (_folder, path) = folder();
        std::fs::write(&path, &bytes[..bytes.len() * part / 12]).unwrap();
        heal(&path, &log);
    }
}

/// Opens, asks and fills until the index is right, as a user would: no more than three times.
fn heal(path: &Path, log: &Log) {
    for _ in 0..3 {
        let mut index = Index::open(path).unwrap();
        match index.catch_up(log, &mut |_, _| {}) {
            Ok(_) => {}
            Err(IndexError::Damaged { .. }) => continue,
            Err(other) => panic!("{other}"),
        }
        let answers = [even(), Query::default()].map(|query| all_pages(&index, &query));
        if answers.iter().all(Result::is_ok) {
            return assert_whole(&index, log);
        }
    }
    panic!("the index does not heal");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn overwritten_bytes_are_noticed_or_do_no_harm(at in any::<prop::sample::Index>(), garbage in prop::collection::vec(any::<u8>(), 1..3000)) {
        let log = log(150);
        let (_folder, path) = folder();
        build_and_close(&path, &log);
        let mut bytes = std::fs::read(&path).unwrap();
        let at = at.index(bytes.len());
        let end = (at + garbage.len()).min(bytes.len());
        bytes[at..end].copy_from_slice(&garbage[..end - at]);
        std::fs::write(&path, &bytes).unwrap();
        // Whatever the garbage hits: nothing panics, and what is reported as damaged is whole after the next filling.
        let Ok(mut index) = Index::open(&path) else { return Ok(()) };
        let filled = index.catch_up(&log, &mut |_, _| {});
        let asked = all_pages(&index, &even());
        if filled.is_ok() && matches!(asked, Err(IndexError::Damaged { .. })) {
            drop(index);
            assert_whole(&built(&path, &log), &log);
        }
    }
}

#[test]
fn damage_that_a_search_finds_is_mended_by_the_next_process() {
    let log = log(300);
    let (_folder, path) = folder();
    build_and_close(&path, &log);
    rusqlite::Connection::open(&path).unwrap().execute_batch("UPDATE blocks SET bytes = zeroblob(40)").unwrap();
    let index = Index::open(&path).unwrap();
    assert!(matches!(index.query(&even()), Err(IndexError::Damaged { .. })));
    let mended = built(&path, &log);
    assert!(matches!(mended.replaced(), Some(Replaced::Damaged(_))));
    assert_whole(&mended, &log);
    drop(index);
    assert_whole(&built(&path, &log), &log);
}

#[test]
fn a_rebuilt_index_gives_the_same_answers() {
    let log = log(500);
    let (_folder, path) = folder();
    let mut index = built(&path, &log);
    let ask = |index: &Index| index.query(&Query { limit: 1000, ..even() }).unwrap();
    let before = ask(&index);
    index.rebuild().unwrap();
    assert_eq!(index.indexed_through().unwrap(), 0);
    index.catch_up(&log, &mut |_, _| {}).unwrap();
    assert_eq!(ask(&index), before);
}
