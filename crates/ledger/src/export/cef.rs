//! Common Event Format, version 0: `CEF:0|vendor|product|version|what|name|severity|key=value key=value …`.
//!
//! Vertical bars and backslashes are escaped in the header; equal signs, backslashes and line ends in the values. Fields
//! that a collector shows are cut at the lengths that it accepts; the record itself, in `cs6`, never is.

use super::columns::{operation, sentence, severity, target, word};
use super::importer::why;
use super::{Entry, PRODUCT, VERSION};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use portcullis_event::{Body, ParseError, Record, Severity, Verdict};

/// The longest value that collectors are required to take, for the fields that we fill with free text.
const LONGEST_VALUE: usize = 1023;

pub(super) fn line(entry: &Entry) -> Result<Vec<u8>, ParseError> {
    let Entry { index, record } = entry;
    let body = &record.event.what;
    let (kind, operation) = (body.kind(), operation(body));
    let name = format!("{kind} {operation}");
    let header = [PRODUCT, PRODUCT, VERSION, &format!("{kind}:{operation}"), &name, level(severity(record))];
    let mut line = "CEF:0".to_owned();
    for field in header {
        line.push('|');
        push_escaped(&mut line, field, '|');
    }
    line.push('|');
    let mut values = Values { line, is_empty: true };
    describe(record, &mut values);
    values.put("cn1Label", "index");
    values.put("cn1", &index.to_string());
    values.put("cs6Label", "event");
    values.put_whole("cs6", &BASE64_URL_SAFE_NO_PAD.encode(record.encode()?));
    Ok(values.line.into_bytes())
}

/// CEF counts from 0 to 10.
fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "1",
        Severity::Low => "3",
        Severity::Medium => "5",
        Severity::High => "8",
        Severity::Critical => "10",
    }
}

/// The columns that every kind has, then those of its own.
fn describe(record: &Record, values: &mut Values) {
    let event = &record.event;
    values.put("rt", &event.time.as_micros().div_euclid(1000).to_string());
    values.put("externalId", &event.id.to_string());
    values.put("cat", event.what.kind());
    values.put("act", &word(&record.decision.effective()));
    values.put("outcome", if record.decision.effective() == Verdict::Deny { "failure" } else { "success" });
    values.maybe("suser", event.actor.human.as_ref());
    values.maybe("sproc", event.actor.acting_agent().map(|agent| &agent.name));
    values.maybe("spid", event.place.pid);
    values.maybe("dvchost", event.place.machine.as_ref());
    values.put("msg", &sentence(record));
    values.maybe("reason", record.decision.reasons.first().map(|reason| &reason.message));
    values.labelled("cs1", "session", event.actor.session());
    values.labelled("cs2", "policyLine", record.decision.reasons.iter().find_map(|reason| reason.source.as_ref()));
    values.labelled("cs3", "rules", joined(record.findings.iter().map(|finding| finding.rule.as_str())));
    values.labelled("cs4", "target", target(&event.what));
    values.labelled("cs5", "mode", Some(word(&record.decision.mode)));
    describe_body(&event.what, values);
}

