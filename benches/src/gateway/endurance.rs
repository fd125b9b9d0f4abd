//! The gate of models at saturation for many minutes, with servers that fail in every way and clients that go away: whether each
//! prompt is on the ledger, whether anything fails that nothing outside has caused, and whether memory grows.

use super::load::Connection;
use super::prompts::{self, Prompt};
use super::proxies::Proxy;
use super::upstream::{FAULT, Upstream};
use crate::figures::number;
use crate::machine;
use crate::report::{Bound, Cell, Format, Report, Row, Table, progress};
use anyhow::Context as _;
use portcullis_testkit::dice::Dice;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// For how long
    #[arg(long, value_name = "N", default_value_t = 10)]
    minutes: u64,
    /// How many clients ask at once
    #[arg(long, value_name = "N", default_value_t = 32)]
    clients: u64,
}

/// What may happen to a prompt, and how often in a hundred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    /// It is answered.
    Whole,
    Stream,
    Agent,
    /// The server does something of its own: by the name that it knows it by.
    Fault(&'static str),
    /// The client goes away in the middle of the answer.
    Leaves,
}

const CASES: [(Case, usize); 9] = [
    (Case::Whole, 40),
    (Case::Stream, 25),
    (Case::Agent, 5),
    (Case::Leaves, 5),
    (Case::Fault("gone"), 5),
    (Case::Fault("error"), 5),
    (Case::Fault("cut"), 5),
    (Case::Fault("malformed"), 5),
    (Case::Fault("slow"), 5),
];

/// How often memory is looked at.
const LOOK: Duration = Duration::from_secs(5);

/// How many prompts came to what.
#[derive(Debug, Default)]
struct Counts {
    asked: AtomicU64,
    /// Those to which there was never an answer, because there was no server.
    unanswered: AtomicU64,
    /// What failed though nothing outside did.
    failed: AtomicU64,
    numbers: AtomicU64,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> anyhow::Result<Report> {
    let mut report = Report::new("endurance", format)?;
    let upstream = Upstream::start()?;
    let mut gate = Proxy::ours(upstream.port)?;
    let counts = Counts::default();
    let end = Instant::now() + Duration::from_secs(60 * arguments.minutes.max(1));
    let before = gate.records()?;
    let (port, process) = (gate.port, gate.process());
    let mut memory = Vec::new();
    std::thread::scope(|scope| -> anyhow::Result<()> {
        let one = |seed: u64| client(port, seed, &counts, end);
        let clients: Vec<_> = (0..arguments.clients.max(1)).map(|seed| scope.spawn(move || one(seed))).collect();
        while Instant::now() < end {
            std::thread::sleep(LOOK);
            let megabytes = machine::tree_memory(process)?;
            memory.push(megabytes);
            progress(&format!("{} prompts, {megabytes:.0} MB", counts.asked.load(Ordering::Relaxed)));
        }
        for client in clients {
            client.join().map_err(|_| anyhow::anyhow!("a client broke"))??;
        }
        Ok(())
    })?;
    upstream.let_go();
    gate.stop();
    let rows = gate.records()?.saturating_sub(before);
    told(&mut report, &counts, rows, &memory)?;
    Ok(report)
}

fn told(report: &mut Report, counts: &Counts, rows: u64, memory: &[f64]) -> anyhow::Result<()> {
    let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let (asked, unanswered, failed) = (of(&counts.asked), of(&counts.unanswered), of(&counts.failed));
    let expected = 2 * asked - unanswered;
    let (early, late) = memory.split_at(memory.len() / 2);
    // The first part is what fills: the memo, the pools.
    let early = early.iter().copied().fold(0.0, f64::max);
    let late = late.iter().copied().fold(0.0, f64::max);
    let cells = vec![
        Cell::Number(number(asked)),
        Cell::Number(number(expected)),
        Cell::Number(number(rows)),
        Cell::Number(early),
        Cell::Number(late),
    ];
    report.table(Table {
        title: "at saturation, with faults".to_owned(),
        columns: vec!["prompts", "rows due", "rows", "MB, 1st half", "MB, 2nd half"],
        rows: vec![Row { name: "portcullis".to_owned(), cells }],
    })?;
    report.goal("rows of the ledger that are missing", Bound::AtMost(0.0), "rows", number(expected) - number(rows));
    report.goal("answers that failed with nothing outside at fault", Bound::AtMost(0.0), "answers", number(failed));
    report.goal("growth of memory in the second half", Bound::AtMost(10.0), "MB", late - early);
    Ok(())
}

/// A client that asks one prompt after the other.
fn client(port: u16, seed: u64, counts: &Counts, end: Instant) -> anyhow::Result<()> {
    let mut dice = Dice::new(seed);
    let mut prompts: Vec<(Case, Prompt)> = CASES.iter().map(|(case, _)| (*case, prompt(*case))).collect();
    let mut connection = Connection::open(port)?;
    while Instant::now() < end {
        let (case, prompt) = prompts.get_mut(drawn(&mut dice)).context("there is no such case")?;
        let body = prompt.with(counts.numbers.fetch_add(1, Ordering::Relaxed));
        counts.asked.fetch_add(1, Ordering::Relaxed);
        let answered = match case {
            Case::Leaves => connection.ask_for_the_beginning(body),
            Case::Whole | Case::Stream | Case::Agent | Case::Fault(_) => connection.ask(body).map(drop),
        };
        match (&*case, &answered) {
            (Case::Fault("gone"), Err(_)) => drop(counts.unanswered.fetch_add(1, Ordering::Relaxed)),
            (Case::Fault("error" | "cut" | "malformed"), _) | (_, Ok(())) => {}
            (_, Err(error)) => {
                progress(&format!("{case:?}: {error:#}"));
                counts.failed.fetch_add(1, Ordering::Relaxed);
            }
        }
        if answered.is_err() || *case == Case::Leaves {
            connection = Connection::open(port)?;
        }
    }
    Ok(())
}

fn drawn(dice: &mut Dice) -> usize {
    let mut left = dice.below(100);
    for (at, (_, share)) in CASES.iter().enumerate() {
        match left.checked_sub(*share) {
            Some(rest) => left = rest,
            None => return at,
        }
    }
    0
}

fn prompt(case: Case) -> Prompt {
    match case {
        Case::Whole => prompts::small("claude-bench", false),
        Case::Stream => prompts::small("claude-bench", true),
        Case::Agent => prompts::agent(false, true),
        Case::Fault(name) => prompts::small(&format!("{FAULT}{name}"), true),
        Case::Leaves => prompts::small(&format!("{FAULT}slow"), true),
    }
}
