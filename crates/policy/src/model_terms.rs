//! What becomes of prompts at the providers of models: how long they keep them, whether they train on them. The register says what they
//! tell everybody; `[[models.terms]]` says what was agreed with them, and then that holds. It decides nothing, so it is no check of
//! events.

use crate::pattern::wildcard::Wildcard;
use crate::policy::ValidPolicy;
use portcullis_event::Host;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a provider trains models on what it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Trains {
    /// It says that it does not.
    No,
    /// It does.
    Yes,
    /// A setting or a plan says so.
    Depends,
    /// Nobody knows.
    Unknown,
}

/// Who says what the terms are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SaidBy {
    /// The provider, to everybody.
    Provider,
    /// The policy: it was agreed.
    Policy,
    /// Nobody: the server is this machine's own.
    ThisMachine,
}

/// The terms of one offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelTerms {
    /// The provider.
    pub provider: String,
    /// What of the provider's offers they are about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<String>,
    /// How long it keeps what it is sent.
    pub keeps: String,
    /// Whether it trains on it.
    pub trains: Trains,
    /// What else there is to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Where that is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The month of the version that was read, if that bears a date.
    #[serde(rename = "as-of", skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
    /// Who says so.
    pub by: SaidBy,
}

/// What was agreed with a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreedTerms {
    /// The provider, as policy names it.
    pub provider: Option<String>,
    /// Its servers, in whose names `*` stands for anything; all without one.
    pub hosts: Vec<String>,
    /// How long it keeps what it is sent.
    pub keeps: String,
    /// Whether it trains on it.
    pub trains: Trains,
    /// Where that is written.
    pub source: Option<String>,
}

/// The register.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Register {
    offer: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Entry {
    provider: String,
    #[serde(default)]
    hosts: Vec<String>,
    offer: String,
    keeps: String,
    trains: Trains,
    note: Option<String>,
    source: Option<String>,
    as_of: Option<String>,
}

#[expect(clippy::expect_used, reason = "the register is part of the program, and a test reads it")]
fn register() -> Register {
    toml::from_str(include_str!("../providers.toml")).expect("the register of providers is valid")
}

const HEAD: &str = "\
# Terms of providers

<!-- Generated from the register of providers; do not edit. -->

