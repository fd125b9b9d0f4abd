//! What happened, and what of it is a finding. What honest work does is none: to speak with the service that a skill is for, with
//! the key that is for it; to write what it was asked for; to fill caches; to read what programs read for their own sake.

use crate::canary::{Canary, Nature};
use crate::look::Change;
use crate::places::{
    OF_AGENTS, OF_GIT, OF_THE_SYSTEM, PROFILES, STARTS_LATER, STARTS_LATER_THERE, is_code, is_of_agent,
    only_says_where, runs_programs,
};
use crate::scene::{Scene, no_link_no_wait};
use crate::trace::Tracer;
use portcullis_event::hidden::is_hidden;
use portcullis_trust::detonation::{Step, is_makers_host};
use portcullis_trust::{Found, Kind, rule};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;

/// Something that was said to a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The host by its name, or the address if it has none.
    pub host: String,
    /// The port.
    pub port: u16,
    /// What it was, for a person.
    pub what: String,
    /// All of it.
    pub bytes: Vec<u8>,
    /// Whether the answer was a script that tells when it is run.
    pub baited: bool,
}

/// What a step did.
#[derive(Debug, Clone)]
pub struct Happened<'a> {
    /// The step.
    pub step: &'a Step,
    /// What was said.
    pub sent: Vec<Sent>,
    /// Names that were asked for.
    pub names: Vec<String>,
    /// What it printed.
    pub output: Vec<u8>,
    /// Which private files were opened, by path from the home.
    pub opened: Vec<String>,
    /// What changed in the home, by path.
    pub changes: Vec<(String, Change)>,
    /// Whether something that was fetched was run.
    pub fetched: bool,
    /// Whether a command was run that a connection was told.
    pub told: bool,
}

/// What was let loose.
#[derive(Debug, Clone)]
pub struct Told {
    /// Where it lies, from the home.
    pub at: String,
    /// Its files, by path from there.
    pub files: BTreeSet<String>,
    /// Hosts that it speaks of in the clear.
    pub hosts: BTreeSet<String>,
}

/// The findings of one step.
pub fn judge(scene: &Scene, tracer: &Tracer, told: &Told, happened: &Happened<'_>) -> Vec<Found> {
    let mut findings = Findings { step: happened.step, list: Vec::new() };
    sent(scene, tracer, told, happened, &mut findings);
    opened(happened, &mut findings);
    shown(scene, tracer, happened, &mut findings);
    run(happened, &mut findings);
    changed(scene, told, happened, &mut findings);
    findings.list
}

struct Findings<'a> {
    step: &'a Step,
    list: Vec<Found>,
}

impl Findings<'_> {
    fn add(&mut self, id: &str, value: &str, what: &str) {
        // Whoever is let loose chooses names and paths.
        let what: String = what.chars().map(|it| if is_hidden(it) { '\u{fffd}' } else { it }).collect();
        let message = format!("Let loose, {} {what}.", self.step.cause.words());
        let found = rule(id).and_then(|rule| Found::of(rule, &self.step.path, self.step.span.clone(), value, message));
        self.list.extend(found.filter(|found| !self.list.iter().any(|old| old.hit.message == found.hit.message)));
    }
}

fn sent(scene: &Scene, tracer: &Tracer, told: &Told, happened: &Happened<'_>, findings: &mut Findings<'_>) {
    // What went to a host in several pieces may only be told by all of them.
    let mut to: BTreeMap<&str, (BTreeSet<usize>, Vec<u8>, &str)> = BTreeMap::new();
    for sent in &happened.sent {
        let (found, all, _) = to.entry(&sent.host).or_insert_with(|| (BTreeSet::new(), Vec::new(), &sent.what));
        found.extend(tracer.find(&sent.bytes));
        all.extend_from_slice(&sent.bytes);
    }
    for (host, (mut found, all, what)) in to {
        found.extend(tracer.find(&all));
        let theirs = found.iter().filter_map(|number| scene.canaries.get(*number)).filter(|it| !is_for(it, host, told));
        let theirs: Vec<&Canary> = theirs.collect();
        if !theirs.is_empty() {
            findings.add("detonation-secret-sent", host, &format!("sent {} to {host} ({what})", places(&theirs)));
        }
    }
    let carried = tracer.find_in_names(happened.names.iter().map(String::as_str));
    let carried: Vec<&Canary> = carried.into_iter().filter_map(|number| scene.canaries.get(number)).collect();
    if !carried.is_empty() {
        let what = format!("sent {} away in names that it asked for", places(&carried));
        findings.add("detonation-secret-sent", "names", &what);
    }
}

/// Whether a host may know a canary.
fn is_for(canary: &Canary, host: &str, told: &Told) -> bool {
    let is_within = |domain: &str| host == domain || host.ends_with(&format!(".{domain}"));
    // A key that it asks for itself is for whom it speaks of, and for nobody that it does not.
    let own = canary.nature == Nature::Own && told.hosts.iter().any(|it| is_within(it));
    own || canary.hosts.iter().any(|domain| is_within(domain)) || matches!(host, "127.0.0.1" | "localhost")
}

