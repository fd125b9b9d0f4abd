//! The check of a rule, parsed, and the request that it makes for a secret.

use super::answer::Meaning;
use super::escape::{Place, filled};
use super::verdict::{Reason, Verdict};
use portcullis_patterns::Verify;
use regex::{Regex, RegexBuilder};

/// How much memory a pattern may take.
const LARGEST_PATTERN: usize = 1 << 20;

/// The check of a rule.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    is_post: bool,
    /// `https://host` or `https://host:port`, as it is written in the rule.
    origin: String,
    host: String,
    path: String,
    headers: Vec<(String, String)>,
    basic: Option<[String; 2]>,
    body: Option<(String, Place)>,
    meaning: Meaning,
}

/// What is sent. It holds the secret, so it has no `Debug`.
pub(super) struct Request {
    pub(super) is_post: bool,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) basic: Option<[String; 2]>,
    pub(super) body: Option<String>,
}

impl Check {
    /// The check that a rule has, as JSON; or why it can't be made. What it says never depends on a secret.
    pub(crate) fn parse(json: &str) -> Result<Self, &'static str> {
        let rule: Verify = serde_json::from_str(json).map_err(|_| "it can't be read")?;
        let (origin, host, path) = address(&rule.url)?;
        let is_post = match rule.method.as_str() {
            "GET" => false,
            "POST" => true,
            _ => return Err("its method is neither GET nor POST"),
        };
        if !is_post && rule.body.is_some() {
            return Err("a GET has no body");
        }
        let is_form = rule
            .headers
            .iter()
            .any(|(name, value)| name.eq_ignore_ascii_case("content-type") && value.contains("form"));
        let place = if is_form { Place::Form } else { Place::Json };
        Ok(Self {
            is_post,
            origin: origin.to_owned(),
            host: host.to_owned(),
            path: path.to_owned(),
            headers: rule.headers.into_iter().collect(),
            basic: rule.basic,
            body: rule.body.map(|body| (body, place)),
            meaning: Meaning {
                valid: rule.valid,
                invalid: rule.invalid,
                valid_body: pattern(rule.valid_body.as_deref())?,
                invalid_body: pattern(rule.invalid_body.as_deref())?,
            },
        })
    }

    /// Who is asked.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The request for a secret.
    pub(super) fn request(&self, secret: &str) -> Result<Request, Reason> {
        let headers =
            self.headers.iter().map(|(name, value)| Ok((name.clone(), filled(value, secret, Place::Header)?)));
        let basic = match &self.basic {
            // A name ends at its colon, so one that holds a colon would be another one.
            Some([name, _]) if name.contains("{secret}") && secret.contains(':') => return Err(Reason::DoesNotFit),
            Some([name, word]) => {
                Some([filled(name, secret, Place::Credentials)?, filled(word, secret, Place::Credentials)?])
            }
            None => None,
        };
        let body = self.body.as_ref().map(|(body, place)| filled(body, secret, *place)).transpose()?;
        Ok(Request {
            is_post: self.is_post,
            url: format!("{}{}", self.origin, filled(&self.path, secret, Place::Address)?),
            headers: headers.collect::<Result<_, _>>()?,
            basic,
            body,
        })
    }

    /// What an answer proves.
    pub(super) fn verdict(&self, status: u16, body: &str) -> Verdict {
        self.meaning.of(status, body)
    }
}

/// Origin, host and the rest of an address. The host is literal: no part of a secret can be in it.
fn address(url: &str) -> Result<(&str, &str, &str), &'static str> {
    let rest = url.strip_prefix("https://").ok_or("it does not ask over https")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).ok_or("its address can't be read")?;
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let port = authority.strip_prefix(host).unwrap_or_default().strip_prefix(':');
    let is_host = !host.is_empty() && host.bytes().all(|it| it.is_ascii_alphanumeric() || b"-.".contains(&it));
    let is_port = port.is_none_or(|port| port.parse::<u16>().is_ok());
    if !is_host || !is_port {
        return Err("its host is not written out");
    }
    if !path.starts_with('/') || path.contains('#') {
        return Err("its address has no path");
    }
    let origin = url.get(..url.len() - path.len()).ok_or("its address can't be read")?;
    Ok((origin, host, path))
}

fn pattern(text: Option<&str>) -> Result<Option<Regex>, &'static str> {
    let built = text.map(|text| RegexBuilder::new(text).size_limit(LARGEST_PATTERN).build()).transpose();
    built.map_err(|_| "a pattern of it can't be read")
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_inspect::secret;
    use proptest::prelude::*;

    fn check(url: &str) -> Result<Check, &'static str> {
        Check::parse(&serde_json::json!({ "url": url, "valid": [200] }).to_string())
    }

    #[test]
    fn every_rule_that_has_a_check_has_one_that_can_be_made() {
        let with: Vec<_> = secret::rules().filter_map(|rule| Some((&rule.id, rule.verify.as_ref()?))).collect();
        assert!(with.len() > 200);
        for (id, json) in with {
            let check = Check::parse(json).unwrap_or_else(|why| panic!("{id}: {why}"));
            let request = check.request("abc123").unwrap_or_else(|why| panic!("{id}: {why}"));
            let parts = [&request.url, request.body.as_ref().unwrap_or(&request.url)];
            let all = request.headers.iter().map(|(_, value)| value).chain(request.basic.iter().flatten()).chain(parts);
            assert!(all.clone().any(|it| it.contains("abc123")), "{id}: the secret is not asked about");
            assert!(all.into_iter().all(|it| !it.contains("{secret}")), "{id}");
        }
    }

    #[test]
    fn a_host_is_written_out_or_the_check_is_refused() {
        for url in [
            "http://a.b/c",
            "https://{secret}.b/c",
            "https://a{secret}/c",
            "https://a@b/c",
            "https://a:b@c/d",
            "https:///c",
            "https://a:99999/c",
            "https://a.b",
            "https://a.b/c#{secret}",
            "https://a b/c",
            "https://a.b?x={secret}",
        ] {
            assert!(check(url).is_err(), "{url}");
        }
        assert_eq!(check("https://api.a.b:8443/c?d={secret}").unwrap().host(), "api.a.b");
    }

    proptest! {
        #[test]
        fn no_secret_changes_who_is_asked(secret in any::<String>()) {
            for template in ["https://a.example/x?k={secret}", "https://a.example/{secret}", "https://a.example/x/{secret}/y"] {
                if let Ok(request) = check(template).unwrap().request(&secret) {
                    prop_assert!(request.url.starts_with("https://a.example/"));
                    let uri: ureq::http::Uri = request.url.parse().unwrap();
                    prop_assert_eq!(uri.host(), Some("a.example"));
                }
            }
        }
    }
}
