//! A session: what it has read so far, and what that means for what it asks for next.

use crate::deed::{self, Deed, Destination};
use crate::files::Files;
use crate::flow::{self, Carried};
use crate::held::{Held, HeldBy};
use crate::label::{Label, Labels};
use crate::origin::{Origin, Source};
use crate::reading;
use crate::rules::{Places, Rules};
use crate::traces::Traces;
use portcullis_effects::{Effects, What};
use portcullis_event::{AbsPath, Host, canonical};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeSet, HashMap};

/// So many calls are remembered. The result of one that was forgotten is one of a call that nobody saw.
const MOST_CALLS: usize = 1 << 14;

/// So many sources are told apart.
const MOST_SOURCES: usize = 1 << 10;

/// So many hosts that the user named are remembered.
const MOST_HOSTS: usize = 1 << 10;

/// A call as an agent is about to be handed it.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// What it is called by whoever asks for it.
    pub id: Option<&'a str>,
    /// The tool.
    pub name: &'a str,
    /// What it is given.
    pub input: &'a Value,
    /// What it would do.
    pub effects: &'a Effects,
}

/// What came of a call.
#[derive(Debug, Clone, Copy)]
pub struct Came<'a> {
    /// What the call is called.
    pub id: Option<&'a str>,
    /// The tool, if it is known.
    pub name: Option<&'a str>,
    /// What it was given, as the conversation has it.
    pub input: Option<&'a Value>,
    /// The text.
    pub text: &'a str,
}

/// A label that the session did not have before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Risen {
    /// The label.
    pub label: Label,
    /// Where it comes from.
    pub source: Source,
}

/// What a call was found to read when it was asked for.
#[derive(Debug, Clone)]
struct Asked {
    number: u64,
    origins: Vec<(Labels, Origin)>,
}

/// A session.
#[derive(Debug)]
pub struct Session {
    /// The first source of each label.
    since: Vec<Risen>,
    /// The sources of private text, by their number in the traces.
    private: Vec<Source>,
    traces: Traces,
    files: Files,
    calls: u64,
    asked: HashMap<[u8; 32], Asked>,
    /// Hosts that the user named.
    hosts: BTreeSet<Host>,
    /// Whether something was asked for that brings untrusted text. From then on a client may have put such text into its user's
    /// mouth, as some do to have it summed up.
    is_told: bool,
}

impl Session {
    /// A session that has read nothing. `key` is what private text is remembered under.
    pub fn new(key: [u8; 32], places: &Places) -> Self {
        let mut traces = Traces::new(key);
        // Paths stand in everything that tools print.
        for path in [&places.cwd, &places.workspace, &places.home] {
            traces.open(path.as_str());
        }
        Self {
            since: Vec::new(),
            private: Vec::new(),
            traces,
            files: Files::default(),
            calls: 0,
            asked: HashMap::new(),
            hosts: BTreeSet::new(),
            is_told: false,
        }
    }

    /// The labels of everything that was read.
    pub fn labels(&self) -> Labels {
        self.since.iter().map(|risen| of(risen.label)).collect()
    }

    /// Where each label comes from.
    pub fn since(&self) -> &[Risen] {
        &self.since
    }

    /// Whether private text was read, cleared or not.
    pub fn is_private(&self) -> bool {
        !self.private.is_empty()
    }

    /// Takes the labels away. For a person only. What private text was read is known all the same, and held where it goes out.
    pub fn clear(&mut self) -> Vec<Risen> {
        std::mem::take(&mut self.since)
    }

    /// Puts labels back that were taken away.
    pub fn restore(&mut self, labels: &[Risen]) {
        for risen in labels {
            self.rise(&risen.source);
        }
    }

