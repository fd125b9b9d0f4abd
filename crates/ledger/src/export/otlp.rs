//! OpenTelemetry logs, as OTLP/HTTP carries them in JSON: each line is the body of one `POST /v1/logs`.
//!
//! Numbers of 64 bits are strings, as the JSON form of protocol buffers wants it; trace and span ids are hex, as OTLP
//! wants it. Attributes follow the semantic conventions where there is one; ours begin with `portcullis.`.

use super::columns::{operation, sentence, severity, word};
use super::fields::Fields;
use super::importer::why;
use super::{Entry, VERSION};
use portcullis_event::{Body, Event, LlmOp, ParseError, Record, Severity, canonical};
use serde::Deserialize;
use serde_json::{Value, json};

/// Log records in one request.
const MOST_RECORDS: usize = 512;
/// Bytes of log records in one request: what receivers accept without being told otherwise is 4 MiB.
const MOST_BYTES: usize = 3 << 20;
/// The attributes that are read back.
const INDEX: &str = "portcullis.index";
const RECORD: &str = "portcullis.record";

/// Log records that are waiting for the request that they leave in.
#[derive(Debug, Default)]
pub(super) struct Batch {
    records: Vec<Vec<u8>>,
    bytes: usize,
}

impl Batch {
    /// Whether `record` must wait for the next request. A record that is too large for any request leaves alone.
    pub(super) fn is_full_with(&self, record: &[u8]) -> bool {
        self.records.len() >= MOST_RECORDS || (self.bytes + record.len() > MOST_BYTES && !self.records.is_empty())
    }

    pub(super) fn push(&mut self, record: Vec<u8>) {
        self.bytes += record.len();
        self.records.push(record);
    }

    /// The request with all that waits, which then waits no more; `None` if nothing does.
    pub(super) fn take_request(&mut self) -> Option<Vec<u8>> {
        if self.records.is_empty() {
            return None;
        }
        let Self { records, .. } = std::mem::take(self);
        let before = format!(
            "{{\"resourceLogs\":[{{\"resource\":{{\"attributes\":[\
             {{\"key\":\"service.name\",\"value\":{{\"stringValue\":\"portcullis\"}}}},\
             {{\"key\":\"service.version\",\"value\":{{\"stringValue\":\"{VERSION}\"}}}}]}},\
             \"scopeLogs\":[{{\"scope\":{{\"name\":\"portcullis\",\"version\":\"{VERSION}\"}},\"logRecords\":["
        );
        Some([before.as_bytes(), &records.join(&b','), b"]}]}]}"].concat())
    }
}

/// One entry as a log record.
pub(super) fn log_record(entry: &Entry) -> Result<Vec<u8>, ParseError> {
    let Entry { index, record } = entry;
    let event = &record.event;
    // Nanoseconds since 1970, unsigned: a time before that, or beyond the year 2554, is shown as the nearest that fits.
    let nanoseconds = u64::try_from(i128::from(event.time.as_micros()).max(0) * 1000).unwrap_or(u64::MAX).to_string();
    let (number, text) = level(severity(record));
    let fields = Fields::new()
        .with("timeUnixNano", nanoseconds.clone())
        .with("observedTimeUnixNano", nanoseconds)
        .with("severityNumber", number)
        .with("severityText", text)
        .with("eventName", format!("portcullis.{}", event.what.kind()))
        .with("body", json!({ "stringValue": sentence(record) }))
        .with("attributes", attributes(*index, record)?)
        .maybe("traceId", event.trace.map(|id| id.to_string()))
        .maybe("spanId", event.span.map(|id| id.to_string()));
    canonical::encode(&Value::from(fields))
}

fn level(severity: Severity) -> (u8, &'static str) {
    match severity {
        Severity::Info => (9, "INFO"),
        Severity::Low => (10, "INFO2"),
        Severity::Medium => (13, "WARN"),
        Severity::High => (17, "ERROR"),
        Severity::Critical => (21, "FATAL"),
    }
}

