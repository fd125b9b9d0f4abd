//! A record of the ledger as one line of a list.

use crate::output::View;
use crate::page::{Page, Tone};
use crate::{time, verdict};
use portcullis_event::{Severity, Verdict};
use portcullis_ledger::index;
use serde::Serialize;

/// One line of a list.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    index: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    time: String,
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    op: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<Verdict>,
    severity: Severity,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    summary: String,
}

impl From<index::Row> for Row {
    fn from(row: index::Row) -> Self {
        Self {
            index: row.index,
            id: row.id.map(|id| id.to_string()),
            time: time::shown(row.time),
            kind: row.kind,
            op: row.op,
            verdict: row.verdict,
            severity: row.severity,
            actor: row.actor,
            agent: row.agent,
            session: row.session,
            summary: row.summary,
        }
    }
}

impl View for Row {
    fn write(&self, page: &mut Page) {
        let (tone, word) = self.verdict.map_or((Tone::Bad, "unreadable"), verdict::shown);
        let who = self.agent.as_ref().or(self.actor.as_ref()).map_or("-", String::as_str);
        page.column(Tone::Faint, self.index.to_string(), 8).put(Tone::Faint, &self.time).put(Tone::Plain, "  ");
        page.column(tone, word, 6).put(Tone::Plain, " ").column(Tone::Strong, &self.kind, 9);
        page.put(Tone::Plain, " ").column(Tone::Plain, who, 12).put(Tone::Plain, " ");
        page.put(Tone::Plain, &self.summary).end();
    }
}
