//! One storey of the policy: a file, together with the preset below it if it is the one that everything stands on,
//! compiled so that it can be asked. Storeys know nothing of each other; the strictest answer of all of them holds,
//! and that is why a lower one can only tighten.

use crate::checks::packages;
use crate::checks::sockets::SocketLists;
use crate::config::{Answer, Boundary, Ceiling, Entry, EntryValue, Item, Response, Scalar};
use crate::diagnostic::Diagnostic;
use crate::gateway_rules::GatewayRows;
use crate::marker_rules::Marked;
use crate::pattern::command::CommandSet;
use crate::pattern::host::HostSet;
use crate::pattern::name::NameSet;
use crate::pattern::path::PathSet;
use crate::pattern::{BadPattern, Set};
use crate::rules::{List, Lists};
use crate::source::{Origin, Places, Text};
use crate::taint_rules::TaintLists;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// Every list section that says what holds for what it does not name.
pub(crate) const SECTIONS_WITH_OTHERWISE: [&str; 19] = [
    "commands",
    "models",
    "agents",
    "tools",
    "mcp",
    "skills",
    "git.push",
    "packages",
    "database.tables",
    "secrets",
    "environments",
    "changes",
    "sockets.plain",
    "sockets.ssh-agent.keys",
    "sockets.ssh-agent.sign",
    "sockets.ssh-agent.login",
    "sockets.docker",
    "sockets.podman",
    "effects",
];

/// A file, lowered: its text and its entries.
#[derive(Debug, Clone)]
pub(crate) struct Sheet {
    pub(crate) text: Arc<Text>,
    pub(crate) entries: Vec<Entry>,
}

/// The lists of `[files]`.
#[derive(Debug, Default)]
pub(crate) struct FileLists {
    pub(crate) read: Option<List<PathSet>>,
    pub(crate) write: Option<List<PathSet>>,
    pub(crate) ask: Option<List<PathSet>>,
    pub(crate) protect: Option<List<PathSet>>,
    pub(crate) deny: Option<List<PathSet>>,
    pub(crate) inspect: Option<List<PathSet>>,
}

/// The highest class of data that may go somewhere.
#[derive(Debug)]
pub(crate) struct CeilingRule {
    pub(crate) set: NameSet,
    pub(crate) text: String,
    pub(crate) class: Ceiling,
    pub(crate) origin: Origin,
}

/// One storey.
#[derive(Debug)]
pub(crate) struct Tier {
    /// The file, or nothing if only a preset stands here.
    pub(crate) own: Option<Sheet>,
    pub(crate) preset: Option<Sheet>,
    pub(crate) files: FileLists,
    pub(crate) commands: Lists<CommandSet>,
    pub(crate) network: Lists<HostSet>,
    pub(crate) self_hosted: Option<List<HostSet>>,
    pub(crate) models: Lists<NameSet>,
    pub(crate) endpoints: Option<List<HostSet>>,
    pub(crate) agents: Lists<NameSet>,
    pub(crate) tools: Lists<NameSet>,
    pub(crate) mcp: Lists<NameSet>,
    pub(crate) skills: Lists<NameSet>,
    pub(crate) push: Lists<NameSet>,
    pub(crate) protected: Option<List<NameSet>>,
    pub(crate) packages: Lists<NameSet>,
    pub(crate) registries: Option<List<HostSet>>,
    pub(crate) tables: Lists<NameSet>,
    pub(crate) secrets: Lists<NameSet>,
    pub(crate) environments: Lists<NameSet>,
    pub(crate) changes: Lists<NameSet>,
    pub(crate) sockets: Box<SocketLists>,
    pub(crate) effects: Lists<NameSet>,
    pub(crate) taint: Box<TaintLists>,
    pub(crate) gateway: Box<GatewayRows>,
    pub(crate) approval_roles: Option<List<NameSet>>,
    pub(crate) model_ceilings: Vec<CeilingRule>,
    pub(crate) tool_ceilings: Vec<CeilingRule>,
    pub(crate) host_ceilings: Vec<CeilingRule>,
    /// The same in each storey: what is private by one is private.
    pub(crate) marked: Marked,
    scalars: HashMap<String, (Scalar, Origin)>,
}

