//! A strategy for each kind of event, and the one table that names them.

use crate::records::any_finding;
use crate::text::{any_hex, any_text};
use crate::unknown::any_rest;
use crate::words::{any_count, any_event_id, any_host, any_named, any_path, any_time, maybe, one_of, some};
use portcullis_event::{
    Approval, ApprovalStep, Body, CarriedFile, Config, ConfigOp, Db, DbOp, File, FileOp, FindingNotice, Git, GitOp,
    Incident, IncidentStep, KINDS, LedgerNotice, LedgerOp, Llm, LlmOp, ModelId, Net, NetOp, Note, Opaque, Package,
    PackageOp, PolicyNotice, PolicyOp, Process, ProcessOp, Redaction, SecretOp, SecretUse, Session, SessionOp, Socket,
    SocketOp, Tool, ToolName, ToolOp, UserName,
};
use proptest::prelude::*;
use serde_json::json;

/// A strategy for a struct from strategies for its fields. All fields must be named, so a new one can't be forgotten.
macro_rules! shape {
    ($type:ident { $($field:ident: $strategy:expr),* $(,)? }) => {
        ($($strategy,)*).prop_map(|($($field,)*)| $type { $($field),* }).boxed()
    };
}
pub(crate) use shape;

/// Makes a strategy for the bodies of one kind.
type MakeStrategy = fn() -> BoxedStrategy<Body>;

/// Every kind that has a strategy. A test compares this with the kinds that the vocabulary knows.
pub(crate) const BODIES: &[(&str, MakeStrategy)] = &[
    ("process", || process().prop_map(Body::from).boxed()),
    ("file", || file().prop_map(Body::from).boxed()),
    ("net", || net().prop_map(Body::from).boxed()),
    ("llm", || llm().prop_map(Body::from).boxed()),
    ("tool", || tool().prop_map(Body::from).boxed()),
    ("secret", || secret().prop_map(Body::from).boxed()),
    ("db", || db().prop_map(Body::from).boxed()),
    ("socket", || socket().prop_map(Body::from).boxed()),
    ("git", || git().prop_map(Body::from).boxed()),
    ("package", || package().prop_map(Body::from).boxed()),
    ("config", || config().prop_map(Body::from).boxed()),
    ("session", || session().prop_map(Body::from).boxed()),
    ("finding", || finding().prop_map(Body::from).boxed()),
    ("approval", || approval().prop_map(Body::from).boxed()),
    ("incident", || incident().prop_map(Body::from).boxed()),
    ("policy", || policy().prop_map(Body::from).boxed()),
    ("ledger", || ledger().prop_map(Body::from).boxed()),
    ("note", || note().prop_map(Body::from).boxed()),
];

fn process() -> BoxedStrategy<Process> {
    shape!(Process {
        op: one_of(&[ProcessOp::Start, ProcessOp::Exit, ProcessOp::Kill]),
        argv: some(any_text()),
        executable: maybe(any_path()),
        executable_hash: maybe(any_hex()),
        status: maybe(any::<i32>()),
        duration_us: maybe(any_count()),
        rest: any_rest(),
    })
}

fn file() -> BoxedStrategy<File> {
    use FileOp::{Delete, Link, List, Mode, Read, Rename, Write};
    shape!(File {
        op: one_of(&[Read, List, Write, Delete, Rename, Link, Mode]),
        path: any_path(),
        to: maybe(any_path()),
        before: maybe(any_hex()),
        after: maybe(any_hex()),
        bytes: maybe(any_count()),
        rest: any_rest(),
    })
}

fn net() -> BoxedStrategy<Net> {
    shape!(Net {
        op: one_of(&[NetOp::Resolve, NetOp::Connect, NetOp::Listen, NetOp::Request, NetOp::Response]),
        host: any_host(),
        port: maybe(any::<u16>()),
        protocol: maybe(any_protocol()),
        method: maybe(any_method()),
        url_path: maybe(any_text()),
        status: maybe(any::<u16>()),
        bytes_out: maybe(any_count()),
        bytes_in: maybe(any_count()),
        rest: any_rest(),
    })
}

fn any_protocol() -> BoxedStrategy<String> {
    prop_oneof![prop::sample::select(&["tcp", "udp", "http", "https", "dns"][..]).prop_map(str::to_owned), any_text()]
        .boxed()
}

