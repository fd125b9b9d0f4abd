//! Where plugins come from, and whether somebody passes for somebody else.

use crate::found::Findings;
use crate::node::Node;
use crate::rule;

/// Names that people trust, and where what is theirs lies.
const MAKERS: [(&str, &str); 6] = [
    ("anthropic", "anthropics/"),
    ("claude-official", "anthropics/"),
    ("openai", "openai/"),
    ("github-official", "github/"),
    ("google-official", "google"),
    ("microsoft", "microsoft/"),
];

/// Looks into a marketplace.
pub(crate) fn marketplace(node: &Node, path: &str, out: &mut Findings) {
    let mut names = vec![node.get("name")];
    names.push(node.get("owner").and_then(|owner| owner.get("name")));
    let claimed = names.into_iter().flatten().find_map(|name| {
        let text = name.text()?.to_lowercase();
        MAKERS.iter().find(|(maker, _)| text.contains(maker)).map(|(maker, home)| (name, *maker, *home))
    });
    for plugin in node.get("plugins").map(Node::items).unwrap_or_default() {
        let Some(source) = plugin.get("source") else { continue };
        let mut texts = Vec::new();
        source.texts("source", &mut texts);
        let place = texts.iter().filter_map(|(_, node)| node.text()).find(|text| text.contains('/'));
        let Some(place) = place.filter(|place| !place.starts_with('.')) else { continue };
        if let Some((name, maker, home)) = claimed.filter(|(_, _, home)| !place.contains(home)) {
            let message = format!(
                "It is called like something of `{maker}`, and what it installs comes from elsewhere than `{home}`."
            );
            out.add(&rule::IMPERSONATION, path, name.span.clone(), place, message);
        }
        let is_table = source.text().is_none();
        let version = source.get("ref").and_then(Node::text).is_some_and(is_version);
        if is_table && !version && source.first_of(&["sha", "sha256"]).is_none() && !place.contains("localhost") {
            let message = format!("A plugin is installed from `{place}` in whatever state it is.");
            out.add(&rule::MARKETPLACE, path, source.span.clone(), place, message);
        }
    }
}

/// Whether a tag names a version, which by custom stays what it is.
fn is_version(tag: &str) -> bool {
    let number = tag.trim_start_matches('v');
    number.contains('.') && number.starts_with(|it: char| it.is_ascii_digit())
}

/// Packages of servers and agents that many use.
const KNOWN: [&str; 22] = [
    "@modelcontextprotocol/server-filesystem",
    "@modelcontextprotocol/server-github",
    "@modelcontextprotocol/server-memory",
    "@modelcontextprotocol/server-postgres",
    "@modelcontextprotocol/server-puppeteer",
    "@modelcontextprotocol/server-sequential-thinking",
    "@modelcontextprotocol/server-everything",
    "@modelcontextprotocol/server-brave-search",
    "@modelcontextprotocol/server-slack",
    "@modelcontextprotocol/inspector",
    "@playwright/mcp",
    "@upstash/context7-mcp",
    "@anthropic-ai/claude-code",
    "@anthropic-ai/sdk",
    "@openai/codex",
    "@google/gemini-cli",
    "@notionhq/notion-mcp-server",
    "@supabase/mcp-server-supabase",
    "@sentry/mcp-server",
    "mcp-server-fetch",
    "mcp-server-git",
    "mcp-server-time",
];

/// Whether a word is the name of a package that many use.
pub(crate) fn is_known(word: &str) -> bool {
    KNOWN.contains(&word)
}

/// The package that a name nearly is.
pub(crate) fn nearly(word: &str) -> Option<&'static str> {
    let scope = word.starts_with('@');
    let name = word.get(1..).and_then(|rest| rest.rfind('@')).map_or(word, |at| word.get(..=at).unwrap_or(word));
    let name = name.split("==").next().unwrap_or(name).to_ascii_lowercase();
    if name.len() < 10 || KNOWN.contains(&name.as_str()) {
        return None;
    }
    KNOWN.iter().copied().find(|known| known.starts_with('@') == scope && is_near(&name, known))
}

/// Whether two names differ by one letter, or by two that changed places.
fn is_near(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let head = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (one, other) = (one.get(head..).unwrap_or_default(), other.get(head..).unwrap_or_default());
    let tail = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
    let one = one.get(..one.len() - tail).unwrap_or_default();
    let other = other.get(..other.len() - tail).unwrap_or_default();
    match (one, other) {
        ([_], [] | [_]) | ([], [_]) => true,
        ([a, b], [c, d]) => a == d && b == c,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_one_letter_off_is_seen_and_the_name_itself_is_not() {
        for word in [
            "@modelcontextprotocol/server-filesytem",
            "@modelcontextprotcol/server-github@1.0.0",
            "mcp-server-gti",
            "@antropic-ai/claude-code",
        ] {
            assert!(nearly(word).is_some(), "{word}");
        }
        for word in [
            "@modelcontextprotocol/server-github@1.0.0",
            "mcp-server-git==0.6.2",
            "mcp-server-sqlite",
            "-y",
            "@acme/server",
        ] {
            assert_eq!(nearly(word), None, "{word}");
        }
    }
}
