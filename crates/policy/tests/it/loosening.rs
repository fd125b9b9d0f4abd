//! For every key of the schema: a lower layer that asks for more than a higher one gives is not obeyed, and is told so.

use crate::support::*;
use portcullis_event::*;
use portcullis_policy::*;
use serde_json::Value;
use std::collections::BTreeSet;

/// How it is seen that a key has no effect.
enum Seen {
    /// An event gets the same answer as without the lower layer, and it is not "allow".
    In(fn() -> Event),
    /// A value of the policy stays the same.
    Value(fn(&ValidPolicy) -> String),
    /// The lower file is refused.
    Refused,
}

/// One attempt.
struct Attempt {
    key: &'static str,
    high: &'static str,
    low: &'static str,
    seen: Seen,
}

fn it(key: &'static str, high: &'static str, low: &'static str, seen: Seen) -> Attempt {
    Attempt { key, high, low, seen }
}

fn in_environment(name: &str) -> Event {
    let mut event = event(run("ls"));
    event.place.environment = Some(name.to_owned());
    event
}

fn by(agent: &str) -> Event {
    let mut event = event(run("ls"));
    event.actor.agents[0].name = AgentName::parse(agent).unwrap();
    event
}

fn with_data(what: Body, class: DataClass) -> Event {
    let mut event = event(what);
    event.class.data = Some(class);
    event
}

fn mcp_tool() -> Body {
    let mut tool = Tool::new(ToolOp::Call, ToolName::parse("issues").unwrap());
    tool.server = Some("github".into());
    tool.into()
}

fn load_of(category: &str) -> Event {
    event(Config::new(ConfigOp::Load, category, "evil"))
}

fn git(op: GitOp) -> Event {
    event(Git::new(op))
}

fn push(branch: &str, force: bool) -> Event {
    let mut git = Git::new(GitOp::Push);
    git.refs = vec![branch.to_owned()];
    git.force = Some(force);
    event(git)
}

fn install(advisories: &[&str], registry: &str) -> Event {
    let mut package = Package::new(PackageOp::Install, "npm", "evil");
    package.advisories = advisories.iter().map(|&it| it.to_owned()).collect();
    package.registry = Some(Host::parse(registry).unwrap());
    event(package)
}

fn db(op: DbOp, table: &str, rows: u64) -> Event {
    let mut db = Db::new(op, "postgresql");
    db.tables = vec![table.to_owned()];
    db.rows = Some(rows);
    event(db)
}

fn endpoint() -> Event {
    event(model("anthropic", "x"))
}

fn limit(key: &'static str) -> impl Fn(&ValidPolicy) -> String {
    move |policy| format!("{:?}", policy.most(key))
}

macro_rules! limit {
    ($key:literal) => {
        it($key, concat!($key, " = 10"), concat!($key, " = 11"), Seen::Value(|policy| limit($key)(policy)))
    };
    ($key:literal, $high:literal, $low:literal) => {
        it($key, concat!($key, " = ", $high), concat!($key, " = ", $low), Seen::Value(|policy| limit($key)(policy)))
    };
}

macro_rules! finding {
    ($key:literal) => {
        it($key, concat!($key, " = 'deny'"), concat!($key, " = 'allow'"), Seen::Value(|policy| found(policy, $key)))
    };
}

/// What is done about a finding of the kind that a key names.
fn found(policy: &ValidPolicy, key: &str) -> String {
    struct Finds(String);
    impl Inspector for Finds {
        fn inspect(&self, event: Event) -> (Event, Vec<Finding>, Coverage) {
            if self.0 == "uninspected" {
                let part = serde_json::json!({"skipped": [{"field": "content.prompt", "why": "compressed"}]});
                return (event, Vec::new(), serde_json::from_value(part).unwrap());
            }
            let finding = serde_json::json!({"rule": "r", "type": self.0, "severity": "low", "confidence": "low", "message": "m"});
            (event, vec![serde_json::from_value(finding).unwrap()], Coverage::default())
        }
    }
    let kind = key.strip_prefix("findings.").unwrap().to_owned();
    let inspected = event(model("anthropic", "x")).inspect(&Finds(kind));
    let decision = policy.decide(&inspected, &Usage::default());
    assert_eq!(decision.verdict, Verdict::Deny, "{key}");
    format!("{:?}", decision.verdict)
}

