//! Examples: an event that an entry of a list would allow. They answer "would the policy above let this pass?" for a
//! line that was written as a pattern.

use crate::config::{Ceiling, Item};
use crate::pattern::name::{NameSet, Named, split_version};
use crate::pattern::{Breadth, path};
use crate::rules::List;
use crate::source::Places;
use portcullis_event::{
    AbsPath, Actor, Agent, AgentName, Body, Config, ConfigOp, Coverage, DataClass, Db, DbOp, Event, EventId, File,
    FileOp, Finding, Git, GitOp, Host, Inspected, Inspector, Llm, LlmOp, ModelId, Net, NetOp, Note, Package, PackageOp,
    Process, ProcessOp, SecretOp, SecretUse, Socket, SocketOp, Timestamp, Tool, ToolName, ToolOp,
};

/// An event, and the check whose answer is wanted.
#[derive(Debug)]
pub(crate) struct Example {
    pub(crate) check: &'static str,
    pub(crate) inspected: Inspected,
}

/// An example holds nothing that could be found.
struct NothingFound;

impl Inspector for NothingFound {
    fn inspect(&self, event: Event) -> (Event, Vec<Finding>, Coverage) {
        (event, Vec::new(), Coverage::default())
    }
}

/// An event that nobody looked into, as explanations and examples need it.
pub(crate) fn uninspected(event: Event) -> Inspected {
    event.inspect(&NothingFound)
}

fn event(check: &'static str, what: impl Into<Body>) -> Option<Example> {
    event_by(check, what, Some(("portcullis-example", None)))
}

fn event_by(check: &'static str, what: impl Into<Body>, agent: Option<(&str, Option<String>)>) -> Option<Example> {
    let mut actor = Actor::default();
    if let Some((name, version)) = agent {
        let mut agent = Agent::new(AgentName::parse(name).ok()?, None);
        agent.version = version;
        actor.agents.push(agent);
    }
    let event = Event::new(EventId::from_bytes([0; 16]), Timestamp::default(), actor, what);
    Some(Example { check, inspected: uninspected(event) })
}

/// A text that a pattern fits: wildcards filled in.
pub(crate) fn filled(pattern: &str) -> String {
    let mut out = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '*' => out.push_str("any"),
            '?' => out.push('a'),
            '\\' => out.extend(chars.next()),
            '[' => {
                let class: String = chars.by_ref().take_while(|&c| c != ']').collect();
                out.push(if class.starts_with(['!', '^']) { '_' } else { class.chars().next().unwrap_or('a') });
            }
            c => out.push(c),
        }
    }
    out
}

/// A version that a requirement accepts, as far as its first number tells.
fn version_of(requirement: &str) -> String {
    let first = requirement.split([',', ' ']).find(|part| part.chars().any(|c| c.is_ascii_digit())).unwrap_or("1.0.0");
    let number = first.trim_start_matches(|c: char| !c.is_ascii_digit());
    let mut parts: Vec<u64> = number.split('.').map(|part| part.parse().unwrap_or(0)).collect();
    parts.resize(3, 0);
    if requirement.trim_start().starts_with('>') && !requirement.trim_start().starts_with(">=") {
        parts.iter_mut().skip(2).for_each(|patch| *patch += 1);
    }
    if requirement.trim_start().starts_with('<') {
        parts = vec![0, 0, 0];
    }
    parts.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

fn named(item: &Item) -> (String, Option<String>) {
    let (name, suffix) = split_version(&item.name);
    let requirement = item.version.as_deref().or(suffix);
    // A name without a requirement means every version; 0.0.0 is the one that others exclude first.
    (filled(name), Some(requirement.map_or_else(|| "0.0.0".to_owned(), version_of)))
}

pub(crate) fn host_and_port(pattern: &str) -> Option<(Host, Option<u16>)> {
    let (host, port) = match pattern.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port.parse().ok()),
        _ => (pattern, None),
    };
    let host = match host {
        "*" => "any.example".to_owned(),
        "loopback" => "127.0.0.1".to_owned(),
        host => host.split_once('/').map_or(host, |(base, _)| base).replace('*', "any"),
    };
    Some((Host::parse(&host).ok()?, port))
}

