//! What one exchange is counted by: who asks for what, what is held for it, and what it took in the end.

use super::exchange::{Exchange, Refused, words};
use super::metrics::Ended;
use super::target::Target;
use super::{Busy, Shared};
use crate::json::{Document, Value};
use crate::limits::{Held, Limits, Over, Subject, Tokens};
use crate::wire::{Api, Route, Told};
use portcullis_event::{LlmOp, ModelId};
use std::sync::Arc;
use std::time::Instant;

/// Text has about so many bytes for each token.
const BYTES_OF_A_TOKEN: u64 = 4;

/// What is held for an answer at most, and where the request does not say how long it may be.
const LONGEST_ANSWER: u64 = 4096;

/// Where a request says how long its answer may be.
const LENGTHS: [&str; 4] = ["max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens"];

/// What one exchange is counted by.
#[derive(Debug)]
pub(super) struct Bill {
    api: Api,
    pub(super) subject: Subject,
    held: Option<Held>,
    began: Instant,
    /// As long as there is a bill the gate has something to do.
    busy: Busy,
}

/// How an exchange ended, as far as that says what it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was answered to the end.
    Answered,
    /// The server has refused it with this status.
    Refused(u16),
    /// It was cut, or could not be read.
    Cut,
}

impl Exchange<'_, '_> {
    /// Begins to count a request, unless one of the limits has no room for it.
    pub(super) fn begins(
        &self,
        route: &Route,
        target: &Target,
        model: &ModelId,
        document: &Document<'_>,
    ) -> Result<Bill, Refused> {
        let model = format!("{}/{model}", target.provider);
        let address = self.link.peer().map(|address| address.to_string()).unwrap_or_default();
        let subject = Subject { key: self.client.key.clone(), model, address };
        let begin = |limits: &Arc<Limits>| limits.begin(&subject, estimate(route.op, document));
        let held = self.shared.settings.limits.as_ref().map(begin).transpose().map_err(|over| self.over(over))?;
        Ok(Bill { api: route.api, subject, held, began: Instant::now(), busy: Busy::begin(self.shared) })
    }

    fn over(&self, Over { status, words: why, wait }: Over) -> Refused {
        Refused { wait, ..self.refuses(status, &why) }
    }
}

/// What a request may take; nothing if it takes nothing.
fn estimate(op: LlmOp, document: &Document<'_>) -> Option<Tokens> {
    let input = (document.source().len() as u64).div_ceil(BYTES_OF_A_TOKEN);
    match op {
        LlmOp::CountTokens => None,
        LlmOp::Embed => Some(Tokens { input, ..Tokens::default() }),
        LlmOp::Request | LlmOp::Response => {
            let root = document.root();
            let within = ["generationConfig", "request"].into_iter().filter_map(|name| root.get(name));
            let inner = root.get("request").and_then(|it| it.get("generationConfig"));
            let mut places = std::iter::once(root).chain(within).chain(inner);
            let said = places.find_map(|place| LENGTHS.iter().find_map(|name| place.get(name).and_then(Value::number)));
            let output = said.unwrap_or(LONGEST_ANSWER).min(LONGEST_ANSWER);
            Some(Tokens { input, output, ..Tokens::default() })
        }
    }
}

impl Bill {
    /// The request leaves.
    pub(super) fn leaves(&mut self) {
        if let Some(held) = &mut self.held {
            held.leaves();
        }
    }

    /// It is over; gives what it has cost, in millionths of a dollar, if that is known.
    pub(super) fn settle(self, shared: &Shared, told: &Told, outcome: Outcome) -> Option<u64> {
        let Self { api, subject, held, began, busy: _until_it_is_kept } = self;
        let tokens = Tokens {
            input: told.tokens_in.unwrap_or(0),
            cached: told.tokens_cached.unwrap_or(0),
            written: told.tokens_written.unwrap_or(0),
            output: told.tokens_out.unwrap_or(0),
        };
        let status = match outcome {
            Outcome::Answered | Outcome::Cut => 200,
            Outcome::Refused(status) => status,
        };
        let ended = Ended { api, status, model: &subject.model, tokens, took: began.elapsed() };
        shared.metrics.ended(&ended, told);
        let held = held?;
        let is_told = told.tokens_in.is_some() && told.tokens_out.is_some();
        let cost = held.cost(tokens).filter(|_| is_told);
        match outcome {
            Outcome::Refused(_) => held.settle(Tokens::default()),
            Outcome::Answered if is_told => held.settle(tokens),
            Outcome::Answered | Outcome::Cut => held.settle_unknown(tokens),
        }
        cost
    }
}

/// Why a call is not handed over, if there were too many.
pub(super) fn one_call_too_many(shared: &Shared, subject: Option<&Subject>) -> Option<String> {
    let over = shared.settings.limits.as_ref()?.call(subject?).err()?;
    let wait = over.wait.map(|wait| format!("; there is room again in {} s", wait.as_secs() + 1)).unwrap_or_default();
    Some(words_of_call(&format!("{}{wait}", over.words)))
}

fn words_of_call(why: &str) -> String {
    words(why).replace("this request was not sent on", "this call was not handed over").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(op: LlmOp, source: &str) -> Option<Tokens> {
        estimate(op, &Document::read(source).unwrap())
    }

    #[test]
    fn what_is_held_is_the_length_of_the_request_and_what_it_lets_the_answer_have() {
        let tokens = |input, output| Some(Tokens { input, output, ..Tokens::default() });
        assert_eq!(of(LlmOp::Request, r#"{"max_tokens":9}"#), tokens(4, 9));
        assert_eq!(of(LlmOp::Request, r#"{"max_tokens":64000}"#), tokens(5, LONGEST_ANSWER));
        assert_eq!(of(LlmOp::Request, "{}"), tokens(1, LONGEST_ANSWER));
        assert_eq!(of(LlmOp::Request, r#"{"generationConfig":{"maxOutputTokens":7}}"#), tokens(11, 7));
        assert_eq!(of(LlmOp::Embed, "{}"), tokens(1, 0));
        assert_eq!(of(LlmOp::CountTokens, "{}"), None);
    }
}
