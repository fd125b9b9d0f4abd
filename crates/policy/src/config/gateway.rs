//! `[[gateway.limits]]`, `[[gateway.prices]]`, `[[models.routes]]` and `[[models.terms]]`: tables in a list, each of which says something as a whole.

use super::at::At;
use super::lower::{Entry, EntryValue, Lower};
use crate::gateway_rules::{Each, GatewayLimit, GatewayPrice, GatewayRate, GatewaySum, ModelRoute};
use crate::model_terms::{AgreedTerms, Trains};
use portcullis_patterns::markers::Marker;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One table of such a list, and how it is written in one line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) means: Means,
    pub(crate) inline: String,
}

/// What a table says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Means {
    Limit(GatewayLimit),
    Price(GatewayPrice),
    Route(ModelRoute),
    Terms(AgreedTerms),
    Marker(Marker),
}

/// How often models may be asked, and for how much.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct LimitTable {
    /// What it is called. Whoever is held back by it is told the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The models that it is about, as `provider/model`, in which `*` stands for anything; without it all.
    #[serde(skip_serializing_if = "Option::is_none")]
    models: Option<Vec<String>>,
    /// The keys that it is about, by their names; without it all, and whoever shows none.
    #[serde(skip_serializing_if = "Option::is_none")]
    keys: Option<Vec<String>>,
    /// Whom it counts apart; without it, all together.
    #[serde(skip_serializing_if = "Option::is_none")]
    each: Option<Each>,
    /// How many requests, such as `60/min`.
    #[serde(skip_serializing_if = "Option::is_none")]
    requests: Option<String>,
    /// How many of those, and of the calls, may come at once; without it, as many as in one stretch of time.
    #[serde(skip_serializing_if = "Option::is_none")]
    burst: Option<u64>,
    /// How many calls of tools, such as `30/min`.
    #[serde(skip_serializing_if = "Option::is_none")]
    calls: Option<String>,
    /// How many tokens, of prompts and replies together, such as `2M/day`.
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens: Option<String>,
    /// How much money, such as `20 USD/day`. It needs prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<String>,
}

/// What a model costs, in US dollars for a million tokens.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PriceTable {
    /// The models, as `provider/model`, in which `*` stands for anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    models: Option<Vec<String>>,
    /// Of the prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<f64>,
    /// Of the reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<f64>,
    /// Of the prompt, read from the provider's cache; without it, as `input`.
    #[serde(skip_serializing_if = "Option::is_none")]
    cached: Option<f64>,
    /// Of the prompt, written to the provider's cache; without it, as `input`.
    #[serde(skip_serializing_if = "Option::is_none")]
    written: Option<f64>,
}

/// Where a model is served, and what it is called there.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RouteTable {
    /// The name that clients ask for, such as `fast`.
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    /// The server that is asked instead, such as `http://127.0.0.1:8000`. It has to speak the interface that the client does.
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream: Option<String>,
    /// What the model is called there; without it, the same.
    #[serde(rename = "as", skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The variable of the gateway's environment that holds the key for that server. What the client sends of its own never goes there.
    #[serde(skip_serializing_if = "Option::is_none")]
    credential: Option<String>,
}

/// What was agreed with a provider of models about what it is sent.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct TermsTable {
    /// The provider, as in the names of models: `anthropic`.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
    /// Its servers, in whose names `*` stands for anything; without it all.
    #[serde(skip_serializing_if = "Option::is_none")]
    hosts: Option<Vec<String>>,
    /// How long it keeps what it is sent, in words: `not at all`.
    #[serde(skip_serializing_if = "Option::is_none")]
    keeps: Option<String>,
    /// Whether it trains models on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    trains: Option<Trains>,
    /// Where that is written, such as the number of a contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
}

/// Lists of them, as they are written.
pub(crate) type Limits = Vec<At<LimitTable>>;
pub(crate) type Prices = Vec<At<PriceTable>>;
pub(crate) type Routes = Vec<At<RouteTable>>;
pub(crate) type Terms = Vec<At<TermsTable>>;

impl Lower for Limits {
    fn lower(self, key: &str, out: &mut Vec<Entry>) {
        let row = |it: At<LimitTable>| entry(key, &it, it.get().meaning().map(Means::Limit));
        out.extend(self.into_iter().map(row));
    }
}

impl Lower for Prices {
    fn lower(self, key: &str, out: &mut Vec<Entry>) {
        let row = |it: At<PriceTable>| entry(key, &it, it.get().meaning().map(Means::Price));
        out.extend(self.into_iter().map(row));
    }
}

impl Lower for Routes {
    fn lower(self, key: &str, out: &mut Vec<Entry>) {
        let row = |it: At<RouteTable>| entry(key, &it, it.get().meaning().map(Means::Route));
        out.extend(self.into_iter().map(row));
    }
}

