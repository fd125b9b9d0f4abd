//! The gate of models, against nginx as a plain reverse proxy, which is as little as can be done, and `litellm`, which most
//! people use: the same prompts, in turns, to the same server. CPU time is that of the proxy alone.

pub(crate) mod endurance;
mod load;
mod prompts;
mod proxies;
mod upstream;

use crate::figures::{Spread, micros, number, percentile};
use crate::machine::{self, Others};
use crate::report::{Bound, Cell, Format, Report, Row, Table, progress};
use anyhow::Context as _;
use load::Connection;
use prompts::Prompt;
use proxies::Proxy;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use upstream::Upstream;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How long each proxy is asked for each kind of prompt in each round
    #[arg(long, value_name = "N", default_value_t = 3)]
    seconds: u64,
    /// How often everything is measured
    #[arg(long, value_name = "N", default_value_t = 3)]
    rounds: usize,
    /// How many streams are open at once when memory is measured
    #[arg(long, value_name = "N", default_value_t = 1000)]
    streams: usize,
    /// Only us and nginx
    #[arg(long)]
    quick: bool,
    /// Where `litellm` is installed
    #[arg(long, hide = true)]
    peers: PathBuf,
}

/// The kinds of prompts.
const KINDS: [&str; 5] = ["small", "79 KB, new", "79 KB, seen before", "stream, small", "stream, 79 KB, seen"];

/// Connections at once. `litellm` answers nothing any more when it gets many.
const CONNECTIONS: usize = 32;
const FEW: usize = 2;

/// How many first events are waited for.
const FIRSTS: usize = 200;

/// What a proxy used for a kind of prompt in one round, in microseconds.
struct Used {
    name: &'static str,
    kind: usize,
    cpu: f64,
}

struct Bench<'a> {
    arguments: &'a Arguments,
    prompts: [Prompt; 5],
    upstream: Upstream,
    /// Each prompt has its own number.
    numbers: AtomicU64,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> anyhow::Result<Report> {
    let mut report = Report::new("gateway", format)?;
    let mut others = Others::watch()?;
    let prompts = [
        prompts::small("claude-bench", false),
        prompts::agent(true, false),
        prompts::agent(false, false),
        prompts::small("claude-bench", true),
        prompts::agent(false, true),
    ];
    let bench = Bench { arguments, prompts, upstream: Upstream::start()?, numbers: AtomicU64::new(1) };
    let proxies = bench.start(&mut report)?;
    let idle: Vec<f64> = proxies.iter().map(|proxy| machine::tree_memory(proxy.process())).collect::<Result<_, _>>()?;
    let used = bench.cpu(&proxies, &mut others)?;
    cost(&mut report, &proxies, &used)?;
    bench.first_bytes(&mut report, &proxies)?;
    drop(proxies);
    bench.memory(&mut report, &idle)?;
    bench.upstream.let_go();
    if let Some(warning) = machine::warning(others.share()?) {
        report.remark(warning);
    }
    let lengths = bench.prompts.iter().map(|it| it.length().to_string()).collect::<Vec<_>>().join(", ");
    report.remark(format!("lengths of the prompts in bytes: {lengths}; a stream has {} events", upstream::EVENTS));
    report
        .remark("a new prompt has every text of some length new: what a gate does once for each session, never later");
    Ok(report)
}

