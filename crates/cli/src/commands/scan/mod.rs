//! `portcullis scan`: what is in these files that should not be there.

pub(crate) mod identity;
mod imports;
mod look;
mod reveal;
pub(crate) mod rows;
mod source;
mod sums;
pub(crate) mod suppressions;
mod verification;
pub(crate) mod view;
mod waiting;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::opinion;
use crate::policy_files::PolicyFiles;
use clap::{Args, ValueEnum};
use look::Looking;
use portcullis_inspect::Kinds;
use portcullis_inspect::injection::Opinion;
use portcullis_policy::ValidPolicy;
use portcullis_report::Form;
use portcullis_review::{IdentityKey, Limits, Paths, Progress, Report, Settings, Source, Surroundings};
use reveal::Reveal;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
pub(crate) use verification::Verdicts;
use waiting::Waiting;

/// Finds secrets, personal data and hidden instructions in files.
#[derive(Debug, Args)]
pub(crate) struct Scan {
    /// Files and folders; the working folder if none is named
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    source: source::Choice,
    #[command(flatten)]
    imports: imports::Choice,
    /// The file name that standard input is judged by
    #[arg(long, value_name = "NAME", requires = "stdin")]
    path_hint: Option<String>,
    /// Look for these kinds only
    #[arg(long, value_name = "KIND", value_enum, value_delimiter = ',')]
    only: Vec<Kind>,
    /// How to write the report
    #[arg(long, value_name = "FORM", value_enum)]
    format: Option<Format>,
    /// Scan what ignore files leave out, too
    #[arg(long)]
    no_ignore: bool,
    /// Leave out what this baseline knows
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write a baseline of everything that is found
    #[arg(long, value_name = "FILE")]
    write_baseline: Option<PathBuf>,
    /// Look at every object of the history again, also at those that were clean before
    #[arg(long, requires = "history")]
    no_cache: bool,
    /// Find values, too, that look like secrets and that everybody knows, such as those that models make up
    #[arg(long)]
    look_alikes: bool,
    /// Tell each finding by itself, also those of tests and examples and those of low confidence
    #[arg(long)]
    each: bool,
    /// Ask issuers whether the secrets that were found are live; this sends each secret to its issuer
    #[arg(long)]
    verify: bool,
    /// Show what was found in clear, on this terminal only, after asking
    #[arg(long, conflicts_with_all = ["format", "write_baseline"])]
    reveal: bool,
    /// Let others use the baseline that is written: its fingerprints are made with a salt that it brings along
    #[arg(long, requires = "write_baseline")]
    shared: bool,
    /// Ask this model, too, about texts that could steer an agent: a folder with an ONNX file and its tokenizer.json
    #[arg(long, value_name = "PATH")]
    injection_model: Option<PathBuf>,
    /// How many threads work; all cores if nothing is said
    #[arg(long, value_name = "COUNT")]
    threads: Option<NonZeroUsize>,
}

/// What to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Credentials
    Secret,
    /// Data about people
    PersonalData,
    /// What policy marks as private
    Marker,
    /// Text that steers an agent, or hides
    Injection,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a person
    Text,
    /// One JSON document
    Json,
    /// A JSON object on each line
    Jsonl,
    /// SARIF 2.1.0
    Sarif,
    // Not a doc comment, because help has no use for backticks.
    #[value(help = "JUnit's XML")]
    Junit,
    /// Comma-separated values
    Csv,
    /// Annotations of GitHub's runners
    Github,
}

impl Format {
    /// The form that was asked for, or the usual one; none if it is for a person.
    pub(crate) fn chosen(asked: Option<Self>, invocation: &Invocation) -> Option<Form> {
        asked.unwrap_or(if invocation.output.is_json() { Self::Json } else { Self::Text }).form()
    }

    const fn form(self) -> Option<Form> {
        match self {
            Self::Text => None,
            Self::Json => Some(Form::Json),
            Self::Jsonl => Some(Form::Jsonl),
            Self::Sarif => Some(Form::Sarif),
            Self::Junit => Some(Form::Junit),
            Self::Csv => Some(Form::Csv),
            Self::Github => Some(Form::Github),
        }
    }
}

