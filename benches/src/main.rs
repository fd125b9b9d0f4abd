//! The benchmarks. Each one runs us and a peer on the same input, on the same disk, in one go, and prints what it
//! measured and whether that meets the goal.
//!
//! Nothing here is part of a test: a figure depends on the machine and on what else it is doing, which is why every
//! report says how busy the machine was.

mod egress;
mod example;
mod figures;
mod gateway;
mod index;
mod injection;
mod ledger;
mod machine;
mod opinion;
mod policy;
mod process;
mod quality;
mod report;
mod restore;
mod sandbox;
mod scan;
mod start;
mod stream;

use clap::Parser;
use report::Format;

/// Runs us and the peers on the same input, in one go.
#[derive(Debug, Parser)]
#[command(name = "bench", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    bench: Bench,
    /// Print one JSON document instead of tables
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Bench {
    /// Durable appends, latency, several processes, verification, short-lived processes
    Ledger(ledger::Arguments),
    /// Building the index and asking it
    Index(index::Arguments),
    /// Bytes and connections out of a sandbox, against the bare loopback
    Egress(egress::Arguments),
    /// The gate of models, against nginx and `litellm`
    Gateway(gateway::Arguments),
    /// The gate of models at saturation for many minutes, with faults
    Endurance(gateway::endurance::Arguments),
    /// Starting a command within walls, and working there
    Sandbox(sandbox::Arguments),
    /// One decision
    Policy,
    /// Texts that steer an agent or hide: what is found, false alarms, speed
    Injection(injection::Arguments),
    /// Placeholders through damage, forgeries and any cutting of a stream
    Restore,
    /// CPU time from start to first useful output
    Start(start::Arguments),
    /// A scan of one tree, by us and by other scanners
    Scan(scan::Arguments),
    /// A text in pieces: the same findings however it is cut, and the cost of a piece
    Stream(stream::Arguments),
    /// Precision and recall on a labelled set, by us and by other scanners, and noise in clean source
    Quality(quality::Arguments),
    /// What the ledger benchmark starts as processes of their own
    #[command(hide = true)]
    Child(ledger::child::Role),
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let format = if arguments.json { Format::Json } else { Format::Text };
    let report = match arguments.bench {
        Bench::Ledger(options) => ledger::run(&options, format)?,
        Bench::Egress(options) => egress::run(&options, format)?,
        Bench::Gateway(options) => gateway::run(&options, format)?,
        Bench::Endurance(options) => gateway::endurance::run(&options, format)?,
        Bench::Index(options) => index::run(&options, format)?,
        Bench::Injection(options) => injection::run(&options, format)?,
        Bench::Sandbox(options) => sandbox::run(&options, format)?,
        Bench::Policy => policy::run(format)?,
        Bench::Restore => restore::run(format)?,
        Bench::Start(options) => start::run(&options, format)?,
        Bench::Scan(options) => scan::run(&options, format)?,
        Bench::Stream(options) => stream::run(&options, format)?,
        Bench::Quality(options) => quality::run(&options, format)?,
        Bench::Child(role) => return ledger::child::run(&role),
    };
    report.finish()
}