/// An event that an entry of a list would let pass. Nothing for lists that only ask or deny, unless the entry takes
/// something away from them.
pub(crate) fn of_item(key: &str, item: &Item, places: &Places) -> Option<Example> {
    let (section, list) = key.rsplit_once('.')?;
    let stops = matches!(list, "ask" | "deny" | "protect" | "protected");
    let item = match item.name.strip_prefix('!') {
        Some(name) if stops => Item { name: name.to_owned(), ..item.clone() },
        None if !stops => item.clone(),
        Some(_) | None => return None,
    };
    let text = filled(&item.name);
    match section {
        "files" => {
            let path = file(&item.name, places)?;
            let op = if matches!(list, "write" | "protect") { FileOp::Write } else { FileOp::Read };
            event("files", File::new(op, path))
        }
        "commands" => {
            let mut process = Process::new(ProcessOp::Start);
            process.argv = text.split_whitespace().map(str::to_owned).collect();
            event("commands", process)
        }
        "network" => {
            let (host, port) = host_and_port(&item.name)?;
            let mut net = Net::new(NetOp::Connect, host);
            net.port = port;
            event("network", net)
        }
        "models" if list == "endpoints" => {
            let (host, _) = host_and_port(&item.name)?;
            let mut llm = Llm::new(LlmOp::Request, "any", ModelId::parse("any").ok()?);
            llm.host = Some(host);
            Some(endpoints_only(event("models", llm)?))
        }
        "models" => model("models", &text),
        "agents" => {
            let (name, version) = named(&item);
            event_by("agents", Note::new(""), Some((&name, version)))
        }
        "tools" => tool("tools", &text, false),
        "mcp" => listed("mcp", "mcp-server", &item),
        "skills" => listed("skills", "skill", &item),
        "git.push" | "git" => {
            let mut git = Git::new(GitOp::Push);
            match text.split_once('/') {
                Some((remote, branch)) if section == "git.push" => {
                    git.remote = Some(remote.to_owned());
                    git.refs = vec![branch.to_owned()];
                }
                _ => git.refs = vec![text],
            }
            event("git", git)
        }
        "packages" if list == "registries" => {
            let (host, _) = host_and_port(&item.name)?;
            let mut package = Package::new(PackageOp::Install, "any", "any");
            package.registry = Some(host);
            Some(endpoints_only(event("packages", package)?))
        }
        "packages" => {
            let (name, version) = named(&item);
            let (ecosystem, name) = name.split_once(':').unwrap_or(("any", &name));
            let mut package = Package::new(PackageOp::Install, ecosystem, name);
            package.version = version;
            event("packages", package)
        }
        "database.tables" => {
            let mut db = Db::new(DbOp::Read, "any");
            db.tables = vec![text];
            event("database", db)
        }
        "sockets.plain" => {
            let mut socket = Socket::new(SocketOp::Connect, "plain");
            socket.path = Some(file(&item.name, places)?);
            event("sockets", socket)
        }
        "sockets.docker" | "sockets.podman" => {
            let service = section.trim_start_matches("sockets.");
            let mut socket = Socket::new(SocketOp::Read, service);
            socket.verb = Some(text);
            event("sockets", socket)
        }
        "secrets" => event("secrets", SecretUse::new(SecretOp::Use, text)),
        "environments" => {
            let mut note = event("environments", Note::new(""))?;
            note.inspected = in_environment(&note.inspected, &text);
            Some(note)
        }
        _ => None,
    }
}

/// Where only the list of hosts is asked about, the lists of names have no say: their checks share a name, so the
/// example carries a name of its own.
fn endpoints_only(example: Example) -> Example {
    Example { check: if example.check == "models" { "endpoints" } else { "registries" }, ..example }
}

fn in_environment(inspected: &Inspected, environment: &str) -> Inspected {
    let mut event = inspected.event().clone();
    event.place.environment = Some(environment.to_owned());
    uninspected(event)
}

pub(crate) fn file(pattern: &str, places: &Places) -> Option<AbsPath> {
    let names = path::names(pattern, places).ok()?;
    let filled: Vec<String> = names.iter().map(|name| filled(name)).collect();
    AbsPath::parse(&format!("/{}", filled.join("/"))).ok()
}

fn model(check: &'static str, name: &str) -> Option<Example> {
    let (provider, model) = name.split_once('/').unwrap_or((name, "any"));
    event(check, Llm::new(LlmOp::Request, provider, ModelId::parse(model).ok()?))
}

fn tool(check: &'static str, name: &str, away: bool) -> Option<Example> {
    let (server, name) = match name.split_once('/') {
        Some((server, name)) => (Some(server.to_owned()), name),
        None => (away.then(|| "any".to_owned()), name),
    };
    let mut tool = Tool::new(ToolOp::Call, ToolName::parse(name).ok()?);
    tool.server = server;
    event(check, tool)
}

fn listed(check: &'static str, category: &str, item: &Item) -> Option<Example> {
    let (name, version) = named(item);
    let mut config = Config::new(ConfigOp::Load, category, name);
    config.version = version;
    config.source = Some(item.source.as_deref().map_or_else(|| "any".to_owned(), filled));
    event(check, config)
}

/// Data of a class on its way to where a pattern of `[data]` points.
pub(crate) fn of_ceiling(key: &str, pattern: &str, class: Ceiling) -> Option<Example> {
    let text = filled(pattern);
    let example = match key {
        "data.models" => model("data", &text)?,
        "data.tools" => tool("data", &text, true)?,
        "data.hosts" => event("data", Net::new(NetOp::Connect, host_and_port(pattern)?.0))?,
        _ => return None,
    };
    Some(labelled(&example, class.class()))
}

fn labelled(example: &Example, class: DataClass) -> Example {
    let mut event = example.inspected.event().clone();
    event.class.data = Some(class);
    Example { check: example.check, inspected: uninspected(event) }
}

/// Whether a list of names holds a name.
pub(crate) fn list_names(list: &List<NameSet>, name: &str) -> bool {
    list.find(Named::new(name), Breadth::Narrow).is_some()
}
