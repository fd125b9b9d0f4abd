//! Events in two words: `read /etc/passwd`, `run "git push --force"`. For questions at the command line and for
//! tables of expected answers.

use crate::source::Places;
use portcullis_event::{
    AbsPath, Actor, Agent, AgentName, Body, Config, ConfigOp, Db, DbOp, Event, EventId, File, FileOp, Git, GitOp, Host,
    Llm, LlmOp, ModelId, Net, NetOp, Package, PackageOp, ParseError, Process, ProcessOp, SecretOp, SecretUse,
    Timestamp, Tool, ToolName, ToolOp,
};

/// Every verb, what stands behind it, and an example.
pub const VERBS: &[(&str, &str, &str)] = &[
    ("read", "a file", "/etc/passwd"),
    ("write", "a file", "src/main.rs"),
    ("delete", "a file", "./notes.txt"),
    ("run", "a command", "git push --force"),
    ("connect", "a host, with or without a port", "example.com:443"),
    ("listen", "an address, with or without a port", "127.0.0.1:8080"),
    ("tool", "a tool, or a tool of a server", "github/create_issue"),
    ("model", "a provider and a model, with or without ` at ` and a host", "anthropic/claude-sonnet-5"),
    ("install", "an ecosystem and a package", "npm:left-pad@1.3.0"),
    ("push", "a branch, with or without its remote", "origin/main"),
    ("skill", "a skill, with or without a version", "pdf@2.1.0"),
    ("mcp", "an MCP server", "github"),
    ("secret", "the name of a secret", "dev/database"),
    ("query", "what is asked of a database, and of which table", "read:public.users"),
];

/// Why something is not an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShorthandError {
    /// The verb is not known.
    #[error("`{0}` is not known here; it can be {list}", list = verbs())]
    Verb(String),
    /// What stands behind the verb can't be read.
    #[error("`{verb}` needs {needs}, such as `{example}`: {why}")]
    What {
        /// The verb.
        verb: &'static str,
        /// What should stand behind it.
        needs: &'static str,
        /// How it would look.
        example: &'static str,
        /// What is wrong.
        why: String,
    },
}

fn verbs() -> String {
    VERBS.iter().map(|(verb, ..)| *verb).collect::<Vec<_>>().join(", ")
}

/// What happens, from a verb and what stands behind it.
pub fn body(verb: &str, what: &str, places: &Places) -> Result<Body, ShorthandError> {
    let known = VERBS.iter().find(|(name, ..)| *name == verb);
    let &(verb, needs, example) = known.ok_or_else(|| ShorthandError::Verb(verb.to_owned()))?;
    read(verb, what.trim(), places).map_err(|why| ShorthandError::What { verb, needs, example, why })
}

/// An event by which `agent` does it. It has no time and no id of its own: it is a question, and did not happen.
pub fn event(agent: &AgentName, what: Body) -> Event {
    let mut actor = Actor::default();
    actor.agents.push(Agent::new(agent.clone(), None));
    Event::new(EventId::from_bytes([0; 16]), Timestamp::default(), actor, what)
}

fn read(verb: &str, what: &str, places: &Places) -> Result<Body, String> {
    let wrong = |error: ParseError| error.to_string();
    if what.is_empty() {
        return Err("there is nothing".to_owned());
    }
    Ok(match verb {
        "read" => File::new(FileOp::Read, file(what, places).map_err(wrong)?).into(),
        "write" => File::new(FileOp::Write, file(what, places).map_err(wrong)?).into(),
        "delete" => File::new(FileOp::Delete, file(what, places).map_err(wrong)?).into(),
        "run" => {
            let mut process = Process::new(ProcessOp::Start);
            process.argv = words(what)?;
            process.into()
        }
        "connect" => net(NetOp::Connect, what)?.into(),
        "listen" => net(NetOp::Listen, what)?.into(),
        "tool" => {
            let (server, name) = what.split_once('/').map_or((None, what), |(server, name)| (Some(server), name));
            let mut tool = Tool::new(ToolOp::Call, ToolName::parse(name).map_err(wrong)?);
            tool.server = server.map(str::to_owned);
            tool.into()
        }
        "model" => {
            let (what, host) = what.split_once(" at ").map_or((what, None), |(what, host)| (what, Some(host)));
            let (provider, name) = what.split_once('/').ok_or("there is no `/` between provider and model")?;
            let mut llm = Llm::new(LlmOp::Request, provider, ModelId::parse(name).map_err(wrong)?);
            llm.host = host.map(Host::parse).transpose().map_err(wrong)?;
            llm.into()
        }
        "install" => {
            let (ecosystem, rest) = what.split_once(':').ok_or("there is no `:` between ecosystem and package")?;
            let (name, version) = crate::pattern::name::split_version(rest);
            let mut package = Package::new(PackageOp::Install, ecosystem, name);
            package.version = version.map(str::to_owned);
            package.into()
        }
        "push" => {
            let mut git = Git::new(GitOp::Push);
            let (remote, branch) = what.split_once('/').map_or((None, what), |(remote, branch)| (Some(remote), branch));
            git.remote = remote.map(str::to_owned);
            git.refs = vec![branch.to_owned()];
            git.into()
        }
        "skill" => config("skill", what).into(),
        "mcp" => config("mcp-server", what).into(),
        "secret" => SecretUse::new(SecretOp::Use, what).into(),
        _ => query(what)?.into(),
    })
}