impl Lower for Terms {
    fn lower(self, key: &str, out: &mut Vec<Entry>) {
        let row = |it: At<TermsTable>| entry(key, &it, it.get().meaning().map(Means::Terms));
        out.extend(self.into_iter().map(row));
    }
}

pub(super) fn entry<T: Serialize>(key: &str, at: &At<T>, means: Result<Means, String>) -> Entry {
    let inline = toml::Value::try_from(at.get()).map(|value| value.to_string()).unwrap_or_default();
    let row = means.map(|means| Box::new(Row { means, inline }));
    Entry { key: key.to_owned(), span: at.span(), value: EntryValue::Row(row) }
}

impl LimitTable {
    fn meaning(&self) -> Result<GatewayLimit, String> {
        let name = self.name.clone().ok_or("has no `name`")?;
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if name.is_empty() || name.len() > 64 || !name.bytes().all(is_word) {
            return Err("has a `name` that is no word of letters, digits, `-`, `_` and `.`".to_owned());
        }
        let rate = |text: &Option<String>| text.as_ref().map(|text| rate(text, self.burst)).transpose();
        let limit = GatewayLimit {
            name,
            models: patterns("models", self.models.as_deref())?,
            keys: patterns("keys", self.keys.as_deref())?,
            each: self.each.unwrap_or(Each::All),
            requests: rate(&self.requests)?,
            calls: rate(&self.calls)?,
            tokens: self.tokens.as_deref().map(tokens).transpose()?,
            cost: self.cost.as_deref().map(cost).transpose()?,
        };
        let has_rate = limit.requests.is_some() || limit.calls.is_some();
        if !has_rate && limit.tokens.is_none() && limit.cost.is_none() {
            return Err("limits nothing: give it `requests`, `calls`, `tokens` or `cost`".to_owned());
        }
        if self.burst.is_some() && !has_rate {
            return Err("has a `burst`, which is about `requests` and `calls`, and has neither".to_owned());
        }
        Ok(limit)
    }
}

impl PriceTable {
    fn meaning(&self) -> Result<GatewayPrice, String> {
        let models = patterns("models", self.models.as_deref())?;
        if models.is_empty() {
            return Err("names no `models`".to_owned());
        }
        let price = |name: &str, price: Option<f64>| price.map(|it| dollars(name, it)).transpose();
        let needed = |name: &str| format!("has no `{name}`");
        let input = price("input", self.input)?.ok_or_else(|| needed("input"))?;
        let output = price("output", self.output)?.ok_or_else(|| needed("output"))?;
        let cached = price("cached", self.cached)?.unwrap_or(input);
        let written = price("written", self.written)?.unwrap_or(input);
        Ok(GatewayPrice { models, input, output, cached, written })
    }
}

impl RouteTable {
    fn meaning(&self) -> Result<ModelRoute, String> {
        let needed = |name: &str, value: &Option<String>| value.clone().ok_or_else(|| format!("has no `{name}`"));
        let (model, upstream) = (needed("model", &self.model)?, needed("upstream", &self.upstream)?);
        let name = self.name.clone().unwrap_or_else(|| model.clone());
        let is_name = |text: &str| {
            (1..=200).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_graphic())
                && !text.contains(['*', '"', '\\', '?', '#', '%'])
        };
        if let Some(bad) = [&model, &name].into_iter().find(|text| !is_name(text)) {
            return Err(format!("has `{bad}`, which is no name of a model"));
        }
        if !upstream.starts_with("https://") && !upstream.starts_with("http://") {
            return Err(format!("has `{upstream}` as `upstream`, which does not begin with https:// or http://"));
        }
        let is_word = |text: &String| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        match self.credential.as_ref().filter(|text| text.is_empty() || !is_word(text)) {
            Some(bad) => Err(format!("has `{bad}` as `credential`, where the name of a variable stands")),
            None => Ok(ModelRoute { model, upstream, name, credential: self.credential.clone() }),
        }
    }
}

impl TermsTable {
    fn meaning(&self) -> Result<AgreedTerms, String> {
        let hosts = patterns("hosts", self.hosts.as_deref())?;
        if self.provider.is_none() && hosts.is_empty() {
            return Err("says of nobody what was agreed: give it `provider` or `hosts`".to_owned());
        }
        let words = |name: &str, text: &Option<String>| match text {
            Some(text) if text.trim().is_empty() || text.len() > 400 || text.contains(char::is_control) => {
                Err(format!("has `{name}` that is no line of words"))
            }
            Some(_) | None => Ok(text.clone()),
        };
        Ok(AgreedTerms {
            provider: words("provider", &self.provider)?,
            hosts,
            keeps: words("keeps", &self.keeps)?.ok_or("has no `keeps`")?,
            trains: self.trains.ok_or("has no `trains`")?,
            source: words("source", &self.source)?,
        })
    }
}

