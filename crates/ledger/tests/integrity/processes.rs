//! Real processes on a real disk: eight of them with eight writers each, killed again and again. Whatever was
//! acknowledged to a process that may be dead by now is in the log.

use crate::sample::record;
use portcullis_ledger::disk::RealDisk;
use portcullis_ledger::{ContentRule, Log, Options, Reader, verify};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

const FOLDER: &str = "PORTCULLIS_TEST_LEDGER";
const PROCESSES: usize = 8;
const THREADS: usize = 8;

fn open(root: &Path) -> Log {
    let options = Options { segment_size: 64 << 10, content: ContentRule::Encrypt, ..Options::default() };
    Log::open(Arc::new(RealDisk), root, options).unwrap()
}

/// Not a test of its own: what the other processes run. Without the variable there is nothing to do.
#[test]
fn child() {
    let Some(root) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let log = Arc::new(open(&root));
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let log = log.clone();
            std::thread::spawn(move || {
                for count in 0.. {
                    let text = format!("{} {thread} {count}", std::process::id());
                    let receipt = log.append(record(&text, count % 16 == 0)).unwrap();
                    // One write, so that a line is either there or not. The parent reads what was acknowledged.
                    let line = format!("\nack {} {text}\n", receipt.index);
                    if std::io::stdout().lock().write_all(line.as_bytes()).is_err() {
                        return;
                    }
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().ok();
    }
}

struct Writer {
    child: Child,
    acknowledged: std::thread::JoinHandle<Vec<(u64, String)>>,
}

fn start(root: &Path) -> Writer {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "processes::child", "--nocapture"])
        .env(FOLDER, root)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let acknowledged = std::thread::spawn(move || {
        let lines = output.split(b'\n').map_while(Result::ok).filter_map(|line| String::from_utf8(line).ok());
        lines.filter_map(|line| parse(&line)).collect()
    });
    Writer { child, acknowledged }
}

/// A whole line only: `ack INDEX PID THREAD COUNT`.
fn parse(line: &str) -> Option<(u64, String)> {
    let (index, text) = line.strip_prefix("ack ")?.split_once(' ')?;
    (text.split(' ').count() == 3).then_some((index.parse().ok()?, text.to_owned()))
}

#[test]
fn sixty_four_writers_in_eight_processes_that_are_killed_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    drop(open(root));
    let mut acknowledged = Vec::new();
    let mut kills = 0;
    for round in 0..12_u64 {
        let mut writers: Vec<Writer> = (0..PROCESSES).map(|_| start(root)).collect();
        std::thread::sleep(Duration::from_millis(150 + 37 * round % 200));
        for writer in &mut writers {
            writer.child.kill().unwrap();
            writer.child.wait().unwrap();
            kills += 1;
            std::thread::sleep(Duration::from_millis(round % 5));
        }
        for writer in writers {
            acknowledged.extend(writer.acknowledged.join().unwrap());
        }
    }
    assert_eq!(kills, 96);
    assert!(acknowledged.len() > 500, "only {} records were acknowledged", acknowledged.len());
    check(root, &acknowledged);
}

fn check(root: &Path, acknowledged: &[(u64, String)]) {
    drop(open(root));
    let disk: Arc<dyn portcullis_ledger::disk::Disk> = Arc::new(RealDisk);
    let report = verify(&disk, root, &[]).unwrap();
    assert_eq!(report.problems, []);
    let stored = Reader::open(disk, root).unwrap().read(0, usize::MAX).unwrap();
    assert_eq!(stored.len() as u64, report.records);
    for (index, text) in acknowledged {
        let bytes = &stored[*index as usize].bytes;
        // A last line can be cut by the kill; then what is left of the count is the start of what was written.
        let needle = format!("\"text\":\"{text}");
        assert!(String::from_utf8_lossy(bytes).contains(&needle), "record {index} was acknowledged as {text}");
    }
    let unique: std::collections::BTreeSet<&u64> = acknowledged.iter().map(|(index, _)| index).collect();
    assert_eq!(unique.len(), acknowledged.len(), "an index was given out twice");
}

#[test]
fn processes_that_begin_a_ledger_at_the_same_moment_begin_the_same_one() {
    for _ in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        let writers: Vec<Writer> = (0..4).map(|_| start(folder.path())).collect();
        std::thread::sleep(Duration::from_millis(120));
        let mut acknowledged = Vec::new();
        for mut writer in writers {
            writer.child.kill().unwrap();
            writer.child.wait().unwrap();
            acknowledged.extend(writer.acknowledged.join().unwrap());
        }
        check(folder.path(), &acknowledged);
    }
}
