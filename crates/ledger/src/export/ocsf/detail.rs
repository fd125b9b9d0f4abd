//! The attributes of one class: what it requires, and what we know.

use super::super::columns::{who, word};
use super::super::fields::Fields;
use super::class::Class;
use portcullis_event::{
    AbsPath, Approval, Body, Confidence, Config, Db, File, Finding, FindingKind, FindingNotice, Git, Host, Incident,
    LedgerNotice, Llm, Net, NetOp, Package, PolicyNotice, Process, Record, SecretUse, Session, SessionId, SessionOp,
    Severity, Socket, Tool,
};
use serde_json::{Value, json};

/// What a class wants beside what all of them have.
pub(super) fn of(record: &Record, class: Class) -> Fields {
    match &record.event.what {
        Body::Process(it) => process(it, record),
        Body::File(it) => file(it),
        Body::Net(it) => net(it, class),
        Body::Llm(it) => llm(it, record),
        Body::Tool(it) => tool(it, record),
        Body::Secret(it) => secret(it, record, class),
        Body::Db(it) => db(it, record),
        Body::Socket(it) => socket(it, record),
        Body::Git(it) => git(it, record),
        Body::Package(it) => package(it),
        Body::Config(it) => config(it),
        Body::Session(it) => session(it, record, class),
        Body::Finding(it) => finding(it, record, class),
        Body::Approval(it) => approval(it, record),
        Body::Incident(it) => incident(it, record, class),
        Body::Policy(it) => policy(it),
        Body::Ledger(it) => ledger(it),
        Body::Note(_) | Body::Opaque(_) => Fields::new(),
    }
}

/// An end of a connection: a name or an address.
fn endpoint(host: &Host, port: Option<u16>) -> Fields {
    let name = if host.address().is_some() { "ip" } else { "hostname" };
    Fields::new().with(name, host.as_str()).maybe("port", port)
}

/// The end that the agent is on.
fn source(record: &Record) -> Fields {
    Fields::new().with("hostname", record.event.place.machine.as_deref().unwrap_or("unknown"))
}

fn file_object(path: &AbsPath, hash: Option<&String>) -> Fields {
    // The root is a folder without a name; a name is required.
    let name = if path.file_name().is_empty() { "/" } else { path.file_name() };
    Fields::new()
        .with("name", name)
        .with("path", path.as_str())
        .with("type_id", 0)
        .maybe("hashes", hash.map(|hash| hashes(hash)))
}

fn hashes(value: &str) -> Value {
    json!([{ "algorithm": "SHA-256", "algorithm_id": 3, "value": value }])
}

fn milliseconds(microseconds: Option<u64>) -> Option<u64> {
    microseconds.map(|us| us / 1000)
}

fn process(it: &Process, record: &Record) -> Fields {
    let process = Fields::new()
        .with("cmd_line", it.argv.join(" "))
        .with("uid", record.event.id.to_string())
        .maybe("name", it.executable.as_ref().map(AbsPath::file_name))
        .maybe("file", it.executable.as_ref().map(|path| file_object(path, it.executable_hash.as_ref())))
        .maybe("working_directory", record.event.place.cwd.as_ref().map(AbsPath::as_str));
    Fields::new()
        .with("process", process)
        .maybe("exit_code", it.status)
        .maybe("duration", milliseconds(it.duration_us))
        .and(model_of(record))
}

fn file(it: &File) -> Fields {
    let file = file_object(&it.path, it.after.as_ref().or(it.before.as_ref())).maybe("size", it.bytes);
    Fields::new().with("file", file).maybe("file_result", it.to.as_ref().map(|to| file_object(to, it.after.as_ref())))
}

fn net(it: &Net, class: Class) -> Fields {
    let traffic = (it.bytes_in.is_some() || it.bytes_out.is_some())
        .then(|| Fields::new().maybe("bytes_in", it.bytes_in).maybe("bytes_out", it.bytes_out));
    let direction = if it.op == NetOp::Listen { 1 } else { 2 };
    let common = Fields::new()
        .with("dst_endpoint", endpoint(&it.host, it.port))
        .with("connection_info", json!({ "direction_id": direction }))
        .maybe("app_protocol_name", it.protocol.as_deref())
        .maybe("traffic", traffic);
    if class == Class::HttpActivity {
        common.and(http(it))
    } else if class == Class::DnsActivity {
        common.with("query", json!({ "hostname": it.host }))
    } else {
        common
    }
}

fn http(it: &Net) -> Fields {
    let url = Fields::new()
        .with("path", it.url_path.as_deref().unwrap_or("/"))
        .with("hostname", it.host.as_str())
        .maybe("port", it.port)
        .maybe("scheme", it.protocol.as_deref());
    let request = Fields::new().with("url", url).maybe("http_method", it.method.as_deref());
    Fields::new()
        .with("http_request", request)
        .maybe("http_response", it.status.map(|status| json!({ "code": status })))
}

