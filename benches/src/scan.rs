//! A scan of one tree, by us and by other scanners, in one go. Speed is bytes for each second of CPU time, of all threads
//! and children together; a scanner that does not end in time is stopped, and what it could have done at most is shown.

use crate::machine::{self, Others};
use crate::process::measure;
use crate::report::{Bound, Cell, Format, Report, Row, Table, progress};
use anyhow::{Context as _, bail};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The tree to scan
    #[arg(long, value_name = "DIR")]
    tree: Option<PathBuf>,
    /// A git repository whose whole history is scanned as well
    #[arg(long, value_name = "DIR")]
    repository: Option<PathBuf>,
    /// How long one run may take
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u64,
    /// How often each is run; the best counts
    #[arg(long, default_value_t = 3)]
    runs: u32,
    /// Where the other scanners are installed
    #[arg(long, hide = true)]
    peers: PathBuf,
    #[arg(long, hide = true)]
    default_tree: PathBuf,
    /// A tree of documents, which we scan as well: more of prose than of source could be said to an agent
    #[arg(long, hide = true)]
    documents: PathBuf,
}

/// How often each scanner is started for nothing.
const STARTS: u32 = 20;

/// A scanner, with how it is told to scan a tree.
struct Scanner {
    name: &'static str,
    program: PathBuf,
    arguments: Vec<String>,
    /// Our speed is to be so many times this one's.
    goal: Option<f64>,
}

