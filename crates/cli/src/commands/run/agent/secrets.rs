//! Keys in settings that are taken along: each is replaced by a word that says so. A run holds a key only if somebody
//! handed it in.

use portcullis_event::FindingKind;
use portcullis_inspect::{Inspection, Kinds};

/// What stands in the place of a key.
const INSTEAD: &str = "portcullis-placeholder";

/// Looks for keys only.
const SECRETS: Kinds = Kinds { secrets: true, personal_data: false, injection: false };

/// The text with every key replaced. What is no text has none that an agent reads from its settings.
pub(super) fn replaced(bytes: &[u8], name: &str) -> Vec<u8> {
    let hits = Inspection::new(SECRETS).of_files().look(bytes, Some(name)).hits;
    let mut spans: Vec<_> =
        hits.into_iter().filter(|hit| hit.kind == FindingKind::Secret).map(|hit| hit.span).collect();
    spans.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    for span in spans {
        if span.start >= at {
            out.extend_from_slice(bytes.get(at..span.start).unwrap_or_default());
            out.extend_from_slice(INSTEAD.as_bytes());
        }
        at = at.max(span.end);
    }
    out.extend_from_slice(bytes.get(at..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_replaced_and_the_rest_stays() {
        let key = ["sk-ant-", "api03-", &"Zk3".repeat(31), "AA"].concat();
        let text = format!("{{\"env\": {{\"ANTHROPIC_AUTH_TOKEN\": \"{key}\"}}, \"theme\": \"dark\"}}");
        let out = String::from_utf8(replaced(text.as_bytes(), "settings.json")).unwrap();
        assert_eq!(out, format!("{{\"env\": {{\"ANTHROPIC_AUTH_TOKEN\": \"{INSTEAD}\"}}, \"theme\": \"dark\"}}"));
        let plain = b"model = \"gpt\"\n\xff\0".to_vec();
        assert_eq!(replaced(&plain, "config.toml"), plain);
    }
}