impl Tier {
    fn empty() -> Self {
        Self {
            own: None,
            preset: None,
            files: FileLists::default(),
            commands: Lists::default(),
            network: Lists::default(),
            self_hosted: None,
            models: Lists::default(),
            endpoints: None,
            agents: Lists::default(),
            tools: Lists::default(),
            mcp: Lists::default(),
            skills: Lists::default(),
            push: Lists::default(),
            protected: None,
            packages: Lists::default(),
            registries: None,
            tables: Lists::default(),
            secrets: Lists::default(),
            environments: Lists::default(),
            changes: Lists::default(),
            sockets: Box::default(),
            effects: Lists::default(),
            taint: Box::default(),
            gateway: Box::default(),
            approval_roles: None,
            model_ceilings: Vec::new(),
            tool_ceilings: Vec::new(),
            host_ceilings: Vec::new(),
            marked: Marked::default(),
            scalars: HashMap::new(),
        }
    }

    /// Compiles a file and the preset below it. What the file says comes first: its single values replace the preset's,
    /// its lists are added to the preset's.
    pub(crate) fn compile(
        own: Option<Sheet>,
        preset: Option<Sheet>,
        places: &Places,
        problems: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut tier = Self::empty();
        for sheet in [&own, &preset].into_iter().flatten() {
            for entry in &sheet.entries {
                let origin = Origin::new(&sheet.text, entry.span.clone());
                if let Err(problem) = tier.add(entry, origin, places) {
                    problems.push(problem);
                }
            }
        }
        tier.take_otherwise();
        (tier.own, tier.preset) = (own, preset);
        tier
    }

    fn add(&mut self, entry: &Entry, origin: Origin, places: &Places) -> Result<(), Diagnostic> {
        match &entry.value {
            EntryValue::List => self.list(&entry.key, None, origin, places),
            EntryValue::Item(item) => self.list(&entry.key, Some(item), origin, places),
            EntryValue::Scalar(Ok(scalar)) => {
                self.scalars.entry(entry.key.clone()).or_insert((scalar.clone(), origin));
                Ok(())
            }
            EntryValue::Scalar(Err(why)) => {
                let written = origin.text.written.get(origin.span.clone()).unwrap_or_default().to_owned();
                Err(Diagnostic::error(format!("`{}` can't be read", entry.key), origin, format!("{written} {why}")))
            }
            EntryValue::Ceiling(pattern, class) => self.ceiling(&entry.key, pattern, *class, origin, places),
            EntryValue::Row(Ok(row)) => self.gateway.add(row, origin),
            EntryValue::Row(Err(why)) => {
                Err(Diagnostic::error(format!("a table of `{}` can't be read", entry.key), origin, format!("it {why}")))
            }
        }
    }