fn attributes(index: u64, record: &Record) -> Result<Vec<Value>, ParseError> {
    let encoded = String::from_utf8(record.encode()?).map_err(|error| ParseError::Record(error.to_string()))?;
    let mut all = Attributes(vec![]);
    all.number(INDEX, Some(index));
    all.text(RECORD, Some(&encoded));
    all.text("portcullis.kind", Some(record.event.what.kind()));
    all.text("portcullis.operation", Some(&operation(&record.event.what)));
    all.text("portcullis.verdict", Some(&word(&record.decision.verdict)));
    all.text("portcullis.mode", Some(&word(&record.decision.mode)));
    all.text("portcullis.reason", record.decision.reasons.first().map(|reason| &reason.message));
    all.texts("portcullis.rules", record.findings.iter().map(|finding| &finding.rule));
    all.event(&record.event);
    all.body(&record.event.what);
    Ok(all.0)
}

struct Attributes(Vec<Value>);

impl Attributes {
    fn push(&mut self, key: &str, value: &Value) {
        self.0.push(json!({ "key": key, "value": value }));
    }

    fn text(&mut self, key: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.push(key, &json!({ "stringValue": value.to_string() }));
        }
    }

    fn texts(&mut self, key: &str, values: impl Iterator<Item = impl ToString>) {
        let values: Vec<Value> = values.map(|value| json!({ "stringValue": value.to_string() })).collect();
        if !values.is_empty() {
            self.push(key, &json!({ "arrayValue": { "values": values } }));
        }
    }

    /// A whole number. The format has 63 bits for it; what is larger is shown as text.
    fn number(&mut self, key: &str, value: Option<impl Into<i128>>) {
        let Some(value) = value.map(Into::into) else { return };
        let name = if i64::try_from(value).is_ok() { "intValue" } else { "stringValue" };
        self.push(key, &json!({ name: value.to_string() }));
    }

    fn event(&mut self, event: &Event) {
        self.text("portcullis.event.id", Some(event.id));
        self.text("user.name", event.actor.human.as_ref());
        self.text("session.id", event.actor.session());
        self.text("gen_ai.agent.name", event.actor.acting_agent().map(|agent| &agent.name));
        self.text("host.name", event.place.machine.as_ref());
        self.text("os.type", event.place.os.as_ref());
        self.number("process.pid", event.place.pid);
        self.text("vcs.ref.head.name", event.place.branch.as_ref());
        self.text("vcs.ref.head.revision", event.place.commit.as_ref());
        self.text("deployment.environment.name", event.place.environment.as_ref());
    }

    fn body(&mut self, body: &Body) {
        match body {
            Body::Process(it) => {
                self.texts("process.command_args", it.argv.iter());
                self.text("process.executable.path", it.executable.as_ref());
                self.number("process.exit.code", it.status);
            }
            Body::File(it) => {
                self.text("file.path", Some(&it.path));
                self.number("file.size", it.bytes);
            }
            Body::Net(it) => {
                self.text("server.address", Some(&it.host));
                self.number("server.port", it.port);
                self.text("network.protocol.name", it.protocol.as_ref());
                self.text("http.request.method", it.method.as_ref());
                self.text("url.path", it.url_path.as_ref());
                self.number("http.response.status_code", it.status);
                self.number("http.request.body.size", it.bytes_out);
                self.number("http.response.body.size", it.bytes_in);
            }
            Body::Llm(it) => {
                self.text("gen_ai.operation.name", Some(gen_ai_operation(it.op)));
                self.text("gen_ai.provider.name", Some(&it.provider));
                self.text("gen_ai.request.model", Some(&it.model));
                self.number("gen_ai.usage.input_tokens", it.tokens_in);
                self.number("gen_ai.usage.output_tokens", it.tokens_out);
                self.texts("gen_ai.response.finish_reasons", it.finish.iter());
                self.text("server.address", it.host.as_ref());
            }
            Body::Tool(it) => {
                self.text("gen_ai.operation.name", Some("execute_tool"));
                self.text("gen_ai.tool.name", Some(&it.name));
                self.text("gen_ai.tool.call.id", it.call.as_ref());
                self.text("portcullis.mcp.server", it.server.as_ref());
                self.texts("portcullis.paths", it.paths.iter());
                self.text("server.address", it.hosts.first());
            }
            Body::Secret(it) => {
                self.text("portcullis.secret.name", Some(&it.name));
                self.text("server.address", it.destination.as_ref());
            }
            Body::Db(it) => {
                self.text("db.system.name", Some(&it.system));
                self.text("db.namespace", it.database.as_ref());
                self.texts("db.collection.names", it.tables.iter());
                self.text("db.query.text", it.statement.as_ref());
                self.number("db.response.returned_rows", it.rows);
                self.text("server.address", it.host.as_ref());
            }
            Body::Socket(it) => {
                self.text("portcullis.socket.service", Some(&it.service));
                self.text("portcullis.socket.verb", it.verb.as_ref());
                self.text("portcullis.socket.key", it.key.as_ref());
                self.text("file.path", it.path.as_ref());
            }
            Body::Git(it) => {
                self.texts("portcullis.git.refs", it.refs.iter());
                self.texts("portcullis.git.commits", it.commits.iter());
                self.text("server.address", it.host.as_ref());
            }
            Body::Package(it) => {
                self.text("portcullis.package.ecosystem", Some(&it.ecosystem));
                self.text("portcullis.package.name", Some(&it.name));
                self.text("portcullis.package.version", it.version.as_ref());
            }
            Body::Config(it) => {
                self.text("portcullis.config.category", Some(&it.category));
                self.text("portcullis.config.name", Some(&it.name));
                self.text("file.path", it.path.as_ref());
            }
            Body::Session(it) => {
                self.texts("process.command_args", it.command.iter());
                self.number("process.exit.code", it.status);
            }
            Body::Finding(it) => {
                self.text("portcullis.rule", Some(&it.finding.rule));
                self.text("file.path", it.finding.path.as_ref());
                self.number("code.line.number", it.finding.span.map(|span| span.line));
            }
            Body::Approval(it) => self.text("portcullis.approval.by", it.by.as_ref()),
            Body::Incident(it) => self.text("portcullis.incident.id", it.incident.as_ref()),
            Body::Policy(it) => self.text("file.path", Some(&it.file)),
            Body::Ledger(it) => self.text("portcullis.ledger.origin", it.origin.as_ref()),
            Body::Note(_) | Body::Opaque(_) => {}
        }
    }
}

