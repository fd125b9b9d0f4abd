//! Requests over HTTP that have a store remove what it keeps: a search index, a bucket, a project of a forge. Anybody's own
//! service is told to delete a thing every day, and that is not told here: it has to be the address of a store, by the
//! port that it is known by or by the path that only it has.

use crate::evaluate::{Machine, Value};
use portcullis_event::Hazard;

/// Ports that stores are known by: what is removed there is no test's own record.
const STORES: [u16; 14] = [9200, 9201, 5984, 8500, 2379, 8086, 8983, 8123, 8200, 6333, 8529, 7474, 2375, 6443];

/// Parts of paths that empty a store, whatever the method is.
const EMPTYING: [&str; 14] = [
    "_delete_by_query",
    "/_all",
    "/_drop",
    "delete_series",
    "clean_tombstones",
    "recurse=true",
    "?recurse",
    "stream.body=<delete>",
    "/dodelete",
    "delete_all",
    "deleteall",
    "/_purge",
    "/flushall",
    "/_cache/clear",
];

/// Hosts of clouds and forges, by the end of their names.
const PROVIDERS: [&str; 22] = [
    "api.github.com",
    "gitlab.com",
    "api.bitbucket.org",
    "codeberg.org",
    "amazonaws.com",
    "googleapis.com",
    "management.azure.com",
    "api.digitalocean.com",
    "api.cloudflare.com",
    "api.heroku.com",
    "api.vercel.com",
    "api.netlify.com",
    "api.supabase.com",
    "api.hetzner.cloud",
    "api.linode.com",
    "api.vultr.com",
    "api.fly.io",
    "api.machines.dev",
    "api.render.com",
    "api.stripe.com",
    "mongodb.com",
    "auth0.com",
];

/// Tells what a request removes, by its method, its address and what is sent with it.
pub(super) fn judge(machine: &mut Machine<'_>, method: &str, address: &Value, body: &Value) {
    let lower = address.text.to_ascii_lowercase();
    let rest = lower.split_once("://").map_or(lower.as_str(), |(_, rest)| rest);
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = crate::evaluate::split_port(authority.rsplit('@').next().unwrap_or_default());
    let path = format!("/{path}");
    let removes = method.eq_ignore_ascii_case("DELETE");
    let changes = removes || ["POST", "PUT", "PATCH"].iter().any(|it| method.eq_ignore_ascii_case(it));
    let is_store = port.is_some_and(|port| STORES.contains(&port));
    let is_provider = PROVIDERS.iter().any(|end| host == *end || host.ends_with(&format!(".{end}")));
    let forge = path.starts_with("/api/v4/projects")
        || path.starts_with("/api/v1/repos")
        || path.starts_with("/rest/api/1.0/projects");
    // What a search index answers to a scroll or a ticket is thrown away again by its own request.
    let is_ticket = ["/_search/scroll", "/_pit", "/_async_search", "/_tasks"].iter().any(|part| path.starts_with(part));
    if removes && (is_store || is_provider || forge) && !is_ticket {
        machine.danger(Hazard::Infrastructure, format!("{host} is told to remove something"));
    } else if changes && EMPTYING.iter().any(|part| path.contains(part)) {
        machine.danger(Hazard::Infrastructure, format!("{host} is told to remove all that it keeps"));
    } else if (is_store || path.contains("/query") || path.contains("/sql"))
        && (super::empties(&body.text) || super::empties(&query(&path)))
    {
        machine.danger(Hazard::Infrastructure, format!("{host} is told to remove tables or what they hold"));
    }
}

/// What stands behind `q=` or `query=`, with blanks as blanks.
fn query(path: &str) -> String {
    let behind = ["?q=", "&q=", "?query=", "&query="].iter().find_map(|name| path.split_once(name));
    let text = behind.map(|(_, rest)| rest.split('&').next().unwrap_or_default()).unwrap_or_default();
    text.replace(['+'], " ").replace("%20", " ")
}