/// The model that the acting agent thinks with.
fn model_of(record: &Record) -> Fields {
    let model = record.event.actor.acting_agent().and_then(|agent| agent.model.as_ref());
    Fields::new().maybe(
        "ai_model",
        model.map(|model| json!({ "name": model.name, "ai_provider": model.provider.as_deref().unwrap_or("unknown") })),
    )
}

fn api(operation: &str, service: &str) -> Value {
    json!({ "operation": operation, "service": { "name": service } })
}

fn llm(it: &Llm, record: &Record) -> Fields {
    let context = Fields::new()
        .with("application", json!({ "name": who(&record.event.actor) }))
        .maybe("prompt_tokens", it.tokens_in)
        .maybe("completion_tokens", it.tokens_out);
    Fields::new()
        .with("api", api(&format!("llm.{}", word(&it.op)), &it.provider))
        .with("ai_model", json!({ "name": it.model, "ai_provider": it.provider }))
        .with("message_context", context)
        .with("src_endpoint", source(record))
        .maybe("dst_endpoint", it.host.as_ref().map(|host| endpoint(host, None)))
}

fn tool(it: &Tool, record: &Record) -> Fields {
    let resources: Vec<Value> = it.paths.iter().map(|path| json!({ "name": path, "type": "file" })).collect();
    Fields::new()
        .with("api", api(&format!("tool.{}", it.name), it.server.as_deref().unwrap_or("built-in")))
        .with("src_endpoint", source(record))
        .maybe("dst_endpoint", it.hosts.first().map(|host| endpoint(host, None)))
        .maybe("resources", (!resources.is_empty()).then_some(resources))
        .maybe("duration", milliseconds(it.duration_us))
        .and(model_of(record))
}

fn secret(it: &SecretUse, record: &Record, class: Class) -> Fields {
    if class == Class::DataSecurityFinding {
        let resources = json!([{ "name": it.name, "type": "secret" }]);
        return finding_info(
            &record.event.id.to_string(),
            &format!("the secret {} was exposed", it.name),
            "secret-exposed",
        )
        .with("resources", resources);
    }
    let entity =
        Fields::new().with("name", it.name.as_str()).with("type", "Secret").maybe("version", it.version.as_deref());
    Fields::new().with("entity", entity).with("src_endpoint", source(record))
}

fn db(it: &Db, record: &Record) -> Fields {
    let name = it.database.as_deref().unwrap_or(&it.system);
    let query = it
        .statement
        .as_ref()
        .map(|statement| Fields::new().with("query_string", statement.as_str()).maybe("bytes", it.bytes));
    Fields::new()
        .with("database", json!({ "name": name, "type": it.system, "type_id": 0 }))
        .with("src_endpoint", source(record))
        .maybe("table", it.tables.first().map(|table| json!({ "name": table })))
        .maybe("dst_endpoint", it.host.as_ref().map(|host| endpoint(host, None)))
        .maybe("query_info", query)
        .and(model_of(record))
}

fn socket(it: &Socket, record: &Record) -> Fields {
    let named = [("key", &it.key), ("object", &it.object)];
    let named =
        named.into_iter().filter_map(|(kind, name)| name.as_ref().map(|name| json!({ "name": name, "type": kind })));
    let path = it.path.iter().map(|path| json!({ "name": path.as_str(), "type": "socket" }));
    let resources: Vec<Value> = named.chain(path).collect();
    let verb = it.verb.clone().unwrap_or_else(|| word(&it.op));
    Fields::new()
        .with("api", api(&format!("socket.{verb}"), &it.service))
        .with("src_endpoint", source(record))
        .maybe("resources", (!resources.is_empty()).then_some(resources))
        .and(model_of(record))
}

fn git(it: &Git, record: &Record) -> Fields {
    let resources: Vec<Value> = it.refs.iter().map(|name| json!({ "name": name, "type": "ref" })).collect();
    Fields::new()
        .with("api", api(&format!("git.{}", word(&it.op)), it.remote.as_deref().unwrap_or("git")))
        .with("src_endpoint", source(record))
        .maybe("dst_endpoint", it.host.as_ref().map(|host| endpoint(host, None)))
        .maybe("resources", (!resources.is_empty()).then_some(resources))
        .and(model_of(record))
}

fn package(it: &Package) -> Fields {
    let app = Fields::new()
        .with("name", it.name.as_str())
        .with("vendor_name", it.ecosystem.as_str())
        .maybe("version", it.version.as_deref())
        .maybe("url_string", it.registry.as_ref().map(Host::as_str));
    Fields::new().with("app", app)
}

fn config(it: &Config) -> Fields {
    let app = Fields::new()
        .with("name", it.name.as_str())
        .with("feature", json!({ "name": it.category }))
        .maybe("version", it.version.as_deref())
        .maybe("path", it.path.as_ref().map(AbsPath::as_str))
        .maybe("uid", it.hash.as_deref());
    Fields::new().with("app", app)
}