fn patterns(key: &str, texts: Option<&[String]>) -> Result<Vec<String>, String> {
    let Some(texts) = texts else { return Ok(Vec::new()) };
    let is_one = |text: &String| {
        let graphic = text.bytes().all(|byte| byte.is_ascii_graphic());
        !text.is_empty() && text.len() <= 200 && graphic && !text.contains(['!', '?', '[', '{', '"', '\\'])
    };
    match texts.iter().find(|text| !is_one(text)) {
        Some(bad) => Err(format!("has `{bad}` in `{key}`, where names stand in which only `*` has a meaning")),
        None if texts.is_empty() => Err(format!("has an empty list `{key}`: it would be about nothing")),
        None => Ok(texts.to_vec()),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked on the line before")]
fn dollars(name: &str, sum: f64) -> Result<u64, String> {
    if !sum.is_finite() || !(0.0..=1e6).contains(&sum) {
        return Err(format!("has `{name}` that is no sum of money: write dollars such as `2.50`"));
    }
    Ok((sum * 1e6).round() as u64)
}

/// A quantity and a stretch of time.
fn split(text: &str) -> Option<(&str, u64)> {
    const UNITS: [(&str, u64); 8] = [
        ("s", 1),
        ("sec", 1),
        ("min", 60),
        ("h", 3600),
        ("hour", 3600),
        ("d", 86_400),
        ("day", 86_400),
        ("week", 604_800),
    ];
    let (quantity, unit) = text.split_once('/')?;
    let (_, seconds) = UNITS.iter().find(|(name, _)| *name == unit.trim())?;
    Some((quantity.trim(), *seconds))
}

fn rate(text: &str, burst: Option<u64>) -> Result<GatewayRate, String> {
    let read = || {
        let (count, seconds) = split(text)?;
        let count = number(count).filter(|count| (1..=1_000_000_000).contains(count))?;
        Some(GatewayRate { count, seconds, burst: burst.unwrap_or(count).max(1) })
    };
    read().ok_or_else(|| format!("has `{text}`, which is no rate such as `60/min`, `5/s` or `1000/day`"))
}

fn tokens(text: &str) -> Result<GatewaySum, String> {
    let read = || {
        let (amount, seconds) = split(text)?;
        let (digits, factor) = match amount.char_indices().last()? {
            (at, 'k') => (amount.get(..at)?, 1000),
            (at, 'M') => (amount.get(..at)?, 1_000_000),
            _ => (amount, 1),
        };
        let amount = number(digits)?.checked_mul(factor).filter(|amount| *amount > 0)?;
        Some(GatewaySum { amount, seconds })
    };
    read().ok_or_else(|| format!("has `{text}`, which is no budget of tokens such as `2M/day` or `500k/h`"))
}

fn cost(text: &str) -> Result<GatewaySum, String> {
    let read = || {
        let (amount, seconds) = split(text)?;
        let amount = amount.strip_suffix("USD")?.trim_end();
        let plain = amount.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let sum: f64 = amount.parse().ok().filter(|_| plain && !amount.is_empty())?;
        let amount = dollars("cost", sum).ok().filter(|amount| *amount > 0)?;
        Some(GatewaySum { amount, seconds })
    };
    read().ok_or_else(|| format!("has `{text}`, which is no budget such as `20 USD/day` or `0.50 USD/h`"))
}

fn number(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_budgets_are_read_exactly_or_not_at_all() {
        assert_eq!(rate("60/min", Some(10)), Ok(GatewayRate { count: 60, seconds: 60, burst: 10 }));
        assert_eq!(rate("5 / s", None), Ok(GatewayRate { count: 5, seconds: 1, burst: 5 }));
        assert_eq!(tokens("2M/day"), Ok(GatewaySum { amount: 2_000_000, seconds: 86_400 }));
        assert_eq!(tokens("500k/h"), Ok(GatewaySum { amount: 500_000, seconds: 3600 }));
        assert_eq!(cost("0.50 USD/week"), Ok(GatewaySum { amount: 500_000, seconds: 604_800 }));
        for bad in ["", "60", "/min", "0/min", "-1/min", "1.5/min", "60/mins", "60/min/min", "+5/s", "99999999999/s"] {
            assert!(rate(bad, None).is_err(), "{bad}");
        }
        for bad in ["2MM/day", "0/day", "1.5M/day", "M/day", "é/day", "99999999999999999999/day", "20000000000000M/day"]
        {
            assert!(tokens(bad).is_err(), "{bad}");
        }
        for bad in
            ["20/day", "20 EUR/day", "$20/day", "0 USD/day", "-1 USD/day", "1e3 USD/day", "inf USD/day", " USD/day"]
        {
            assert!(cost(bad).is_err(), "{bad}");
        }
    }
}
