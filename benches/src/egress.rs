//! The way out of a sandbox. The measurement itself is `egress_bench`, an example of the gateway crate, which measures the
//! bare loopback and each way through the broker in turns; here its figures are held against the goals.

use crate::example;
use crate::figures::Spread;
use crate::machine::{self, Others};
use crate::report::{Bound, Cell, Format, Report, Row, Table};
use anyhow::Context as _;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How much is sent through one connection
    #[arg(long, value_name = "N", default_value_t = 1024)]
    mebibytes: u32,
    /// How often everything is measured
    #[arg(long, value_name = "N", default_value_t = 5)]
    rounds: u32,
}

/// The ways, as the example names them; the first is what the others are compared with.
const WAYS: [&str; 5] = ["bare", "CONNECT", "transparent", "SOCKS", "HTTP GET"];

/// One line of the example.
#[derive(Debug, PartialEq)]
struct Measured {
    what: String,
    way: String,
    first: f64,
    second: f64,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> anyhow::Result<Report> {
    let mut report = Report::new("egress", format)?;
    let mut others = Others::watch()?;
    let before = machine::children_cpu()?;
    let numbers = [arguments.mebibytes.to_string(), arguments.rounds.to_string()];
    let text = example::run("portcullis-gateway", "egress_bench", &numbers)?;
    others.ours(machine::children_cpu()?.saturating_sub(before));
    let all: Vec<Measured> = text.lines().filter_map(measured).collect();
    bulk(&mut report, &all)?;
    fresh(&mut report, &all)?;
    if let Some(warning) = machine::warning(others.share()?) {
        report.remark(warning);
    }
    Ok(report)
}

fn bulk(report: &mut Report, all: &[Measured]) -> anyhow::Result<()> {
    let rate = |way| spread(all, "bulk", way, |it| it.first);
    let bare = rate("bare").context("the example does not measure the bare loopback")?;
    let mut rows = Vec::new();
    for way in WAYS {
        let (Some(rate), Some(cpu)) = (rate(way), spread(all, "bulk", way, |it| it.second)) else { continue };
        let slower = bare.median / rate.median;
        rows.push(Row {
            name: way.to_owned(),
            cells: vec![Cell::Rounds(rate), Cell::Ratio { ratio: slower }, Cell::Rounds(cpu)],
        });
        if way == "CONNECT" {
            report.goal("one tunnel by CONNECT", Bound::AtLeast(986.0), "MiB/s", rate.median);
            report.goal("how much slower than the bare loopback", Bound::AtMost(2.0), "×", slower);
        }
    }
    report.table(Table {
        title: "one connection, many bytes".to_owned(),
        columns: vec!["MiB/s", "slower than bare", "CPU s per GiB"],
        rows,
    })
}

fn fresh(report: &mut Report, all: &[Measured]) -> anyhow::Result<()> {
    let median = |what, way| spread(all, what, way, |it| it.first);
    let bare = median("fresh", "bare").context("the example does not measure the bare loopback")?;
    let mut rows = Vec::new();
    for way in WAYS {
        let (Some(alone), Some(crowd)) = (median("fresh", way), median("crowd", way)) else { continue };
        let Some(p99) = spread(all, "fresh", way, |it| it.second) else { continue };
        let added = alone.median - bare.median;
        rows.push(Row {
            name: way.to_owned(),
            cells: vec![Cell::Rounds(alone), Cell::Number(added), Cell::Rounds(p99), Cell::Rounds(crowd)],
        });
        if way == "CONNECT" {
            report.goal("added to a fresh connection, median", Bound::AtMost(400.0), "µs", added);
        }
    }
    report.table(Table {
        title: "a fresh connection, until the first byte is back, µs".to_owned(),
        columns: vec!["median", "added", "99th percentile", "median, 100 at once"],
        rows,
    })
}

fn spread(all: &[Measured], what: &str, way: &str, figure: impl Fn(&Measured) -> f64) -> Option<Spread> {
    let values: Vec<f64> = all.iter().filter(|it| it.what == what && it.way == way).map(figure).collect();
    (!values.is_empty()).then(|| Spread::of(values))
}

/// Reads `WHAT WAY ROUND: FIRST SECOND`.
fn measured(line: &str) -> Option<Measured> {
    let (name, figures) = line.rsplit_once(": ")?;
    let (what, rest) = name.split_once(' ')?;
    let (way, _round) = rest.rsplit_once(' ')?;
    let (first, second) = figures.split_once(' ')?;
    let (what, way) = (what.to_owned(), way.to_owned());
    Some(Measured { what, way, first: first.parse().ok()?, second: second.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_example_prints() {
        let line = measured("bulk HTTP GET 2: 1970.1 0.655");
        let (what, way) = ("bulk".to_owned(), "HTTP GET".to_owned());
        assert_eq!(line, Some(Measured { what, way, first: 1970.1, second: 0.655 }));
        assert_eq!(measured("building"), None);
    }
}