fn plain() -> Event {
    let path = Some(AbsPath::parse("/run/a.sock").unwrap());
    event(Socket { path, ..Socket::new(SocketOp::Connect, "plain") })
}

fn docker() -> Event {
    event(Socket { verb: Some("logs".into()), ..Socket::new(SocketOp::Read, "docker") })
}

fn podman() -> Event {
    event(Socket { verb: Some("logs".into()), ..Socket::new(SocketOp::Read, "podman") })
}

fn with_work() -> Socket {
    Socket { key: Some("SHA256:x".into()), key_name: Some("work".into()), ..Socket::new(SocketOp::Sign, "ssh-agent") }
}

fn signs() -> Event {
    event(Socket { namespace: Some("git".into()), ..with_work() })
}

fn logs_in() -> Event {
    event(Socket { user: Some("git".into()), servers: vec!["a.example".into()], ..with_work() })
}

fn attempts() -> Vec<Attempt> {
    use Seen::{In, Refused, Value};
    let mut all = vec![
        it("preset", "preset = 'strict'", "preset = 'standard'", In(|| event(read("/home/ada/work/.git-credentials")))),
        it("preset", "preset = 'local-only'", "preset = 'air-gapped'", In(|| event(connect("a.example", 1)))),
        it("mode", "mode = 'enforce'", "mode = 'observe'", Value(|policy| format!("{:?}", policy.mode()))),
        it("files.read", "", "files.read = ['/home/eve']", In(|| event(read("/home/eve/x")))),
        it("files.read", "", "files.read = ['/']", In(|| event(read("/root/x")))),
        it("files.write", "", "files.write = ['/etc']", In(|| event(write("/etc/passwd")))),
        it("files.ask", "files.ask = ['*.sql']", "files.ask = ['!*.sql']", In(|| event(read("/home/ada/work/a.sql")))),
        it(
            "files.inspect",
            "files.deny = ['*token*']",
            "files.inspect = ['*.xyz']",
            Value(|policy| format!("{:?}", policy.against_inspected_file(&path("/home/ada/work/token.xyz")))),
        ),
        it("files.protect", "", "files.protect = ['!.git/hooks']", In(|| event(write("/home/ada/work/.git/hooks/x")))),
        it("files.deny", "", "files.deny = ['!.ssh']", In(|| event(read("/home/ada/work/.ssh/x")))),
        it("commands.allow", "", "commands.allow = ['sudo']", In(|| event(run("sudo ls")))),
        it("commands.ask", "", "commands.ask = ['!git reset --hard']", In(|| event(run("git reset --hard")))),
        it("commands.deny", "", "commands.deny = ['!sudo']", In(|| event(run("sudo ls")))),
        it(
            "commands.otherwise",
            "commands.otherwise = 'deny'",
            "commands.otherwise = 'allow'",
            In(|| event(run("ls"))),
        ),
        it(
            "network.boundary",
            "network.boundary = 'allow-list'",
            "network.boundary = 'open'",
            In(|| event(connect("x.example", 1))),
        ),
        it("network.allow", "", "network.allow = ['evil.example']", In(|| event(connect("evil.example", 1)))),
        it("network.allow", "", "network.allow = ['169.254.169.254']", In(|| event(connect("169.254.169.254", 80)))),
        it(
            "network.ask",
            "network.ask = ['a.example']",
            "network.ask = ['!a.example']",
            In(|| event(connect("a.example", 1))),
        ),
        it("network.deny", "", "network.deny = ['!169.254.0.0/16']", In(|| event(connect("169.254.169.254", 80)))),
        it(
            "network.self-hosted",
            "preset = 'air-gapped'",
            "network.self-hosted = ['a.example']",
            In(|| event(connect("a.example", 1))),
        ),
        it(
            "network.listen",
            "network.listen = 'nothing'",
            "network.listen = 'any'",
            In(|| event(Net::new(NetOp::Listen, Host::parse("127.0.0.1").unwrap()))),
        ),
        it("models.allow", "", "models.allow = ['evil/*']", In(|| event(model("evil", "x")))),
        it("models.ask", "models.ask = ['openai/*']", "models.ask = ['!openai/*']", In(|| event(model("openai", "x")))),
        it(
            "models.deny",
            "models.deny = ['openai/*']",
            "models.deny = ['!openai/*']",
            In(|| event(model("openai", "x"))),
        ),
        it(
            "models.otherwise",
            "models.otherwise = 'deny'",
            "models.otherwise = 'ask'",
            In(|| event(model("evil", "x"))),
        ),
        it("models.endpoints", "models.endpoints = ['a.example']", "models.endpoints = ['api.example']", In(endpoint)),
        it("agents.allow", "", "agents.allow = ['evil']", In(|| by("evil"))),
        it("agents.ask", "agents.ask = ['codex']", "agents.ask = ['!codex']", In(|| by("codex"))),
        it("agents.deny", "agents.deny = ['codex']", "agents.deny = ['!codex']", In(|| by("codex"))),
        it("agents.otherwise", "agents.otherwise = 'deny'", "agents.otherwise = 'ask'", In(|| by("evil"))),
        it("tools.allow", "tools.otherwise = 'deny'", "tools.allow = ['Bash']", In(|| event(tool("Bash")))),
        it("tools.ask", "tools.ask = ['Bash']", "tools.ask = ['!Bash']", In(|| event(tool("Bash")))),
        it("tools.deny", "tools.deny = ['Bash']", "tools.deny = ['!Bash']", In(|| event(tool("Bash")))),
        it("tools.otherwise", "tools.otherwise = 'deny'", "tools.otherwise = 'allow'", In(|| event(tool("Bash")))),
        it("mcp.allow", "", "mcp.allow = ['github']", In(|| event(mcp_tool()))),
        it("mcp.ask", "mcp.ask = ['github']", "mcp.ask = ['!github']", In(|| event(mcp_tool()))),
        it("mcp.deny", "mcp.deny = ['github']", "mcp.deny = ['!github']", In(|| event(mcp_tool()))),
        it("mcp.otherwise", "mcp.otherwise = 'deny'", "mcp.otherwise = 'allow'", In(|| event(mcp_tool()))),
        it("skills.allow", "", "skills.allow = ['evil']", In(|| load_of("skill"))),
        it("skills.ask", "skills.ask = ['evil']", "skills.ask = ['!evil']", In(|| load_of("skill"))),
        it("skills.deny", "skills.deny = ['evil']", "skills.deny = ['!evil']", In(|| load_of("skill"))),
        it("skills.otherwise", "skills.otherwise = 'deny'", "skills.otherwise = 'allow'", In(|| load_of("skill"))),
        it("git.push.allow", "git.push.otherwise = 'deny'", "git.push.allow = ['x']", In(|| push("x", false))),
        it("git.push.ask", "git.push.ask = ['x']", "git.push.ask = ['!x']", In(|| push("x", false))),
        it("git.push.deny", "git.push.deny = ['x']", "git.push.deny = ['!x']", In(|| push("x", false))),
        it(
            "git.push.otherwise",
            "git.push.otherwise = 'deny'",
            "git.push.otherwise = 'allow'",
            In(|| push("x", false)),
        ),
        it("git.protected", "", "git.protected = ['!main']", In(|| push("main", false))),
        it("git.force", "git.force = 'deny'", "git.force = 'allow'", In(|| push("x", true))),
        it("git.commit", "git.commit = 'deny'", "git.commit = 'allow'", In(|| git(GitOp::Commit))),
        it("git.branch", "git.branch = 'deny'", "git.branch = 'allow'", In(|| git(GitOp::Branch))),
        it("git.fetch", "git.fetch = 'deny'", "git.fetch = 'allow'", In(|| git(GitOp::Fetch))),
        it("git.rewrite", "git.rewrite = 'deny'", "git.rewrite = 'allow'", In(|| git(GitOp::Rewrite))),
        it("git.configure", "git.configure = 'deny'", "git.configure = 'allow'", In(|| git(GitOp::Configure))),
        it(
            "packages.allow",
            "packages.otherwise = 'deny'",
            "packages.allow = ['npm:evil']",
            In(|| install(&[], "packages.example")),
        ),
        it("packages.ask", "packages.ask = ['npm:*']", "packages.ask = ['!npm:*']", In(|| install(&[], "a.example"))),
        it(
            "packages.deny",
            "packages.deny = ['npm:evil']",
            "packages.deny = ['!npm:evil']",
            In(|| install(&[], "a.example")),
        ),
        it(
            "packages.otherwise",
            "packages.otherwise = 'deny'",
            "packages.otherwise = 'allow'",
            In(|| install(&[], "a.example")),
        ),
        it("packages.vulnerable", "", "packages.vulnerable = 'allow'", In(|| install(&["CVE-1"], "a.example"))),
        it(
            "packages.registries",
            "packages.registries = ['a.example']",
            "packages.registries = ['evil.example']",
            In(|| install(&[], "evil.example")),
        ),
        it(
            "database.connect",
            "database.connect = 'deny'",
            "database.connect = 'allow'",
            In(|| db(DbOp::Connect, "t", 0)),
        ),
        it("database.read", "database.read = 'deny'", "database.read = 'allow'", In(|| db(DbOp::Read, "t", 0))),
        it("database.write", "database.write = 'deny'", "database.write = 'allow'", In(|| db(DbOp::Write, "t", 0))),
        it("database.define", "database.define = 'deny'", "database.define = 'allow'", In(|| db(DbOp::Define, "t", 0))),
        it("database.admin", "database.admin = 'deny'", "database.admin = 'allow'", In(|| db(DbOp::Admin, "t", 0))),
        it(
            "database.tables.allow",
            "database.tables.otherwise = 'deny'",
            "database.tables.allow = ['t']",
            In(|| db(DbOp::Read, "t", 0)),
        ),
        it(
            "database.tables.ask",
            "database.tables.ask = ['t']",
            "database.tables.ask = ['!t']",
            In(|| db(DbOp::Read, "t", 0)),
        ),
        it(
            "database.tables.deny",
            "database.tables.deny = ['t']",
            "database.tables.deny = ['!t']",
            In(|| db(DbOp::Read, "T", 0)),
        ),
        it(
            "database.tables.otherwise",
            "database.tables.otherwise = 'deny'",
            "database.tables.otherwise = 'allow'",
            In(|| db(DbOp::Read, "t", 0)),
        ),
        it("database.max-rows", "database.max-rows = 10", "database.max-rows = 11", In(|| db(DbOp::Read, "t", 11))),
        it("sockets.plain.allow", "", "sockets.plain.allow = ['/run/a.sock']", In(plain)),
        it(
            "sockets.plain.ask",
            "sockets.plain.ask = ['/run/a.sock']",
            "sockets.plain.ask = ['!/run/a.sock']",
            In(plain),
        ),
        it(
            "sockets.plain.deny",
            "sockets.plain.deny = ['/run/a.sock']",
            "sockets.plain.deny = ['!/run/a.sock']",
            In(plain),
        ),
        it(
            "sockets.plain.otherwise",
            "sockets.plain.otherwise = 'deny'",
            "sockets.plain.otherwise = 'allow'",
            In(plain),
        ),
        it("sockets.docker.allow", "", "sockets.docker.allow = ['logs']", In(docker)),
        it("sockets.docker.ask", "sockets.docker.ask = ['logs']", "sockets.docker.ask = ['!logs']", In(docker)),
        it("sockets.docker.deny", "sockets.docker.deny = ['logs']", "sockets.docker.deny = ['!logs']", In(docker)),
        it(
            "sockets.docker.otherwise",
            "sockets.docker.otherwise = 'deny'",
            "sockets.docker.otherwise = 'allow'",
            In(docker),
        ),
        it("sockets.podman.allow", "", "sockets.podman.allow = ['logs']", In(podman)),
        it("sockets.podman.ask", "sockets.podman.ask = ['logs']", "sockets.podman.ask = ['!logs']", In(podman)),
        it("sockets.podman.deny", "sockets.podman.deny = ['logs']", "sockets.podman.deny = ['!logs']", In(podman)),
        it(
            "sockets.podman.otherwise",
            "sockets.podman.otherwise = 'deny'",
            "sockets.podman.otherwise = 'allow'",
            In(podman),
        ),
        it("sockets.ssh-agent.keys.allow", "", "sockets.ssh-agent.keys.allow = ['work']", In(signs)),
        it(
            "sockets.ssh-agent.keys.ask",
            "sockets.ssh-agent.keys.ask = ['work']",
            "sockets.ssh-agent.keys.ask = ['!work']",
            In(signs),
        ),
        it(
            "sockets.ssh-agent.keys.deny",
            "sockets.ssh-agent.keys.deny = ['work']",
            "sockets.ssh-agent.keys.deny = ['!work']",
            In(signs),
        ),
        it(
            "sockets.ssh-agent.keys.otherwise",
            "sockets.ssh-agent.keys.otherwise = 'deny'",
            "sockets.ssh-agent.keys.otherwise = 'allow'",
            In(signs),
        ),
        it("sockets.ssh-agent.sign.allow", "", "sockets.ssh-agent.sign.allow = ['git']", In(signs)),
        it(
            "sockets.ssh-agent.sign.ask",
            "sockets.ssh-agent.sign.ask = ['git']",
            "sockets.ssh-agent.sign.ask = ['!git']",
            In(signs),
        ),
        it(
            "sockets.ssh-agent.sign.deny",
            "sockets.ssh-agent.sign.deny = ['git']",
            "sockets.ssh-agent.sign.deny = ['!git']",
            In(signs),
        ),
        it(
            "sockets.ssh-agent.sign.otherwise",
            "sockets.ssh-agent.sign.otherwise = 'deny'",
            "sockets.ssh-agent.sign.otherwise = 'allow'",
            In(signs),
        ),
        it("sockets.ssh-agent.login.allow", "", "sockets.ssh-agent.login.allow = ['git@a.example']", In(logs_in)),
        it(
            "sockets.ssh-agent.login.ask",
            "sockets.ssh-agent.login.ask = ['git@a.example']",
            "sockets.ssh-agent.login.ask = ['!git@a.example']",
            In(logs_in),
        ),
        it(
            "sockets.ssh-agent.login.deny",
            "sockets.ssh-agent.login.deny = ['git@a.example']",
            "sockets.ssh-agent.login.deny = ['!git@a.example']",
            In(logs_in),
        ),
        it(
            "sockets.ssh-agent.login.otherwise",
            "sockets.ssh-agent.login.otherwise = 'deny'",
            "sockets.ssh-agent.login.otherwise = 'allow'",
            In(logs_in),
        ),
        it("secrets.allow", "", "secrets.allow = ['prod/db']", In(|| event(SecretUse::new(SecretOp::Use, "prod/db")))),
        it(
            "secrets.ask",
            "secrets.ask = ['x']",
            "secrets.ask = ['!x']",
            In(|| event(SecretUse::new(SecretOp::Use, "x"))),
        ),
        it("secrets.deny", "", "secrets.deny = ['!prod/*']", In(|| event(SecretUse::new(SecretOp::Use, "prod/db")))),
        it(
            "secrets.otherwise",
            "secrets.otherwise = 'deny'",
            "secrets.otherwise = 'allow'",
            In(|| event(SecretUse::new(SecretOp::Use, "x"))),
        ),
        it("environments.allow", "", "environments.allow = ['prod']", In(|| in_environment("prod"))),
        it("environments.ask", "", "environments.ask = ['!staging']", In(|| in_environment("staging"))),
        it("environments.deny", "", "environments.deny = ['!prod']", In(|| in_environment("Prod"))),
        it(
            "environments.otherwise",
            "environments.otherwise = 'deny'",
            "environments.otherwise = 'allow'",
            In(|| in_environment("x")),
        ),
        it(
            "changes.allow",
            "",
            "changes.allow = ['hook']",
            Value(|policy| format!("{:?}", policy.change_answer(ChangeClass::Hook).verdict)),
        ),
        it(
            "changes.ask",
            "changes.ask = ['code']",
            "changes.ask = ['!code']",
            Value(|policy| format!("{:?}", policy.change_answer(ChangeClass::Code).verdict)),
        ),
        it(
            "changes.deny",
            "changes.deny = ['ci']",
            "changes.deny = ['!ci']",
            Value(|policy| format!("{:?}", policy.change_answer(ChangeClass::Ci).verdict)),
        ),
        it(
            "changes.otherwise",
            "changes.otherwise = 'deny'",
            "changes.otherwise = 'allow'",
            Value(|policy| format!("{:?}", policy.change_answer(ChangeClass::Dependency).verdict)),
        ),
        it(
            "effects.allow",
            "",
            "effects.allow = ['loader']",
            Value(|policy| format!("{:?}", policy.hazard_answer(Hazard::Loader).verdict)),
        ),
        it(
            "effects.ask",
            "effects.ask = ['open-port']",
            "effects.ask = ['!open-port']",
            Value(|policy| format!("{:?}", policy.hazard_answer(Hazard::OpenPort).verdict)),
        ),
        it(
            "effects.deny",
            "effects.deny = ['open-port']",
            "effects.deny = ['!open-port']",
            Value(|policy| format!("{:?}", policy.hazard_answer(Hazard::OpenPort).verdict)),
        ),
        it(
            "effects.otherwise",
            "effects.otherwise = 'deny'",
            "effects.otherwise = 'allow'",
            Value(|policy| format!("{:?}", policy.hazard_answer(Hazard::Deployment).verdict)),
        ),
        it(
            "data.otherwise",
            "data.otherwise = 'public'",
            "data.otherwise = 'restricted'",
            Value(|policy| format!("{:?}", ask(policy, with_data(mcp_tool(), DataClass::Restricted)).verdict)),
        ),
        it(
            "data.unlabelled",
            "data.unlabelled = 'restricted'",
            "data.unlabelled = 'public'",
            In(|| event(model("anthropic", "x"))),
        ),
        it(
            "data.models",
            "",
            "data.models = { 'anthropic/*' = 'restricted' }",
            In(|| with_data(model("anthropic", "x"), DataClass::Restricted)),
        ),
        it(
            "data.tools",
            "",
            "data.tools = { 'Bash' = 'restricted' }",
            In(|| with_data(tool("Bash"), DataClass::Restricted)),
        ),
        it(
            "data.hosts",
            "",
            "data.hosts = { 'github.com' = 'restricted' }",
            In(|| with_data(connect("github.com", 443), DataClass::Restricted)),
        ),
        it(
            "spend.at-limit",
            "spend = { day = { requests = 0 }, at-limit = 'deny' }",
            "spend.at-limit = 'allow'",
            In(|| event(model("anthropic", "x"))),
        ),
        it(
            "approvals.by",
            "approvals.by = 'ticket'",
            "approvals.by = 'agent'",
            Value(|policy| format!("{:?}", policy.asked_by())),
        ),
        it(
            "approvals.like",
            "approvals.like = 'deny'",
            "approvals.like = 'allow'",
            Value(|policy| policy.may_approve_likes().to_string()),
        ),
        it(
            "approvals.count",
            "approvals.count = 2",
            "approvals.count = 1",
            Value(|policy| policy.approvals_needed().to_string()),
        ),
        it(
            "approvals.roles",
            "approvals.roles = ['!approver']",
            "approvals.roles = ['approver', 'admin']",
            Value(|policy| policy.approval_roles().join(" ")),
        ),
        it(
            "approvals.expires",
            "approvals.expires = '5m'",
            "approvals.expires = '1h'",
            Value(|policy| limit("approvals.expires")(policy)),
        ),
        it("code.standards", "code.standards = ['Be kind.']", "code.standards = ['!Be kind.']", Refused),
        it("approvals.policies", "", "approvals.policies = 'permit (principal, action, resource);'", Refused),
        it(
            "ledger.on-audit-failure",
            "",
            "ledger.on-audit-failure = 'allow'",
            Value(|policy| format!("{:?}", policy.on_audit_failure())),
        ),
        it("ledger.content", "", "ledger.content = 'encrypt'", Value(|policy| format!("{:?}", policy.content()))),
        it(
            "ledger.retention.content",
            "",
            "ledger.retention.content = '10y'",
            Value(|policy| format!("{:?}", policy.retention())),
        ),
        it(
            "ledger.retention.records",
            "",
            "ledger.retention.records = '1d'",
            Value(|policy| format!("{:?}", policy.retention())),
        ),
        it(
            "limits.memory",
            "limits.memory = '1GiB'",
            "limits.memory = '2GiB'",
            Value(|policy| format!("{:?}", policy.limits())),
        ),
        it(
            "limits.disk",
            "limits.disk = '1GiB'",
            "limits.disk = '2GiB'",
            Value(|policy| format!("{:?}", policy.limits())),
        ),
        it(
            "limits.output",
            "limits.output = '1MiB'",
            "limits.output = '2MiB'",
            Value(|policy| format!("{:?}", policy.limits())),
        ),
        it("limits.time", "limits.time = '1h'", "limits.time = '2h'", Value(|policy| format!("{:?}", policy.limits()))),
        it(
            "scan.verify",
            "scan.verify = 'deny'",
            "scan.verify = 'allow'",
            Value(|policy| policy.may_verify().unwrap_err().by.unwrap().line.to_string()),
        ),
        it("sandbox.require", "sandbox.require = 'any'", "sandbox.require = 'nothing'", In(|| event(run("ls")))),
        it("sandbox.require", "sandbox.require = 'full'", "sandbox.require = 'any'", In(|| event(run("ls")))),
        limit!("limits.processes"),
        limit!("limits.cpu-percent"),
        limit!("limits.open-files"),
        limit!("spend.minute.tokens"),
        limit!("spend.minute.requests"),
        limit!("spend.session.tokens"),
        limit!("spend.session.requests"),
        limit!("spend.day.tokens"),
        limit!("spend.day.requests"),
        limit!("spend.minute.dollars", "1.0", "1.5"),
        limit!("spend.session.dollars", "1.0", "1.5"),
        limit!("spend.day.dollars", "1.0", "1.5"),
    ];
    all.extend([
        finding!("findings.secret"),
        finding!("findings.personal-data"),
        finding!("findings.injection"),
        finding!("findings.code"),
        finding!("findings.dependency"),
        finding!("findings.agent-config"),
        finding!("findings.change"),
        finding!("findings.uninspected"),
    ]);
    all
}

