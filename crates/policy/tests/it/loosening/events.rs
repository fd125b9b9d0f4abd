//! What is asked about.

use crate::support::*;
use portcullis_event::*;

pub(super) fn in_environment(name: &str) -> Event {
    let mut event = event(run("ls"));
    event.place.environment = Some(name.to_owned());
    event
}

pub(super) fn by(agent: &str) -> Event {
    let mut event = event(run("ls"));
    event.actor.agents[0].name = AgentName::parse(agent).unwrap();
    event
}

pub(super) fn with_data(what: Body, class: DataClass) -> Event {
    let mut event = event(what);
    event.class.data = Some(class);
    event
}

pub(super) fn mcp_tool() -> Body {
    let mut tool = Tool::new(ToolOp::Call, ToolName::parse("issues").unwrap());
    tool.server = Some("github".into());
    tool.into()
}

pub(super) fn load_of(category: &str) -> Event {
    event(Config::new(ConfigOp::Load, category, "evil"))
}

pub(super) fn git(op: GitOp) -> Event {
    event(Git::new(op))
}

pub(super) fn push(branch: &str, force: bool) -> Event {
    let mut git = Git::new(GitOp::Push);
    git.refs = vec![branch.to_owned()];
    git.force = Some(force);
    event(git)
}

pub(super) fn install(advisories: &[&str], registry: &str) -> Event {
    let mut package = Package::new(PackageOp::Install, "npm", "evil");
    package.advisories = advisories.iter().map(|&it| it.to_owned()).collect();
    package.registry = Some(Host::parse(registry).unwrap());
    event(package)
}

pub(super) fn db(op: DbOp, table: &str, rows: u64) -> Event {
    let mut db = Db::new(op, "postgresql");
    db.tables = vec![table.to_owned()];
    db.rows = Some(rows);
    event(db)
}

pub(super) fn endpoint() -> Event {
    event(model("anthropic", "x"))
}

pub(super) fn plain() -> Event {
    let path = Some(AbsPath::parse("/run/a.sock").unwrap());
    event(Socket { path, ..Socket::new(SocketOp::Connect, "plain") })
}

pub(super) fn docker() -> Event {
    event(Socket { verb: Some("logs".into()), ..Socket::new(SocketOp::Read, "docker") })
}

pub(super) fn podman() -> Event {
    event(Socket { verb: Some("logs".into()), ..Socket::new(SocketOp::Read, "podman") })
}

pub(super) fn with_work() -> Socket {
    Socket { key: Some("SHA256:x".into()), key_name: Some("work".into()), ..Socket::new(SocketOp::Sign, "ssh-agent") }
}

pub(super) fn signs() -> Event {
    event(Socket { namespace: Some("git".into()), ..with_work() })
}

pub(super) fn logs_in() -> Event {
    event(Socket { user: Some("git".into()), servers: vec!["a.example".into()], ..with_work() })
}
