//! What a run says about itself, on standard error: in one line what is protected, and at its end what waits.

use super::before::Before;
use super::egress::Denied;
use super::settle::Settled;
use super::world::Seen;
use crate::output::View;
use crate::page::{Page, Tone};
use crate::terms::Standing;
use portcullis_changes::Class;
use portcullis_event::{Rest, SessionId};
use portcullis_sandbox::Tier;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// What git keeps for itself, in a word.
const GIT: &str = "git-state";

/// How many entries of a list are shown.
const SHOWN: usize = 8;

/// What is said of walls that are not full.
const DEGRADED: &str = ": this machine refuses namespaces, so there are Landlock and a filter only;";

/// The name of a tier for people.
pub(crate) const fn word(tier: Tier) -> &'static str {
    match tier {
        Tier::Full => "full",
        Tier::Engine => "engine",
        Tier::Degraded => "degraded",
    }
}

/// At the start.
#[derive(Debug, Serialize)]
pub(super) struct Begins<'a> {
    session: &'a SessionId,
    workspace: &'a Path,
    masked: usize,
    boundary: &'static str,
    agent: AgentBegins,
    tier: &'static str,
    before: &'a Before,
    name: Option<&'a str>,
    /// How many names are closed, if the command works in the files themselves.
    live: Option<usize>,
}

/// What a run means for the agent in it.
#[derive(Debug, Default, Serialize)]
pub(super) struct AgentBegins {
    /// Its name, if it is known, and whether what it keeps lasts.
    pub(super) kept: Option<(&'static str, Lasts)>,
    /// How many files of its user's settings were too many to be taken along.
    pub(super) left_out: usize,
    /// Where its model is asked, if policy does not allow that.
    pub(super) unreached: Option<&'static str>,
    /// Ports of this machine that it can reach.
    pub(super) ports: Vec<u16>,
    /// Who has built the walls, if that was somebody else.
    pub(super) engine: Option<&'static str>,
    /// Sockets that it can ask, and whether what is said there is read.
    pub(super) sockets: Vec<(String, bool)>,
    /// Keys that were handed in.
    pub(super) keys: Vec<String>,
    /// Keys that are set outside and have something that stands for them inside.
    pub(super) stand_ins: Vec<&'static str>,
    /// Keys of it that are set outside and were not handed in.
    pub(super) keys_outside: Vec<&'static str>,
}

/// Whether what an agent keeps lasts until its next run.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Lasts {
    /// It does, for the same repository.
    ForTheRepository,
    /// It was asked not to.
    NotAsAsked,
    /// Another run holds it.
    NotBesideAnother,
}

impl<'a> Begins<'a> {
    pub(super) fn new(
        session: &'a SessionId,
        workspace: &'a Path,
        seen: &Seen,
        (boundary, before): (&'static str, &'a Before),
        (agent, tier): (AgentBegins, Tier),
    ) -> Self {
        Self {
            session,
            workspace,
            masked: seen.workspace.paths.len(),
            boundary,
            agent,
            tier: word(tier),
            before,
            name: None,
            live: None,
        }
    }

    /// Of a session that has a name.
    pub(super) fn called(self, name: Option<&'a str>) -> Self {
        Self { name, ..self }
    }

    /// Of one that works in the files themselves, with so many names closed.
    pub(super) fn live(self, live: Option<usize>) -> Self {
        Self { live, ..self }
    }
}

impl AgentBegins {
    /// What goes on the record with the start: the names of the keys that the command holds, the
    /// sockets that it can ask, and the engine.
    pub(super) fn on_record(&self) -> Rest {
        let keys = self.keys.iter().map(|key| serde_json::Value::from(key.as_str())).collect::<Vec<_>>();
        let holds = (!keys.is_empty()).then(|| ("holds".to_owned(), keys.into()));
        let sockets = self.sockets.iter().map(|(told, _)| serde_json::Value::from(told.as_str())).collect::<Vec<_>>();
        let sockets = (!sockets.is_empty()).then(|| ("sockets".to_owned(), sockets.into()));
        let engine = self.engine.map(|engine| ("engine".to_owned(), engine.into()));
        holds.into_iter().chain(sockets).chain(engine).collect()
    }

    fn network(&self, page: &mut Page) {
        for port in &self.ports {
            page.put(Tone::Plain, format!("; port {port} of this machine, as host.portcullis.internal:{port}"));
        }
        page.end();
        for (told, is_read) in &self.sockets {
            let tone = if *is_read { Tone::Plain } else { Tone::Warning };
            page.put(Tone::Faint, "  sockets  ").put(tone, told).end();
        }
        if let Some(host) = self.unreached {
            page.put(Tone::Warning, "           ")
                .put(Tone::Plain, format!("not {host}, where its model is: add it to `network.allow` in your policy"))
                .end();
        }
    }