    fn list(&mut self, key: &str, item: Option<&Item>, origin: Origin, places: &Places) -> Result<(), Diagnostic> {
        let (section, name) = key.rsplit_once('.').unwrap_or((key, ""));
        let versioned = matches!(section, "agents" | "skills" | "packages" | "mcp" | "tools");
        if let Some(item) = item
            && !versioned
            && (item.version.is_some() || item.source.is_some())
        {
            let label = "this entry has a `version` or a `source`";
            let title = format!("`{key}` knows no versions or sources");
            return Err(Diagnostic::error(title, origin, label).help("leave them out; `name` and `reason` are enough"));
        }
        let add = Adding { key, item, origin, places };
        match (section, name) {
            ("files", "read") => add.to(&mut self.files.read),
            ("files", "write") => add.to(&mut self.files.write),
            ("files", "ask") => add.to(&mut self.files.ask),
            ("files", "protect") => add.to(&mut self.files.protect),
            ("files", "deny") => add.to(&mut self.files.deny),
            ("files", "inspect") => add.to(&mut self.files.inspect),
            ("network", "self-hosted") => add.to(&mut self.self_hosted),
            ("models", "endpoints") => add.to(&mut self.endpoints),
            ("packages", "registries") => add.to(&mut self.registries),
            ("git", "protected") => add.to(&mut self.protected),
            ("approvals", "roles") => add.to(&mut self.approval_roles),
            ("taint", "trusted-hosts") => add.to(&mut self.taint.trusted_hosts),
            ("taint", "trusted-servers") => add.to(&mut self.taint.trusted_servers),
            ("taint", "trusted-files") => add.to(&mut self.taint.trusted_files),
            ("taint", "sensitive-files") => add.to(&mut self.taint.sensitive_files),
            ("taint", "sensitive-servers") => add.to(&mut self.taint.sensitive_servers),
            ("commands", list) => add.into_list(self.commands.list(list)),
            ("network", list) => add.into_list(self.network.list(list)),
            ("models", list) => add.into_list(self.models.list(list)),
            ("agents", list) => add.into_list(self.agents.list(list)),
            ("tools", list) => add.into_list(self.tools.list(list)),
            ("mcp", list) => add.into_list(self.mcp.list(list)),
            ("skills", list) => add.into_list(self.skills.list(list)),
            ("git.push", list) => add.into_list(self.push.list(list)),
            ("packages", list) => add.into_list(self.packages.list(list)),
            ("database.tables", list) => add.into_list(self.tables.list(list)),
            ("secrets", list) => add.into_list(self.secrets.list(list)),
            ("environments", list) => add.into_list(self.environments.list(list)),
            ("changes", list) => add.into_list(self.changes.list(list)),
            ("sockets.plain", list) => add.into_list(self.sockets.plain.list(list)),
            ("sockets.ssh-agent.keys", list) => add.into_list(self.sockets.keys.list(list)),
            ("sockets.ssh-agent.sign", list) => add.into_list(self.sockets.sign.list(list)),
            ("sockets.ssh-agent.login", list) => add.into_list(self.sockets.login.list(list)),
            ("sockets.docker", list) => add.into_list(self.sockets.docker.list(list)),
            ("sockets.podman", list) => add.into_list(self.sockets.podman.list(list)),
            ("effects", list) => add.into_list(self.effects.list(list)),
            // Words for agents, about which nothing is decided.
            ("code", "standards") => add.words(),
            _ => add.into_list::<NameSet>(None),
        }
    }

    fn ceiling(
        &mut self,
        key: &str,
        pattern: &str,
        class: Ceiling,
        origin: Origin,
        places: &Places,
    ) -> Result<(), Diagnostic> {
        let rules = match key {
            "data.models" => &mut self.model_ceilings,
            "data.tools" => &mut self.tool_ceilings,
            _ => &mut self.host_ceilings,
        };
        // The same pattern in the preset is replaced, not added to.
        if rules.iter().any(|rule| rule.text == pattern) {
            return Ok(());
        }
        let mut set = NameSet::default();
        let item = Item { name: pattern.to_owned(), ..Item::default() };
        set.insert(0, &item, places).map_err(|bad| bad_pattern(key, &origin, bad))?;
        rules.push(CeilingRule { set, text: pattern.to_owned(), class, origin });
        Ok(())
    }