impl Scan {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let policy = PolicyFiles::find(invocation)?.load()?;
        if self.verify {
            verification::permit(&policy)?;
        }
        let reveal = self.reveal.then(Reveal::begin).transpose()?;
        let mut settings = self.settings(invocation)?;
        let mut imports = self.imports.read(invocation.cwd()?, &settings.surroundings, &mut settings.suppressions)?;
        let rules = (std::mem::take(&mut imports.own), std::mem::take(&mut imports.foreign));
        let theirs = verification::names(&rules.0, &rules.1);
        let markers = policy.markers().filter(|_| self.wants(Kind::Marker)).cloned();
        let opinion = self.opinion(&policy, invocation)?;
        let looking = Looking::new(self.kinds(), self.look_alikes, rules, markers, opinion);
        let cwd = invocation.cwd()?.to_owned();
        let (source, of_a_change) = (self.source(&cwd)?, self.source.is_change());
        let waiting = Waiting::new();
        let tell = |counts| waiting.tell(counts);
        let mut report = portcullis_review::scan(vec![source], &looking, &settings, &Progress::new(&tell));
        waiting.end();
        if of_a_change {
            // What was there before is not this change's fault, and nobody could commit until all of it is gone.
            report.findings.retain(portcullis_review::Found::introduced);
        }
        let mut remarks = imports.settle(&mut report, &settings.suppressions, &cwd);
        let verdicts =
            if self.verify { verification::ask(&mut report, &theirs, invocation)? } else { Verdicts::default() };
        if let Some(file) = &self.write_baseline {
            suppressions::write(file, &report, &settings.identity, &cwd)?;
        }
        remarks.extend(suppressions::notes(&settings.suppressions));
        for remark in &remarks {
            invocation.output.remark(remark);
        }
        let exit = if self.write_baseline.is_some() { Exit::Success } else { exit(&report) };
        // Of a change each is told: somebody waits for it to go through, and there are few.
        let roots = (!self.each && !of_a_change).then(|| self.roots(&cwd));
        let findings = rows::findings(&report, &cwd, roots.as_deref(), &verdicts);
        view::tell(findings, Format::chosen(self.format, invocation), invocation)?;
        if let Some(reveal) = reveal {
            reveal.show(&report, &cwd, invocation)?;
        }
        Ok(exit)
    }

    /// Whether nothing else was asked for alone.
    fn wants(&self, kind: Kind) -> bool {
        self.only.is_empty() || self.only.contains(&kind)
    }

    /// The other model, if a flag or the policy names one and there is something to ask.
    fn opinion(&self, policy: &ValidPolicy, invocation: &Invocation) -> Result<Option<(Opinion, String)>, Failure> {
        if !self.kinds().injection {
            return Ok(None);
        }
        opinion::of_scan(self.injection_model.as_deref(), policy, invocation)
    }

    fn kinds(&self) -> Kinds {
        if self.only.is_empty() {
            return Kinds::IN_FILES;
        }
        Kinds {
            secrets: self.only.contains(&Kind::Secret),
            personal_data: self.only.contains(&Kind::PersonalData),
            injection: self.only.contains(&Kind::Injection),
        }
    }

    fn settings(&self, invocation: &Invocation) -> Result<Settings, Failure> {
        let environment = &invocation.environment;
        let identity = match suppressions::salt(self.baseline.as_deref(), self.shared)? {
            Some(salt) => IdentityKey::public(salt),
            None => identity::key(&invocation.home()?)?,
        };
        let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Ok(Settings {
            threads: self.threads.unwrap_or(cores),
            limits: Limits::default(),
            suppressions: suppressions::read(invocation.cwd()?, self.baseline.as_deref(), &identity)?,
            identity,
            // What was not looked for is not masked: without a search for secrets a line could show one.
            excerpts: self.kinds().secrets && Format::chosen(self.format, invocation).is_none(),
            cache: (!self.no_cache).then_some(invocation.home()?.path().join("cache/history")),
            surroundings: Surroundings {
                home: environment.home.clone(),
                config: environment.config_home.clone(),
                data: environment.data_home.clone(),
            },
        })
    }

    fn source(&self, cwd: &Path) -> Result<Source, Failure> {
        if let Some(source) = self.source.of(cwd, self.path_hint.clone())? {
            return Ok(source);
        }
        Ok(Source::Paths(Paths { roots: self.roots(cwd), heed_ignore_files: !self.no_ignore, inside_git: false }))
    }

    /// What was scanned, as the paths of files begin with it: they are told as they were reached.
    fn roots(&self, cwd: &Path) -> Vec<PathBuf> {
        if self.paths.is_empty() { vec![cwd.to_owned()] } else { self.paths.clone() }
    }
}

fn exit(report: &Report) -> Exit {
    let found = if report.findings.is_empty() { Exit::Success } else { Exit::Findings };
    if report.not_looked_into.iter().all(|missed| !missed.why.is_serious()) { found } else { Exit::Incomplete }
}