    fn write(&self, page: &mut Page, in_place: bool) {
        if let Some((name, lasts)) = self.kept {
            let how = match lasts {
                _ if in_place => "without namespaces nothing that it keeps lasts; no login is taken along",
                Lasts::ForTheRepository => {
                    "what it keeps lasts for this repository, apart from your own; no login is taken along"
                }
                Lasts::NotAsAsked => "it begins anew, and nothing that it keeps lasts",
                Lasts::NotBesideAnother => "another run of it is at work here, so nothing that it keeps lasts",
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
        if !self.stand_ins.is_empty() {
            let keys: Vec<String> = self.stand_ins.iter().map(|key| (*key).to_owned()).collect();
            let what = format!("{} stays outside; the model's server gets it, the command a stand-in", listed(&keys));
            page.put(Tone::Faint, "  keys     ").put(Tone::Plain, what).end();
        }
        for key in self.keys_outside.iter().filter(|key| !self.stand_ins.contains(key)) {
            page.put(Tone::Faint, "  keys     ")
                .put(Tone::Plain, format!("{key} stays outside; `--env {key}` hands it in"))
                .end();
        }
    }
}

impl Begins<'_> {
    /// What is said even if nothing else is: sockets whose talk nobody reads.
    pub(super) fn unread(&self) -> impl Iterator<Item = &str> {
        self.agent.sockets.iter().filter(|(_, is_read)| !is_read).map(|(told, _)| told.as_str())
    }
}

impl View for Begins<'_> {
    fn write(&self, page: &mut Page) {
        page.put(Tone::Good, "portcullis")
            .put(Tone::Plain, ": session ")
            .put(Tone::Strong, self.session.as_str())
            .end();
        let workspace = self.workspace.display().to_string();
        if self.tier == word(Tier::Degraded) {
            page.put(Tone::Faint, "  walls    ").put(Tone::Warning, self.tier).put(Tone::Plain, DEGRADED).end();
            page.put(Tone::Plain, "           `portcullis doctor` says what is missing and how to get it").end();
        }
        if !portcullis_sandbox::has_landlock() {
            page.put(Tone::Faint, "  walls    ")
                .put(Tone::Warning, "without Landlock, which this kernel does not have")
                .end();
        }
        if let Some(engine) = self.agent.engine {
            let walls = format!("by {engine}; Landlock and the filter of system calls behind them are ours");
            page.put(Tone::Faint, "  walls    ").put(Tone::Plain, walls).end();
        }
        if let Some(closed) = self.live {
            let names = counted(closed, "name", "names");
            page.put(Tone::Faint, "  live     ")
                .put(Tone::Warning, "it works in your files themselves, and that can't be taken back; ")
                .put(Tone::Plain, format!("{names} closed to it"))
                .end();
        }
        let kept = if self.live.is_some() {
            "; "
        } else if self.tier == word(Tier::Degraded) {
            ", on a copy of it; "
        } else {
            ", in a layer; "
        };
        page.put(Tone::Faint, "  files    ").put(Tone::Plain, &workspace).put(Tone::Plain, kept);
        let masked = match self.masked {
            0 => "no secret files in it; ".to_owned(),
            1 => "1 secret file masked; ".to_owned(),
            count => format!("{count} secret files masked; "),
        };
        page.put(Tone::Plain, &masked).put(Tone::Plain, "your home folder is not there").end();
        page.put(Tone::Faint, "  network  ").put(Tone::Plain, self.boundary);
        self.agent.network(page);
        self.agent.write(page, self.tier == word(Tier::Degraded));
        self.before.write(page);
        if let Some(name) = self.name {
            page.put(Tone::Faint, "  name     ")
                .put(Tone::Strong, name)
                .put(Tone::Plain, format!(": join it with run --name {name} -- COMMAND, read it with --attach, "))
                .put(Tone::Plain, format!("end it with halt {name}"))
                .end();
        }
    }
}

impl Before {
    fn write(&self, page: &mut Page) {
        match self {
            Self::Nothing(None) => {}
            Self::Nothing(Some(waiting)) => {
                let (count, id) = (counted(waiting.changes, "change", "changes"), &waiting.session);
                page.put(Tone::Warning, "  waiting  ").put(Tone::Plain, format!("{count} of session {id}"));
                if waiting.others > 0 {
                    let others = counted(waiting.others, "other session", "other sessions");
                    page.put(Tone::Plain, format!(", and {others}"));
                }
                page.put(Tone::Faint, format!(": portcullis changes; or go on with it: run --continue={id}")).end();
            }
            Self::Runs(resumed) => {
                let what = match resumed.left.len() {
                    0 => "it goes on; nothing of it waits".to_owned(),
                    count => {
                        let count = counted(count, "change", "changes");
                        format!(
                            "it goes on; {count} of it that nobody applied: portcullis changes apply, when it has ended"
                        )
                    }
                };
                page.put(Tone::Faint, "  before   ").put(Tone::Plain, what).end();
                if !resumed.drifted.is_empty() {
                    let paths: Vec<String> =
                        resumed.drifted.iter().map(|path| printable(&path.as_path().to_string_lossy())).collect();
                    page.put(Tone::Warning, "  drifted  ")
                        .put(Tone::Plain, listed(&paths))
                        .put(Tone::Faint, ": changed in the repository as well; the command sees the session's own")
                        .end();
                }
            }
        }
    }
}

