//! Start-up: CPU time from the start of a program to its end, against an empty program and `git --version`. That counts
//! everything: loading, linking, parsing, printing, exiting.

use crate::figures::{Spread, micros, percentile};
use crate::machine::{self, Others};
use crate::process::{self, Run, succeed};
use crate::report::{Bound, Cell, Format, Report, Row, Table, progress};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How often each command is run
    #[arg(long, default_value_t = 200)]
    runs: u32,
}

/// What a person or a hook starts most, each with what it must cost at most, in milliseconds.
const OURS: [(&str, Option<f64>); 6] = [
    ("--version", Some(5.0)),
    ("--help", None),
    ("policy check", Some(5.0)),
    ("log add --text start", Some(5.0)),
    ("log verify", None),
    ("doctor", None),
];

const PEERS: [&str; 2] = ["true", "git --version"];

struct Candidate {
    name: String,
    program: PathBuf,
    arguments: Vec<String>,
    most: Option<f64>,
    runs: Vec<Run>,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> anyhow::Result<Report> {
    let mut report = Report::new("start", format)?;
    let mut others = Others::watch()?;
    let state = TempDir::new()?;
    let mut all = candidates()?;
    for turn in 0..arguments.runs.max(1) {
        if turn % 50 == 0 {
            progress(&format!("run {turn} of {}", arguments.runs));
        }
        for candidate in &mut all {
            let run = process::run(&mut command(candidate, state.path()))?;
            others.ours(run.cpu);
            candidate.runs.push(run);
        }
    }
    let git = all.iter().find(|it| it.name.starts_with("git")).map_or(f64::NAN, |git| milliseconds(git).median);
    let valgrind = succeed(Command::new("valgrind").arg("--version")).is_ok();
    let rows = all.iter().map(|candidate| row(candidate, git, valgrind.then_some(state.path()))).collect();
    let columns = vec!["CPU ms", "wall ms p50", "wall ms p99", "is git's", "M instructions"];
    report.table(Table { title: "start to end".to_owned(), columns, rows })?;
    for candidate in &all {
        if candidate.runs.iter().any(|run| !run.succeeded) {
            report.remark(format!("`{}` does not end with 0", candidate.name));
        }
        if let Some(most) = candidate.most {
            let figure = milliseconds(candidate).median;
            report.goal(format!("CPU time of `{}`", candidate.name), Bound::AtMost(most), "ms", figure);
        }
    }
    if !valgrind {
        report.remark("instructions are counted by valgrind, which is not installed");
    }
    if let Some(warning) = machine::warning(others.share()?) {
        report.remark(warning);
    }
    Ok(report)
}

fn candidates() -> anyhow::Result<Vec<Candidate>> {
    let binary = std::env::current_exe()?.with_file_name("portcullis");
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<String>>();
    let peers = PEERS.iter().map(|line| {
        let mut words = words(line).into_iter();
        let program = words.next().unwrap_or_default().into();
        Candidate { name: (*line).to_owned(), program, arguments: words.collect(), most: None, runs: Vec::new() }
    });
    let ours = OURS.iter().map(|(line, most)| Candidate {
        name: format!("portcullis {line}"),
        program: binary.clone(),
        arguments: words(line),
        most: *most,
        runs: Vec::new(),
    });
    Ok(peers.chain(ours).collect())
}

/// Every program runs in a folder of its own, so that no file of whoever measures is read.
fn command(candidate: &Candidate, state: &Path) -> Command {
    let mut command = Command::new(&candidate.program);
    command.args(&candidate.arguments).env("PORTCULLIS_HOME", state.join("home")).current_dir(state);
    command
}

fn milliseconds(candidate: &Candidate) -> Spread {
    Spread::of(candidate.runs.iter().map(|run| micros(run.cpu) / 1e3))
}

fn row(candidate: &Candidate, git: f64, valgrind: Option<&Path>) -> Row {
    let cpu = milliseconds(candidate);
    let mut walls: Vec<Duration> = candidate.runs.iter().map(|run| run.wall).collect();
    walls.sort_unstable();
    let wall = |percent| Cell::Number(micros(percentile(&walls, percent)) / 1e3);
    let counted = valgrind.and_then(|state| instructions(candidate, state));
    Row {
        name: candidate.name.clone(),
        cells: vec![
            Cell::Rounds(cpu),
            wall(50),
            wall(99),
            Cell::Ratio { ratio: cpu.median / git },
            counted.map_or(Cell::Nothing, |count| Cell::Number(count / 1e6)),
        ],
    }
}

/// Instructions in user space, which depend on nothing else that the machine does.
fn instructions(candidate: &Candidate, state: &Path) -> Option<f64> {
    let plain = command(candidate, state);
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(plain.get_program())
        .args(plain.get_args())
        .env("PORTCULLIS_HOME", state.join("home"))
        .current_dir(state)
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().find(|line| line.contains("Collected :"))?;
    line.rsplit(' ').next()?.parse().ok()
}
