//! One record of each kind that looks like real life. The same every time, so that tests can compare whole outputs.

use portcullis_event::{
    AbsPath, Actor, Agent, AgentName, Approval, ApprovalStep, Body, CheckId, Confidence, Config, ConfigOp, Content,
    Coverage, Db, DbOp, Decision, Event, EventId, File, FileOp, Finding, FindingKind, FindingNotice, Git, GitOp, Host,
    Incident, IncidentStep, LedgerNotice, LedgerOp, Llm, LlmOp, Mode, Model, ModelId, Net, NetOp, Note, Opaque,
    Package, PackageOp, ParseError, PolicyNotice, PolicyOp, Process, ProcessOp, Reason, Record, Redaction, Rest,
    RuleId, SCHEMA_VERSION, Sandbox, Sealed, SecretOp, SecretUse, Session, SessionId, SessionOp, Severity, Socket,
    SocketOp, SourceLine, Span, SpanId, Timestamp, Tool, ToolName, ToolOp, TraceId, UserName, Verdict,
};
use serde_json::json;

/// 2026-11-20 12:00:00 UTC, in microseconds.
const NOON: i64 = 1_795_176_000_000_000;
/// Stands where a SHA-256 or a keyed fingerprint in hex would stand.
const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// A record of this kind; for a kind that the vocabulary does not know, an opaque one.
#[expect(clippy::expect_used, reason = "every word below is a valid one; a test makes a sample of each kind")]
pub fn sample(kind: &str) -> Record {
    try_sample(kind).expect("the samples are made of valid words")
}

fn try_sample(kind: &str) -> Result<Record, ParseError> {
    let what = body(kind)?;
    let mut event = Event::new(
        EventId::from_bytes(*b"\x01\x9a\xa0\x11\x18\x00\x70\x00\x80portcul"),
        Timestamp::from_micros(NOON),
        actor()?,
        what,
    );
    event.trace = Some(TraceId::from_bytes([0xab; 16]));
    event.span = Some(SpanId::from_bytes([0xcd; 8]));
    event.place.machine = Some("build-7".to_owned());
    event.place.os = Some("linux".to_owned());
    event.place.repo = Some(AbsPath::parse("/srv/app")?);
    event.place.branch = Some("main".to_owned());
    event.place.pid = Some(4711);
    event.place.sandbox =
        Some(Sandbox { kind: "namespaces".to_owned(), profile: Some(HASH.to_owned()), rest: Rest::new() });
    event.class.severity = Severity::Low;
    event.content = content(kind);
    Ok(Record {
        v: SCHEMA_VERSION,
        event,
        findings: Vec::new(),
        coverage: Coverage::default(),
        decision: decision()?,
        rest: Rest::new(),
    })
}

fn actor() -> Result<Actor, ParseError> {
    let mut agent = Agent::new(AgentName::parse("claude-code")?, Some(SessionId::parse("s-42")?));
    agent.version = Some("2.1.0".to_owned());
    let name = ModelId::parse("claude-sonnet-5")?;
    agent.model = Some(Model { name, provider: Some("anthropic".to_owned()), rest: Rest::new() });
    Ok(Actor { agents: vec![agent], ..Actor::human(UserName::parse("ada")?) })
}

fn content(kind: &str) -> std::collections::BTreeMap<String, Content> {
    let sealed = Sealed {
        key: "s-42".to_owned(),
        sha256: HASH.to_owned(),
        length: 2048,
        fingerprint: HASH.to_owned(),
        rest: Rest::new(),
    };
    let kept = match kind {
        "llm" => ("prompt", Content::Sealed(sealed)),
        "tool" => ("arguments", Content::Omitted { fingerprint: HASH.to_owned(), length: 17 }),
        _ => return std::collections::BTreeMap::new(),
    };
    [(kept.0.to_owned(), kept.1)].into()
}

fn decision() -> Result<Decision, ParseError> {
    let reason = Reason {
        check: CheckId::parse("preset")?,
        verdict: Verdict::Allow,
        message: "the preset `standard` allows it".to_owned(),
        source: Some(SourceLine { file: "portcullis.toml".to_owned(), line: 3, column: 1 }),
        fix: None,
        rest: Rest::new(),
    };
    Ok(Decision::strictest(Mode::Enforce, HASH, vec![reason], vec![]))
}

fn finding() -> Result<Finding, ParseError> {
    Ok(Finding {
        rule: RuleId::parse("github-token")?,
        kind: FindingKind::Secret,
        severity: Severity::High,
        confidence: Confidence::Proven,
        message: "a GitHub token".to_owned(),
        path: Some(AbsPath::parse("/srv/app/.env")?),
        span: Some(Span { line: 3, column: 7, end_line: 3, end_column: 47 }),
        field: None,
        fingerprint: Some(HASH.to_owned()),
        cwe: Some("CWE-798".to_owned()),
        replaced: false,
        rest: Rest::new(),
    })
}

