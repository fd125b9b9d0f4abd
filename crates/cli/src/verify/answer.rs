//! What the answer of an issuer proves.

use super::verdict::{Reason, Verdict};
use regex::Regex;

/// What answers mean, as the rule says.
#[derive(Debug, Clone)]
pub(super) struct Meaning {
    /// Status codes that mean: live.
    pub(super) valid: Vec<u16>,
    /// Status codes that mean: not live.
    pub(super) invalid: Vec<u16>,
    /// What the body says if it is live, where the status does not tell.
    pub(super) valid_body: Option<Regex>,
    /// What the body says if it is not.
    pub(super) invalid_body: Option<Regex>,
}

impl Meaning {
    /// What this answer says. What is not written in the rule proves nothing.
    pub(super) fn of(&self, status: u16, body: &str) -> Verdict {
        match status {
            429 => return Verdict::Unknown(Reason::Busy),
            300..=399 => return Verdict::Unknown(Reason::Redirected),
            500.. => return Verdict::Unknown(Reason::Trouble(status)),
            _ => {}
        }
        if self.invalid_body.as_ref().is_some_and(|says| says.is_match(body)) {
            return Verdict::NotLive;
        }
        let is_fine = if self.valid.is_empty() { (200..300).contains(&status) } else { self.valid.contains(&status) };
        let says_so = match &self.valid_body {
            Some(says) => says.is_match(body),
            None => !self.valid.is_empty(),
        };
        if is_fine && says_so {
            Verdict::Live
        } else if self.invalid.contains(&status) {
            Verdict::NotLive
        } else {
            Verdict::Unknown(Reason::Undecided(status))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(valid: &[u16], invalid: &[u16], valid_body: Option<&str>, invalid_body: Option<&str>) -> Meaning {
        let regex = |it: Option<&str>| it.map(|it| Regex::new(it).unwrap());
        let (valid, invalid) = (valid.to_vec(), invalid.to_vec());
        Meaning { valid, invalid, valid_body: regex(valid_body), invalid_body: regex(invalid_body) }
    }

    #[test]
    fn only_what_the_rule_says_proves_anything() {
        let by_status = meaning(&[200], &[401], None, None);
        let unknown = |reason| Verdict::Unknown(reason);
        assert_eq!(by_status.of(200, ""), Verdict::Live);
        assert_eq!(by_status.of(401, ""), Verdict::NotLive);
        assert_eq!(by_status.of(403, ""), unknown(Reason::Undecided(403)));
        assert_eq!(by_status.of(204, ""), unknown(Reason::Undecided(204)));
        assert_eq!(by_status.of(429, ""), unknown(Reason::Busy));
        assert_eq!(by_status.of(302, ""), unknown(Reason::Redirected));
        assert_eq!(by_status.of(503, ""), unknown(Reason::Trouble(503)));
    }

    #[test]
    fn a_body_decides_where_the_status_does_not() {
        let by_body = meaning(&[], &[], Some("\"ok\": ?true"), Some("invalid_auth"));
        assert_eq!(by_body.of(200, "{\"ok\":true}"), Verdict::Live);
        assert_eq!(by_body.of(200, "{\"ok\":false,\"error\":\"invalid_auth\"}"), Verdict::NotLive);
        assert_eq!(by_body.of(200, "{\"ok\":false}"), Verdict::Unknown(Reason::Undecided(200)));
        assert_eq!(by_body.of(404, "\"ok\":true"), Verdict::Unknown(Reason::Undecided(404)));
        assert_eq!(meaning(&[], &[], None, None).of(200, ""), Verdict::Unknown(Reason::Undecided(200)));
        assert_eq!(meaning(&[200], &[], None, Some("Key not found")).of(401, "Key not found"), Verdict::NotLive);
    }
}
