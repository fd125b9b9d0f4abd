//! Where a key stands in a request. A client that knows nothing of this gate sends it where it sends its provider's: then the
//! provider's own takes that place later. One that has a provider's of its own sends ours in a header beside it.

use super::key::holds_one;
use crate::egress::http::head::Head;
use portcullis_event::Secret;

/// The header that is ours alone.
const OWN: &str = "x-portcullis-key";

/// The headers that keys of providers are sent in.
const USUAL: [&str; 4] = ["x-api-key", "authorization", "api-key", "x-goog-api-key"];

/// What a request shows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Claim {
    /// The key, or what stands where one would.
    key: Option<Secret<String>>,
    /// Whether it stands in our own header.
    is_beside: bool,
    /// Whether it stands where a provider's key does.
    in_place: bool,
}

/// Two keys, or one that a provider would be shown.
pub(crate) type Odd = &'static str;

const DIFFER: Odd = "it shows two keys that differ";

impl Claim {
    /// Reads what a request shows.
    pub(crate) fn of(head: &Head) -> Result<Self, Odd> {
        if elsewhere(head) {
            return Err("a key of this gate stands where none belongs");
        }
        let own: Vec<&[u8]> = head.values(OWN).collect();
        let usual = usual(head)?;
        let shown = own.first().or(usual.first());
        let Some(shown) = shown else { return Ok(Self::default()) };
        let differs = |other: &&[u8]| other != shown;
        // A provider's own key beside ours is the client's business, unless it stands where ours would be replaced.
        let is_ours = !own.is_empty() || usual.iter().any(|value| holds_one(value));
        let rival = if own.is_empty() {
            usual.iter().any(differs)
        } else {
            usual.iter().any(|it| holds_one(it) && differs(it))
        };
        if own.iter().any(differs) || is_ours && rival {
            return Err(DIFFER);
        }
        let in_place = own.is_empty() || usual.contains(shown);
        let key = Secret::new(String::from_utf8_lossy(shown).into_owned());
        Ok(Self { key: Some(key), is_beside: !own.is_empty(), in_place })
    }

    /// The key, or what stands where one would.
    pub(crate) fn key(&self) -> Option<&str> {
        self.key.as_ref().map(|key| key.expose().as_str())
    }

    /// Whether it can only be meant for this gate.
    pub(crate) fn is_for_us(&self) -> bool {
        self.is_beside || self.key().is_some_and(|key| holds_one(key.as_bytes()))
    }

    /// Whether it stands where a provider's key does, which has to take its place.
    pub(crate) fn is_in_place(&self) -> bool {
        self.in_place
    }

    /// Takes it out of the request.
    pub(crate) fn strip(&self, head: &mut Head) {
        let Some(key) = self.key() else { return };
        head.headers.retain(|(name, value)| {
            let is_usual = USUAL.iter().any(|usual| name.eq_ignore_ascii_case(usual));
            !(name.eq_ignore_ascii_case(OWN) || is_usual && bare(name, value) == key.as_bytes())
        });
        let Some((path, query)) = head.second.split_once('?') else { return };
        let rest: Vec<&str> = query.split('&').filter(|part| part.strip_prefix("key=") != Some(key)).collect();
        head.second = if rest.is_empty() { path.to_owned() } else { format!("{path}?{}", rest.join("&")) };
    }
}

/// The key in the value of a header.
fn bare<'v>(name: &str, value: &'v [u8]) -> &'v [u8] {
    let is_bearer = name.eq_ignore_ascii_case("authorization")
        && value.get(..7).is_some_and(|front| front.eq_ignore_ascii_case(b"bearer "));
    if is_bearer { value.get(7..).unwrap_or_default().trim_ascii() } else { value }
}

/// All that stands where providers' keys do.
fn usual(head: &Head) -> Result<Vec<&[u8]>, Odd> {
    let mut all: Vec<&[u8]> = Vec::new();
    for name in USUAL {
        all.extend(head.values(name).map(|value| bare(name, value)));
    }
    let query = head.second.split_once('?').map_or("", |(_, query)| query);
    let mut named = query.split('&').filter_map(|part| part.strip_prefix("key="));
    all.extend(named.next().map(str::as_bytes));
    // Of two, one server takes the first and another one the last.
    if named.next().is_some() { Err("its query has two keys") } else { Ok(all) }
}