fn file(what: &str, places: &Places) -> Result<AbsPath, ParseError> {
    match what.strip_prefix("~/") {
        Some(rest) => places.home.join(&format!("./{rest}")),
        None => places.cwd.join(what),
    }
}

/// Words as a shell would see them, quotes and backslashes included, and nothing else of it.
fn words(text: &str) -> Result<Vec<String>, String> {
    let mut out = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => out.extend(word.take()),
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(chars.next()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err("a quote is never closed".to_owned());
    }
    out.extend(word);
    Ok(out)
}

fn net(op: NetOp, what: &str) -> Result<Net, String> {
    let (host, port) = match what.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            (host, Some(port.parse::<u16>().map_err(|_| format!("`{port}` is not a port"))?))
        }
        _ => (what, None),
    };
    let mut net = Net::new(op, Host::parse(host).map_err(|error| error.to_string())?);
    net.port = port;
    Ok(net)
}

fn config(category: &str, what: &str) -> Config {
    let (name, version) = crate::pattern::name::split_version(what);
    let mut config = Config::new(ConfigOp::Load, category, name);
    config.version = version.map(str::to_owned);
    config
}

fn query(what: &str) -> Result<Db, String> {
    let (op, table) = what.split_once(':').map_or((what, None), |(op, table)| (op, Some(table)));
    let op = match op {
        "connect" => DbOp::Connect,
        "read" => DbOp::Read,
        "write" => DbOp::Write,
        "define" => DbOp::Define,
        "admin" => DbOp::Admin,
        other => return Err(format!("`{other}` is none of connect, read, write, define, admin")),
    };
    let mut db = Db::new(op, "postgresql");
    db.tables = table.map(str::to_owned).into_iter().collect();
    Ok(db)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> Places {
        let path = |text| AbsPath::parse(text).unwrap();
        Places { home: path("/home/ada"), repository: None, cwd: path("/srv/app") }
    }

    #[test]
    fn every_verbs_example_is_understood() {
        for (verb, _, example) in VERBS {
            assert!(body(verb, example, &places()).is_ok(), "{verb} {example}");
        }
    }

    #[test]
    fn paths_start_where_the_user_stands() {
        for (what, path) in [("a.rs", "/srv/app/a.rs"), ("~/x", "/home/ada/x"), ("../y", "/srv/y"), ("/z", "/z")] {
            let expected = File::new(FileOp::Read, AbsPath::parse(path).unwrap());
            assert_eq!(body("read", what, &places()), Ok(expected.into()));
        }
    }

    #[test]
    fn quotes_hold_words_together() {
        assert_eq!(words("git commit -m 'a b' \"c\\\"d\" ''").unwrap(), ["git", "commit", "-m", "a b", "c\"d", ""]);
        assert!(words("echo 'x").is_err());
    }

    #[test]
    fn what_is_wrong_is_said_with_an_example() {
        let error = body("model", "claude", &places()).unwrap_err();
        let expected = "`model` needs a provider and a model, with or without ` at ` and a host, such as `anthropic/claude-sonnet-5`: \
                        there is no `/` between provider and model";
        assert_eq!(error.to_string(), expected);
        assert!(
            body("reed", "x", &places())
                .unwrap_err()
                .to_string()
                .starts_with("`reed` is not known here; it can be read,")
        );
    }
}