/// Every higher layer with every lower one.
const PAIRS: [(Layer, Layer); 3] =
    [(Layer::Organisation, Layer::User), (Layer::Organisation, Layer::Repository), (Layer::User, Layer::Repository)];

fn check(attempt: &Attempt, high: Layer, low: Layer) {
    let Attempt { key, high: above, low: below, seen } = attempt;
    let alone = layers(&[(high, above)]);
    let sources = [source(high, above), source(low, below)];
    if matches!(seen, Seen::Refused) {
        assert!(load(&sources).is_err(), "{key}: {low:?} under {high:?}");
        return;
    }
    let both = layers(&[(high, above), (low, below)]);
    match seen {
        Seen::In(event) => {
            let (before, after) = (ask(&alone, event()), ask(&both, event()));
            assert!(before.verdict > Verdict::Allow, "{key}: the higher layer gives it anyway: {before:#?}");
            assert!(after.verdict >= before.verdict, "{key}: {low:?} loosened {high:?}: {after:#?}");
            assert!(after.effective() >= before.effective(), "{key}");
        }
        Seen::Value(value) => assert_eq!(value(&alone), value(&both), "{key}: {low:?} loosened {high:?}"),
        Seen::Refused => {}
    }
    let told = both
        .loosenings()
        .iter()
        .any(|it| it.file() == name_of(low) && it.title().starts_with("this line has no effect"));
    let all: Vec<String> = both.warnings().map(|it| it.render(false)).collect();
    assert!(told, "{key}: {low:?} under {high:?} is not told: {all:#?}");
}

