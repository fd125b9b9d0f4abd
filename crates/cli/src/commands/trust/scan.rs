//! `portcullis trust scan`: what is wrong with what an agent is given.

use super::{read, record};
use crate::commands::scan::{Format, rows, suppressions, view};
use crate::commands::scan::{Verdicts, identity};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::Gate;
use crate::invocation::Invocation;
use crate::output::write_out;
use clap::Args;
use portcullis_report::{Form, Skipped};
use portcullis_review::{Given, Limits, Progress, Settings, Source, Surroundings};
use portcullis_trust::{Entry, Scanner};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// Says what is wrong with skills, plugins, servers, instructions and settings of agents.
#[derive(Debug, Args)]
pub(crate) struct Scan {
    /// Files and folders; the working folder if none is named
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
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

impl Scan {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let scanner = Scanner::new().map_err(|error| Failure::incomplete(error.to_string()))?;
        let cwd = invocation.cwd()?.to_owned();
        let roots = if self.paths.is_empty() { vec![cwd.clone()] } else { self.paths.clone() };
        let (mut given, mut skipped, mut fixes) = (Vec::new(), Vec::new(), BTreeMap::new());
        for root in roots {
            look_into(&scanner, &cwd.join(root), &mut given, &mut skipped, &mut fixes)?;
        }
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
        let mut findings = rows::findings(&report, &cwd, &Verdicts::default());
        findings.skipped.extend(skipped);
        for row in findings.findings.iter_mut().chain(&mut findings.suppressed) {
            row.fix = row.fix.take().or_else(|| fixes.get(&row.rule).cloned());
        }
        match self.form(invocation) {
            None => invocation.output.show(&view::Shown { findings })?,
            Some(form) => {
                let text = form.write(&findings).map_err(|error| Failure::incomplete(error.to_string()))?;
                write_out(&text)?;
            }
        }
        Ok(exit)
    }

    fn form(&self, invocation: &Invocation) -> Option<Form> {
        self.format.unwrap_or(if invocation.output.is_json() { Format::Json } else { Format::Text }).form()
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

/// Looks into a folder or a file.
fn look_into(
    scanner: &Scanner,
    root: &Path,
    given: &mut Vec<Given>,
    skipped: &mut Vec<Skipped>,
    fixes: &mut BTreeMap<String, String>,
) -> Result<(), Failure> {
    let found = read::read(root)?;
    let report = scanner.scan(&found.tree);
    let mut hits: BTreeMap<&str, Vec<_>> = report.files.iter().map(|path| (path.as_str(), Vec::new())).collect();
    for one in &report.findings {
        fixes.insert(one.hit.rule.to_string(), one.fix.clone());
        hits.entry(&one.path).or_default().push(one.hit.clone());
    }
    for (path, hits) in hits {
        let text = match found.tree.entries().find(|(name, _)| *name == path) {
            Some((_, Entry::File(file))) => file.bytes.clone(),
            Some((_, Entry::Link(target))) => target.clone().into_bytes(),
            None => Vec::new(),
        };
        given.push(Given { path: found.root.join(path), text, hits });
    }
    let shown = |path: &Path| portcullis_review::printable(path);
    skipped.extend(report.skipped.into_iter().map(|(path, why)| Skipped { path: shown(&found.root.join(path)), why }));
    skipped.extend(found.unread.into_iter().map(|(path, why)| Skipped { path: shown(&path), why }));
    Ok(())
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
