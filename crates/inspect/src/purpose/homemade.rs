//! Whether anybody could have made a credential. Whoever writes a test makes a key, a hash, a password of a few letters;
//! a token of a vendor has come from that vendor, wherever it stands.

use crate::{Hit, generic, secret};

/// Whether anybody could have made a credential. Of a value without a vendor's form it is asked whether somebody thought
/// it up: what a program drew may be a vendor's that we don't know.
pub fn is_homemade(hit: &Hit) -> bool {
    let id = hit.rule.as_str();
    match generic::Rule::ALL.into_iter().find(|rule| rule.id() == id) {
        Some(rule) => generic::is_homemade(rule, hit.value.expose().as_bytes()),
        None => secret::rule(id).is_some_and(|rule| rule.homemade),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Context, Engine};

    fn homemade(text: &str) -> Vec<(String, bool)> {
        let hits = Engine::standard().find(text.as_bytes(), Context { hint: Some("a.py"), ..Context::default() });
        hits.iter().map(|hit| (hit.rule.to_string(), is_homemade(hit))).collect()
    }

    fn told(rule: &str, is_homemade: bool) -> Vec<(String, bool)> {
        vec![(rule.to_owned(), is_homemade)]
    }

    #[test]
    fn a_password_that_somebody_thought_up_is_homemade_and_a_drawn_one_may_be_anybodys() {
        assert_eq!(homemade("db_password = 'Summer2024!'\n"), told("generic-password", true));
        assert_eq!(homemade("db_password = 'qX7vLw2PzRk9mT4n'\n"), told("generic-password", false));
    }

    #[test]
    fn what_a_vendor_handed_out_is_not_homemade() {
        let body = "Qd3Rk9".repeat(5);
        let complete = secret::proof::proof("crc32-base62").and_then(|it| it.complete).unwrap();
        let token = format!("token = 'ghp_{body}{}'\n", complete(&body).unwrap());
        assert_eq!(homemade(&token), told("github-classic-token", false));
    }

    #[test]
    fn keys_and_hashes_are_homemade() {
        let salted = ["$2b$12$", "KIXQ7e8Zc1mWq9aTb5Lr4u", "0dVnS2yJxHgPf6oCkE3iRtU8wYzAqBM"].concat();
        assert_eq!(homemade(&format!("stored = '{salted}'\n")), told("unix-bcrypt-hash", true));
        assert!(secret::rules().filter(|rule| rule.id.starts_with("privatekey-")).all(|rule| rule.homemade));
        let vendors = secret::rules().filter(|rule| rule.homemade).map(|rule| rule.vendor.as_ref());
        let vendors: std::collections::BTreeSet<&str> = vendors.collect();
        let expected = ["Ansible", "Fernet", "JSON web token", "Private key", "Unix", "WireGuard", "age", "minisign"];
        assert_eq!(vendors.into_iter().collect::<Vec<_>>(), expected);
    }
}