/// What the best of several runs cost.
struct Best {
    cpu: Duration,
    wall: Duration,
    memory: u64,
    ended: bool,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> anyhow::Result<Report> {
    let mut report = Report::new("scan", format)?;
    let mut others = Others::watch()?;
    let state = TempDir::new()?;
    let tree = arguments.tree.as_ref().unwrap_or(&arguments.default_tree).canonicalize();
    let tree = tree.context("there is no tree to scan; name one with --tree DIR")?;
    let bytes = size(&tree)?;
    let empty = state.path().join("empty");
    std::fs::write(&empty, "")?;
    let mut rows = Vec::new();
    let mut ours = None;
    let scanners = scanners(&tree, &arguments.peers)?;
    for scanner in &scanners {
        if !scanner.program.exists() {
            report.remark(format!("{} is not installed here", scanner.name));
            continue;
        }
        progress(scanner.name);
        let best = best(scanner, arguments, state.path(), &mut others)?;
        let start = start(scanner, &tree, &empty, state.path(), &mut others)?;
        let speed = megabytes(bytes) / best.cpu.as_secs_f64();
        let first = *ours.get_or_insert(speed);
        rows.push(row(scanner, &best, speed, first / speed, start));
        goals(&mut report, scanner, &best, speed, first / speed, start);
    }
    let columns = vec!["MB/CPU s", "CPU s", "wall s", "peak MB", "empty file, CPU ms", "ours is"];
    report.table(Table { title: format!("{} MB in {}", bytes / 1_000_000, tree.display()), columns, rows })?;
    if arguments.tree.is_none() && arguments.documents.exists() {
        documents(&mut report, arguments, state.path(), &mut others)?;
    }
    if let Some(repository) = &arguments.repository {
        history(&mut report, repository, arguments, &mut others)?;
    }
    if let Some(warning) = machine::warning(others.share()?) {
        report.remark(warning);
    }
    Ok(report)
}

fn scanners(tree: &Path, peers: &Path) -> anyhow::Result<Vec<Scanner>> {
    let binary = std::env::current_exe()?.with_file_name("portcullis");
    let tree = tree.to_str().context("the tree's path is not text")?;
    let python = |name: &str| peers.join("python/bin").join(name);
    let words = |line: &str| line.split(' ').map(|word| if word == "TREE" { tree } else { word }.to_owned()).collect();
    let scanner = |name, program, line: &str, goal| Scanner { name, program, arguments: words(line), goal };
    Ok(vec![
        scanner("portcullis, 1 thread", binary.clone(), "scan --threads 1 --format jsonl TREE", None),
        scanner("portcullis, all cores", binary, "scan --format jsonl TREE", None),
        scanner(
            "kingfisher",
            python("kingfisher"),
            "scan --no-validate --no-update-check --git-history none --format jsonl TREE",
            Some(6.0),
        ),
        scanner("ripsecrets", peers.join("bin/ripsecrets"), "TREE", Some(100.0)),
        scanner("detect-secrets", python("detect-secrets"), "scan --all-files TREE", None),
        scanner("credsweeper", python("credsweeper"), "--path TREE", None),
    ])
}

fn command(scanner: &Scanner, state: &Path) -> Command {
    let mut command = Command::new(&scanner.program);
    command.args(&scanner.arguments).env("PORTCULLIS_HOME", state.join("home")).current_dir(state);
    command
}

/// The cheapest of several runs; the first, in which caches are made, does not count if there is another.
fn best(scanner: &Scanner, arguments: &Arguments, state: &Path, others: &mut Others) -> anyhow::Result<Best> {
    let most = Duration::from_secs(arguments.seconds);
    let mut best: Option<Best> = None;
    for _ in 0..arguments.runs.max(1) {
        let run = measure(&mut command(scanner, state), most)?;
        others.ours(run.cpu);
        let ended = run.ended;
        if best.as_ref().is_none_or(|best| run.cpu < best.cpu) {
            best = Some(Best { cpu: run.cpu, wall: run.wall, memory: run.memory, ended });
        }
        if !ended {
            break;
        }
    }
    best.context("nothing was run")
}

/// What it costs to scan nothing.
fn start(scanner: &Scanner, tree: &Path, empty: &Path, state: &Path, others: &mut Others) -> anyhow::Result<f64> {
    let arguments = scanner.arguments.iter();
    let arguments = arguments.map(|it| if Path::new(it) == tree { empty.display().to_string() } else { it.clone() });
    let scanner = Scanner { arguments: arguments.collect(), program: scanner.program.clone(), ..*scanner };
    // The kernel counts in hundredths of a second: one short run is lost in that, the mean of many is not.
    let mut all = Duration::ZERO;
    for _ in 0..STARTS {
        let run = measure(&mut command(&scanner, state), Duration::from_mins(1))?;
        others.ours(run.cpu);
        all += run.cpu;
    }
    Ok(all.as_secs_f64() * 1e3 / f64::from(STARTS))
}

fn row(scanner: &Scanner, best: &Best, speed: f64, ratio: f64, start: f64) -> Row {
    let name = if best.ended { scanner.name.to_owned() } else { format!("{} (stopped; at most)", scanner.name) };
    let cells = vec![
        Cell::Number(speed),
        Cell::Number(best.cpu.as_secs_f64()),
        Cell::Number(best.wall.as_secs_f64()),
        Cell::Number(megabytes(best.memory)),
        Cell::Number(start),
        Cell::Ratio { ratio },
    ];
    Row { name, cells }
}

fn goals(report: &mut Report, scanner: &Scanner, best: &Best, speed: f64, ratio: f64, start: f64) {
    match scanner.goal {
        Some(goal) => report.goal(format!("times the speed of {}", scanner.name), Bound::AtLeast(goal), "x", ratio),
        None if scanner.name.ends_with("1 thread") => {
            report.goal("speed on one core", Bound::AtLeast(500.0), "MB/CPU s", speed);
            report.goal("peak memory", Bound::AtMost(60.0), "MB", megabytes(best.memory));
            report.goal("CPU time for an empty file", Bound::AtMost(5.0), "ms", start);
        }
        None => {}
    }
}

/// Our speed on documents, on one core.
fn documents(report: &mut Report, arguments: &Arguments, state: &Path, others: &mut Others) -> anyhow::Result<()> {
    let tree = arguments.documents.canonicalize()?;
    let scanners = scanners(&tree, &arguments.peers)?;
    let scanner = scanners.first().context("nothing scans documents")?;
    let best = best(scanner, arguments, state, others)?;
    let bytes = size(&tree)?;
    let cells = vec![Cell::Number(megabytes(bytes) / best.cpu.as_secs_f64()), Cell::Number(best.cpu.as_secs_f64())];
    let title = format!("{} MB of documents in {}", bytes / 1_000_000, tree.display());
    let rows = vec![Row { name: scanner.name.to_owned(), cells }];
    report.table(Table { title, columns: vec!["MB/CPU s", "CPU s"], rows })
}

fn history(report: &mut Report, repository: &Path, arguments: &Arguments, others: &mut Others) -> anyhow::Result<()> {
    let state = TempDir::new()?;
    let scanner = Scanner {
        name: "portcullis, whole history",
        program: std::env::current_exe()?.with_file_name("portcullis"),
        arguments: ["scan", "--history", "--format", "jsonl"].map(str::to_owned).to_vec(),
        goal: None,
    };
    let mut costs = Vec::new();
    for _ in 0..2 {
        let run =
            measure(command(&scanner, state.path()).current_dir(repository), Duration::from_secs(arguments.seconds))?;
        others.ours(run.cpu);
        if !run.ended {
            bail!("the history took longer than {} s", arguments.seconds);
        }
        costs.push(run.cpu.as_secs_f64());
    }
    let cell = |at: usize| costs.get(at).map_or(Cell::Nothing, |cost| Cell::Number(*cost));
    let row = Row { name: scanner.name.to_owned(), cells: vec![cell(0), cell(1)] };
    let title = format!("every blob of {}", repository.display());
    report.table(Table { title, columns: vec!["CPU s", "again, CPU s"], rows: vec![row] })
}

#[expect(clippy::cast_precision_loss, reason = "sizes of trees are far below 2^52 bytes")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn size(path: &Path) -> anyhow::Result<u64> {
    let metadata = std::fs::symlink_metadata(path)?;
    if !metadata.is_dir() {
        return Ok(if metadata.is_file() { metadata.len() } else { 0 });
    }
    std::fs::read_dir(path)?.map(|entry| size(&entry?.path())).sum()
}