fn describe_body(body: &Body, values: &mut Values) {
    match body {
        Body::Process(it) => {
            values.maybe("filePath", it.executable.as_ref());
            values.maybe("fileHash", it.executable_hash.as_ref());
        }
        Body::File(it) => {
            let (path, old) = it.to.as_ref().map_or((&it.path, None), |to| (to, Some(&it.path)));
            values.put("filePath", path.as_str());
            values.put("fname", path.file_name());
            values.maybe("oldFilePath", old);
            values.maybe("fsize", it.bytes);
            values.maybe("fileHash", it.after.as_ref().or(it.before.as_ref()));
        }
        Body::Net(it) => {
            values.host(&it.host);
            values.maybe("dpt", it.port);
            values.maybe("app", it.protocol.as_ref());
            values.maybe("requestMethod", it.method.as_ref());
            values.maybe("request", it.url_path.as_ref());
            values.maybe("out", it.bytes_out);
            values.maybe("in", it.bytes_in);
        }
        Body::Llm(it) => {
            it.host.iter().for_each(|host| values.host(host));
            values.put("destinationServiceName", &it.provider);
            values.labelled("cn2", "tokensIn", it.tokens_in);
            values.labelled("cn3", "tokensOut", it.tokens_out);
        }
        Body::Tool(it) => {
            it.hosts.first().iter().for_each(|host| values.host(host));
            values.maybe("filePath", it.paths.first());
            values.maybe("destinationServiceName", it.server.as_ref());
        }
        Body::Secret(it) => it.destination.iter().for_each(|host| values.host(host)),
        Body::Db(it) => {
            it.host.iter().for_each(|host| values.host(host));
            values.put("destinationServiceName", &it.system);
            values.maybe("request", it.statement.as_ref());
            values.labelled("cn2", "rows", it.rows);
            values.maybe("in", it.bytes);
        }
        Body::Socket(it) => {
            values.put("destinationServiceName", &it.service);
            values.maybe("requestMethod", it.verb.as_ref());
            values.maybe("filePath", it.path.as_ref());
            values.maybe("duser", it.user.as_ref());
        }
        Body::Git(it) => {
            it.host.iter().for_each(|host| values.host(host));
            values.maybe("filePath", it.paths.first());
        }
        Body::Package(it) => {
            it.registry.iter().for_each(|host| values.host(host));
            values.put("destinationServiceName", &it.ecosystem);
            values.maybe("fileHash", it.hash.as_ref());
        }
        Body::Config(it) => {
            values.maybe("filePath", it.path.as_ref());
            values.maybe("fileHash", it.hash.as_ref());
        }
        Body::Finding(it) => {
            values.maybe("filePath", it.finding.path.as_ref());
            values.labelled("cn2", "line", it.finding.span.map(|span| span.line));
        }
        Body::Approval(it) => values.maybe("duser", it.by.as_ref()),
        Body::Incident(it) => values.maybe("duser", it.by.as_ref()),
        Body::Session(_) | Body::Policy(_) | Body::Ledger(_) | Body::Note(_) | Body::Opaque(_) => {}
    }
}

fn joined<'a>(words: impl Iterator<Item = &'a str>) -> Option<String> {
    let joined = words.collect::<Vec<_>>().join(",");
    (!joined.is_empty()).then_some(joined)
}

/// The part of a line behind the header.
struct Values {
    line: String,
    is_empty: bool,
}

impl Values {
    /// Adds a value, cut to the length that collectors take.
    fn put(&mut self, key: &str, value: &str) {
        let end = value.floor_char_boundary(LONGEST_VALUE);
        self.put_whole(key, value.get(..end).unwrap_or(value));
    }

    fn put_whole(&mut self, key: &str, value: &str) {
        if !std::mem::take(&mut self.is_empty) {
            self.line.push(' ');
        }
        self.line.extend([key, "="]);
        push_escaped(&mut self.line, value, '=');
    }

    fn maybe(&mut self, key: &str, value: Option<impl ToString>) {
        if let Some(value) = value.map(|value| value.to_string()).filter(|value| !value.is_empty()) {
            self.put(key, &value);
        }
    }

    /// A custom field says in a second one what it means.
    fn labelled(&mut self, key: &str, label: &str, value: Option<impl ToString>) {
        if value.is_some() {
            self.put(&format!("{key}Label"), label);
            self.maybe(key, value);
        }
    }

    fn host(&mut self, host: &portcullis_event::Host) {
        self.put(if host.address().is_some() { "dst" } else { "dhost" }, host.as_str());
    }
}

/// Writes `text` so that neither `separator` nor a line end in it means anything. A header has no way to say "new line",
/// so there it becomes a space; other control characters would only confuse a terminal, and become a mark.
fn push_escaped(line: &mut String, text: &str, separator: char) {
    let is_header = separator == '|';
    for c in text.chars() {
        match c {
            '\\' => line.push_str("\\\\"),
            '\n' | '\r' if is_header => line.push(' '),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\u{2028}' | '\u{2029}' => line.push('\u{fffd}'),
            _ if c.is_control() => line.push('\u{fffd}'),
            _ if c == separator => line.extend(['\\', separator]),
            _ => line.push(c),
        }
    }
}

