//! Text that steers an agent, or hides. The measurement itself is `injection_training measure`, an example of the inspect
//! crate; here its figures are put into tables, held against the goals, and written into the page of the book.

use crate::report::{Bound, Cell, Format, Report, Row, Table};
use crate::{example, opinion};
use anyhow::Context as _;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The page that shows the figures, and the lines between which they stand.
const PAGE: &str = "docs/reference/injection.md";
const BEGIN: &str = "<!-- figures: written by ./bench injection --write -->\n";
const END: &str = "<!-- end of figures -->";

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Measure the rows of this file too: one JSON object a line with text, label, kind and source
    #[arg(long, value_name = "FILE")]
    set: Vec<PathBuf>,
    /// Count false alarms on the files below this folder
    #[arg(long, value_name = "DIR")]
    clean: Vec<PathBuf>,
    /// Measure this model, too, alone and beside ours: a folder with an ONNX file and its tokenizer.json
    #[arg(long, value_name = "PATH", conflicts_with = "write")]
    model: Option<PathBuf>,
    /// Write the figures of our own rows into the page of the book
    #[arg(long)]
    write: bool,
}

/// A line that the example printed.
type Line<'t> = Vec<&'t str>;

pub(crate) fn run(arguments: &Arguments, format: Format) -> anyhow::Result<Report> {
    let mut report = Report::new("injection", format)?;
    if let Some(model) = &arguments.model {
        opinion::measure(&mut report, model, &arguments.set, &arguments.clean)?;
        report.remark(
            "made rows come from grammars that no model was trained with; expect other figures of other attacks",
        );
        return Ok(report);
    }
    let mut options = vec!["measure".to_owned()];
    let pairs =
        arguments.set.iter().map(|path| ("--data", path)).chain(arguments.clean.iter().map(|path| ("--clean", path)));
    options.extend(pairs.flat_map(|(name, path)| [name.to_owned(), path.display().to_string()]));
    let text = example::run("portcullis-inspect", "injection_training", &options)?;
    let lines: Vec<Line<'_>> = text.lines().map(|line| line.split('\t').collect()).collect();
    for set in ["made", "given"] {
        tables(&mut report, &lines, set)?;
    }
    clean(&mut report, &lines)?;
    let rows = with(&lines, &["speed"]).map(|line| row(line, 1, &[2])).collect();
    report.table(Table { title: "speed of one core".to_owned(), columns: vec!["MB per second"], rows })?;
    goals(&mut report, &lines);
    report.remark("made rows come from grammars that the model was not trained with, written by the same people");
    if arguments.write {
        write(Path::new(PAGE), &lines)?;
    }
    Ok(report)
}

/// The lines that begin with these fields.
fn with<'l, 't>(lines: &'l [Line<'t>], start: &'l [&str]) -> impl Iterator<Item = &'l Line<'t>> {
    lines.iter().filter(move |line| line.starts_with(start))
}

fn figure(line: &Line<'_>, place: usize) -> f64 {
    line.get(place).and_then(|field| field.parse().ok()).unwrap_or(f64::NAN)
}

fn row(line: &Line<'_>, name: usize, places: &[usize]) -> Row {
    let cells = places.iter().map(|place| Cell::Number(figure(line, *place))).collect();
    Row { name: line.get(name).copied().unwrap_or_default().to_owned(), cells }
}

