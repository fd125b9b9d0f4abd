//! `portcullis policy test`: a table of expected answers, kept beside the policy, so that a change that changes an answer
//! is noticed.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use crate::policy_files::{self, PolicyFiles};
use crate::problem::Problem;
use crate::verdict;
use clap::Args;
use portcullis_event::Verdict;
use portcullis_policy::{Layer, TestReport};
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The table's name beside a policy.
const TABLE: &str = "portcullis.test.toml";

/// Compares the policy's answers with a table of expected ones.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// The tables; without any, each portcullis.test.toml beside a policy that is in force
    #[arg(value_name = "FILE")]
    tables: Vec<PathBuf>,
}

/// What the comparison showed.
#[derive(Debug, Serialize)]
struct Report {
    rows: usize,
    failed: usize,
    tables: Vec<Table>,
    problems: Vec<Problem>,
}

/// One table.
#[derive(Debug, Serialize)]
struct Table {
    file: String,
    rows: Vec<Row>,
}

/// One row of it.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    line: u32,
    passed: bool,
    verdict: Verdict,
}

impl Test {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let files = PolicyFiles::find(invocation)?;
        let policy = files.load()?;
        let mut report = Report { rows: 0, failed: 0, tables: Vec::new(), problems: Vec::new() };
        for (path, text) in self.read_tables(invocation, &files)? {
            let name = path.to_string_lossy().into_owned();
            let outcome = policy.test(&name, &text);
            report.add(name, &outcome);
        }
        invocation.output.show(&report)?;
        Ok(report.exit())
    }

    fn read_tables(&self, invocation: &Invocation, files: &PolicyFiles) -> Result<Vec<(PathBuf, String)>, Failure> {
        let cwd = invocation.cwd()?;
        let named: BTreeSet<PathBuf> = self.tables.iter().map(|path| cwd.join(path)).collect();
        let paths = if named.is_empty() { beside(files, cwd) } else { named.clone() };
        let mut tables = Vec::new();
        for path in paths {
            match policy_files::read(&path, Layer::Repository)? {
                Some(text) => tables.push((path, text)),
                None if named.is_empty() => {}
                None => return Err(Failure::usage("the table does not exist").at(path.to_string_lossy())),
            }
        }
        if tables.is_empty() {
            return Err(Failure::usage("there is no table of expected answers")
                .because("without one, a change of the policy that changes an answer goes unnoticed")
                .fix(format!("write {TABLE} beside the policy; the book's page on `policy` shows one")));
        }
        Ok(tables)
    }
}

/// Where tables may lie: beside each file that is in force, and where we are.
fn beside(files: &PolicyFiles, cwd: &Path) -> BTreeSet<PathBuf> {
    let folders = files.sources.iter().filter_map(|source| Path::new(&source.name).parent());
    folders.chain([cwd]).map(|folder| folder.join(TABLE)).collect()
}

impl Report {
    fn add(&mut self, file: String, outcome: &TestReport) {
        let rows: Vec<Row> = outcome
            .results
            .iter()
            .map(|row| Row {
                name: row.name.clone(),
                line: row.line,
                passed: row.passed,
                verdict: row.decision.verdict,
            })
            .collect();
        self.rows += rows.len();
        self.failed += rows.iter().filter(|row| !row.passed).count();
        self.problems.extend(outcome.diagnostics.iter().map(Problem::from));
        self.tables.push(Table { file, rows });
    }

    /// A row that can't be read is a mistake in the table, not an answer of the policy.
    fn exit(&self) -> Exit {
        match (self.failed, self.problems.len()) {
            (0, 0) => Exit::Success,
            (failed, problems) if failed == problems => Exit::Findings,
            (..) => Exit::Usage,
        }
    }
}

impl View for Report {
    fn write(&self, page: &mut Page) {
        for table in &self.tables {
            page.put(Tone::Strong, &table.file).end();
            for row in &table.rows {
                let (tone, word) = if row.passed { (Tone::Good, "ok") } else { (Tone::Bad, "FAIL") };
                let (_, verdict) = verdict::shown(row.verdict);
                page.put(Tone::Plain, "  ").column(tone, word, 6).put(Tone::Plain, &row.name);
                page.put(Tone::Faint, format!(": {verdict}")).end();
            }
        }
        page.end();
        for problem in &self.problems {
            problem.write(page);
        }
        let passed = self.rows - self.failed;
        let tone = if self.problems.is_empty() { Tone::Good } else { Tone::Bad };
        page.put(tone, format!("{passed} of {} as expected", self.rows)).end();
    }
}
