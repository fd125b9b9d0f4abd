//! A secret at its place in a request, so that it can't leave the place.

use super::verdict::Reason;

/// What stands for the secret in a rule.
const PLACE: &str = "{secret}";

/// Where in a request a template stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the path or the query of an address.
    Address,
    /// In the value of a header.
    Header,
    /// In a name or password that is encoded afterwards.
    Credentials,
    /// In a body of JSON, between quotes.
    Json,
    /// In a body of a form.
    Form,
}

/// The template with the secret in it.
pub(super) fn filled(template: &str, secret: &str, place: Place) -> Result<String, Reason> {
    if !template.contains(PLACE) {
        return Ok(template.to_owned());
    }
    let escaped = match place {
        // A path of dots would be another path.
        Place::Address if secret.bytes().all(|byte| byte == b'.') => return Err(Reason::DoesNotFit),
        Place::Address => percent(secret, |byte| byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte)),
        Place::Form => percent(secret, |byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)),
        Place::Header if secret.bytes().all(|byte| (b' '..=b'~').contains(&byte)) => secret.to_owned(),
        Place::Credentials if !secret.contains(|c: char| c.is_control()) => secret.to_owned(),
        Place::Header | Place::Credentials => return Err(Reason::DoesNotFit),
        Place::Json => {
            let quoted = serde_json::Value::from(secret).to_string();
            quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
        }
    };
    Ok(template.replace(PLACE, &escaped))
}

fn percent(text: &str, stays: impl Fn(u8) -> bool) -> String {
    text.bytes().map(|byte| if stays(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_secret_stays_at_its_place() {
        let in_address = |secret| filled("/a?k={secret}&x=1", secret, Place::Address);
        assert_eq!(in_address("a/b?c#d@e&f=g%h i\r\n").unwrap(), "/a?k=a%2Fb%3Fc%23d%40e%26f%3Dg%25h%20i%0D%0A&x=1");
        assert_eq!(filled("/bot{secret}/me", "12:Ab-c", Place::Address).unwrap(), "/bot12:Ab-c/me");
        assert_eq!(filled("/{secret}/me", "..", Place::Address), Err(Reason::DoesNotFit));
        assert_eq!(filled("Bearer {secret}", "a\r\nHost: evil", Place::Header), Err(Reason::DoesNotFit));
        assert_eq!(filled("Bearer {secret}", "ü", Place::Header), Err(Reason::DoesNotFit));
        assert_eq!(filled("{secret}", "a\nb", Place::Credentials), Err(Reason::DoesNotFit));
        assert_eq!(
            filled("{\"k\":\"{secret}\"}", "a\",\"b\":\"c\\", Place::Json).unwrap(),
            "{\"k\":\"a\\\",\\\"b\\\":\\\"c\\\\\"}"
        );
        assert_eq!(filled("k={secret}&f=1", "a&f=2", Place::Form).unwrap(), "k=a%26f%3D2&f=1");
        assert_eq!(filled("{viewer{id}}", "a", Place::Json).unwrap(), "{viewer{id}}");
    }

    proptest! {
        #[test]
        fn no_secret_gets_out_of_an_address_or_a_header(secret in any::<String>()) {
            if let Ok(address) = filled("/x/{secret}/y", &secret, Place::Address) {
                prop_assert_eq!(address.matches(['/', '?', '#', '@', '\\', '\r', '\n', ' ']).count(), 3);
            }
            if let Ok(header) = filled("{secret}", &secret, Place::Header) {
                prop_assert!(!header.contains(['\r', '\n', '\0']));
            }
            let json = filled("{\"k\":\"{secret}\"}", &secret, Place::Json).unwrap();
            let read: serde_json::Value = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(read["k"].as_str(), Some(secret.as_str()));
        }
    }
}