fn tables(report: &mut Report, lines: &[Line<'_>], set: &str) -> anyhow::Result<()> {
    for (sort, title) in [("attack", "attacks found, %"), ("harmless", "harmless texts with an alarm, %")] {
        let rows: Vec<Row> = with(lines, &["kind", set, sort]).map(|line| row(line, 3, &[4, 5, 6, 7])).collect();
        if !rows.is_empty() {
            let columns = vec!["texts", "alert", "block", "alert, rules alone"];
            report.table(Table { title: format!("{set} rows: {title}"), columns, rows })?;
        }
    }
    let rows: Vec<Row> = with(lines, &["rule", set]).map(|line| row(line, 2, &[3, 4, 5, 6, 7, 8])).collect();
    if !rows.is_empty() {
        let columns = vec!["attacks, note", "alert", "block", "harmless, note", "alert ", "block "];
        report.table(Table { title: format!("{set} rows: texts with a signal, %"), columns, rows })?;
    }
    Ok(())
}

fn clean(report: &mut Report, lines: &[Line<'_>]) -> anyhow::Result<()> {
    let named = |line: &Line<'_>| Row {
        name: [line.get(1), line.get(2)].into_iter().flatten().copied().collect::<Vec<_>>().join(" "),
        cells: vec![Cell::Number(figure(line, 3)), Cell::Number(figure(line, 4))],
    };
    let rows: Vec<Row> = with(lines, &["clean"]).map(named).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let columns = vec!["count", "MB, or per MB"];
    report.table(Table { title: "alarms of the rules in files taken to be harmless".to_owned(), columns, rows })
}

/// What has to be reached, on every set that there is.
fn goals(report: &mut Report, lines: &[Line<'_>]) {
    for set in ["made", "given"] {
        let all = |sort: &'static str, place: usize| {
            with(lines, &["kind", set, sort, "all"]).next().map(|line| figure(line, place))
        };
        let named = |kind: &'static str| {
            with(lines, &["kind", set, "attack"]).find(|line| line.get(3) == Some(&kind)).map(|line| figure(line, 5))
        };
        if let Some(value) = named("hidden characters") {
            report.goal(format!("{set} rows: hidden characters found"), Bound::AtLeast(99.0), "%", value);
        }
        if let Some(value) = named("agents") {
            report.goal(format!("{set} rows: aimed at coding agents, at alert"), Bound::AtLeast(80.0), "%", value);
        }
        let goals = [
            ("attacks found at alert", "attack", 5, Bound::AtLeast(85.0)),
            ("attacks found at block", "attack", 6, Bound::AtLeast(65.0)),
            ("harmless texts with an alert", "harmless", 5, Bound::AtMost(5.0)),
            ("harmless texts that are blocked", "harmless", 6, Bound::AtMost(1.0)),
        ];
        for (what, sort, place, bound) in goals {
            if let Some(value) = all(sort, place) {
                report.goal(format!("{set} rows: {what}"), bound, "%", value);
            }
        }
    }
    let speed = "rules and model, our own source";
    if let Some(line) = with(lines, &["speed", speed]).next() {
        report.goal(speed, Bound::AtLeast(5.0), "MB/s", figure(line, 2));
    }
}

/// Puts the figures of our own rows into the page.
fn write(page: &Path, lines: &[Line<'_>]) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(page).with_context(|| page.display().to_string())?;
    let (before, rest) = text.split_once(BEGIN).context("the page has no place for figures")?;
    let (_, after) = rest.split_once(END).context("the page has no end of figures")?;
    Ok(std::fs::write(page, format!("{before}{BEGIN}{}{END}{after}", figures(lines)?))?)
}

/// The figures as Markdown.
fn figures(lines: &[Line<'_>]) -> anyhow::Result<String> {
    let field = |line: &Line<'_>, place: usize| line.get(place).copied().unwrap_or_default().to_owned();
    let revision = with(lines, &["revision"]).next().map(|line| field(line, 1)).context("no revision was printed")?;
    let mut out = format!("\nMeasured with the rules and weights of revision `{revision}`; all figures in percent.\n");
    out.push_str(
        "\n| rule | attacks: note | alert | block | harmless: note | alert | block |\n|---|---|---|---|---|---|---|\n",
    );
    for line in with(lines, &["rule", "made"]) {
        let figures: Vec<String> = (3..9).map(|place| field(line, place)).collect();
        writeln!(out, "| `{}` | {} |", field(line, 2), figures.join(" | "))?;
    }
    out.push_str("\n| kind of text | texts | alert | block | alert, rules alone |\n|---|---|---|---|---|\n");
    for line in with(lines, &["kind", "made"]) {
        let figures: Vec<String> = (4..8).map(|place| field(line, place)).collect();
        writeln!(out, "| {} {} | {} |", field(line, 2), field(line, 3), figures.join(" | "))?;
    }
    out.push('\n');
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_become_a_table_for_each_rule_and_kind() {
        let lines = [
            "revision\tabc",
            "rule\tmade\tinjection-bidi\t1\t2\t3\t4\t5\t6",
            "kind\tmade\tattack\thidden:bidi\t10\t99\t98\t97",
        ];
        let lines: Vec<Line<'_>> = lines.iter().map(|line| line.split('\t').collect()).collect();
        let text = figures(&lines).unwrap();
        assert!(text.contains("| `injection-bidi` | 1 | 2 | 3 | 4 | 5 | 6 |"), "{text}");
        assert!(text.contains("| attack hidden:bidi | 10 | 99 | 98 | 97 |"), "{text}");
    }
}
