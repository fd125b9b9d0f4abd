//! A collector of OpenTelemetry logs that requests are posted to.
//!
//! It speaks plain HTTP to a collector nearby; encryption, credentials and buffering across hosts are what a collector is
//! for. What the collector says about trying again is obeyed, a bounded number of times.

use crate::failure::Failure;
use portcullis_ledger::witness::http::{self, HttpError, Response};
use serde_json::Value;
use std::thread::sleep;
use std::time::Duration;

/// Waits between attempts; after the last one it is given up.
const WAITS: [u64; 5] = [250, 500, 1000, 2000, 4000];

/// Where requests go.
#[derive(Debug)]
pub(crate) struct Collector {
    url: String,
}

impl Collector {
    /// The collector at `url`.
    pub(crate) fn at(url: &str) -> Result<Self, Failure> {
        if url.starts_with("https://") {
            return Err(Failure::usage("https:// is not spoken here")
                .because("records are handed to a collector on this machine; carrying them on safely is its work")
                .fix("run a collector beside it that sends on to yours: --to http://127.0.0.1:4318/v1/logs"));
        }
        if !url.starts_with("http://") {
            return Err(Failure::usage(format!("{url} is not an address"))
                .fix("an address looks like http://127.0.0.1:4318/v1/logs"));
        }
        Ok(Self { url: url.to_owned() })
    }

    /// Where it is.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Posts one request and returns once the collector has taken all of it.
    pub(crate) fn post(&self, body: &[u8]) -> Result<(), String> {
        let mut waits = WAITS.iter();
        loop {
            let response = self.post_once(body).map_err(|error| format!("it can't be reached: {error}"))?;
            match (response.status, waits.next()) {
                (200..=299, _) => return taken(&response),
                (429 | 502 | 503 | 504, Some(wait)) => sleep(Duration::from_millis(*wait)),
                (status, _) => return Err(format!("it answers {status}: {}", first_line(&response.body))),
            }
        }
    }

    fn post_once(&self, body: &[u8]) -> Result<Response, HttpError> {
        http::post_as(&self.url, "application/json", body)
    }
}

/// A collector can take a request and yet reject some of the records in it.
fn taken(response: &Response) -> Result<(), String> {
    let Ok(answer) = serde_json::from_str::<Value>(&response.body) else { return Ok(()) };
    let Some(partial) = answer.get("partialSuccess") else { return Ok(()) };
    let rejected = match partial.get("rejectedLogRecords") {
        Some(Value::String(count)) => count.clone(),
        Some(count) => count.to_string(),
        None => return Ok(()),
    };
    if rejected == "0" {
        return Ok(());
    }
    let why = partial.get("errorMessage").and_then(Value::as_str).unwrap_or_default();
    Err(format!("it rejected {rejected} records: {why}"))
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejected_record_is_not_taken_for_success() {
        let answer = |body: &str| taken(&Response { status: 200, body: body.to_owned() });
        for fine in
            ["", "{}", "not JSON", r#"{"partialSuccess":{}}"#, r#"{"partialSuccess":{"rejectedLogRecords":"0"}}"#]
        {
            assert_eq!(answer(fine), Ok(()), "{fine}");
        }
        for wrong in
            [r#"{"partialSuccess":{"rejectedLogRecords":"2"}}"#, r#"{"partialSuccess":{"rejectedLogRecords":2}}"#]
        {
            assert_eq!(answer(wrong), Err("it rejected 2 records: ".to_owned()), "{wrong}");
        }
    }

    #[test]
    fn only_plain_http_is_an_address() {
        assert!(Collector::at("http://127.0.0.1:4318/v1/logs").is_ok());
        for bad in ["https://127.0.0.1/v1/logs", "ftp://x", "127.0.0.1:4318", ""] {
            assert!(Collector::at(bad).is_err(), "{bad}");
        }
    }
}
