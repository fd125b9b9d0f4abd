//! The index: how fast it is built, how large it is, and how long each shape of question takes. The measurement itself
//! is `index_bench`, an example of the ledger; here its figures are held against the goals.

use crate::example;
use crate::machine::{self, Others};
use crate::report::{Bound, Cell, Format, Report, Row, Table};
use anyhow::Context as _;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How many events are indexed
    #[arg(default_value_t = 10_000_000)]
    events: u64,
}

/// What the line about building says.
#[derive(Debug, PartialEq)]
struct Built {
    per_cpu_second: f64,
    per_second: f64,
    bytes_each: f64,
}

/// One shape of question.
#[derive(Debug, PartialEq)]
struct Question {
    name: String,
    p50: f64,
    p99: f64,
    found: f64,
}

/// One of the figures of a question.
type Figure = fn(&Question) -> f64;

pub(crate) fn run(arguments: &Arguments, format: Format) -> anyhow::Result<Report> {
    let mut report = Report::new("index", format)?;
    let mut others = Others::watch()?;
    let before = machine::children_cpu()?;
    let text = example::run("portcullis-ledger", "index_bench", &[arguments.events.to_string()])?;
    others.ours(machine::children_cpu()?.saturating_sub(before));
    let built = text.lines().find_map(built).context("the example does not say how the index was built")?;
    let questions: Vec<Question> = text.lines().filter_map(question).collect();
    report.table(Table {
        title: format!("building an index of {} events", arguments.events),
        columns: vec!["events/CPU second", "events/s", "bytes/event"],
        rows: vec![Row {
            name: "portcullis".to_owned(),
            cells: [built.per_cpu_second, built.per_second, built.bytes_each].map(Cell::Number).to_vec(),
        }],
    })?;
    report.table(Table {
        title: "questions, warm".to_owned(),
        columns: vec!["p50 ms", "p99 ms", "found"],
        rows: questions.iter().map(row).collect(),
    })?;
    let figures: [(&str, Figure); 2] = [("p50", |question| question.p50), ("p99", |question| question.p99)];
    for (name, figure) in figures {
        let slowest = questions.iter().max_by(|a, b| figure(a).total_cmp(&figure(b))).context("nothing was asked")?;
        let goal = format!("slowest {name}: {}", slowest.name);
        report.goal(goal, Bound::AtMost(10.0), "ms", figure(slowest));
    }
    if let Some(warning) = machine::warning(others.share()?) {
        report.remark(warning);
    }
    Ok(report)
}

fn row(question: &Question) -> Row {
    let cells = [question.p50, question.p99, question.found].map(Cell::Number).to_vec();
    Row { name: question.name.clone(), cells }
}

/// Reads `built N events: A/s of CPU, B/s by the clock (…), C bytes each`.
fn built(line: &str) -> Option<Built> {
    let (_, rest) = line.strip_prefix("built ")?.split_once(": ")?;
    let (cpu, rest) = rest.split_once("/s of CPU, ")?;
    let (clock, rest) = rest.split_once("/s by the clock")?;
    let (_, bytes) = rest.strip_suffix(" bytes each")?.rsplit_once(' ')?;
    Some(Built { per_cpu_second: cpu.parse().ok()?, per_second: clock.parse().ok()?, bytes_each: bytes.parse().ok()? })
}

/// Reads `the question   p50   p99   found`.
fn question(line: &str) -> Option<Question> {
    let mut words = line.split_whitespace().rev();
    let mut figure = || words.next()?.parse::<f64>().ok();
    let (found, p99, p50) = (figure()?, figure()?, figure()?);
    let name: Vec<&str> = words.rev().collect();
    (!name.is_empty()).then(|| Question { name: name.join(" "), p50, p99, found })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_example_prints() {
        let line =
            "built 1000 events: 250000/s of CPU, 200000/s by the clock (making them up not counted), 61.5 bytes each";
        let expected = Built { per_cpu_second: 250_000.0, per_second: 200_000.0, bytes_each: 61.5 };
        assert_eq!(built(line), Some(expected));
        let asked = question("random two words                    0.120     1.234       50");
        assert_eq!(asked, Some(Question { name: "random two words".to_owned(), p50: 0.12, p99: 1.234, found: 50.0 }));
        assert_eq!(question("question      p50 ms    p99 ms    found"), None);
    }
}
