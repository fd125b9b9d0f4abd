//! What an event can be found by: the same few questions, whatever its kind. The index, the exports and the policy's
//! explanations read events through this.

use crate::{AbsPath, Body, Host, Record, ToolName};

/// What a record can be searched by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facets<'a> {
    /// Files that it touched.
    pub paths: Vec<&'a AbsPath>,
    /// Hosts that it reached for.
    pub hosts: Vec<&'a Host>,
    /// Tools that it called.
    pub tools: Vec<&'a ToolName>,
    /// Words worth finding: commands, messages, names. Never private content.
    pub words: Vec<&'a str>,
}

impl<'a> Facets<'a> {
    /// Collects what `record` can be searched by.
    pub fn of(record: &'a Record) -> Self {
        let mut facets = Self::default();
        facets.body(&record.event.what);
        for finding in &record.findings {
            facets.paths.extend(&finding.path);
            facets.words.extend([finding.rule.as_str(), finding.message.as_str()]);
        }
        for reason in &record.decision.reasons {
            facets.words.push(&reason.message);
        }
        facets
    }

    fn body(&mut self, body: &'a Body) {
        match body {
            Body::Process(it) => {
                self.paths.extend(&it.executable);
                self.words.extend(it.argv.iter().map(String::as_str));
            }
            Body::File(it) => self.paths.extend([&it.path].into_iter().chain(&it.to)),
            Body::Net(it) => {
                self.hosts.push(&it.host);
                self.words.extend([&it.method, &it.url_path].into_iter().flatten().map(String::as_str));
            }
            Body::Llm(it) => {
                self.hosts.extend(&it.host);
                self.paths.extend(it.files.iter().chain(it.carried.iter().map(|file| &file.path)));
                self.words.extend([it.provider.as_str(), it.model.as_str()]);
            }
            Body::Tool(it) => {
                self.tools.push(&it.name);
                self.paths.extend(&it.paths);
                self.hosts.extend(&it.hosts);
                self.words.extend(it.server.as_deref());
            }
            Body::Secret(it) => {
                self.hosts.extend(&it.destination);
                self.words.push(&it.name);
            }
            Body::Db(it) => {
                self.hosts.extend(&it.host);
                self.words.push(&it.system);
                self.words.extend(it.tables.iter().map(String::as_str));
                self.words.extend(it.statement.as_deref());
            }
            Body::Socket(it) => {
                self.paths.extend(&it.path);
                self.words.push(&it.service);
                let named = [&it.verb, &it.object, &it.key, &it.key_name, &it.namespace, &it.user];
                self.words.extend(named.into_iter().flatten().map(String::as_str));
                self.words.extend(it.servers.iter().map(String::as_str));
            }
            Body::Git(it) => {
                self.paths.extend(&it.paths);
                self.hosts.extend(&it.host);
                self.words.extend(it.refs.iter().chain(&it.commits).map(String::as_str));
            }
            Body::Package(it) => {
                self.hosts.extend(&it.registry);
                self.words.extend([it.ecosystem.as_str(), it.name.as_str()]);
            }
            Body::Config(it) => {
                self.paths.extend(&it.path);
                self.words.extend([it.category.as_str(), it.name.as_str()]);
            }
            Body::Session(it) => self.words.extend(it.reason.as_deref()),
            Body::Finding(it) => {
                self.paths.extend(&it.finding.path);
                self.words.extend([it.finding.rule.as_str(), it.finding.message.as_str()]);
            }
            Body::Approval(it) => self.words.extend(it.note.as_deref()),
            Body::Incident(it) => self.words.extend([Some(it.name.as_str()), it.note.as_deref()].into_iter().flatten()),
            Body::Policy(it) => self.words.extend([Some(it.file.as_str()), it.note.as_deref()].into_iter().flatten()),
            Body::Ledger(it) => self.words.extend(it.note.as_deref()),
            Body::Note(it) => self.words.push(&it.text),
            Body::Opaque(it) => self.words.push(&it.kind),
        }
    }
}