fn any_method() -> BoxedStrategy<String> {
    prop_oneof![
        prop::sample::select(&["GET", "POST", "put", "CONNECT", "PATCH"][..]).prop_map(str::to_owned),
        any_text()
    ]
    .boxed()
}

fn llm() -> BoxedStrategy<Llm> {
    let redaction = shape!(Redaction { rule: any_text(), count: any_count(), rest: any_rest() });
    let carried = shape!(CarriedFile {
        path: any_path(),
        length: any_count(),
        fingerprint: maybe(any_hex()),
        tool: maybe(any_text()),
        among: maybe(any_count()),
        rest: any_rest(),
    });
    shape!(Llm {
        op: one_of(&[LlmOp::Request, LlmOp::Response, LlmOp::Embed, LlmOp::CountTokens]),
        provider: any_text(),
        model: any_named(|name| ModelId::parse(name).ok()),
        host: maybe(any_host()),
        tokens_in: maybe(any_count()),
        tokens_out: maybe(any_count()),
        cost_microdollars: maybe(any_count()),
        finish: maybe(any_text()),
        files: some(any_path()),
        carried: some(carried),
        redactions: some(redaction),
        rest: any_rest(),
    })
}

fn tool() -> BoxedStrategy<Tool> {
    shape!(Tool {
        op: one_of(&[ToolOp::Call, ToolOp::Result, ToolOp::List]),
        name: any_named(|name| ToolName::parse(name).ok()),
        call: maybe(any_text()),
        server: maybe(any_text()),
        definition_hash: maybe(any_hex()),
        arguments_hash: maybe(any_hex()),
        paths: some(any_path()),
        hosts: some(any_host()),
        failed: maybe(any::<bool>()),
        duration_us: maybe(any_count()),
        rest: any_rest(),
    })
}

fn secret() -> BoxedStrategy<SecretUse> {
    use SecretOp::{Create, Delete, Expose, Lease, Renew, Revoke, Rotate, Use};
    shape!(SecretUse {
        op: one_of(&[Lease, Use, Renew, Revoke, Create, Rotate, Delete, Expose]),
        name: any_text(),
        source: maybe(any_text()),
        version: maybe(any_text()),
        lease: maybe(any_text()),
        destination: maybe(any_host()),
        expires: maybe(any_time()),
        fingerprint: maybe(any_hex()),
        rest: any_rest(),
    })
}

fn db() -> BoxedStrategy<Db> {
    shape!(Db {
        op: one_of(&[DbOp::Connect, DbOp::Read, DbOp::Write, DbOp::Define, DbOp::Admin]),
        system: any_text(),
        host: maybe(any_host()),
        database: maybe(any_text()),
        tables: some(any_text()),
        statement: maybe(any_text()),
        rows: maybe(any_count()),
        bytes: maybe(any_count()),
        rest: any_rest(),
    })
}

fn socket() -> BoxedStrategy<Socket> {
    use SocketOp::{Change, Connect, List, Read, Sign};
    shape!(Socket {
        op: one_of(&[Connect, List, Sign, Read, Change]),
        service: any_text(),
        verb: maybe(any_text()),
        object: maybe(any_text()),
        path: maybe(any_path()),
        key: maybe(any_text()),
        key_name: maybe(any_text()),
        namespace: maybe(any_text()),
        user: maybe(any_text()),
        servers: some(any_text()),
        rest: any_rest(),
    })
}

fn git() -> BoxedStrategy<Git> {
    use GitOp::{Branch, Commit, Configure, Fetch, Push, Read, Rewrite};
    shape!(Git {
        op: one_of(&[Read, Commit, Branch, Push, Fetch, Rewrite, Configure]),
        remote: maybe(any_text()),
        host: maybe(any_host()),
        refs: some(any_text()),
        commits: some(any_hex()),
        paths: some(any_path()),
        lines_added: maybe(any_count()),
        lines_removed: maybe(any_count()),
        force: maybe(any::<bool>()),
        rest: any_rest(),
    })
}

fn package() -> BoxedStrategy<Package> {
    use PackageOp::{Add, Install, Query, Remove, Update};
    shape!(Package {
        op: one_of(&[Query, Install, Add, Remove, Update]),
        ecosystem: any_text(),
        name: any_text(),
        version: maybe(any_text()),
        registry: maybe(any_host()),
        hash: maybe(any_hex()),
        advisories: some(any_text()),
        rest: any_rest(),
    })
}