pub(super) fn parse(line: &[u8]) -> Result<Entry, String> {
    let line = std::str::from_utf8(line).map_err(|_| "it is not UTF-8")?;
    let values = after_header(line).ok_or("it has no CEF header of seven fields")?;
    let index = single(values, "cn1")?;
    let index = index.parse().map_err(|_| format!("its index `cn1={index}` is not a number"))?;
    let record = BASE64_URL_SAFE_NO_PAD
        .decode(single(values, "cs6")?)
        .map_err(|error| format!("its record `cs6` is not base64url: {error}"))?;
    let record = Record::decode(&record).map_err(|error| format!("its record `cs6`: {}", why(error)))?;
    Ok(Entry { index, record })
}

/// What follows the header. A relay may have put a syslog header before it.
fn after_header(line: &str) -> Option<&str> {
    let (_, mut rest) = line.split_once("CEF:")?;
    for _ in 0..7 {
        let end = unescaped(rest, '|').next()?;
        rest = rest.get(end + 1..)?;
    }
    Some(rest)
}

/// Where `separator` stands without a backslash that escapes it.
fn unescaped(text: &str, separator: char) -> impl Iterator<Item = usize> {
    let mut escaped = false;
    text.char_indices().filter_map(move |(at, c)| {
        let counts = c == separator && !escaped;
        escaped = c == '\\' && !escaped;
        counts.then_some(at)
    })
}

/// The value of a key that must be there once. Neither the index nor the record has spaces or escapes in it.
fn single<'a>(values: &'a str, key: &str) -> Result<&'a str, String> {
    let mut found = unescaped(values, '=').filter_map(|at| {
        let before = values.get(..at)?.strip_suffix(key)?;
        (before.is_empty() || before.ends_with(' ')).then_some(())?;
        values.get(at + 1..)?.split(' ').next()
    });
    match (found.next(), found.next()) {
        (Some(value), None) => Ok(value),
        (None, _) => Err(format!("it has no field `{key}`")),
        (Some(_), Some(_)) => Err(format!("it has the field `{key}` twice")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str, separator: char) -> String {
        let mut line = String::new();
        push_escaped(&mut line, text, separator);
        line
    }

    #[test]
    fn the_header_and_the_values_are_escaped_each_in_their_way() {
        assert_eq!(escaped("a|b\\c=d\ne\r", '|'), "a\\|b\\\\c=d e ");
        assert_eq!(escaped("a|b\\c=d\ne\r", '='), "a|b\\\\c\\=d\\ne\\r");
        assert_eq!(escaped("\u{1b}[2J\0\u{85}\u{2028}", '='), "\u{fffd}[2J\u{fffd}\u{fffd}\u{fffd}");
    }

    #[test]
    fn only_what_is_not_escaped_separates() {
        assert_eq!(unescaped(r"a\|b|c\\|d", '|').collect::<Vec<_>>(), [4, 8]);
        assert_eq!(after_header(r"<134>Nov 20 host CEF:0|a\|b|c|d|e|f|5|k=v|w"), Some("k=v|w"));
        assert_eq!(after_header("CEF:0|a|b|c|d|e"), None);
        assert_eq!(after_header(""), None);
    }

    #[test]
    fn a_key_is_found_only_where_a_key_can_stand() {
        assert_eq!(single("cs6=AA cn1=5", "cs6"), Ok("AA"));
        assert_eq!(single(r"msg=x cs6\=BB cs6=AA", "cs6"), Ok("AA"));
        assert_eq!(single("xcs6=BB cs6=AA", "cs6"), Ok("AA"));
        assert!(single("cs6=AA cs6=BB", "cs6").is_err());
        assert!(single("msg=x", "cs6").is_err());
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        let mut values = Values { line: "|".to_owned(), is_empty: true };
        values.put("msg", &"é".repeat(600));
        assert_eq!(values.line, format!("|msg={}", "é".repeat(511)));
    }
}
