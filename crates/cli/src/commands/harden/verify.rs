//! `portcullis harden verify`: whether each setting holds.

use super::{Asked, Which, attest};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::harden::attested::Looks;
use crate::harden::live::{self, Answer};
use crate::harden::places::Roots;
use crate::harden::plan::Meant;
use crate::invocation::Invocation;
use crate::output::View;
use crate::page::{Page, Tone};
use clap::Args;
use portcullis_harden::{ATTESTATIONS, Book, Doubt, Hold, Proof, Scope, doubts, prove, settings};
use serde::Serialize;

/// Proves each setting: reads the files as the tool reads them, and says what does not hold.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    which: Which,
    /// Also start the tools that can say what they refuse without a model
    #[arg(long)]
    live: bool,
}

/// What came of all proofs.
#[derive(Debug, Serialize)]
struct Report {
    held: usize,
    failed: usize,
    settings: Vec<One>,
    /// Names in settings that the tool does not know.
    ignored: Vec<Ignored>,
    /// What tools said themselves.
    live: Vec<Answer>,
    /// What only a person can look at.
    attestations: Vec<attest::One>,
}

/// A name that the tool does not know.
#[derive(Debug, Serialize)]
struct Ignored {
    tool: &'static str,
    path: String,
    key: String,
    instead: String,
}

/// One setting.
#[derive(Debug, Serialize)]
struct One {
    id: &'static str,
    tool: &'static str,
    scope: &'static str,
    holds: bool,
    hold: Hold,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    stops: &'static str,
    limits: &'static [&'static str],
}

impl Verify {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let roots = Roots::find(invocation)?;
        let meant = self.which.meant(&roots, invocation)?;
        let asked = Asked::of(invocation)?;
        let mut proven = Vec::new();
        for (scope, setting) in meant.settings() {
            let Some(proof) = prove(setting, asked.wanted(scope), scope, &roots.files(setting.book)) else { continue };
            proven.push(One {
                id: setting.id,
                tool: setting.book.tool.name(),
                scope: scope.name(),
                holds: proof == Proof::Holds,
                hold: setting.hold,
                why: why(&proof),
                stops: setting.stops,
                limits: setting.limits,
            });
        }
        let ignored = ignored(&meant, &roots);
        let looks = Looks::of(&invocation.home()?)?;
        let of_tools = ATTESTATIONS.iter().filter(|it| meant.tools.contains(&it.tool));
        let attestations = of_tools.map(|it| attest::One::of(it, &looks)).collect();
        let live = if self.live {
            live::ask(&meant.tools, asked.wanted(Scope::User), &roots, &invocation.environment)
        } else {
            Vec::new()
        };
        let held = proven.iter().filter(|it| it.holds).count();
        let report = Report { held, failed: proven.len() - held, settings: proven, ignored, live, attestations };
        invocation.output.show(&report)?;
        let refused = report.live.iter().all(|it| it.refused);
        Ok(if report.failed == 0 && report.ignored.is_empty() && refused { Exit::Success } else { Exit::Findings })
    }
}

/// Every file of the tools that are meant, whoever's it is, is looked through once.
fn ignored(meant: &Meant, roots: &Roots) -> Vec<Ignored> {
    let mut books: Vec<&Book> = Vec::new();
    for setting in settings().filter(|it| meant.tools.contains(&it.book.tool)) {
        if !books.iter().any(|it| std::ptr::eq(*it, setting.book)) {
            books.push(setting.book);
        }
    }
    let of_book = |book: &&Book| {
        let tool = book.tool.name();
        let found = doubts(book, &roots.files(book)).into_iter();
        found.map(move |Doubt { path, key, instead }| Ignored { tool, path, key, instead }).collect::<Vec<_>>()
    };
    books.iter().flat_map(of_book).collect()
}

fn why(proof: &Proof) -> Option<String> {
    match proof {
        Proof::Holds => None,
        Proof::Missing(path) => Some(format!("it is not set in {path}")),
        Proof::Overridden(path) => Some(format!("{path} says something else, and the tool believes that")),
        Proof::Unreadable(path, why) => Some(format!("{path} can't be read, and the tool may ignore all of it: {why}")),
        Proof::Open(path) => {
            Some(format!("others than root can change {path}, so that the tool ignores it or is deceived"))
        }
    }
}

impl View for Report {
    fn write(&self, page: &mut Page) {
        for one in &self.settings {
            let (tone, word) = match (one.holds, one.hold) {
                (true, Hold::Enforced) => (Tone::Good, "holds"),
                (true, Hold::Asked) => (Tone::Warning, "asked"),
                (false, _) => (Tone::Bad, "FAILS"),
            };
            page.column(tone, word, 7).column(Tone::Strong, one.id, 36).put(Tone::Plain, one.stops).end();
            if let Some(why) = &one.why {
                page.column(Tone::Plain, "", 7).put(Tone::Bad, "why ").put(Tone::Plain, why).end();
            }
        }
        for one in &self.ignored {
            let what = format!("`{}` in {} does nothing: {} does not know it", one.key, one.path, one.tool);
            page.column(Tone::Bad, "NOTHING", 9).put(Tone::Plain, what).end();
            page.column(Tone::Plain, "", 7).put(Tone::Good, "fix ").put(Tone::Plain, &one.instead).end();
        }
        for one in &self.live {
            let (tone, word, verb) =
                if one.refused { (Tone::Good, "tried", "refuses") } else { (Tone::Bad, "FAILS", "does not refuse") };
            page.column(tone, word, 7).put(Tone::Plain, format!("{} {verb} {}", one.tool, one.what)).end();
        }
        self.attestations.iter().for_each(|one| one.put(page));
        page.end().line(match (self.failed, self.held) {
            (0, 0) => "no setting of a tool that is used here is asked for".to_owned(),
            (0, held) => format!("all {held} settings hold"),
            (failed, held) => format!("{failed} of {} settings do not hold: portcullis harden", failed + held),
        });
    }
}