fn printable(text: &str) -> String {
    crate::printable::printable(text).to_string()
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// At the end.
#[derive(Debug, Serialize)]
pub(super) struct Ends<'a> {
    session: &'a SessionId,
    changed: usize,
    applied: usize,
    /// What would have been applied by itself, and was not.
    held: Vec<String>,
    tier: &'static str,
    waiting: BTreeMap<String, Vec<String>>,
    denied: Vec<(String, String, Option<String>, u64)>,
    /// What it changed in the files themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<Direct>,
}

/// What a live run changed.
#[derive(Debug, Serialize)]
struct Direct {
    changed: Vec<String>,
    put_back: Vec<String>,
    left: Vec<(String, String)>,
}

impl Direct {
    fn of(settled: &crate::live::Settled) -> Self {
        let shown = |path: &portcullis_changes::TreePath| printable(&path.as_path().to_string_lossy());
        Self {
            changed: settled.stays.iter().map(|(path, _)| shown(path)).collect(),
            put_back: settled.held.put_back.iter().map(shown).collect(),
            left: settled.held.left.iter().map(|(path, why)| (shown(path), why.clone())).collect(),
        }
    }

    fn write(&self, page: &mut Page) {
        if !self.changed.is_empty() {
            let count = counted(self.changed.len(), "change", "changes");
            page.put(Tone::Plain, "  live     ").put(Tone::Plain, format!("{count} in your files: "));
            page.put(Tone::Plain, listed(&self.changed)).end();
        }
        if !self.put_back.is_empty() {
            page.put(Tone::Warning, "  put back ").put(Tone::Plain, listed(&self.put_back));
            page.put(Tone::Faint, ": what policy guards is as it was").end();
        }
        for (path, why) in &self.left {
            page.put(Tone::Bad, "  look at  ").put(Tone::Plain, path).put(Tone::Faint, format!(": {why}")).end();
        }
    }
}

impl<'a> Ends<'a> {
    pub(super) fn new(session: &'a SessionId, settled: &Settled, denied: Denied, tier: Tier) -> Self {
        let applied = settled.outcome.done;
        let (mut held, mut waiting) = (Vec::new(), BTreeMap::<String, Vec<String>>::new());
        for (set, standings) in &settled.sets {
            for change in &set.changes {
                let path = if change.classes.contains(&Class::GitState) {
                    GIT.to_owned()
                } else {
                    printable(&change.path.as_path().to_string_lossy())
                };
                match standings.of(change) {
                    Standing::Applies if applied == 0 => held.push(path),
                    Standing::Applies => {}
                    standing @ (Standing::Waits(_) | Standing::Drifted | Standing::Never(_)) => {
                        let why = standing.because().into_iter().next().unwrap_or_default();
                        waiting.entry(why).or_default().push(path);
                    }
                }
            }
        }
        held.dedup();
        waiting.values_mut().for_each(Vec::dedup);
        for conflict in &settled.outcome.conflicts {
            waiting.entry(conflict.reason()).or_default().push(conflict.path.to_string());
        }
        let denied = denied.into_iter().map(|(target, (denial, times))| {
            let why = denial.reasons.first().cloned().unwrap_or_default();
            // Nobody waits any more for what would have been allowed this once.
            (target, why, denial.lasting.or(denial.fix), times)
        });
        let (changed, tier) = (settled.changed(), word(tier));
        Self { session, changed, applied, held, tier, waiting, denied: denied.collect(), live: None }
    }

    /// With what was changed in the files themselves.
    pub(super) fn beside(self, live: Option<&crate::live::Settled>) -> Self {
        let live = live.filter(|settled| settled.count() > 0).map(Direct::of);
        Self { live, ..self }
    }
}

impl Ends<'_> {
    /// How many things wait for a person.
    pub(super) fn waiting(&self) -> usize {
        self.held.len() + self.waiting.values().map(Vec::len).sum::<usize>()
    }
}

impl View for Ends<'_> {
    fn write(&self, page: &mut Page) {
        if self.changed == 0 && self.denied.is_empty() && self.live.is_none() {
            return;
        }
        page.put(Tone::Good, "portcullis").put(Tone::Plain, ": ");
        let changes = if self.changed == 1 { "1 change".to_owned() } else { format!("{} changes", self.changed) };
        let walls =
            if self.tier == word(Tier::Degraded) { format!(", behind {} walls", self.tier) } else { String::new() };
        page.put(Tone::Plain, format!("{changes} in session {}{walls}", self.session)).end();
        if let Some(live) = &self.live {
            live.write(page);
        }
        if self.applied > 0 {
            page.put(Tone::Good, "  applied  ").put(Tone::Plain, self.applied.to_string());
            page.put(Tone::Faint, format!("; portcullis revert {} takes them back", self.session)).end();
        }
        if !self.held.is_empty() {
            page.put(Tone::Plain, "  held     ").put(Tone::Plain, listed(&self.held));
            page.put(Tone::Faint, ": portcullis changes apply").end();
        }
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
        if !self.held.is_empty() || !self.waiting.is_empty() {
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
