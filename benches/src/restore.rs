//! Whether placeholders come back, and nothing else does. The measurement itself is `restore_bench`, an example of the
//! inspect crate; here its figures are held against the goals, and against replacing exact copies.

use crate::example;
use crate::machine::{self, Others};
use crate::report::{Bound, Cell, Format, Report, Row, Table};
use anyhow::Context as _;

/// One line of the example.
#[derive(Debug, PartialEq)]
struct Measured {
    what: String,
    figure: f64,
    tries: f64,
}

pub(crate) fn run(format: Format) -> anyhow::Result<Report> {
    let mut report = Report::new("restore", format)?;
    let mut others = Others::watch()?;
    let before = machine::children_cpu()?;
    let text = example::run("portcullis-inspect", "restore_bench", &[])?;
    others.ours(machine::children_cpu()?.saturating_sub(before));
    let all: Vec<Measured> = text.lines().filter_map(measured).collect();
    let beginning_with = |start: &str| all.iter().filter(|one| one.what.starts_with(start)).collect::<Vec<_>>();
    let tables = [
        ("placeholders restored, %", "damage: "),
        ("all kinds of damage and every two of them, %", "restored "),
        ("forgeries that restored something", "forged: "),
        ("streams that came out otherwise than whole", "cuttings "),
        ("time per chunk of 1 to 200 bytes, 10,000 placeholders", "chunk "),
        ("throughput in chunks of 1 to 200 bytes", "MB "),
    ];
    for (title, start) in tables {
        let rows = beginning_with(start).into_iter().map(row).collect();
        report.table(Table { title: title.to_owned(), columns: vec!["figure", "tries"], rows })?;
    }
    let figure = |start: &str| -> anyhow::Result<f64> {
        let one = all.iter().find(|one| one.what.starts_with(start));
        Ok(one.with_context(|| format!("the example does not measure: {start}"))?.figure)
    };
    let sum = |start: &str| beginning_with(start).iter().map(|one| one.figure).sum();
    report.goal("restored, all kinds of damage and every two", Bound::AtLeast(99.5), "%", figure("restored of all")?);
    report.goal("forgeries tried", Bound::AtLeast(1e6), "", figure("forgeries tried")?);
    report.goal("forgeries that restored something", Bound::AtMost(0.0), "", sum("forged: "));
    report.goal("streams cut otherwise that came out otherwise", Bound::AtMost(0.0), "", sum("cuttings "));
    let slowest = beginning_with("chunk p99").iter().map(|one| one.figure).fold(0.0, f64::max);
    report.goal("time per chunk, 99th percentile, slowest case", Bound::AtMost(50.0), "µs", slowest);
    if let Some(warning) = machine::warning(others.share()?) {
        report.remark(warning);
    }
    Ok(report)
}

fn row(measured: &Measured) -> Row {
    Row { name: measured.what.clone(), cells: vec![Cell::Number(measured.figure), Cell::Number(measured.tries)] }
}

/// Reads a name, a figure and how many tries it stands for, with tabs between them.
fn measured(line: &str) -> Option<Measured> {
    let mut cells = line.split('\t');
    let (what, figure, tries) = (cells.next()?.to_owned(), cells.next()?.parse().ok()?, cells.next()?.parse().ok()?);
    Some(Measured { what, figure, tries })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_example_prints() {
        let one = measured("damage: lower case\t99.5\t1000");
        assert_eq!(one, Some(Measured { what: "damage: lower case".to_owned(), figure: 99.5, tries: 1000.0 }));
        assert_eq!(measured("something else"), None);
    }
}