fn session(it: &Session, record: &Record, class: Class) -> Fields {
    let agent = record.event.actor.acting_agent();
    let name = agent.map_or("unknown", |agent| agent.name.as_str());
    let uid = record.event.actor.session().map(SessionId::as_str);
    if class == Class::EntityManagement {
        let entity = Fields::new().with("name", name).with("type", "Agent").maybe("uid", uid);
        return Fields::new().with("entity", entity).maybe("comment", it.reason.as_deref());
    }
    let app = Fields::new()
        .with("name", name)
        .maybe("uid", uid)
        .maybe("version", agent.and_then(|agent| agent.version.as_deref()));
    let duration = if it.op == SessionOp::End { milliseconds(it.duration_us) } else { None };
    Fields::new().with("app", app).maybe("duration", duration)
}

/// What every finding has: something to call it by, a title, and the rule.
fn finding_info(uid: &str, title: &str, rule: &str) -> Fields {
    let info = json!({ "uid": uid, "title": title, "analytic": { "name": rule, "type_id": 1 } });
    Fields::new().with("finding_info", info)
}

fn confidence(confidence: Confidence) -> u8 {
    match confidence {
        Confidence::Low => 1,
        Confidence::Medium => 2,
        Confidence::High | Confidence::Proven => 3,
    }
}

fn finding(it: &FindingNotice, record: &Record, class: Class) -> Fields {
    let Finding { rule, message, path, .. } = &it.finding;
    let repository = record.event.place.repo.as_ref().map_or("unknown", |path| path.as_str());
    let vulnerabilities = vulnerabilities(&it.finding);
    let common = finding_info(&record.event.id.to_string(), message, rule.as_str())
        .with("confidence_id", confidence(it.finding.confidence))
        .with("resources", json!([{ "name": path.as_ref().map_or(repository, |path| path.as_str()), "type": "file" }]));
    if class == Class::VulnerabilityFinding {
        common.with("vulnerabilities", vulnerabilities)
    } else if class == Class::ApplicationSecurityPostureFinding {
        common.with("vulnerabilities", vulnerabilities).with("application", json!({ "name": repository }))
    } else if class == Class::DataSecurityFinding {
        let (category_id, category) =
            if it.finding.kind == FindingKind::PersonalData { (1, "Personal") } else { (6, "Security") };
        let data = json!({ "detection_pattern": rule, "category_id": category_id, "category": category });
        common.with("data_security", data).maybe("file", path.as_ref().map(|path| file_object(path, None)))
    } else {
        common
    }
}

/// A weakness class if the rule names one, else the rule as an advisory: exactly one of them is wanted.
fn vulnerabilities(finding: &Finding) -> Value {
    let severity = match finding.severity {
        Severity::Info => "Informational",
        Severity::Low => "Low",
        Severity::Medium => "Medium",
        Severity::High => "High",
        Severity::Critical => "Critical",
    };
    let what = match &finding.cwe {
        Some(cwe) => Fields::new().with("cwe", json!({ "uid": cwe })),
        None => Fields::new().with("advisory", json!({ "uid": finding.rule })),
    };
    Value::Array(vec![what.with("title", finding.message.as_str()).with("severity", severity).into()])
}

fn approval(it: &Approval, record: &Record) -> Fields {
    let human = record.event.actor.human.as_ref().or(it.by.as_ref());
    Fields::new()
        .with("user", json!({ "name": human.map_or("unknown", |name| name.as_str()) }))
        .with("privileges", json!([format!("action {}", it.action_hash)]))
        .with("session", json!({ "uid": it.request.to_string() }))
}

fn incident(it: &Incident, record: &Record, class: Class) -> Fields {
    let uid = it.incident.clone().unwrap_or_else(|| record.event.id.to_string());
    let related: Vec<Value> = it.events.iter().map(|id| json!({ "uid": id.to_string() })).collect();
    let rule = json!({ "name": it.name, "type_id": 1 });
    let info = json!({ "uid": uid, "title": it.name, "analytic": rule, "related_events": related });
    if class == Class::DetectionFinding {
        return Fields::new().with("finding_info", info).with("is_alert", true);
    }
    let (assignee, value) = match &it.by {
        Some(by) => ("assignee", by.as_str()),
        None => ("assignee_group", "unassigned"),
    };
    Fields::new()
        .with("finding_info_list", vec![info])
        .with(assignee, json!({ "name": value }))
        .maybe("comment", it.note.as_deref())
}

fn policy(it: &PolicyNotice) -> Fields {
    let policy = Fields::new().with("name", it.file.as_str()).maybe("uid", it.hash.as_deref());
    let entity = Fields::new().with("name", it.file.as_str()).with("type", "Policy").with("policy", policy);
    Fields::new().with("entity", entity).maybe("comment", it.note.as_deref())
}

fn ledger(it: &LedgerNotice) -> Fields {
    Fields::new()
        .with("log_name", it.origin.as_deref().unwrap_or("portcullis"))
        .with("log_type", "Application")
        .with("log_type_id", 2)
}