What providers of models say they do with what they are sent, in short: how long they keep it, and whether they train models on it. The
month is that of the version that was read; without one the copy that was read bears no date. It is no legal advice, and contracts differ: [`[[models.terms]]`](../commands/context.md#what-you-have-agreed)
in your policy says what yours is. What was not read in a document
of the provider is *unknown*. [`portcullis context`](../commands/context.md) shows it beside what was sent.

| provider | offer | servers | keeps | trains | source |
|---|---|---|---|---|---|
";

/// The register as a page of the book.
pub fn terms_page() -> String {
    let mut page = HEAD.to_owned();
    for Entry { provider, hosts, offer, keeps, trains, note, source, as_of } in register().offer {
        let hosts = hosts.iter().map(|host| format!("`{host}`")).collect::<Vec<_>>().join(", ");
        let trains = match trains {
            Trains::No => "no",
            Trains::Yes => "yes",
            Trains::Depends => "depends",
            Trains::Unknown => "unknown",
        };
        let source = source.as_deref().unwrap_or("none was read");
        let as_of = as_of.map(|month| format!(", {month}")).unwrap_or_default();
        let note = note.map(|note| format!(" ({note})")).unwrap_or_default();
        page.extend([format!("| {provider} | {offer} | {hosts} | {keeps} | {trains}{note} | {source}{as_of} |\n")]);
    }
    page
}

impl ValidPolicy {
    /// What becomes of a prompt at a provider, one for each offer that it can have come under; nothing if nobody knows. What was agreed
    /// is the highest storey's to say: whoever is cloned from must not make a provider look better.
    pub fn model_terms(&self, provider: &str, host: Option<&Host>) -> Vec<ModelTerms> {
        let agreed = self.tiers.first().map(|tier| tier.gateway.terms()).unwrap_or_default();
        if let Some(agreed) = agreed.iter().find(|it| it.are_about(provider, host)) {
            return vec![agreed.as_terms(provider)];
        }
        if host.is_some_and(Host::is_loopback) {
            return vec![own()];
        }
        let offers = register().offer;
        let by_host = |offer: &&Entry| host.is_some_and(|host| is_one_of(&offer.hosts, host));
        let mut fitting: Vec<&Entry> = offers.iter().filter(by_host).collect();
        if fitting.is_empty() {
            fitting = offers.iter().filter(|offer| offer.provider == provider && offer.hosts.is_empty()).collect();
        }
        fitting.into_iter().map(Entry::as_terms).collect()
    }
}

/// The terms of a server on this machine: what it hands on is not known.
fn own() -> ModelTerms {
    ModelTerms {
        provider: "this machine".to_owned(),
        offer: None,
        keeps: "unknown".to_owned(),
        trains: Trains::Unknown,
        note: Some("the server is on this machine; what it keeps or hands on is its own matter".to_owned()),
        source: None,
        as_of: None,
        by: SaidBy::ThisMachine,
    }
}

fn is_one_of(patterns: &[String], host: &Host) -> bool {
    // INVARIANT: those of a policy were read when it was loaded, and a test reads those of the register.
    patterns.iter().any(|text| Wildcard::parse(text).is_ok_and(|pattern| pattern.matches(host.as_str())))
}

impl AgreedTerms {
    fn are_about(&self, provider: &str, host: Option<&Host>) -> bool {
        self.provider.as_ref().is_none_or(|it| it == provider)
            && (self.hosts.is_empty() || host.is_some_and(|host| is_one_of(&self.hosts, host)))
    }

    fn as_terms(&self, provider: &str) -> ModelTerms {
        ModelTerms {
            provider: provider.to_owned(),
            offer: None,
            keeps: self.keeps.clone(),
            trains: self.trains,
            note: None,
            source: self.source.clone(),
            as_of: None,
            by: SaidBy::Policy,
        }
    }
}

impl Entry {
    fn as_terms(&self) -> ModelTerms {
        let Self { provider, hosts: _, offer, keeps, trains, note, source, as_of } = self;
        ModelTerms {
            provider: provider.clone(),
            offer: Some(offer.clone()),
            keeps: keeps.clone(),
            trains: *trains,
            note: note.clone(),
            source: source.clone(),
            as_of: as_of.clone(),
            by: SaidBy::Provider,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Layer;
    use crate::effect_rules::tests::policy;

    fn terms(policy: &ValidPolicy, provider: &str, host: &str) -> Vec<(SaidBy, Trains, String)> {
        let terms = policy.model_terms(provider, Host::parse(host).ok().as_ref());
        terms.into_iter().map(|it| (it.by, it.trains, it.keeps)).collect()
    }

    #[test]
    fn the_register_can_be_read_and_says_where_it_has_it_from() {
        for offer in register().offer {
            let patterns = offer.hosts.iter().all(|host| Wildcard::parse(host).is_ok());
            let says_why = offer.trains != Trains::Depends || offer.note.is_some();
            // Without a document nothing is known.
            let has_source = offer.source.is_some() || (offer.keeps == "unknown" && offer.trains == Trains::Unknown);
            let has_month = offer.as_of.as_ref().is_none_or(|month| month.len() == 7);
            assert!(patterns && says_why && has_source && has_month, "{offer:?}");
        }
    }

    #[test]
    fn a_server_is_known_by_its_name_and_a_stranger_is_not() {
        let none = policy(&[]);
        assert_eq!(terms(&none, "anthropic", "api.anthropic.com").len(), 2);
        assert_eq!(terms(&none, "self-hosted", "mine.openai.azure.com")[0].1, Trains::No);
        assert_eq!(terms(&none, "self-hosted", "bedrock-runtime.eu-west-1.amazonaws.com").len(), 1);
        // A provider's name alone is what somebody calls a server.
        assert!(terms(&none, "anthropic", "proxy.example").is_empty());
        assert!(terms(&none, "openai", "api.openai.com.evil.example").is_empty());
        assert_eq!(terms(&none, "self-hosted", "127.0.0.1")[0].0, SaidBy::ThisMachine);
    }

    #[test]
    fn what_was_agreed_holds_if_the_highest_layer_says_it() {
        let agreed =
            "[[models.terms]]\nprovider = 'anthropic'\nkeeps = 'not at all'\ntrains = 'no'\nsource = 'order 7'\n";
        let expected = vec![(SaidBy::Policy, Trains::No, "not at all".to_owned())];
        assert_eq!(terms(&policy(&[(Layer::User, agreed)]), "anthropic", "api.anthropic.com"), expected);
        assert_eq!(terms(&policy(&[(Layer::User, agreed)]), "openai", "api.openai.com")[0].0, SaidBy::Provider);
        let below = policy(&[(Layer::User, ""), (Layer::Repository, agreed)]);
        assert_eq!(terms(&below, "anthropic", "api.anthropic.com").len(), 2);
        assert_eq!(below.loosenings().len(), 1);
        let by_host = "[[models.terms]]\nhosts = ['*.corp.example']\nkeeps = '1 day'\ntrains = 'no'\n";
        let by_host = policy(&[(Layer::User, by_host)]);
        assert_eq!(terms(&by_host, "self-hosted", "llm.corp.example")[0].2, "1 day");
        assert!(terms(&by_host, "self-hosted", "llm.other.example").is_empty());
    }
}
