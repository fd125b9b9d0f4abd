//! `portcullis key list`: which keys there are.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::keys::{Book, Entry, Used, now, timestamp};
use crate::output::View;
use crate::page::{Page, Tone};
use crate::time;
use clap::Args;
use serde::Serialize;

/// Says which keys there are, what they are for, and when they were used last.
#[derive(Debug, Args)]
pub(crate) struct List {}

/// What has become of a key.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Good,
    Expired,
    Revoked,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    state: State,
    models: Vec<String>,
    interfaces: Vec<&'static str>,
    created: String,
    expires: Option<String>,
    revoked: Option<String>,
    used: Option<String>,
}

#[derive(Debug, Serialize)]
struct Keys {
    keys: Vec<Row>,
}

impl List {
    pub(crate) fn run(invocation: &Invocation) -> Result<Exit, Failure> {
        let home = invocation.home()?;
        let (book, used, now) = (Book::open(&home)?.unwrap_or_default(), Used::read(&home), now());
        let keys = book.keys.iter().map(|entry| Row::of(entry, &used, now)).collect();
        invocation.output.show(&Keys { keys })?;
        Ok(Exit::Success)
    }
}

impl Row {
    fn of(entry: &Entry, used: &Used, now: u64) -> Self {
        let shown = |seconds: u64| time::shown(timestamp(seconds));
        let last = used.of(&entry.holder.name).filter(|at| *at >= entry.created);
        let state = match entry.revoked {
            Some(_) => State::Revoked,
            None if entry.lives(last.unwrap_or_default().max(now)) => State::Good,
            None => State::Expired,
        };
        Self {
            name: entry.holder.name.clone(),
            state,
            models: entry.holder.models.iter().map(ToString::to_string).collect(),
            interfaces: entry.interfaces.iter().map(|it| it.name()).collect(),
            created: shown(entry.created),
            expires: entry.expires.map(shown),
            revoked: entry.revoked.map(shown),
            used: last.map(shown),
        }
    }
}

impl View for Keys {
    fn write(&self, page: &mut Page) {
        if self.keys.is_empty() {
            page.put(Tone::Plain, "no key was made; the gateway asks for none").end();
        }
        for key in &self.keys {
            let (tone, state) = match key.state {
                State::Good => (Tone::Good, "good"),
                State::Expired => (Tone::Warning, "expired"),
                State::Revoked => (Tone::Bad, "revoked"),
            };
            page.put(Tone::Strong, &key.name).put(Tone::Plain, " ").put(tone, state).end();
            let facts = [
                ("for", Some(key.models.join(", ")).filter(|it| !it.is_empty())),
                ("by", Some(key.interfaces.join(", ")).filter(|it| !it.is_empty())),
                ("made", Some(key.created.clone())),
                ("until", key.expires.clone()),
                ("revoked", key.revoked.clone()),
                ("used", key.used.clone()),
            ];
            for (what, fact) in facts {
                let Some(fact) = fact else { continue };
                page.put(Tone::Faint, format!("  {what:<8}")).put(Tone::Plain, fact).end();
            }
        }
    }
}
