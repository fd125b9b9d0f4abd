//! Values in the query of an address. In `https://api.etherscan.io/api?module=account&apikey=…` the host says whose key
//! it is, and the parameter that it is one.

use std::ops::Range;

/// As far as an address is followed.
const LONGEST: usize = 512;

/// What the name of a parameter holds if its value opens something.
const OPENS: [&[u8]; 9] =
    [b"key", b"token", b"secret", b"auth", b"pass", b"access", b"appid", b"app_id", b"credential"];

/// Where the values start that the parameters of an address call credentials, if `host` is the host of an address.
pub(crate) fn values(text: &[u8], host: &Range<usize>) -> Vec<usize> {
    let before = text.get(host.start.saturating_sub(4)..host.start).unwrap_or_default();
    if !before.ends_with(b"//") && !before.ends_with(b"\\/\\/") {
        return Vec::new();
    }
    let rest = text.get(host.end..text.len().min(host.end + LONGEST)).unwrap_or_default();
    let mut out = Vec::new();
    let mut parameter = None;
    for (at, byte) in rest.iter().enumerate().take_while(|(_, byte)| belongs(**byte)) {
        match (byte, parameter) {
            (b'?' | b'&' | b';' | b'#', _) => parameter = Some(at + 1),
            (b'=', Some(from)) => {
                if opens(rest.get(from..at).unwrap_or_default()) {
                    out.push(host.end + at + 1);
                }
                parameter = None;
            }
            _ => {}
        }
    }
    out
}

fn belongs(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>')
}

fn opens(parameter: &[u8]) -> bool {
    OPENS.iter().any(|word| parameter.windows(word.len()).any(|it| it.eq_ignore_ascii_case(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, host: &str) -> Vec<String> {
        let start = text.find(host).unwrap();
        let rest = |at: usize| text.get(at..).unwrap().chars().take(3).collect();
        values(text.as_bytes(), &(start..start + host.len())).into_iter().map(rest).collect()
    }

    #[test]
    fn the_query_says_which_value_opens_something() {
        assert_eq!(found("https://api.scan.io/api?module=account&apikey=abc", "api.scan.io"), ["abc"]);
        assert_eq!(found("wss://n.io/v1?id=1&amp;access_token=xyz&b=2", "n.io"), ["xyz"]);
        assert_eq!(found(r"https:\/\/n.io\/v1?api_key=xyz", "n.io"), ["xyz"]);
        assert_eq!(found("https://n.io/#access_token=xyz", "n.io"), ["xyz"]);
    }

    #[test]
    fn what_is_no_query_says_nothing() {
        assert!(found("n.io/v1?apikey=abc", "n.io").is_empty());
        assert!(found("https://n.io/v1?page=abc&user=x", "n.io").is_empty());
        assert!(found("https://n.io/v1\" + key=abc", "n.io").is_empty());
        assert!(found("https://n.io/apikey=abc", "n.io").is_empty());
        let long = format!("https://n.io/{}?apikey=abc", "x".repeat(600));
        assert!(found(&long, "n.io").is_empty());
    }
}