    /// Takes in what the user said: hosts that are named there are known, as long as nothing untrusted was asked for.
    pub fn said(&mut self, text: &str) {
        if self.is_told || self.labels().holds(Label::Untrusted) {
            return;
        }
        let ends = |c: char| {
            c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | '(' | ')' | '[' | ']' | ',' | ';')
        };
        for word in text.split(ends) {
            let address = word.split_once("://").map_or(word, |(_, rest)| rest);
            let host = address.split(['/', '?', '#', ':']).next().unwrap_or_default().trim_end_matches('.');
            if let Some(host) =
                Host::parse(host).ok().filter(|it| it.as_str().contains('.') && self.hosts.len() < MOST_HOSTS)
            {
                self.hosts.insert(host);
            }
        }
    }

    /// Why a person has to be asked about a call first; empty if nobody has to.
    pub fn judge(&self, call: &Given<'_>, rules: &dyn Rules, places: &Places) -> Vec<Held> {
        let deeds = deed::deeds(call, &self.files, places);
        let mut held: Vec<Held> = deeds.iter().flat_map(|deed| self.for_labels(deed, rules)).collect();
        let sends = deeds.iter().find_map(|deed| match deed {
            Deed::Send(to) => Some(to),
            Deed::Change(_) => None,
        });
        if let Some(to) = sends {
            held.extend(self.flow(call, to, rules, places));
        }
        held.sort();
        held.dedup();
        held
    }

    /// Why a person has to be asked before a program connects to a host, whatever it is for; empty if nobody has to. Only a session
    /// that has read both kinds of text is asked about: what a call is for was judged when it was made.
    pub fn connects(&self, host: &Host, port: u16, rules: &dyn Rules) -> Vec<Held> {
        let mut held = self.for_labels(&Deed::Send(Destination::Host(host.clone(), Some(port))), rules);
        held.retain(|held| held.by == HeldBy::Together);
        held
    }

    /// What the session's labels say of one thing that would be done.
    fn for_labels(&self, deed: &Deed, rules: &dyn Rules) -> Vec<Held> {
        let (untrusted, sensitive) = (self.first(Label::Untrusted), self.first(Label::Sensitive));
        let Some(untrusted) = untrusted else { return Vec::new() };
        let mut held = Vec::new();
        if let Some(sensitive) = sensitive.filter(|_| self.is_way_out(deed)) {
            let why = format!(
                "this {deed}, and the session has read text that people outside can write ({untrusted}) and text that must not get to \
                 them ({sensitive})"
            );
            held.push(Held::new(HeldBy::Together, why));
        }
        let since = format!("and the session has held untrusted text since it read {untrusted}");
        match deed {
            Deed::Change(_) => held.push(Held::new(HeldBy::Changes, format!("this {deed}, {since}"))),
            Deed::Send(Destination::Fetch(host, port)) => {
                if !is_named(&Destination::Fetch(host.clone(), *port), rules) && !self.hosts.contains(host) {
                    let why = format!("this fetches from {host}, which neither policy nor the user named, {since}");
                    held.push(Held::new(HeldBy::Links, why));
                }
            }
            Deed::Send(to) => {
                if !is_named(to, rules) {
                    held.push(Held::new(
                        HeldBy::Strangers,
                        format!("this {deed}, which policy does not name, {since}"),
                    ));
                }
            }
        }
        held
    }

    /// Whether a deed is one of the three that must not come together. To ask a server about what only it has told tells it nothing
    /// new.
    fn is_way_out(&self, deed: &Deed) -> bool {
        match deed {
            Deed::Send(Destination::Server { server, writes: false }) => {
                !self.private.iter().all(|source| is_from(source, server))
            }
            Deed::Send(_) | Deed::Change(_) => true,
        }
    }

    /// Whether private text would go out, whatever the labels say.
    fn flow(&self, call: &Given<'_>, to: &Destination, rules: &dyn Rules, places: &Places) -> Option<Held> {
        let held = |what: String| Some(Held::new(HeldBy::Flow, format!("this sends to {to} {what}")));
        if let Some(path) = flow::by_file(call, &self.files, rules, places)
            .filter(|_| !matches!(to, Destination::Server { writes: false, .. }))
        {
            return held(format!("what lies in {path}"));
        }
        if *to == Destination::Remote {
            if let Some(path) = self.files.sensitive_below(&places.workspace) {
                return held(format!("private text that the session put into {path}"));
            }
            if self.files.is_sensitive_everywhere() {
                return held("files, into more of which private text was put than is known".to_owned());
            }
        }
        match flow::in_words(call, &self.traces) {
            Carried::Untold => held("more than can be compared with the private text that was read".to_owned()),
            Carried::Pieces(found) => {
                let sources = found.sources.iter().filter_map(|number| self.private.get(*number));
                let to_others =
                    |source: &&Source| !matches!(to, Destination::Server { server, .. } if is_from(source, server));
                let source = sources.filter(to_others).min_by_key(|source| source.call)?;
                held(format!("a piece of what was read from {source}"))
            }
        }
    }

    /// Takes in that a call was handed over.
    pub fn released(&mut self, call: &Given<'_>, rules: &dyn Rules, places: &Places) {
        self.calls += 1;
        let origins = reading::origins(call, &self.files, rules, places);
        if let Carried::Pieces(found) = flow::in_words(call, &self.traces) {
            if !found.sources.is_empty() {
                self.fill(call, Labels::SENSITIVE, places);
            }
            if !deed::deeds(call, &self.files, places).iter().all(|deed| matches!(deed, Deed::Change(_))) {
                self.traces.sent(&found);
            }
        }
        self.is_told |= origins.iter().any(|(labels, _)| labels.holds(Label::Untrusted));
        let brings = |origin: &Origin| !matches!(origin, Origin::Package(_) | Origin::Commits | Origin::Session);
        let brought = origins.iter().filter(|(_, origin)| brings(origin)).map(|(labels, _)| *labels).collect();
        self.fill(call, brought, places);
        if self.asked.len() >= MOST_CALLS {
            self.asked.clear();
        }
        let asked = Asked { number: self.calls, origins };
        for key in keys(call.id, Some(call.name), Some(call.input)) {
            self.asked.insert(key, asked.clone());
        }
    }

    /// Notes that a call puts text with these labels into what it writes.
    fn fill(&mut self, call: &Given<'_>, labels: Labels, places: &Places) {
        let mut paths: Vec<AbsPath> = Vec::new();
        for effect in &call.effects.list {
            match &effect.what {
                What::Write { file } => paths.push(file.path.clone()),
                // What a commit or a branch is called is in the repository.
                What::Git { .. } => paths.extend(places.workspace.join(".git")),
                What::Execute { argv } if argv.first().is_some_and(|it| it.rsplit('/').next() == Some("git")) => {
                    paths.extend(places.workspace.join(".git"));
                }
                What::Network { .. }
                | What::Read { .. }
                | What::List { .. }
                | What::Delete { .. }
                | What::Mode { .. }
                | What::Execute { .. }
                | What::Credential { .. }
                | What::Environment { .. }
                | What::Package { .. }
                | What::Tool { .. }
                | What::Danger { .. } => {}
            }
        }
        for path in paths.into_iter().filter(|path| !path.as_str().starts_with("/dev/")) {
            self.files.taint(path, labels);
        }
    }

    /// Takes in what came of a call, before anybody reads it; gives the labels that the session did not have before.
    pub fn came(&mut self, came: &Came<'_>) -> Vec<Risen> {
        let known = keys(came.id, came.name, came.input).into_iter().find_map(|key| self.asked.get(&key));
        let (call, origins) = match known {
            Some(Asked { number, origins }) => (Some(*number), origins.clone()),
            None => (None, vec![(Labels::UNTRUSTED, Origin::Unseen)]),
        };
        let before = self.labels();
        let mut risen = Vec::new();
        for (labels, origin) in origins {
            let labels = if origin == Origin::Session { before } else { labels };
            let source = Source { labels, origin, call };
            risen.extend(self.rise(&source));
            if labels.holds(Label::Sensitive) {
                let number = self.number_of(source);
                self.traces.read(came.text, number);
            }
        }
        risen
    }

    fn rise(&mut self, source: &Source) -> Vec<Risen> {
        let known = self.labels();
        let new = source.labels.iter().filter(|label| !known.holds(*label));
        let risen: Vec<Risen> = new.map(|label| Risen { label, source: source.clone() }).collect();
        self.since.extend(risen.iter().cloned());
        risen
    }

    /// The number of a source of private text.
    fn number_of(&mut self, source: Source) -> usize {
        if let Some(number) = self.private.iter().position(|known| *known == source) {
            return number;
        }
        if self.private.len() >= MOST_SOURCES {
            return self.private.len() - 1;
        }
        self.private.push(source);
        self.private.len() - 1
    }

    fn first(&self, label: Label) -> Option<&Source> {
        self.since.iter().find(|risen| risen.label == label).map(|risen| &risen.source)
    }

    /// Why an address in a reply must not be shown as it is; whoever shows it may load it, an image at once.
    pub fn address(&self, url: &str, is_image: bool, rules: &dyn Rules) -> Option<Held> {
        let rest = url.split_once("://")?.1;
        let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
        let host = Host::parse(host.rsplit('@').next().unwrap_or_default()).ok();
        if host.as_ref().is_some_and(Host::is_loopback) {
            return None;
        }
        let to = host.as_ref().map_or_else(|| "a host that can't be read".to_owned(), Host::to_string);
        match flow::in_texts(&[url.to_owned()], &self.traces) {
            Carried::Pieces(found) if found.sources.is_empty() || self.traces.is_empty() => {}
            Carried::Pieces(_) | Carried::Untold if !self.traces.is_empty() => {
                return Some(Held::new(
                    HeldBy::Flow,
                    format!("an address of {to} holds a piece of private text that was read"),
                ));
            }
            Carried::Pieces(_) | Carried::Untold => {}
        }
        let both = self.first(Label::Untrusted).zip(self.first(Label::Sensitive));
        let (untrusted, sensitive) = both.filter(|_| is_image)?;
        let is_known = host.is_some_and(|host| rules.names_host(&host, None) || self.hosts.contains(&host));
        let why = format!("an image would be loaded from {to}, and the session has read {untrusted} and {sensitive}");
        (!is_known).then(|| Held::new(HeldBy::Together, why))
    }
}

