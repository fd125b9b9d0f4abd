//! What a benchmark says: tables, goals, remarks; for people or as one JSON document.

use crate::figures::{Spread, readable};
use crate::machine::Machine;
use serde::Serialize;
use std::fmt;
use std::io::Write as _;

/// How a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
}

/// What a benchmark found out. Tables are printed as soon as they are complete.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    bench: &'static str,
    machine: Machine,
    tables: Vec<Table>,
    goals: Vec<Goal>,
    remarks: Vec<String>,
    #[serde(skip)]
    format: Format,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Table {
    pub(crate) title: String,
    pub(crate) columns: Vec<&'static str>,
    pub(crate) rows: Vec<Row>,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) cells: Vec<Cell>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub(crate) enum Cell {
    Number(f64),
    Rounds(Spread),
    Ratio { ratio: f64 },
    Nothing,
}

/// What has to be reached.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Goal {
    what: String,
    bound: Bound,
    unit: &'static str,
    figure: f64,
    met: bool,
}

impl Report {
    pub(crate) fn new(bench: &'static str, format: Format) -> anyhow::Result<Self> {
        let machine = Machine::here();
        let report = Self { bench, machine, tables: Vec::new(), goals: Vec::new(), remarks: Vec::new(), format };
        let Machine { cores, processor, kernel, load_average } = &report.machine;
        report.say(&format!("{bench}: {cores} cores of {processor}, Linux {kernel}, load average {load_average}\n"))?;
        Ok(report)
    }

    pub(crate) fn table(&mut self, table: Table) -> anyhow::Result<()> {
        self.say(&table.to_string())?;
        self.tables.push(table);
        Ok(())
    }

    pub(crate) fn goal(&mut self, what: impl Into<String>, bound: Bound, unit: &'static str, figure: f64) {
        let met = match bound {
            Bound::AtLeast(least) => figure >= least,
            Bound::AtMost(most) => figure <= most,
        };
        self.goals.push(Goal { what: what.into(), bound, unit, figure, met });
    }

    /// Something that a reader of the figures has to know.
    pub(crate) fn remark(&mut self, remark: impl Into<String>) {
        let remark = remark.into();
        if !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }

    /// Prints what is left: goals and remarks, or everything as JSON.
    pub(crate) fn finish(self) -> anyhow::Result<()> {
        if self.format == Format::Json {
            let mut out = std::io::stdout().lock();
            serde_json::to_writer_pretty(&mut out, &self)?;
            return Ok(writeln!(out)?);
        }
        self.say(&format!("\n{:<66} {:>16} {:>16}  met?\n", "goal", "required", "figure"))?;
        for goal in &self.goals {
            self.say(&format!("{goal}\n"))?;
        }
        for remark in &self.remarks {
            self.say(&format!("! {remark}\n"))?;
        }
        Ok(())
    }

    fn say(&self, text: &str) -> anyhow::Result<()> {
        match self.format {
            Format::Text => Ok(std::io::stdout().lock().write_all(text.as_bytes())?),
            Format::Json => Ok(()),
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bound = match self.bound {
            Bound::AtLeast(least) => format!("≥ {} {}", readable(least), self.unit),
            Bound::AtMost(most) => format!("≤ {} {}", readable(most), self.unit),
        };
        let figure = format!("{} {}", readable(self.figure), self.unit);
        write!(f, "{:<66} {bound:>16} {figure:>16}  {}", self.what, if self.met { "yes" } else { "NO" })
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0).max(20);
        write!(f, "\n{}\n{:<width$}", self.title, "")?;
        self.columns.iter().try_for_each(|column| write!(f, " {column:>22}"))?;
        writeln!(f)?;
        for row in &self.rows {
            write!(f, "{:<width$}", row.name)?;
            row.cells.iter().try_for_each(|cell| write!(f, " {:>22}", cell.text()))?;
            writeln!(f)?;
        }
        Ok(())
    }
}

impl Cell {
    fn text(&self) -> String {
        match self {
            Self::Number(value) => readable(*value),
            Self::Rounds(it) => format!("{} ({}–{})", readable(it.median), short(it.lowest), short(it.highest)),
            Self::Ratio { ratio } => format!("{} ×", readable(*ratio)),
            Self::Nothing => "-".to_owned(),
        }
    }
}

/// A number with few characters: 12k instead of 12,345.
fn short(value: f64) -> String {
    match value {
        large if large >= 10_000_000.0 => format!("{:.0}M", large / 1e6),
        large if large >= 10_000.0 => format!("{:.0}k", large / 1e3),
        other => readable(other),
    }
}

/// Says on the terminal what is being measured, since it takes minutes.
pub(crate) fn progress(what: &str) {
    // Nobody to tell is no reason to stop measuring.
    writeln!(std::io::stderr().lock(), "… {what}").ok();
}
