//! Who is asked when: each secret once, no host too often, and not too many in all.

use super::check::Check;
use super::client::Client;
use super::verdict::{Reason, Verdict};
use portcullis_event::Secret;
use std::collections::HashMap;
use std::thread;
use std::time::{Duration, Instant};

/// How many questions are asked in one run.
const MOST: usize = 1000;
/// How long a host is left alone between two questions.
const PAUSE: Duration = Duration::from_millis(500);
/// For how long we wait if a host asks for patience.
const LONGEST_WAIT: Duration = Duration::from_secs(15);
/// How many questions may fail in a row before a host is given up.
const FAILURES: u32 = 3;

/// Asks issuers.
#[derive(Debug)]
pub(crate) struct Asker {
    client: Client,
    pause: Duration,
    asked: usize,
    most: usize,
    hosts: HashMap<String, Host>,
    /// What was said, by the rule that asked and the secret.
    verdicts: HashMap<(String, Digest), Verdict>,
}

/// A secret is remembered by its digest.
type Digest = [u8; 32];

#[derive(Debug, Default)]
struct Host {
    /// When it may be asked again.
    free: Option<Instant>,
    failures: u32,
    is_busy: bool,
}

impl Asker {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, pause: PAUSE, asked: 0, most: MOST, hosts: HashMap::new(), verdicts: HashMap::new() }
    }

    /// How many questions were asked.
    #[cfg(test)]
    pub(super) fn asked(&self) -> usize {
        self.asked
    }

    /// What the issuer says about a secret that `rule` found.
    pub(crate) fn ask(&mut self, rule: &str, check: &Check, secret: &Secret<String>) -> Verdict {
        use sha2::{Digest as _, Sha256};
        let key = (rule.to_owned(), Sha256::digest(secret.expose()).into());
        if let Some(known) = self.verdicts.get(&key) {
            return known.clone();
        }
        let verdict = self.ask_anew(check, secret.expose()).unwrap_or_else(Verdict::Unknown);
        self.verdicts.insert(key, verdict.clone());
        verdict
    }

    fn ask_anew(&mut self, check: &Check, secret: &str) -> Result<Verdict, Reason> {
        let request = check.request(secret)?;
        for is_last in [false, true] {
            if self.asked >= self.most {
                return Err(Reason::TooMany);
            }
            self.wait_for(check.host())?;
            self.asked += 1;
            let answer = self.client.send(&request);
            let host = self.hosts.entry(check.host().to_owned()).or_default();
            host.free = Some(Instant::now() + self.pause);
            let answer = match answer {
                Ok(answer) => answer,
                Err(why) => {
                    host.failures += 1;
                    return Err(why);
                }
            };
            host.failures = 0;
            let wait = answer.retry_after.map(Duration::from_secs).filter(|wait| *wait <= LONGEST_WAIT);
            match (answer.status, wait) {
                (429, Some(wait)) if !is_last => host.free = Some(Instant::now() + wait.max(self.pause)),
                (429, _) => {
                    host.is_busy = true;
                    return Err(Reason::Busy);
                }
                _ => return Ok(check.verdict(answer.status, &answer.body)),
            }
        }
        Err(Reason::Busy)
    }

    /// Waits until a host may be asked.
    fn wait_for(&mut self, host: &str) -> Result<(), Reason> {
        let Some(host) = self.hosts.get(host) else { return Ok(()) };
        if host.is_busy {
            return Err(Reason::Busy);
        }
        if host.failures >= FAILURES {
            return Err(Reason::GivenUp);
        }
        if let Some(free) = host.free {
            thread::sleep(free.saturating_duration_since(Instant::now()));
        }
        Ok(())
    }

    /// Without pauses, and with few questions, so that tests are fast.
    #[cfg(test)]
    pub(super) fn hurried(client: Client, most: usize) -> Self {
        Self { pause: Duration::ZERO, most, ..Self::new(client) }
    }
}
