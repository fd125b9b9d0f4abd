//! What other scanners were told: read where they would read it themselves, and from files that are named.

use crate::failure::Failure;
use clap::Args;
use portcullis_patterns::{Rule, RuleFile, compile_file};
use portcullis_review::import::{ForeignRules, Format, ImportError, Imported, Known, discover};
use portcullis_review::suppress::Suppressions;
use portcullis_review::{NotLookedInto, Origin, Report, Surroundings, Why};
use std::fs;
use std::path::{Path, PathBuf};

/// What is taken over from other scanners.
#[derive(Debug, Args)]
#[group(id = "imports", multiple = true)]
pub(crate) struct Choice {
    /// Look for what these rules describe, too: a rule file, or a configuration of gitleaks
    #[arg(long, value_name = "FILE")]
    rules: Vec<PathBuf>,
    /// Take over what another scanner was told or knows; FORMAT is found out if it can be
    #[arg(long, value_name = "[FORMAT=]FILE", long_help = import_help())]
    import: Vec<String>,
    /// Do not take over what other scanners would read in this folder
    #[arg(long)]
    no_import: bool,
}

fn import_help() -> String {
    let names: Vec<&str> = Format::NAMES.iter().map(|(name, _)| *name).collect();
    format!(
        "Take over what another scanner was told or knows. FORMAT is found out if it can be; it is one of {}",
        names.join(", ")
    )
}

/// What was taken over.
#[derive(Debug, Default)]
pub(crate) struct Imports {
    /// Rules in our own format.
    pub(crate) own: Vec<Rule>,
    /// Rules of other scanners.
    pub(crate) foreign: ForeignRules,
    /// Findings that other scanners know, and where that is written.
    known: Vec<(String, Vec<Known>)>,
    /// What somebody should know of it.
    remarks: Vec<String>,
    /// Rules that can't be carried out.
    failed: Vec<String>,
}

impl Choice {
    /// Reads everything. What suppresses is added to `suppressions`.
    pub(crate) fn read(
        &self,
        cwd: &Path,
        surroundings: &Surroundings,
        suppressions: &mut Suppressions,
    ) -> Result<Imports, Failure> {
        let (mut imports, mut rules) = (Imports::default(), Vec::new());
        let mut add = |name: String, imported: Imported| {
            let Imported { rules: theirs, allows, known, left_behind } = imported;
            rules.extend(theirs);
            for allow in allows {
                suppressions.add_allow(&name, allow);
            }
            imports.remarks.extend(left_behind.into_iter().map(|what| format!("{name}: {what}")));
            imports.known.push((name, known));
        };
        for path in &self.rules {
            match rule_file(path)? {
                RulesOf::Portcullis(rules) => imports.own.extend(rules),
                RulesOf::Gitleaks(imported) => add(path.display().to_string(), imported),
            }
        }
        for named in &self.import {
            let (path, imported) = file(named)?;
            add(path.display().to_string(), imported);
        }
        if !self.no_import {
            for found in discover(cwd, surroundings) {
                let imported = found.imported.map_err(|error| unusable(&found.name, &error))?;
                add(found.name, imported);
            }
        }
        let (foreign, failed) = ForeignRules::compile(rules);
        imports.foreign = foreign;
        imports.failed = failed.iter().map(ToString::to_string).collect();
        Ok(imports)
    }
}

impl Imports {
    /// Suppresses what other scanners know, and says what they were told that has no meaning here.
    pub(crate) fn settle(self, report: &mut Report, suppressions: &Suppressions, cwd: &Path) -> Vec<String> {
        let mut remarks = self.remarks;
        for (file, known) in self.known {
            let settled = portcullis_review::import::suppress(report, &known, &file, suppressions);
            if settled.ambiguous > 0 {
                let count = settled.ambiguous;
                remarks.push(format!("{file}: {count} entries name a line with several secrets, so all of these stay"));
            }
        }
        let origin = Origin::File { path: cwd.to_owned() };
        let failed =
            self.failed.into_iter().map(|what| NotLookedInto { origin: origin.clone(), why: Why::Unsupported(what) });
        report.not_looked_into.extend(failed);
        remarks
    }
}

enum RulesOf {
    Portcullis(Vec<Rule>),
    Gitleaks(Imported),
}

fn rule_file(path: &Path) -> Result<RulesOf, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::io("read the rules", Some(path), &error))?;
    let refused = |error: &dyn std::fmt::Display| {
        Failure::usage(error.to_string())
            .at(path.to_string_lossy())
            .because("a rule that is not looked for finds nothing")
    };
    if Format::recognise(path, &text) == Ok(Format::GitleaksConfig) {
        let imported = Format::GitleaksConfig.read(&text).map_err(|error| refused(&error))?;
        return Ok(RulesOf::Gitleaks(imported));
    }
    let rules = RuleFile::parse(&text).and_then(|file| compile_file(&file)).map_err(|error| refused(&error))?;
    Ok(RulesOf::Portcullis(rules))
}

/// Reads `FORMAT=FILE` or `FILE`.
fn file(named: &str) -> Result<(PathBuf, Imported), Failure> {
    let with_format = named.split_once('=').and_then(|(name, path)| Some((Format::named(name)?, path)));
    let path = PathBuf::from(with_format.map_or(named, |(_, path)| path));
    let text = fs::read_to_string(&path).map_err(|error| Failure::io("read what to import", Some(&path), &error))?;
    let format = match with_format {
        Some((format, _)) => format,
        None => Format::recognise(&path, &text).map_err(|error| {
            let formats: Vec<&str> = Format::NAMES.iter().map(|(name, _)| *name).collect();
            Failure::usage(error.to_string())
                .at(path.to_string_lossy())
                .fix(format!("put what it is before the path, as in `trufflehog=FILE`: {}", formats.join(", ")))
        })?,
    };
    let imported = format.read(&text).map_err(|error| unusable(&path.to_string_lossy(), &error))?;
    Ok((path, imported))
}

fn unusable(name: &str, error: &ImportError) -> Failure {
    Failure::usage(error.to_string())
        .at(name)
        .because("what is suppressed must be what somebody meant to suppress")
        .fix("correct it, or leave it out with --no-import")
}