    /// Puts the answers for what no list names beside the lists.
    fn take_otherwise(&mut self) {
        let otherwise = |key: &str| self.answer(key).map(|(answer, origin)| (answer, origin.clone()));
        let found = SECTIONS_WITH_OTHERWISE.map(|section| otherwise(&format!("{section}.otherwise")));
        let [lists @ .., plain, keys, sign, login, docker, podman, effects] = found;
        let [commands, models, agents, tools, mcp, skills, push, packages, tables, secrets, environments, changes] =
            lists;
        self.commands.otherwise = commands;
        self.models.otherwise = models;
        self.agents.otherwise = agents;
        self.tools.otherwise = tools;
        self.mcp.otherwise = mcp;
        self.skills.otherwise = skills;
        self.push.otherwise = push;
        self.packages.otherwise = packages;
        self.tables.otherwise = tables;
        self.secrets.otherwise = secrets;
        self.environments.otherwise = environments;
        self.changes.otherwise = changes;
        self.sockets.plain.otherwise = plain;
        self.sockets.keys.otherwise = keys;
        self.sockets.sign.otherwise = sign;
        self.sockets.login.otherwise = login;
        self.sockets.docker.otherwise = docker;
        self.sockets.podman.otherwise = podman;
        self.effects.otherwise = effects;
    }

    /// A single value and its place.
    pub(crate) fn scalar(&self, key: &str) -> Option<(&Scalar, &Origin)> {
        self.scalars.get(key).map(|(scalar, origin)| (scalar, origin))
    }

    /// The answer that a key gives.
    pub(crate) fn answer(&self, key: &str) -> Option<(Answer, &Origin)> {
        let (Scalar::Answer(answer), origin) = self.scalar(key)? else { return None };
        Some((*answer, origin))
    }

    /// What a key says is done about a finding.
    pub(crate) fn response(&self, key: &str) -> Option<(Response, &Origin)> {
        let (Scalar::Response(response), origin) = self.scalar(key)? else { return None };
        Some((*response, origin))
    }

    /// How far an agent can reach.
    pub(crate) fn boundary(&self) -> Option<(Boundary, &Origin)> {
        let (Scalar::Boundary(boundary), origin) = self.scalar("network.boundary")? else { return None };
        Some((*boundary, origin))
    }

    /// A limit of which less is stricter.
    pub(crate) fn most(&self, key: &str) -> Option<(u64, &Origin)> {
        let (Scalar::Most(most), origin) = self.scalar(key)? else { return None };
        Some((*most, origin))
    }
}

pub(crate) fn bad_pattern(key: &str, origin: &Origin, bad: BadPattern) -> Diagnostic {
    let written = origin.text.written.get(origin.span.clone()).unwrap_or_default();
    Diagnostic::error(format!("{written} can't stand in `{key}`"), origin.clone(), bad.label).help(bad.help)
}

/// An entry on its way into a list; without an item, the list itself.
struct Adding<'a> {
    key: &'a str,
    item: Option<&'a Item>,
    origin: Origin,
    places: &'a Places,
}

impl Adding<'_> {
    /// Words are added, and never taken away.
    fn words(self) -> Result<(), Diagnostic> {
        match self.item {
            Some(item) if item.name.starts_with('!') || item.name.trim().is_empty() => {
                let bad = BadPattern::new("this says nothing", "write a sentence; those of others can't be taken away");
                Err(bad_pattern(self.key, &self.origin, bad))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn into_list<S: Set>(self, list: Option<&mut Option<List<S>>>) -> Result<(), Diagnostic> {
        if let Some(list) = list {
            return self.to(list);
        }
        let title = format!("`{}` is not understood by this version", self.key);
        Err(Diagnostic::error(title, self.origin, "no check reads this list"))
    }

    fn to<S: Set>(self, list: &mut Option<List<S>>) -> Result<(), Diagnostic> {
        let list = list.get_or_insert_with(|| List::new(self.origin.clone()));
        let Some(item) = self.item else { return Ok(()) };
        let folded = match self.key.split('.').next() {
            Some("packages") => Cow::Owned(Item { name: packages::canonical(&item.name), ..item.clone() }),
            Some("database") => Cow::Owned(Item { name: item.name.to_lowercase(), ..item.clone() }),
            Some(_) | None => Cow::Borrowed(item),
        };
        list.add(&folded, self.origin.clone(), self.places).map_err(|bad| bad_pattern(self.key, &self.origin, bad))
    }
}
