//! How what was found in skills and their like is told: one road for all of it.

use super::record;
use crate::commands::scan::{Format, Verdicts, identity, rows, suppressions, view};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use clap::Args;
use portcullis_report::Skipped;
use portcullis_review::{Given, Limits, Progress, Settings, Source, Surroundings};
use portcullis_trust::{Entry, Found, Tree};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// How to tell it.
#[derive(Debug, Args)]
pub(super) struct Telling {
    /// How to write the report
    #[arg(long, value_name = "FORM", value_enum)]
    format: Option<Format>,
    /// Leave out what this baseline knows
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write a baseline of everything that is found
    #[arg(long, value_name = "FILE")]
    write_baseline: Option<PathBuf>,
}

/// All that was looked into.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    given: Vec<Given>,
    pub(super) skipped: Vec<Skipped>,
    fixes: BTreeMap<String, String>,
}

impl Gathered {
    /// Adds what was found in a tree that lies in the folder `root`, and which of its files were looked into.
    pub(super) fn add(&mut self, root: &Path, tree: &Tree, files: &[String], findings: &[Found]) {
        let mut hits: BTreeMap<&str, Vec<_>> = files.iter().map(|path| (path.as_str(), Vec::new())).collect();
        for one in findings {
            self.fixes.insert(one.hit.rule.to_string(), one.fix.clone());
            hits.entry(&one.path).or_default().push(one.hit.clone());
        }
        for (path, hits) in hits {
            let text = match tree.entries().find(|(name, _)| *name == path) {
                Some((_, Entry::File(file))) => file.bytes.clone(),
                Some((_, Entry::Link(target))) => target.clone().into_bytes(),
                None => Vec::new(),
            };
            self.given.push(Given { path: root.join(path), text, hits });
        }
    }

    /// Adds something that was not looked into.
    pub(super) fn skip(&mut self, path: &Path, why: impl Into<String>) {
        self.skipped.push(Skipped { path: portcullis_review::printable(path), why: why.into() });
    }
}

impl Telling {
    /// Records what was found and tells it.
    pub(super) fn tell(&self, invocation: &Invocation, gathered: Gathered) -> Result<Exit, Failure> {
        let Gathered { given, skipped, fixes } = gathered;
        let cwd = invocation.cwd()?.to_owned();
        let settings = self.settings(invocation, &cwd)?;
        let nobody = |_| {};
        let report = portcullis_review::scan(vec![Source::Given(given)], &Nothing, &settings, &Progress::new(&nobody));
        if let Some(file) = &self.write_baseline {
            suppressions::write(file, &report, &settings.identity, &cwd)?;
        }
        for remark in suppressions::notes(&settings.suppressions) {
            invocation.output.remark(&remark);
        }
        if !report.findings.is_empty() {
            record::findings(&Gate::open(invocation)?, invocation, &report)?;
        }
        let mut exit =
            if report.findings.is_empty() || self.write_baseline.is_some() { Exit::Success } else { Exit::Findings };
        if !skipped.is_empty() {
            exit = exit.max(Exit::Incomplete);
        }
        let mut findings = rows::findings(&report, &cwd, None, &Verdicts::default());
        findings.skipped.extend(skipped);
        for row in findings.findings.iter_mut().chain(&mut findings.suppressed) {
            row.fix = row.fix.take().or_else(|| fixes.get(&row.rule).cloned());
        }
        view::tell(findings, Format::chosen(self.format, invocation), invocation)?;
        Ok(exit)
    }

    fn settings(&self, invocation: &Invocation, cwd: &Path) -> Result<Settings, Failure> {
        let identity = match suppressions::salt(self.baseline.as_deref(), false)? {
            Some(salt) => portcullis_review::IdentityKey::public(salt),
            None => identity::key(&invocation.home()?)?,
        };
        Ok(Settings {
            threads: NonZeroUsize::MIN,
            limits: Limits::default(),
            suppressions: suppressions::read(cwd, self.baseline.as_deref(), &identity)?,
            identity,
            excerpts: false,
            cache: None,
            surroundings: Surroundings::default(),
        })
    }
}

/// All that is reported was found already.
struct Nothing;

impl portcullis_review::Look for Nothing {
    fn look(&self, _: &[u8], _: Option<&str>) -> portcullis_inspect::Looked {
        portcullis_inspect::Looked::default()
    }

    fn version(&self) -> [u8; 32] {
        [0; 32]
    }
}
