//! Scripts that take secrets and speak to the network: what no command shows, because a program builds the path or the request.

use crate::found::Findings;
use crate::rule;

/// Whole environments, as they are taken rather than handed on to a child.
const ENVIRONMENTS: [&str; 12] = [
    "os.environ.items()",
    "dict(os.environ)",
    "json.dumps(os.environ",
    "str(os.environ)",
    "os.environ.copy())",
    "**os.environ}",
    "JSON.stringify(process.env)",
    "Object.entries(process.env)",
    "stringify({ env: process.env",
    "env: process.env }",
    "ENV.to_h",
    "json_encode($_ENV",
];

/// Parts of names of files of keys, as programs write them.
const FILES: [&str; 31] = [
    "dump-keychain",
    "pbpaste",
    "/**/.env\"",
    "\"**/.env",
    "xclip -o",
    "\".ssh\"",
    "'.ssh'",
    "/.ssh/",
    "id_rsa",
    "id_ed25519",
    ".aws/credentials",
    "\".aws\"",
    "'.aws'",
    ".netrc",
    ".npmrc",
    ".pypirc",
    ".kube/config",
    ".docker/config.json",
    ".git-credentials",
    ".gnupg",
    "Login Data",
    "cookies.sqlite",
    "Cookies\"",
    "wallet.dat",
    "key4.db",
    "logins.json",
    ".config/gh/hosts",
    "/etc/shadow",
    ".claude/.credentials",
    ".codex/auth.json",
    "Local State\"",
];

/// Variables that hold keys of whole accounts.
const KEYS: [&str; 8] = [
    "AWS_SECRET_ACCESS_KEY",
    "ANTHROPIC_API_KEY",
    "OPENAI_API_KEY",
    "GITHUB_TOKEN",
    "NPM_TOKEN",
    "SSH_PRIVATE_KEY",
    "STRIPE_SECRET_KEY",
    "DATABASE_URL",
];

/// Calls that send.
const SENDS: [&str; 22] = [
    "requests.post(",
    "requests.put(",
    "httpx.post(",
    "urlopen(",
    "http.client",
    "https.request(",
    "http.request(",
    "axios.post(",
    "fetch(",
    "socket.socket(",
    "smtplib",
    "ftplib",
    "paramiko",
    "sendBeacon",
    "net.connect(",
    "WebSocket(",
    "aiohttp",
    "boto3",
    "Net::HTTP",
    "curl_exec",
    "urllib.request.Request(",
    "dgram.createSocket",
];

/// Names that are looked up, with something in them.
const LOOKUPS: [&str; 5] = ["gethostbyname(", "getaddrinfo(", "dns.resolve(", "dns.lookup(", "resolver.resolve("];

/// Looks for a script that has both.
pub(crate) fn look(text: &str, path: &str, out: &mut Findings) {
    let find = |words: &[&str]| words.iter().filter_map(|word| text.find(word)).min();
    let sends = find(&SENDS);
    let taken = find(&ENVIRONMENTS).or_else(|| find(&FILES));
    if let (Some(at), Some(_)) = (taken, sends) {
        report(text, path, at, "takes keys or the whole environment, and speaks to the network", out);
        return;
    }
    if let (Some(at), Some(_)) = (find(&KEYS).or(taken), find(&LOOKUPS)) {
        report(text, path, at, "takes a key, and looks up names that it builds", out);
    }
}

fn report(text: &str, path: &str, at: usize, what: &str, out: &mut Findings) {
    if out.list.iter().any(|found| found.path == path && found.hit.rule.as_str() == rule::EXFILTRATION.id) {
        return;
    }
    let end = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| at + end);
    let value = text.get(at..end).unwrap_or_default();
    out.add(&rule::EXFILTRATION, path, at..end, value, format!("A script {what}."));
}
