//! What opens a part of a cloud to everybody. That a website is served to everybody is what it is for; that everybody may
//! log in, or write, is not.

use crate::evaluate::Call;

/// Everybody.
const EVERYBODY: [&str; 7] = ["0.0.0.0/0", "::/0", "0.0.0.0", "*", "internet", "any", "allusers"];

/// Ports by which somebody gets in, or at data, and words for all of them.
const SENSITIVE: [&str; 31] = [
    "-1", "all", "any", "*", "0-65535", "1-65535", "0-65536", "1-65536", "22", "2222", "23", "21", "445", "135", "139",
    "3389", "5900", "5985", "5986", "3306", "5432", "1433", "1521", "27017", "6379", "9200", "11211", "2375", "2379",
    "6443", "10250",
];

/// Words that make a rule of a firewall.
const RULES: [&str; 13] = [
    "authorize-security-group-ingress",
    "firewall-rules",
    "firewall-rule",
    "firewall",
    "firewalls",
    "nsg",
    "security-group-rule",
    "security-list",
    "network-security-group",
    "add-rules",
    "add-rule",
    "authorized-networks",
    "modify-security-group-rules",
];

/// Whether one of the ports or protocols that are named lets somebody in who should not be.
fn names_sensitive(call: &Call) -> bool {
    let is_about =
        |name: &str| ["port", "protocol", "allow", "rule", "permission"].iter().any(|part| name.contains(part));
    let mut counts = false;
    for word in call.args() {
        let lower = word.text.to_ascii_lowercase();
        let is_option = lower.starts_with("--");
        if is_option {
            counts = is_about(&lower) && !lower.contains("source");
        }
        let value = if is_option { lower.split_once('=').map_or("", |(_, value)| value) } else { lower.as_str() };
        let mut pieces = value.split([' ', '=', ',', ';', ':', '"', '[', ']', '{', '}']);
        if counts && pieces.any(|piece| SENSITIVE.contains(&piece)) {
            return true;
        }
    }
    false
}

/// What is said of a call that opens something to everybody.
pub(super) fn made(call: &Call, words: &[String]) -> Option<&'static str> {
    let all: Vec<String> = call.args().iter().map(|word| word.text.to_ascii_lowercase()).collect();
    let text = all.join(" ");
    let squeezed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let has = |parts: &[&str]| parts.iter().any(|part| squeezed.contains(part));
    let pieces: Vec<&str> =
        text.split([' ', '=', ',', ';', ':', '"', '[', ']', '{', '}']).filter(|it| !it.is_empty()).collect();
    let is_rule = words.iter().take(5).any(|word| RULES.contains(&word.as_str()))
        && !words.iter().take(5).any(|word| matches!(word.as_str(), "list" | "show" | "describe" | "get" | "delete"));
    // A network of version 6 holds the sign that parts the rest.
    let everybody = pieces.iter().any(|piece| EVERYBODY.contains(piece)) || text.contains("::/0");
    let implied = words.iter().any(|word| word == "firewall-rules") && !text.contains("--source");
    let whole = text.contains("0.0.0.0") && text.contains("255.255.255.255");
    if is_rule && (whole || ((everybody || implied) && names_sensitive(call))) {
        return Some("everybody may connect to machines of a cloud");
    }
    if has(&["authorized-networks=0.0.0.0/0", "authorized-networks0.0.0.0/0"]) {
        return Some("everybody may connect to a database of a cloud");
    }
    if has(&[
        "public-read-write",
        "acl=public_read_write",
        "allusers:objectadmin",
        "allusers:admin",
        "allusers:w",
        "allusers:fc",
        "allusers:legacybucketowner",
    ]) {
        return Some("everybody may write to a bucket");
    }
    let blocks =
        words.iter().any(|word| word == "put-public-access-block" || word == "put-account-public-access-block");
    if blocks && squeezed.contains("false") {
        return Some("what keeps buckets from becoming public is switched off");
    }
    let is_policy = words
        .iter()
        .any(|word| matches!(word.as_str(), "put-bucket-policy" | "set-queue-attributes" | "add-permission"));
    let to_all = has(&["\"principal\":\"*\"", "\"principal\":{\"aws\":\"*\"}", "--principal*"]);
    if is_policy
        && to_all
        && has(&["\"action\":\"s3:*\"", "\"action\":\"*\"", "putobject", "deleteobject", "sqs:*", "invokefunction"])
    {
        return Some("everybody may change what is kept in a cloud");
    }
    let unprotects = [
        "--no-deletion-protection",
        "--deletion-protection=false",
        "--no-enable-deletion-protection",
        "--no-disable-api-termination",
        "--no-enable-termination-protection",
        "--http-tokensoptional",
        "--http-tokens=optional",
        "--allow-blob-public-accesstrue",
        "--allow-blob-public-access=true",
        "--enable-purge-protectionfalse",
        "--default-actionallow",
        "--public-network-accessenabled",
        "--publicly-accessible",
    ];
    // A machine that is made may be meant to be reached.
    let makes = words.iter().take(4).any(|word| word.starts_with("create") || word.starts_with("run-"));
    (has(&unprotects) && !makes).then_some("a guard of something in a cloud is taken off")
}
