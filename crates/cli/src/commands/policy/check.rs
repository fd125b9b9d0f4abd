//! `portcullis policy check`: whether the files that are in force here make a valid policy.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone, widest};
use crate::policy_files::PolicyFiles;
use crate::problem::Problem;
use clap::Args;
use portcullis_event::Mode;
use portcullis_policy::{Diagnostic, ValidPolicy};
use serde::Serialize;

/// Checks the files, and says what is wrong with them.
#[derive(Debug, Args)]
pub(crate) struct Check {}

/// What the check showed.
#[derive(Debug, Serialize)]
struct Report {
    valid: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<Mode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<String>,
    files: Vec<File>,
    problems: Vec<Problem>,
}

/// A file that is in force.
#[derive(Debug, Serialize)]
struct File {
    layer: &'static str,
    file: String,
}

impl Check {
    pub(crate) fn run(invocation: &Invocation) -> Result<Exit, Failure> {
        let found = PolicyFiles::find(invocation)?;
        let file = |source: &portcullis_policy::Source| File { layer: source.layer.name(), file: source.name.clone() };
        let files = found.sources.iter().map(file).collect();
        let report = match ValidPolicy::load(&found.sources, &found.places) {
            Ok(policy) => Report::valid(&policy, files),
            Err(problems) => Report::invalid(&problems, files),
        };
        invocation.output.show(&report)?;
        Ok(match (report.valid, report.problems.is_empty()) {
            (true, true) => Exit::Success,
            (true, false) => Exit::Findings,
            (false, _) => Exit::Usage,
        })
    }
}

impl Report {
    fn valid(policy: &ValidPolicy, files: Vec<File>) -> Self {
        Self {
            valid: true,
            mode: Some(policy.mode()),
            hash: Some(policy.hash().to_owned()),
            files,
            problems: policy.warnings().map(Problem::from).collect(),
        }
    }

    fn invalid(problems: &[Diagnostic], files: Vec<File>) -> Self {
        Self { valid: false, mode: None, hash: None, files, problems: problems.iter().map(Problem::from).collect() }
    }
}

impl View for Report {
    fn write(&self, page: &mut Page) {
        for problem in &self.problems {
            problem.write(page);
        }
        let width = widest(self.files.iter().map(|file| file.layer)) + 2;
        for file in &self.files {
            page.column(Tone::Faint, file.layer, width).put(Tone::Plain, &file.file).end();
        }
        if self.files.is_empty() {
            page.line("no policy file; the preset `standard` is in force (`portcullis init` writes a file)");
        }
        let mode = match self.mode {
            Some(Mode::Enforce) => ", decisions are carried out",
            Some(Mode::Observe) => ", decisions are only written down (mode = \"observe\")",
            None => "",
        };
        let (tone, word) = match (self.valid, self.problems.len()) {
            (true, 0) => (Tone::Good, "valid".to_owned()),
            (true, 1) => (Tone::Warning, "valid, with 1 warning".to_owned()),
            (true, count) => (Tone::Warning, format!("valid, with {count} warnings")),
            (false, _) => (Tone::Bad, "NOT VALID: until it is, everything is denied".to_owned()),
        };
        page.put(tone, word).put(Tone::Plain, mode).end();
    }
}
