//! `portcullis policy explain`: what would be decided, by which lines, and what would change it. Nothing is recorded.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use crate::policy_files::PolicyFiles;
use crate::question::Question;
use crate::verdict;
use clap::Args;
use portcullis_event::{Coverage, Decision, Event, Finding, Inspector, Mode, Verdict};
use portcullis_policy::{CheckTrace, Considered, Usage};
use serde::Serialize;

/// Says what would be decided about something, by which lines, and what would change it.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    question: Question,
}

/// The question is about the deed, not about what an inspection would find in it.
struct NothingInIt;

impl Inspector for NothingInIt {
    fn inspect(&self, event: Event) -> (Event, Vec<Finding>, Coverage) {
        (event, Vec::new(), Coverage::default())
    }
}

/// The decision and what led to it.
#[derive(Debug, Serialize)]
struct Answer {
    kind: String,
    #[serde(flatten)]
    decision: Decision,
    checks: Vec<Said>,
}

/// What one check said.
#[derive(Debug, Serialize)]
struct Said {
    check: String,
    verdict: Option<Verdict>,
    messages: Vec<String>,
    /// The lines that decided.
    decided: Vec<Source>,
    /// The lines that spoke about it and were overruled.
    overruled: Vec<Source>,
    /// What would change the answer.
    change: Vec<String>,
}

/// A line of a policy.
#[derive(Debug, Serialize)]
struct Source {
    file: String,
    line: u32,
    column: u32,
    verdict: Verdict,
    text: String,
}

impl Explain {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let files = PolicyFiles::find(invocation)?;
        let policy = files.load()?;
        let event = self.question.event(&files.places, invocation)?;
        let kind = event.what.kind().to_owned();
        let explanation = policy.explain(&event.inspect(&NothingInIt), &Usage::default());
        let exit = match explanation.decision.effective() {
            Verdict::Allow | Verdict::AllowWithChanges => Exit::Success,
            Verdict::Ask | Verdict::Deny => Exit::Findings,
        };
        let checks = explanation.checks.into_iter().map(Said::from).collect();
        invocation.output.show(&Answer { kind, decision: explanation.decision, checks })?;
        Ok(exit)
    }
}

impl From<CheckTrace> for Said {
    fn from(trace: CheckTrace) -> Self {
        let lines = |lines: Vec<Considered>| lines.into_iter().map(Source::from).collect();
        Self {
            check: trace.check.into(),
            verdict: trace.verdict,
            messages: trace.reasons.into_iter().map(|reason| reason.message).collect(),
            decided: lines(trace.decided),
            overruled: lines(trace.lost),
            change: trace.change,
        }
    }
}

impl From<Considered> for Source {
    fn from(line: Considered) -> Self {
        let Considered { verdict, source, text, .. } = line;
        Self { file: source.file, line: source.line, column: source.column, verdict, text }
    }
}

impl View for Answer {
    fn write(&self, page: &mut Page) {
        let (tone, word) = verdict::shown(self.decision.verdict);
        page.put(tone, word).put(Tone::Plain, format!(" ({} event)", self.kind)).end();
        for check in &self.checks {
            check.write(page);
        }
        if self.decision.reasons.is_empty() {
            page.end().line("no check of the policy has anything to say about it, and silence means no");
        }
        if self.decision.mode == Mode::Observe {
            page.end().line("mode = \"observe\": it would pass, and the record would say what is above");
        }
    }
}

impl Said {
    fn write(&self, page: &mut Page) {
        page.end();
        let (tone, word) = self.verdict.map_or((Tone::Faint, "nothing"), verdict::shown);
        page.put(tone, word).put(Tone::Plain, " by ").put(Tone::Strong, &self.check);
        page.put(Tone::Plain, format!(": {}", self.messages.join("; "))).end();
        for line in &self.decided {
            line.write(page, "  at  ");
        }
        for line in &self.overruled {
            line.write(page, "  not ");
        }
        for change in &self.change {
            page.put(Tone::Good, "  fix ").put(Tone::Plain, change).end();
        }
    }
}

impl Source {
    fn write(&self, page: &mut Page, role: &str) {
        page.put(Tone::Faint, role).put(Tone::Plain, format!("{}:{}:{}", self.file, self.line, self.column));
        page.put(Tone::Faint, format!("  {}", self.text)).end();
    }
}
