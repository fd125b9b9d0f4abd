//! What is counted for whoever watches the gate, in the words of Prometheus. Nothing in it names a key or a person, and what
//! others can make up fills no table.

use super::Shared;
use crate::limits::Tokens;
use crate::wire::{Api, Told};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// So many models are counted apart; the others together.
const MOST_MODELS: usize = 100;

/// The name of all that are counted together.
const OTHER: &str = "other";

/// The upper ends of the histogram, in milliseconds.
const ENDS: [u64; 11] = [100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 180_000, 600_000];

/// What is counted.
#[derive(Debug, Default)]
pub(super) struct Metrics(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    exchanges: BTreeMap<(&'static str, u16), u64>,
    refused: BTreeMap<&'static str, u64>,
    tokens: BTreeMap<String, Tokens>,
    released: u64,
    withheld: u64,
    /// How many took at most as long as each end says, and longer than the one before.
    took: [u64; ENDS.len()],
    longer: u64,
    milliseconds: u64,
}

/// An exchange that is over.
#[derive(Debug)]
pub(super) struct Ended<'a> {
    pub(super) api: Api,
    pub(super) status: u16,
    /// The model, as `provider/model`.
    pub(super) model: &'a str,
    pub(super) tokens: Tokens,
    pub(super) took: Duration,
}

impl Metrics {
    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an exchange.
    pub(super) fn ended(&self, ended: &Ended<'_>, told: &Told) {
        let mut counts = self.lock();
        *counts.exchanges.entry((name(ended.api), ended.status)).or_default() += 1;
        counts.released += u64::from(told.released);
        counts.withheld += u64::from(told.refused);
        let took = u64::try_from(ended.took.as_millis()).unwrap_or(u64::MAX);
        counts.milliseconds = counts.milliseconds.saturating_add(took);
        match ENDS.iter().position(|end| took <= *end).and_then(|at| counts.took.get_mut(at)) {
            Some(bucket) => *bucket += 1,
            None => counts.longer += 1,
        }
        if ended.tokens == Tokens::default() {
            return;
        }
        let is_known = counts.tokens.contains_key(ended.model) || counts.tokens.len() < MOST_MODELS;
        let model = if is_known { ended.model } else { OTHER };
        let sum = counts.tokens.entry(model.to_owned()).or_default();
        sum.input = sum.input.saturating_add(ended.tokens.input);
        sum.cached = sum.cached.saturating_add(ended.tokens.cached);
        sum.written = sum.written.saturating_add(ended.tokens.written);
        sum.output = sum.output.saturating_add(ended.tokens.output);
    }

    /// Counts a refusal.
    pub(super) fn refused(&self, status: u16) {
        *self.lock().refused.entry(reason(status)).or_default() += 1;
    }

    /// All of it, as text.
    pub(super) fn text(&self, shared: &Shared) -> String {
        let counts = self.lock();
        let mut out = String::new();
        let mut family = |name: &str, kind: &str, help: &str, lines: &[String]| {
            let _ = writeln!(out, "# HELP portcullis_{name} {help}\n# TYPE portcullis_{name} {kind}");
            for line in lines {
                let _ = writeln!(out, "portcullis_{line}");
            }
        };
        let exchanges = counts.exchanges.iter().map(|((api, status), count)| {
            format!("exchanges_total{{interface=\"{api}\",status=\"{status}\"}} {count}")
        });
        let exchanges: Vec<String> = exchanges.collect();
        family("exchanges_total", "counter", "Prompts that were sent on, by what the server answered.", &exchanges);
        let refused = counts.refused.iter().map(|(why, count)| format!("refused_total{{reason=\"{why}\"}} {count}"));
        family("refused_total", "counter", "Requests that were not sent on.", &refused.collect::<Vec<_>>());
        let tokens = counts.tokens.iter().flat_map(|(model, tokens)| {
            let of_prompt = [("in", tokens.input), ("cached", tokens.cached), ("written", tokens.written)];
            let parts = of_prompt.into_iter().chain([("out", tokens.output)]);
            let line = |(kind, count)| format!("tokens_total{{model=\"{}\",kind=\"{kind}\"}} {count}", escaped(model));
            parts.map(line).collect::<Vec<_>>()
        });
        family("tokens_total", "counter", "Tokens, as servers tell them.", &tokens.collect::<Vec<_>>());
        let calls = [("released", counts.released), ("refused", counts.withheld)];
        let calls = calls.map(|(what, count)| format!("calls_total{{ruling=\"{what}\"}} {count}"));
        family("calls_total", "counter", "Calls of tools.", &calls);
        let open = shared.open.load(Ordering::Acquire);
        family("open_connections", "gauge", "Connections of clients.", &[format!("open_connections {open}")]);
        family("exchange_seconds", "histogram", "How long exchanges took.", &counts.histogram());
        out
    }
}

impl Counts {
    fn histogram(&self) -> Vec<String> {
        let mut sum = 0;
        let mut lines: Vec<String> = Vec::with_capacity(ENDS.len() + 3);
        for (end, count) in ENDS.iter().zip(self.took) {
            sum += count;
            let end = seconds(*end);
            lines.push(format!("exchange_seconds_bucket{{le=\"{end}\"}} {sum}"));
        }
        sum += self.longer;
        lines.push(format!("exchange_seconds_bucket{{le=\"+Inf\"}} {sum}"));
        lines.push(format!("exchange_seconds_sum {}", seconds(self.milliseconds)));
        lines.push(format!("exchange_seconds_count {sum}"));
        lines
    }
}

fn seconds(milliseconds: u64) -> String {
    format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000)
}

fn name(api: Api) -> &'static str {
    match api {
        Api::Messages => "messages",
        Api::Chat => "chat",
        Api::Responses => "responses",
        Api::Gemini => "gemini",
        Api::Ollama => "ollama",
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        400 => "unreadable",
        401 => "no-key",
        403 => "denied",
        404 => "nothing-there",
        413 => "too-long",
        415 => "compressed",
        429 => "limit",
        502 => "no-answer",
        _ => "other",
    }
}

/// A value of a label. Whoever asks names the model.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_made_up_are_counted_together_and_can_not_leave_their_quotes() {
        let metrics = Metrics::default();
        let tokens = Tokens { input: 1, output: 2, ..Tokens::default() };
        for number in 0..10_000 {
            let model = format!("a/{number}");
            let ended = Ended { api: Api::Chat, status: 200, model: &model, tokens, took: Duration::from_secs(1) };
            metrics.ended(&ended, &Told::default());
        }
        assert_eq!(metrics.lock().tokens.len(), MOST_MODELS + 1);
        assert_eq!(metrics.lock().tokens[OTHER].input, 9900);
        assert_eq!(escaped("a\"} 1\n\\"), "a\\\"} 1\\n\\\\");
    }

    #[test]
    fn a_histogram_counts_upward_to_all() {
        let metrics = Metrics::default();
        for took in [50, 100, 101, 700_000] {
            let took = Duration::from_millis(took);
            let ended = Ended { api: Api::Chat, status: 500, model: "a/b", tokens: Tokens::default(), took };
            metrics.ended(&ended, &Told::default());
        }
        let lines = metrics.lock().histogram();
        assert!(lines.contains(&"exchange_seconds_bucket{le=\"0.100\"} 2".to_owned()), "{lines:?}");
        assert!(lines.contains(&"exchange_seconds_bucket{le=\"+Inf\"} 4".to_owned()), "{lines:?}");
        assert!(lines.contains(&"exchange_seconds_sum 700.251".to_owned()), "{lines:?}");
    }
}