/// Where some canaries lay, for a person.
fn places(canaries: &[&Canary]) -> String {
    let mut named: Vec<String> = canaries.iter().take(3).map(|canary| place(canary)).collect();
    if canaries.len() > 3 {
        named.push(format!("{} more", canaries.len() - 3));
    }
    match named.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// Where a canary lay, for a person.
fn place(canary: &Canary) -> String {
    match canary.nature {
        Nature::Private | Nature::Credential => format!("what is in ~/{}", canary.place),
        Nature::Environment | Nature::Own => format!("the variable {}", canary.place),
    }
}

fn opened(happened: &Happened<'_>, findings: &mut Findings<'_>) {
    // A program that speaks over SSH opens the key for its own sake.
    let over_ssh = happened.sent.iter().any(|sent| sent.port == 22);
    for path in happened.opened.iter().filter(|path| !(over_ssh && path.starts_with(".ssh/"))) {
        findings.add("detonation-secret-read", path, &format!("opened ~/{path}"));
    }
}

fn shown(scene: &Scene, tracer: &Tracer, happened: &Happened<'_>, findings: &mut Findings<'_>) {
    for number in tracer.find(&happened.output) {
        let in_file = |canary: &&Canary| matches!(canary.nature, Nature::Private | Nature::Credential);
        if let Some(canary) = scene.canaries.get(number).filter(in_file) {
            findings.add("detonation-secret-shown", &canary.place, &format!("printed {}", place(canary)));
        }
    }
}

fn run(happened: &Happened<'_>, findings: &mut Findings<'_>) {
    if happened.fetched {
        let baited = happened.sent.iter().filter(|sent| sent.baited);
        let strangers: BTreeSet<&str> =
            baited.filter(|sent| !is_makers_host(&sent.host)).map(|sent| sent.what.as_str()).collect();
        if let Some(first) = strangers.first() {
            findings.add("detonation-downloaded-code", first, &format!("ran what it had fetched ({first})"));
        }
    }
    if happened.told {
        let to = happened.sent.iter().map(|sent| format!("{}:{}", sent.host, sent.port)).next().unwrap_or_default();
        findings.add("detonation-remote-control", &to, &format!("ran a command that it was told by {to}"));
    }
}

fn changed(scene: &Scene, told: &Told, happened: &Happened<'_>, findings: &mut Findings<'_>) {
    let workspace = scene.workspace().strip_prefix(&scene.home).map(|it| it.to_string_lossy().into_owned());
    let workspace = workspace.unwrap_or_default();
    let mut gone = Vec::new();
    for (path, change) in &happened.changes {
        let there = path.strip_prefix(&workspace).and_then(|rest| rest.strip_prefix('/'));
        let of_itself = path.strip_prefix(&told.at).and_then(|rest| rest.strip_prefix('/'));
        if let Some(own) = of_itself {
            let is_read = Kind::of(own).is_some_and(|kind| kind != Kind::Package) || is_code(own);
            if *change == Change::Changed && told.files.contains(own) && is_read {
                findings.add("detonation-changes-itself", own, &format!("changed `{own}`, which is a part of it"));
            }
            continue;
        }
        let was_seeded = scene.seeded.contains(path);
        if *change == Change::Gone {
            if was_seeded {
                gone.push(path.as_str());
            }
            continue;
        }
        let begins = |places: &[&str], path: &str| {
            places.iter().any(|place| path == *place || place.ends_with('/') && path.starts_with(place))
        };
        let is_program =
            path.strip_prefix(".local/bin/").is_some_and(|name| OF_THE_SYSTEM.contains(&name) || was_seeded);
        let is_loaded = path.starts_with(".local/lib/")
            && (path.ends_with("/usercustomize.py") || path.ends_with("/sitecustomize.py"));
        let starts = is_program
            || is_loaded
            || OF_GIT.contains(&path.as_str()) && runs_programs(&text(scene, path))
            || begins(&STARTS_LATER, path)
                && !(PROFILES.contains(&path.as_str()) && only_says_where(&text(scene, path)))
                && !path.starts_with(".ssh/known_hosts")
            || there.is_some_and(|path| begins(&STARTS_LATER_THERE, path) && !path.ends_with(".sample"));
        if starts {
            findings.add("detonation-leaves-behind", path, &format!("{} ~/{path}", wrote(*change)));
        } else if OF_AGENTS.iter().any(|place| path.starts_with(place))
            || path.starts_with(".claude/skills/") && was_seeded
            || there.is_some_and(|there| is_of_agent(there, was_seeded))
        {
            findings.add("detonation-changes-agent", path, &format!("{} ~/{path}", wrote(*change)));
        } else if path == ".bash_history" && !text(scene, path).contains("mysql -u shop") {
            findings.add("detonation-destroys", path, "changed the history of the shell");
        }
    }
    if let Some(first) = gone.first() {
        let more = if gone.len() > 1 { format!(" and {} more files", gone.len() - 1) } else { String::new() };
        findings.add("detonation-destroys", first, &format!("removed ~/{first}{more} of the user's"));
    }
}

/// What is in a file of the home now, from its beginning.
fn text(scene: &Scene, path: &str) -> String {
    let file = fs::OpenOptions::new().read(true).custom_flags(no_link_no_wait()).open(scene.folder.join(path));
    let mut bytes = Vec::new();
    file.and_then(|file| file.take(1 << 20).read_to_end(&mut bytes)).ok();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn wrote(change: Change) -> &'static str {
    match change {
        Change::New => "wrote",
        Change::Changed => "changed",
        Change::Gone => "removed",
    }
}