impl Bench<'_> {
    /// Those that are here.
    fn start(&self, report: &mut Report) -> anyhow::Result<Vec<Proxy>> {
        progress("starting the proxies");
        let mut all = Vec::new();
        match Proxy::nginx(self.upstream.port) {
            Ok(proxy) => all.push(proxy),
            Err(error) => report.remark(format!("nginx is left out: {error:#}")),
        }
        if !self.arguments.quick {
            match Proxy::litellm(self.upstream.port, &self.arguments.peers) {
                Ok(proxy) => all.push(proxy),
                Err(error) => report.remark(format!("LiteLLM is left out: {error:#}")),
            }
        }
        all.push(Proxy::ours(self.upstream.port)?);
        Ok(all)
    }

    fn cpu(&self, proxies: &[Proxy], others: &mut Others) -> anyhow::Result<Vec<Used>> {
        let mut all = Vec::new();
        for round in 0..self.arguments.rounds.max(1) {
            for (kind, prompt) in self.prompts.iter().enumerate() {
                for proxy in proxies {
                    progress(&format!("round {}: {}, {}", round + 1, KINDS.get(kind).unwrap_or(&""), proxy.name));
                    let own = machine::own_cpu()?;
                    let cpu = self.one(proxy, prompt)?;
                    others.ours(machine::own_cpu()?.saturating_sub(own));
                    others.ours(cpu.0);
                    all.push(Used { name: proxy.name, kind, cpu: micros(cpu.0) / number(cpu.1) });
                }
            }
        }
        Ok(all)
    }

    /// CPU time that a proxy used, and for how many prompts.
    fn one(&self, proxy: &Proxy, prompt: &Prompt) -> anyhow::Result<(Duration, u64)> {
        let connections = if proxy.name == "LiteLLM" { FEW } else { CONNECTIONS };
        let lasting = Duration::from_secs(self.arguments.seconds.max(1));
        let run = |lasting| load::run(proxy.port, prompt, connections, lasting, &self.numbers);
        run(Duration::from_millis(300)).with_context(|| format!("{} was asked", proxy.name))?;
        let before = machine::tree_cpu(proxy.process())?;
        let count = run(lasting).with_context(|| format!("{} was asked", proxy.name))?;
        Ok((machine::tree_cpu(proxy.process())?.saturating_sub(before), count))
    }

    /// What stands between a prompt and the first event of its answer, one prompt after the other.
    fn first_bytes(&self, report: &mut Report, proxies: &[Proxy]) -> anyhow::Result<()> {
        progress("first events");
        let mut rows = Vec::new();
        let mut direct: Vec<f64> = Vec::new();
        let ports = [("direct", self.upstream.port)].into_iter().chain(proxies.iter().map(|it| (it.name, it.port)));
        for (name, port) in ports {
            let count = if name == "LiteLLM" { FIRSTS / 8 } else { FIRSTS };
            let mut cells = Vec::new();
            for (at, prompt) in self.prompts.iter().skip(3).enumerate() {
                load::first_bytes(port, prompt, 5, &self.numbers)?;
                let waits = load::first_bytes(port, prompt, count, &self.numbers)?;
                let median = micros(percentile(&waits, 50)) / 1e3;
                if name == "direct" {
                    direct.push(median);
                }
                let added = median - direct.get(at).copied().unwrap_or(f64::NAN);
                cells.extend([median, added, micros(percentile(&waits, 99)) / 1e3].map(Cell::Number));
                if name == "portcullis" {
                    let what = KINDS.get(at + 3).unwrap_or(&"");
                    report.goal(format!("first event later than direct: {what}"), Bound::AtMost(1.5), "ms", added);
                }
            }
            rows.push(Row { name: name.to_owned(), cells });
        }
        let columns =
            vec!["small: median", "added", "99th percentile", "79 KB seen: median", "added ", "99th percentile "];
        report.table(Table { title: "until the first event of a stream, ms".to_owned(), columns, rows })
    }

    /// Memory of fresh proxies, idle and with streams that stay open.
    fn memory(&self, report: &mut Report, idle: &[f64]) -> anyhow::Result<()> {
        progress("streams that stay open");
        let mut rows = Vec::new();
        let mut prompt = prompts::small(upstream::HELD, true);
        let fresh = [Proxy::nginx(self.upstream.port), Proxy::ours(self.upstream.port)];
        for proxy in fresh.into_iter().flatten() {
            let before = machine::tree_memory(proxy.process())?;
            let mut open = Vec::new();
            for number in 0..self.arguments.streams {
                let mut connection = Connection::open(proxy.port)?;
                connection.ask_for_the_beginning(prompt.with(number as u64))?;
                open.push(connection);
            }
            let with = machine::tree_memory(proxy.process())?;
            rows.push(Row { name: proxy.name.to_owned(), cells: vec![Cell::Number(before), Cell::Number(with)] });
            if proxy.name == "portcullis" {
                report.goal("memory, idle", Bound::AtMost(30.0), "MB", before);
                let what = format!("memory, {} open streams", self.arguments.streams);
                report.goal(what, Bound::AtMost(200.0), "MB", with);
            }
        }
        if let (3, Some(litellm)) = (idle.len(), idle.get(1)) {
            rows.insert(1, Row { name: "LiteLLM".to_owned(), cells: vec![Cell::Number(*litellm), Cell::Nothing] });
        }
        report.table(Table { title: "memory, MB".to_owned(), columns: vec!["idle", "with open streams"], rows })
    }
}

fn spread(used: &[Used], name: &str, kind: usize) -> Option<Spread> {
    let values: Vec<f64> = used.iter().filter(|it| it.name == name && it.kind == kind).map(|it| it.cpu).collect();
    (!values.is_empty()).then(|| Spread::of(values))
}

/// What each prompt costs, and how that compares.
fn cost(report: &mut Report, proxies: &[Proxy], used: &[Used]) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for proxy in proxies {
        let cell = |kind| spread(used, proxy.name, kind).map_or(Cell::Nothing, Cell::Rounds);
        rows.push(Row { name: proxy.name.to_owned(), cells: (0..KINDS.len()).map(cell).collect() });
    }
    let ours = |kind| spread(used, "portcullis", kind).map_or(f64::NAN, |it| it.median);
    for (peer, title, of_ours) in [("nginx", "we use, of nginx", true), ("LiteLLM", "LiteLLM uses, of us", false)] {
        let ratio = |kind| {
            let theirs = spread(used, peer, kind)?.median;
            Some(if of_ours { ours(kind) / theirs } else { theirs / ours(kind) })
        };
        let cells: Vec<Option<f64>> = (0..KINDS.len()).map(ratio).collect();
        if let Some(Some(small)) = cells.first() {
            let bound = if of_ours { Bound::AtMost(4.0) } else { Bound::AtLeast(200.0) };
            report.goal(format!("{title}: small"), bound, "×", *small);
        }
        let cell = |it: Option<f64>| it.map_or(Cell::Nothing, |ratio| Cell::Ratio { ratio });
        if cells.iter().any(Option::is_some) {
            rows.push(Row { name: title.to_owned(), cells: cells.into_iter().map(cell).collect() });
        }
    }
    report.goal("79 KB that is new", Bound::AtMost(400.0), "µs", ours(1));
    report.goal("79 KB of which all but the end was seen before", Bound::AtMost(150.0), "µs", ours(2));
    report
        .table(Table { title: "CPU time of the proxy for each prompt, µs".to_owned(), columns: KINDS.to_vec(), rows })
}
