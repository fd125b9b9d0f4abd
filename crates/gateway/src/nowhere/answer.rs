//! What the world answers. Nobody who asks for data is hurt by it, and nobody who runs it stays unnoticed: a script makes a file
//! that nothing else makes.

use super::heard::Request;

/// What is made by whom, if what was answered is run.
#[derive(Debug, Clone)]
pub struct Baits {
    /// The file that is made when something that was fetched is run, by its path inside.
    pub fetched: String,
    /// The file that is made when what a connection is told is run as a command.
    pub told: String,
}

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: &'static str,
    pub(super) kind: &'static str,
    pub(super) body: Vec<u8>,
    pub(super) baited: bool,
}

/// Who hands out packages. They have none: what would be installed is known by its name.
const REGISTRIES: [&str; 22] = [
    "pypi.org",
    "files.pythonhosted.org",
    "registry.npmjs.org",
    "registry.yarnpkg.com",
    "registry.npmmirror.com",
    "rubygems.org",
    "index.rubygems.org",
    "proxy.golang.org",
    "sum.golang.org",
    "index.crates.io",
    "static.crates.io",
    "crates.io",
    "repo.maven.apache.org",
    "repo1.maven.org",
    "registry-1.docker.io",
    "conda.anaconda.org",
    "repo.anaconda.com",
    "deb.debian.org",
    "security.debian.org",
    "archive.ubuntu.com",
    "security.ubuntu.com",
    "dl-cdn.alpinelinux.org",
];

/// Whether a host hands out packages.
pub fn is_registry(host: &str) -> bool {
    REGISTRIES.contains(&host)
}

/// Endings of what is certainly not run.
const DATA: [&str; 14] =
    [".json", ".csv", ".txt", ".md", ".xml", ".yaml", ".yml", ".html", ".pdf", ".png", ".jpg", ".svg", ".css", ".toml"];

impl Baits {
    pub(super) fn answer(&self, request: &Request) -> Answer {
        let path = request.target.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
        if is_registry(&request.host) || path.contains("/info/refs") {
            let body = b"Not Found\n".to_vec();
            return Answer { status: "404 Not Found", kind: "text/plain", body, baited: false };
        }
        let head = String::from_utf8_lossy(&request.head).to_ascii_lowercase();
        let by_program = |name: &str| head.lines().any(|line| line.starts_with("user-agent:") && line.contains(name));
        let wants_data = head.lines().any(|line| line.starts_with("accept:") && line.contains("json"))
            || request.method != "GET"
            || path.starts_with("/api/")
            || path.starts_with("/v1")
            || path.starts_with("/v2")
            || request.host.starts_with("api.")
            || path == "/"
            || DATA.iter().any(|ending| path.ends_with(ending));
        let is_called = |ending: &str| path.rsplit_once('.').is_some_and(|(_, it)| it == ending);
        let (kind, body) = if ["pkl", "pickle", "joblib"].into_iter().any(is_called) {
            ("application/octet-stream", self.pickle())
        } else if is_called("py") || by_program("python") && !wants_data {
            ("text/plain", self.python())
        } else if ["js", "mjs", "cjs"].into_iter().any(is_called) || by_program("node") && !wants_data {
            ("text/javascript", self.javascript())
        } else if wants_data {
            ("application/json", self.data())
        } else {
            ("text/plain", self.shell())
        };
        Answer { status: "200 OK", kind, body, baited: true }
    }

    fn shell(&self) -> Vec<u8> {
        format!("#!/bin/sh\n: > '{}'\n", self.fetched).into_bytes()
    }

    fn python(&self) -> Vec<u8> {
        format!("open('{}', 'w').close()\n", self.fetched).into_bytes()
    }

    fn javascript(&self) -> Vec<u8> {
        let files = "(typeof require === 'undefined' ? process.getBuiltinModule('fs') : require('fs'))";
        format!("{files}.writeFileSync('{}', '');\n", self.fetched).into_bytes()
    }

    /// An object of Python whose loading opens a file.
    fn pickle(&self) -> Vec<u8> {
        format!("c__builtin__\nopen\n(S'{}'\nS'w'\ntR.", self.fetched).into_bytes()
    }

    /// Data, which tells when a shell runs it all the same: what stands between quotation marks is carried out there.
    fn data(&self) -> Vec<u8> {
        format!("{{\"ok\":1,\"items\":[],\"next\":\"$(: > '{}')\"}}\n", self.fetched).into_bytes()
    }

    /// What somebody is told who waits to be told something.
    pub(super) fn told(&self) -> Vec<u8> {
        format!(": > '{}'\n", self.told).into_bytes()
    }
}

impl Answer {
    pub(super) fn bytes(&self, without_body: bool) -> Vec<u8> {
        let mut bytes = format!(
            "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nServer: nginx\r\n\r\n",
            self.status,
            self.kind,
            self.body.len()
        )
        .into_bytes();
        if !without_body {
            bytes.extend_from_slice(&self.body);
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(method: &str, host: &str, target: &str, head: &str) -> String {
        let baits = Baits { fetched: "/home/sam/.cache/x".to_owned(), told: "/home/sam/.cache/y".to_owned() };
        let request = Request {
            host: host.to_owned(),
            port: 443,
            tls: true,
            method: method.to_owned(),
            target: target.to_owned(),
            head: head.as_bytes().to_vec(),
            body: Vec::new(),
            baited: false,
        };
        String::from_utf8(baits.answer(&request).body).unwrap()
    }

    #[test]
    fn who_asks_for_a_script_gets_one_that_tells_and_who_asks_for_data_gets_data() {
        assert!(answer("GET", "get.example", "/install.sh", "User-Agent: curl/8").starts_with("#!/bin/sh"));
        assert!(answer("GET", "get.example", "/x", "User-Agent: Python-urllib/3.11").starts_with("open("));
        assert!(answer("GET", "get.example", "/x.py", "User-Agent: curl/8").starts_with("open("));
        assert!(answer("GET", "get.example", "/x.mjs", "").contains("writeFileSync"));
        assert!(answer("GET", "get.example", "/x.pkl", "").starts_with("c__builtin__"));
        for data in [
            answer("POST", "get.example", "/x", ""),
            answer("GET", "api.example", "/x", ""),
            answer("GET", "get.example", "/list.json", ""),
            answer("GET", "get.example", "/x", "Accept: application/json"),
        ] {
            assert!(serde_json::from_str::<serde_json::Value>(&data).is_ok(), "{data}");
        }
        assert_eq!(answer("GET", "pypi.org", "/simple/x/", ""), "Not Found\n");
    }
}