/// What the conventions for generative models call it.
fn gen_ai_operation(op: LlmOp) -> &'static str {
    match op {
        LlmOp::Request | LlmOp::Response => "chat",
        LlmOp::Embed => "embeddings",
        LlmOp::CountTokens => "count_tokens",
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    resource_logs: Vec<ResourceLogs>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceLogs {
    #[serde(default)]
    scope_logs: Vec<ScopeLogs>,
}

/// Log records stay values here, so that one which is broken does not take the others with it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScopeLogs {
    #[serde(default)]
    log_records: Vec<Value>,
}

#[derive(Deserialize)]
struct LogRecord {
    attributes: Vec<Attribute>,
}

#[derive(Deserialize)]
struct Attribute {
    key: String,
    #[serde(default)]
    value: Value,
}

pub(super) fn parse(line: &[u8]) -> Vec<Result<Entry, String>> {
    let request: Request = match canonical::decode(line) {
        Ok(request) => request,
        Err(error) => return vec![Err(format!("it is not a request to export logs: {}", why(error)))],
    };
    let scopes = request.resource_logs.into_iter().flat_map(|resource| resource.scope_logs);
    let records = scopes.flat_map(|scope| scope.log_records);
    records.zip(1..).map(|(record, n)| entry(record).map_err(|why| format!("log record {n}: {why}"))).collect()
}

fn entry(record: Value) -> Result<Entry, String> {
    let LogRecord { attributes } = serde_json::from_value(record).map_err(|error| error.to_string())?;
    let index = text_of(single(&attributes, INDEX)?, "intValue").and_then(|index| index.parse().ok());
    let index = index.ok_or_else(|| format!("its attribute `{INDEX}` is not a number"))?;
    let record = text_of(single(&attributes, RECORD)?, "stringValue");
    let record = record.ok_or_else(|| format!("its attribute `{RECORD}` is not a text"))?;
    let record =
        Record::decode(record.as_bytes()).map_err(|error| format!("its attribute `{RECORD}`: {}", why(error)))?;
    Ok(Entry { index, record })
}

fn single<'a>(attributes: &'a [Attribute], key: &str) -> Result<&'a Value, String> {
    let mut found = attributes.iter().filter(|attribute| attribute.key == key).map(|attribute| &attribute.value);
    match (found.next(), found.next()) {
        (Some(value), None) => Ok(value),
        (None, _) => Err(format!("it has no attribute `{key}`")),
        (Some(_), Some(_)) => Err(format!("it has the attribute `{key}` twice")),
    }
}

/// The text of a value. Numbers may come as numbers, or as text where they do not fit the format's.
fn text_of(value: &Value, name: &str) -> Option<String> {
    match value.get(name).or_else(|| value.get("stringValue"))? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
