//! One decision. The measurement itself is `decide_bench`, an example of the policy crate; here its figures are held
//! against the goals.

use crate::example;
use crate::machine::{self, Others};
use crate::report::{Bound, Cell, Format, Report, Row, Table};
use anyhow::Context as _;

/// One line of the example.
#[derive(Debug, PartialEq)]
struct Measured {
    what: String,
    median: f64,
    p99: f64,
}

pub(crate) fn run(format: Format) -> anyhow::Result<Report> {
    let mut report = Report::new("policy", format)?;
    let mut others = Others::watch()?;
    let before = machine::children_cpu()?;
    let text = example::run("portcullis-policy", "decide_bench", &[])?;
    others.ours(machine::children_cpu()?.saturating_sub(before));
    let all: Vec<Measured> = text.lines().filter_map(measured).collect();
    report.table(Table {
        title: "the policy".to_owned(),
        columns: vec!["p50 µs", "p99 µs"],
        rows: all.iter().map(row).collect(),
    })?;
    for (start, most) in [("decide, 500 rules", 10.0), ("a question about roles", 100.0)] {
        let one = all.iter().find(|one| one.what.starts_with(start));
        let one = one.with_context(|| format!("the example does not measure: {start}"))?;
        report.goal(format!("median: {}", one.what), Bound::AtMost(most), "µs", one.median);
    }
    if let Some(warning) = machine::warning(others.share()?) {
        report.remark(warning);
    }
    Ok(report)
}

fn row(measured: &Measured) -> Row {
    Row { name: measured.what.clone(), cells: [measured.median, measured.p99].map(Cell::Number).to_vec() }
}

/// Reads `WHAT: median 751ns, p99 3.6µs (N times)`.
fn measured(line: &str) -> Option<Measured> {
    let (what, rest) = line.rsplit_once(": median ")?;
    let (median, rest) = rest.split_once(", p99 ")?;
    let (p99, _) = rest.split_once(" (")?;
    Some(Measured { what: what.to_owned(), median: micros(median)?, p99: micros(p99)? })
}

/// Reads a duration as Rust prints it: `751ns`, `3.6µs`, `1.2ms`, `1s`.
fn micros(text: &str) -> Option<f64> {
    let units = [("ns", 1e-3), ("µs", 1.0), ("ms", 1e3), ("s", 1e6)];
    units.iter().find_map(|(unit, scale)| Some(text.strip_suffix(unit)?.parse::<f64>().ok()? * scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_example_prints() {
        let line = "decide, 500 rules over the preset `standard`: median 751ns, p99 3.5µs (400000 times)";
        let what = "decide, 500 rules over the preset `standard`".to_owned();
        assert_eq!(measured(line), Some(Measured { what, median: 0.751, p99: 3.5 }));
        assert_eq!(["1.5ms", "2s", "7µs", "x"].map(micros), [Some(1500.0), Some(2e6), Some(7.0), None]);
    }
}