/// Whether a key of ours stands where it would go on to a server.
fn elsewhere(head: &Head) -> bool {
    let is_place = |name: &str| name.eq_ignore_ascii_case(OWN) || USUAL.iter().any(|it| name.eq_ignore_ascii_case(it));
    let in_header =
        head.headers.iter().any(|(name, value)| !is_place(name) && holds_one(value) || holds_one(name.as_bytes()));
    let (path, query) = head.second.split_once('?').unwrap_or((&head.second, ""));
    let in_query = query.split('&').any(|part| !part.starts_with("key=") && holds_one(part.as_bytes()));
    in_header || in_query || holds_one(path.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::egress::http::head::{Read, request};
    use crate::who::fresh;
    use proptest::prelude::*;

    fn head(path: &str, headers: &str) -> Head {
        let text = format!("POST {path} HTTP/1.1\r\nHost: a\r\n{headers}\r\n");
        let Ok(Read::Whole(head, _)) = request(text.as_bytes()) else { panic!("{text}") };
        head
    }

    fn key(number: u8) -> String {
        fresh([number; 20]).unwrap().expose().clone()
    }

    fn stripped(path: &str, headers: &str) -> (Option<String>, bool, String) {
        let mut head = head(path, headers);
        let claim = Claim::of(&head).unwrap();
        claim.strip(&mut head);
        (claim.key().map(str::to_owned), claim.is_in_place(), String::from_utf8(head.bytes()).unwrap())
    }

    #[test]
    fn a_key_is_found_in_each_place_and_taken_out_of_it() {
        let key = key(1);
        for header in
            ["x-api-key: ", "Authorization: Bearer ", "AUTHORIZATION: bearer  ", "api-key: ", "X-Goog-Api-Key:"]
        {
            let (found, in_place, rest) = stripped("/v1/messages?beta=true", &format!("{header}{key}\r\nX: y\r\n"));
            assert_eq!((found.as_deref(), in_place), (Some(key.as_str()), true), "{header}");
            assert_eq!(rest, "POST /v1/messages?beta=true HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n", "{header}");
        }
        for (path, left) in [("/a?key=K", "/a"), ("/a?alt=sse&key=K", "/a?alt=sse"), ("/a?key=K&alt=sse", "/a?alt=sse")]
        {
            let (found, in_place, rest) = stripped(&path.replace('K', &key), "");
            assert_eq!((found.as_deref(), in_place), (Some(key.as_str()), true), "{path}");
            assert!(rest.starts_with(&format!("POST {left} HTTP")), "{rest}");
        }
    }

    #[test]
    fn what_the_client_has_of_its_own_stays_beside_ours() {
        let key = key(1);
        let (found, in_place, rest) =
            stripped("/a", &format!("X-Portcullis-Key: {key}\r\nAuthorization: Bearer theirs\r\n"));
        assert_eq!((found.as_deref(), in_place), (Some(key.as_str()), false));
        assert!(rest.contains("Bearer theirs") && !rest.contains(&key), "{rest}");
        let both = format!("X-Portcullis-Key: {key}\r\nx-api-key: {key}\r\nAuthorization: Bearer theirs\r\n");
        let (_, in_place, rest) = stripped("/a", &both);
        assert!(in_place && rest.contains("theirs") && !rest.contains(&key), "{rest}");
    }

    #[test]
    fn two_keys_that_differ_are_none() {
        let (one, two) = (key(1), key(2));
        for (path, headers) in [
            ("/", format!("x-api-key: {one}\r\nx-api-key: {two}\r\n")),
            ("/", format!("x-api-key: {one}\r\nAuthorization: Bearer {two}\r\n")),
            ("/", format!("x-api-key: {one}\r\nAuthorization: Bearer theirs\r\n")),
            ("/", format!("x-portcullis-key: {one}\r\nx-portcullis-key: {two}\r\n")),
            ("/", format!("x-portcullis-key: {one}\r\nx-api-key: {two}\r\n")),
            ("/", format!("x-portcullis-key: {one}\r\nx-api-key: {}\r\n", one.to_lowercase())),
            ("/?key=TWO", format!("x-api-key: {one}\r\n")),
            ("/?key=TWO&key=TWO", String::new()),
        ] {
            let read = Claim::of(&head(&path.replace("TWO", &two), &headers));
            assert!(read.is_err(), "{path} {headers}");
        }
        assert!(Claim::of(&head("/", &format!("x-api-key: {one}\r\nAuthorization: Bearer {one}\r\n"))).is_ok());
        // Two of others are theirs.
        assert!(Claim::of(&head("/", "x-api-key: a\r\nAuthorization: Bearer b\r\n")).is_ok());
    }

    #[test]
    fn a_key_stands_nowhere_else() {
        let key = key(1);
        for (path, headers) in [
            ("/", format!("Cookie: a={key}\r\n")),
            ("/", format!("X-Other: x{}\r\n", key.to_uppercase())),
            ("/", format!("{key}: x\r\n")),
            ("/KEY", String::new()),
            ("/?token=KEY", String::new()),
            ("/?Key=KEY", String::new()),
        ] {
            assert!(Claim::of(&head(&path.replace("KEY", &key), &headers)).is_err(), "{path} {headers}");
        }
    }

    proptest! {
        #[test]
        fn whatever_a_request_shows_no_key_of_ours_is_left_in_what_goes_on(
            shown in proptest::collection::vec((0_usize..11, 0_usize..5), 0..5),
        ) {
            let (one, two) = (key(1), key(2));
            let values = [one.clone(), two, "theirs".to_owned(), one.to_lowercase(), format!("{one}{one}")];
            let names = ["x-portcullis-key: ", "X-Portcullis-Key:", "x-api-key: ", "authorization: Bearer ", "authorization: Basic ",
                "api-key: ", "x-goog-api-key: ", "cookie: a="];
            let (mut headers, mut query) = (Vec::new(), vec!["alt=sse".to_owned()]);
            for (place, value) in shown {
                match (names.get(place), &values[value]) {
                    (Some(name), value) => headers.push(format!("{name}{value}\r\n")),
                    (None, value) if place == 8 => query.push(format!("key={value}")),
                    (None, value) if place == 9 => query.push(format!("Key={value}")),
                    (None, value) => query.push(value.clone()),
                }
            }
            let mut head = head(&format!("/v1/messages?{}", query.join("&")), &headers.concat());
            let Ok(claim) = Claim::of(&head) else { return Ok(()) };
            // Only who shows a key as it was made is let in; where none is asked for, nobody who shows anything like one is.
            let is_let_in = claim.key() == Some(one.as_str()) || !claim.is_for_us();
            if is_let_in {
                if claim.is_for_us() {
                    claim.strip(&mut head);
                }
                prop_assert!(!holds_one(&head.bytes()), "{}", String::from_utf8_lossy(&head.bytes()));
            }
        }
    }
}
