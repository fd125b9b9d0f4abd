//! What a run says about itself, on standard error: in one line what is protected, and at its end what waits.

use super::egress::Denied;
use super::world::Seen;
use crate::output::View;
use crate::page::{Page, Tone};
use portcullis_changes::{ChangeSet, Choice, Verdict};
use portcullis_event::SessionId;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// How many entries of a list are shown.
const SHOWN: usize = 8;

/// At the start.
#[derive(Debug, Serialize)]
pub(super) struct Begins<'a> {
    session: &'a SessionId,
    workspace: &'a Path,
    masked: usize,
    boundary: &'static str,
    agent: AgentBegins,
}

/// What a run means for the agent in it.
#[derive(Debug, Default, Serialize)]
pub(super) struct AgentBegins {
    /// Its name, if it is known, and whether what it keeps lasts.
    pub(super) kept: Option<(&'static str, bool)>,
    /// How many files of its user's settings were too many to be taken along.
    pub(super) left_out: usize,
    /// Where its model is asked, if policy does not allow that.
    pub(super) unreached: Option<&'static str>,
    /// Ports of this machine that it can reach.
    pub(super) ports: Vec<u16>,
    /// Keys that were handed in.
    pub(super) keys: Vec<String>,
    /// Keys of it that are set outside and were not handed in.
    pub(super) keys_outside: Vec<&'static str>,
}

impl<'a> Begins<'a> {
    pub(super) fn new(
        session: &'a SessionId,
        workspace: &'a Path,
        seen: &Seen,
        boundary: &'static str,
        agent: AgentBegins,
    ) -> Self {
        Self { session, workspace, masked: seen.workspace.paths.len(), boundary, agent }
    }
}

impl AgentBegins {
    fn network(&self, page: &mut Page) {
        for port in &self.ports {
            page.put(Tone::Plain, format!("; port {port} of this machine, as host.portcullis.internal:{port}"));
        }
        page.end();
        if let Some(host) = self.unreached {
            page.put(Tone::Warning, "           ")
                .put(Tone::Plain, format!("not {host}, where its model is: add it to `network.allow` in your policy"))
                .end();
        }
    }

    fn write(&self, page: &mut Page) {
        if let Some((name, lasts)) = self.kept {
            let how = if lasts {
                "what it keeps lasts for this repository, apart from your own; no login is taken along"
            } else {
                "another run of it is at work here, so nothing that it keeps lasts"
            };
            page.put(Tone::Faint, "  agent    ").put(Tone::Plain, format!("{name}: {how}")).end();
        }
        if self.left_out > 0 {
            let what = format!("{} files of your settings for it were too much to be taken along", self.left_out);
            page.put(Tone::Warning, "           ").put(Tone::Plain, what).end();
        }
        if !self.keys.is_empty() {
            let what = format!("it holds the real {}", listed(&self.keys));
            page.put(Tone::Faint, "  keys     ").put(Tone::Plain, what).end();
        }
        for key in &self.keys_outside {
            page.put(Tone::Faint, "  keys     ")
                .put(Tone::Plain, format!("{key} stays outside; `--env {key}` hands it in"))
                .end();
        }
    }
}

impl View for Begins<'_> {
    fn write(&self, page: &mut Page) {
        page.put(Tone::Good, "portcullis")
            .put(Tone::Plain, ": session ")
            .put(Tone::Strong, self.session.as_str())
            .end();
        let workspace = self.workspace.display().to_string();
        page.put(Tone::Faint, "  files    ").put(Tone::Plain, &workspace).put(Tone::Plain, ", in a layer; ");
        let masked = match self.masked {
            0 => "no secret files in it; ".to_owned(),
            1 => "1 secret file masked; ".to_owned(),
            count => format!("{count} secret files masked; "),
        };
        page.put(Tone::Plain, &masked).put(Tone::Plain, "your home folder is not there").end();
        page.put(Tone::Faint, "  network  ").put(Tone::Plain, self.boundary);
        self.agent.network(page);
        self.agent.write(page);
    }
}

/// At the end.
#[derive(Debug, Serialize)]
pub(super) struct Ends<'a> {
    session: &'a SessionId,
    changed: usize,
    waiting: BTreeMap<String, Vec<String>>,
    denied: Vec<(String, String, Option<String>, u64)>,
}

impl<'a> Ends<'a> {
    pub(super) fn new(session: &'a SessionId, sets: &[ChangeSet], denied: Denied) -> Self {
        let choice = Choice::default();
        let (mut changed, mut waiting) = (0, BTreeMap::<String, Vec<String>>::new());
        for change in sets.iter().flat_map(|set| &set.changes) {
            changed += 1;
            let path = || crate::printable::printable(&change.path.as_path().to_string_lossy()).to_string();
            match choice.verdict(change) {
                Verdict::Applies => {}
                Verdict::Waits(classes) => {
                    let why = classes.first().map_or("nobody chose it", |class| class.reason());
                    waiting.entry(why.to_owned()).or_default().push(path());
                }
                Verdict::Drifted => waiting.entry("changed outside as well".to_owned()).or_default().push(path()),
                Verdict::Never(obstacle) => {
                    waiting.entry(obstacle.as_str().to_owned()).or_default().push(path());
                }
            }
        }
        let denied = denied.into_iter().map(|(target, (denial, times))| {
            let why = denial.reasons.first().cloned().unwrap_or_default();
            (target, why, denial.fix, times)
        });
        Self { session, changed, waiting, denied: denied.collect() }
    }
}

impl View for Ends<'_> {
    fn write(&self, page: &mut Page) {
        if self.changed == 0 && self.denied.is_empty() {
            return;
        }
        page.put(Tone::Good, "portcullis").put(Tone::Plain, ": ");
        let changes = if self.changed == 1 { "1 change".to_owned() } else { format!("{} changes", self.changed) };
        page.put(Tone::Plain, format!("{changes} in session {}", self.session)).end();
        for (why, paths) in &self.waiting {
            page.put(Tone::Warning, "  waits    ")
                .put(Tone::Plain, listed(paths))
                .put(Tone::Faint, format!(": {why}"))
                .end();
        }
        for (target, why, fix, times) in self.denied.iter().take(SHOWN) {
            let often = if *times > 1 { format!(" ({times} times)") } else { String::new() };
            page.put(Tone::Bad, "  denied   ").put(Tone::Strong, target).put(Tone::Plain, &often).end();
            page.put(Tone::Faint, "           why ").put(Tone::Plain, why).end();
            if let Some(fix) = fix {
                page.put(Tone::Good, "           fix ").put(Tone::Plain, fix).end();
            }
        }
        if self.changed > 0 {
            page.put(Tone::Faint, "  next     ").put(Tone::Plain, "portcullis changes").end();
        }
    }
}

fn listed(paths: &[String]) -> String {
    let shown: Vec<&str> = paths.iter().take(SHOWN).map(String::as_str).collect();
    let more = paths.len().saturating_sub(SHOWN);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{rest}", shown.join(", "))
}
