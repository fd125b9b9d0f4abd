//! Which of our rules a rule of another scanner corresponds to.

use portcullis_event::RuleId;

/// Words that say nothing about whose credential it is.
const COMMON: [&str; 22] = [
    "access",
    "account",
    "api",
    "app",
    "auth",
    "client",
    "credential",
    "credentials",
    "detector",
    "id",
    "key",
    "keyword",
    "live",
    "pat",
    "personal",
    "private",
    "secret",
    "service",
    "token",
    "tokens",
    "v1",
    "v2",
];

/// What others call by another word than we do.
const SAME: [(&str, &str); 8] = [
    ("artifactory", "jfrog"),
    ("basic", "url"),
    ("gcp", "google"),
    ("gh", "github"),
    ("high", "generic"),
    ("keyword", "generic"),
    ("rsa", "pem"),
    ("ssh", "pem"),
];

/// Whether a rule of another scanner looks for what one of ours looks for: their names have the vendor in common.
pub(crate) fn corresponds(foreign: &str, ours: &RuleId) -> bool {
    let foreign = foreign.to_lowercase();
    if foreign == ours.as_str() {
        return true;
    }
    let (theirs, ours) = (words(&foreign), words(ours.as_str()));
    let is_private_key =
        |words: &[String]| words.iter().any(|word| word == "private") && words.iter().any(|word| word == "key");
    let (vendor_of_theirs, vendor_of_ours) = (vendor(&theirs), vendor(&ours));
    match (vendor_of_theirs, vendor_of_ours) {
        (Some(theirs), Some(ours)) => theirs == ours,
        // `private-key`, `Private Key`: no vendor at all.
        (None, _) => is_private_key(&theirs) && (is_private_key(&ours) || ours.iter().any(|word| word == "pem")),
        (Some(_), None) => false,
    }
}

fn vendor(words: &[String]) -> Option<&str> {
    let word = words.iter().map(String::as_str).find(|word| !COMMON.contains(word))?;
    Some(SAME.iter().find(|(theirs, _)| *theirs == word).map_or(word, |(_, ours)| ours))
}

/// The words of a name that is written `with-dashes`, `with spaces`, `WithCapitals` or `With.Dots`.
fn words(name: &str) -> Vec<String> {
    let split = |character: char| !character.is_alphanumeric();
    name.split(split).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_correspond_by_their_vendor() {
        for (foreign, ours, expected) in [
            ("github-pat", "github-classic-token", true),
            ("Github", "github-classic-token", true),
            ("aws-access-token", "aws-access-key-id", true),
            ("gcp-api-key", "google-api-key", true),
            ("private-key", "pem-private-key", true),
            ("Private Key", "private-key-pem", true),
            ("generic-api-key", "generic-password", true),
            ("stripe-access-token", "github-classic-token", false),
            ("private-key", "github-classic-token", false),
            ("acme-token", "acme-token", true),
        ] {
            assert_eq!(corresponds(foreign, &RuleId::parse(ours).unwrap()), expected, "{foreign} {ours}");
        }
    }
}
