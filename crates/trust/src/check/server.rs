//! MCP servers as agents are configured with them: how each is started, from what, and whether it is the same tomorrow.

use super::command::{self, When};
use super::page::Desk;
use super::source;
use crate::found::Findings;
use crate::node::Node;
use crate::rule;
use crate::server::{Launch, Server, pin};

/// Looks into every server of a table of servers.
pub(crate) fn look_all(servers: &Node, path: &str, desk: Desk<'_>, out: &mut Findings) {
    for server in Server::all(servers) {
        look(&server, path, desk, out);
    }
}

pub(crate) fn look(server: &Server<'_>, path: &str, desk: Desk<'_>, out: &mut Findings) {
    if let Launch::Command { words, .. } = &server.launch {
        command::look_words(words, path, &server.span, When::ByItself, desk.ground, out);
        // What is of the makers of the protocol is called by its name alone everywhere; a lock tells when it changes.
        if let Some(what) = pin::unpinned(words).filter(|_| !words.iter().any(|word| source::is_known(word))) {
            let message = format!("The MCP server `{}` starts {what}.", server.name);
            out.add(&rule::UNPINNED, path, server.span.clone(), &words.join(" "), message);
        }
    }
    if let Launch::Command { words, .. } = &server.launch
        && let Some((word, known)) = words.iter().find_map(|word| Some((word, source::nearly(word)?)))
    {
        let message = format!("The MCP server `{}` starts `{word}`, which is nearly `{known}`.", server.name);
        out.add(&rule::IMPERSONATION, path, server.span.clone(), word, message);
    }
    for (name, value) in &server.environment {
        let Some(text) = value.text().filter(|text| !text.contains("${") && text.len() >= 16) else { continue };
        if !desk.secrets.look(format!("{name}={text}").as_bytes(), None).hits.is_empty() {
            let message = format!("The MCP server `{}` is given a secret in the clear, as `{name}`.", server.name);
            out.add(&rule::SERVER_SECRET, path, value.span.clone(), text, message);
        }
    }
    if let Launch::Url(url) = &server.launch
        && url.starts_with("http://")
        && !["localhost", "127.0.0.1", "[::1]", "host.docker.internal"]
            .iter()
            .any(|here| url.strip_prefix("http://").is_some_and(|rest| rest.starts_with(here)))
    {
        let message = format!("The MCP server `{}` is spoken to in the clear.", server.name);
        out.add(&rule::PLAIN_HTTP, path, server.span.clone(), url, message);
    }
}