fn body(kind: &str) -> Result<Body, ParseError> {
    let file = AbsPath::parse("/srv/app/src/main.rs")?;
    let some = |text: &str| Some(text.to_owned());
    let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<String>>();
    Ok(match kind {
        "process" => Process {
            argv: list(&["cargo", "test", "--workspace"]),
            executable: Some(AbsPath::parse("/usr/bin/cargo")?),
            executable_hash: some(HASH),
            ..Process::new(ProcessOp::Start)
        }
        .into(),
        "file" => {
            File { before: some(HASH), after: some(HASH), bytes: Some(1042), ..File::new(FileOp::Write, file) }.into()
        }
        "net" => Net {
            port: Some(443),
            protocol: some("https"),
            method: some("GET"),
            url_path: some("/repos/rust-lang/rust"),
            ..Net::new(NetOp::Request, Host::parse("api.github.com")?)
        }
        .into(),
        "llm" => Llm {
            host: Some(Host::parse("api.anthropic.com")?),
            tokens_in: Some(1200),
            files: vec![file],
            redactions: vec![Redaction { rule: "github-token".to_owned(), count: 1, rest: Rest::new() }],
            ..Llm::new(LlmOp::Request, "anthropic", ModelId::parse("claude-sonnet-5")?)
        }
        .into(),
        "tool" => Tool {
            call: some("toolu_01"),
            server: some("filesystem"),
            definition_hash: some(HASH),
            arguments_hash: some(HASH),
            paths: vec![file],
            ..Tool::new(ToolOp::Call, ToolName::parse("Read")?)
        }
        .into(),
        "secret" => SecretUse {
            source: some("vault"),
            lease: some("lease-9"),
            destination: Some(Host::parse("api.github.com")?),
            expires: Some(Timestamp::from_micros(NOON + 900_000_000)),
            fingerprint: some(HASH),
            ..SecretUse::new(SecretOp::Use, "github/app")
        }
        .into(),
        "db" => Db {
            host: Some(Host::parse("10.0.0.5")?),
            database: some("orders"),
            tables: list(&["customers"]),
            statement: some("SELECT name FROM customers WHERE id = $1"),
            rows: Some(1),
            ..Db::new(DbOp::Read, "postgresql")
        }
        .into(),
        "socket" => Socket {
            path: Some(AbsPath::parse("/run/user/1000/agent.sock")?),
            key: some("SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"),
            key_name: some("work"),
            namespace: some("git"),
            ..Socket::new(SocketOp::Sign, "ssh-agent")
        }
        .into(),
        "git" => Git {
            remote: some("origin"),
            host: Some(Host::parse("github.com")?),
            refs: list(&["refs/heads/main"]),
            commits: list(&["aa7af60"]),
            lines_added: Some(120),
            lines_removed: Some(7),
            force: Some(false),
            ..Git::new(GitOp::Push)
        }
        .into(),
        "package" => Package {
            version: some("4.17.20"),
            registry: Some(Host::parse("packages.example")?),
            advisories: list(&["GHSA-35jh-r3h4-6jhm"]),
            ..Package::new(PackageOp::Install, "npm", "lodash")
        }
        .into(),
        "config" => Config {
            path: Some(AbsPath::parse("/srv/app/.mcp.json")?),
            hash: some(HASH),
            ..Config::new(ConfigOp::Load, "mcp-server", "filesystem")
        }
        .into(),
        "session" => Session { command: list(&["claude", "--continue"]), ..Session::new(SessionOp::Start) }.into(),
        "finding" => {
            FindingNotice { finding: finding()?, by: "scan".to_owned(), introduced: some("aa7af60"), rest: Rest::new() }
                .into()
        }
        "approval" => Approval {
            by: Some(UserName::parse("grace")?),
            role: some("lead"),
            latency_us: Some(42_000_000),
            note: some("only this once"),
            ..Approval::new(ApprovalStep::Granted, EventId::from_bytes([7; 16]), HASH)
        }
        .into(),
        "incident" => Incident {
            incident: some("INC-7"),
            events: vec![EventId::from_bytes([7; 16])],
            note: some("the agent read a key and then opened a connection"),
            ..Incident::new(IncidentStep::Opened, "secret-then-egress")
        }
        .into(),
        "policy" => PolicyNotice { hash: some(HASH), ..PolicyNotice::new(PolicyOp::Loaded, "portcullis.toml") }.into(),
        "ledger" => LedgerNotice {
            origin: some("build-7.example/ledger"),
            first: Some(0),
            count: Some(4096),
            ..LedgerNotice::new(LedgerOp::RecordsPruned)
        }
        .into(),
        "note" => Note::new("deployed by hand, see ticket 12").into(),
        unknown => Body::Opaque(Opaque {
            kind: unknown.to_owned(),
            fields: [("factor".to_owned(), json!(0.25)), ("steps".to_owned(), json!([1, { "of": 3 }]))].into(),
        }),
    })
}