#[test]
fn every_attempt_of_every_lower_layer_is_refused_and_told() {
    for attempt in attempts() {
        for (high, low) in PAIRS {
            check(&attempt, high, low);
        }
    }
}

#[test]
fn a_middle_layer_does_not_open_a_way_for_the_lowest() {
    for attempt in attempts().iter().filter(|it| !matches!(it.seen, Seen::Refused)) {
        let sources =
            [(Layer::Organisation, attempt.high), (Layer::User, attempt.low), (Layer::Repository, attempt.low)];
        let all = layers(&sources);
        let alone = layers(&[(Layer::Organisation, attempt.high)]);
        match &attempt.seen {
            Seen::In(event) => assert!(ask(&all, event()).verdict >= ask(&alone, event()).verdict, "{}", attempt.key),
            Seen::Value(value) => assert_eq!(value(&alone), value(&all), "{}", attempt.key),
            Seen::Refused => {}
        }
        let files: BTreeSet<&str> = all.loosenings().iter().map(Diagnostic::file).collect();
        assert_eq!(files.len(), 2, "{}: both lower files are told", attempt.key);
    }
}

/// Every key of the schema that holds a value.
fn keys(root: &Value, schema: &Value, path: &str, out: &mut BTreeSet<String>) {
    let schema = resolve(root, schema);
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        out.insert(path.to_owned());
        return;
    };
    for (name, below) in properties {
        keys(root, below, &if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, out);
    }
}

fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let inner = schema.get("anyOf").and_then(Value::as_array).and_then(|all| all.first()).unwrap_or(schema);
    match inner.get("$ref").and_then(Value::as_str) {
        Some(reference) => resolve(root, root.pointer(reference.strip_prefix('#').unwrap()).unwrap()),
        None => inner,
    }
}

#[test]
fn no_key_of_the_schema_is_without_an_attempt() {
    let schema = schema();
    let mut all = BTreeSet::new();
    keys(&schema, &schema, "", &mut all);
    assert!(all.len() > 90, "{all:?}");
    let tried: BTreeSet<String> = attempts().iter().map(|it| it.key.to_owned()).collect();
    assert_eq!(all.difference(&tried).collect::<Vec<_>>(), Vec::<&String>::new(), "keys without an attempt");
    assert_eq!(tried.difference(&all).collect::<Vec<_>>(), Vec::<&String>::new(), "attempts without a key");
}

#[test]
fn lists_in_json_and_yaml_can_only_tighten_too() {
    let org = source(Layer::Organisation, "tools.deny = ['Bash']\nsandbox.require = 'any'\nskills.deny = ['evil']\n");
    let json = Source {
        layer: Layer::Repository,
        name: "tools.json".into(),
        text: r#"{"allowed_tools": ["Bash", "Read"], "sandbox_mode": false}"#.into(),
        format: Format::ToolsJson,
    };
    let yaml = Source {
        layer: Layer::User,
        name: "skills.yaml".into(),
        text: "allowed_skills:\n  - name: evil\n    version: '>=2.0.0'\n".into(),
        format: Format::SkillsYaml,
    };
    let policy = load(&[org, json, yaml]).unwrap();
    let told: Vec<(&str, u32)> = policy.loosenings().iter().map(|it| (it.file(), it.line())).collect();
    assert_eq!(told, [("skills.yaml", 2), ("tools.json", 1), ("tools.json", 1)]);
    assert_eq!(verdict(&policy, tool("Bash")), Verdict::Deny);
    assert_eq!(verdict(&policy, tool("Write")), Verdict::Deny);
}

/// Whoever is asked about an address of a private network goes by whether somebody meant it.
#[test]
fn a_repository_names_no_host_that_is_not_named_above() {
    let host = |text: &str| Host::parse(text).unwrap();
    let policy = layers(&[
        (Layer::User, "[network]\nallow = [\"192.168.1.7\"]\n"),
        (Layer::Repository, "[network]\nallow = [\"10.0.0.0/8\", \"*\"]\n"),
    ]);
    assert!(policy.names_host(&host("192.168.1.7"), Some(443)));
    assert!(!policy.names_host(&host("10.1.2.3"), Some(443)));
    assert!(!policy.names_host(&host("example.org"), Some(443)));
    let all = layers(&[(Layer::User, "[network]\nallow = [\"*\"]\n")]);
    assert!(!all.names_host(&host("10.1.2.3"), Some(443)));
}