fn of(label: Label) -> Labels {
    match label {
        Label::Untrusted => Labels::UNTRUSTED,
        Label::Sensitive => Labels::SENSITIVE,
    }
}

fn is_from(source: &Source, wanted: &str) -> bool {
    matches!(&source.origin, Origin::Server { server, .. } if server == wanted)
}

/// Whether policy names a receiver by itself.
fn is_named(to: &Destination, rules: &dyn Rules) -> bool {
    match to {
        Destination::Fetch(host, port) | Destination::Host(host, port) => {
            rules.names_host(host, *port) || rules.trusts_host(host)
        }
        Destination::Lookup(host) => rules.names_host(host, None) || rules.trusts_host(host),
        Destination::Server { server, writes } => !writes || rules.names_server(server) || rules.trusts_server(server),
        // Remotes were there before, or adding them was asked about; packages are for `[packages]` to name.
        Destination::Remote | Destination::Registry(_) => true,
        Destination::Elsewhere(_) | Destination::Clipboard => false,
    }
}

/// What a call is known by: what it is called, and what it is.
fn keys(id: Option<&str>, name: Option<&str>, input: Option<&Value>) -> Vec<[u8; 32]> {
    let by_id = id.map(|id| Sha256::new_with_prefix(b"id").chain_update(id).finalize().into());
    let by_input = name.zip(input).map(|(name, input)| {
        // Two writings of one input are one call.
        let written = canonical::encode(input).unwrap_or_else(|_| input.to_string().into_bytes());
        let length = (name.len() as u64).to_be_bytes();
        Sha256::new_with_prefix(b"in").chain_update(length).chain_update(name).chain_update(written).finalize().into()
    });
    by_id.into_iter().chain(by_input).collect()
}