fn config() -> BoxedStrategy<Config> {
    use ConfigOp::{Approve, Block, Change, Drift, Load};
    shape!(Config {
        op: one_of(&[Load, Change, Approve, Block, Drift]),
        category: any_text(),
        name: any_text(),
        path: maybe(any_path()),
        source: maybe(any_text()),
        version: maybe(any_text()),
        hash: maybe(any_hex()),
        rest: any_rest(),
    })
}

fn session() -> BoxedStrategy<Session> {
    use SessionOp::{End, Halt, Resume, Revert, Start, Suspend};
    shape!(Session {
        op: one_of(&[Start, End, Suspend, Resume, Halt, Revert]),
        command: some(any_text()),
        status: maybe(any::<i32>()),
        reason: maybe(any_text()),
        duration_us: maybe(any_count()),
        rest: any_rest(),
    })
}

fn finding() -> BoxedStrategy<FindingNotice> {
    shape!(FindingNotice { finding: any_finding(), by: any_text(), introduced: maybe(any_hex()), rest: any_rest() })
}

fn approval() -> BoxedStrategy<Approval> {
    use ApprovalStep::{Expired, Granted, Refused, Requested, Revoked, Used};
    shape!(Approval {
        step: one_of(&[Requested, Granted, Refused, Expired, Used, Revoked]),
        request: any_event_id(),
        action_hash: any_hex(),
        by: maybe(any_named(|name| UserName::parse(name).ok())),
        role: maybe(any_text()),
        expires: maybe(any_time()),
        latency_us: maybe(any_count()),
        note: maybe(any_text()),
        rest: any_rest(),
    })
}

fn incident() -> BoxedStrategy<Incident> {
    use IncidentStep::{Action, Alert, Closed, Contained, Eradicated, Opened, Recovered};
    shape!(Incident {
        step: one_of(&[Alert, Opened, Contained, Eradicated, Recovered, Closed, Action]),
        name: any_text(),
        incident: maybe(any_text()),
        events: some(any_event_id()),
        by: maybe(any_named(|name| UserName::parse(name).ok())),
        note: maybe(any_text()),
        rest: any_rest(),
    })
}

fn policy() -> BoxedStrategy<PolicyNotice> {
    use PolicyOp::{Changed, Loaded, Loosening, Refused};
    shape!(PolicyNotice {
        op: one_of(&[Loaded, Changed, Refused, Loosening]),
        file: any_text(),
        hash: maybe(any_hex()),
        line: maybe(any::<u32>()),
        note: maybe(any_text()),
        rest: any_rest(),
    })
}

fn ledger() -> BoxedStrategy<LedgerNotice> {
    use LedgerOp::{ContentErased, Created, Imported, KeyRotated, RecordsPruned, SegmentSealed};
    shape!(LedgerNotice {
        op: one_of(&[Created, KeyRotated, SegmentSealed, ContentErased, RecordsPruned, Imported]),
        origin: maybe(any_text()),
        key: maybe(any_text()),
        first: maybe(any_count()),
        count: maybe(any_count()),
        content_key: maybe(any_text()),
        signature: maybe(any_text()),
        note: maybe(any_text()),
        rest: any_rest(),
    })
}

fn note() -> BoxedStrategy<Note> {
    shape!(Note { text: any_text(), rest: any_rest() })
}

/// A body that this version can't read: of an unknown kind, or of a known kind that says something new.
pub(crate) fn opaque() -> BoxedStrategy<Body> {
    let unknown =
        prop_oneof![prop::sample::select(&["quantum", "Process", "note "][..]).prop_map(str::to_owned), any_text()]
            .prop_filter("it must be unknown", |kind| !KINDS.contains(&kind.as_str()));
    let known = one_of(KINDS).prop_map(str::to_owned);
    let body = prop_oneof![
        (unknown, any_rest()),
        // Whatever a kind needs to be read, one of these is not it.
        (known, any_rest()).prop_map(|(kind, mut fields)| {
            for (name, value) in
                [("op", json!("foresee")), ("step", json!("foreseen")), ("text", json!(7)), ("by", json!(7))]
            {
                fields.insert(name.to_owned(), value);
            }
            (kind, fields)
        }),
    ];
    body.prop_map(|(kind, fields)| Body::Opaque(Opaque { kind, fields })).boxed()
}
