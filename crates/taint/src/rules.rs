//! What policy has to say, as questions. Whoever has a policy answers them.

use portcullis_event::{AbsPath, Host};
use std::fmt;

/// What policy says about sources and receivers.
pub trait Rules: fmt::Debug {
    /// Whether text from a host is believed like the user's own.
    fn trusts_host(&self, host: &Host) -> bool;
    /// Whether text from an MCP server is.
    fn trusts_server(&self, server: &str) -> bool;
    /// Whether what lies in a file is, wherever it comes from.
    fn trusts_file(&self, path: &AbsPath) -> bool;
    /// Whether what lies in a file must not get outside: what policy does not open, masks, or calls so.
    fn is_sensitive_file(&self, path: &AbsPath) -> bool;
    /// Whether what an MCP server tells must not.
    fn is_sensitive_server(&self, server: &str) -> bool;
    /// Whether policy names a host by itself as one that may be reached.
    fn names_host(&self, host: &Host, port: Option<u16>) -> bool;
    /// Whether policy names an MCP server by itself as one that may be used.
    fn names_server(&self, server: &str) -> bool;
}

/// Where a session works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The folder that its commands begin in.
    pub cwd: AbsPath,
    /// What it works on: the repository, or else the folder that it began in.
    pub workspace: AbsPath,
    /// The home of the user.
    pub home: AbsPath,
}

impl Places {
    /// Whether a path is part of what is worked on.
    pub(crate) fn is_within(&self, path: &AbsPath) -> bool {
        path.is_within(&self.workspace)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn path(text: &str) -> AbsPath {
        AbsPath::parse(text).unwrap()
    }

    /// A policy for tests: the home is private but for tools, one host and one server are named.
    #[derive(Debug)]
    pub(crate) struct Plain;

    impl Rules for Plain {
        fn trusts_host(&self, host: &Host) -> bool {
            host.as_str() == "docs.corp.example"
        }
        fn trusts_server(&self, server: &str) -> bool {
            server == "handbook"
        }
        fn trusts_file(&self, _: &AbsPath) -> bool {
            false
        }
        fn is_sensitive_file(&self, path: &AbsPath) -> bool {
            path.file_name() == ".env"
                || path.as_str().starts_with("/home/ada/") && !path.as_str().starts_with("/home/ada/app")
        }
        fn is_sensitive_server(&self, server: &str) -> bool {
            matches!(server, "postgres" | "mail")
        }
        fn names_host(&self, host: &Host, _: Option<u16>) -> bool {
            matches!(host.as_str(), "github.com" | "docs.example")
        }
        fn names_server(&self, server: &str) -> bool {
            server != "stranger"
        }
    }

    pub(crate) fn places() -> Places {
        Places { cwd: path("/home/ada/app"), workspace: path("/home/ada/app"), home: path("/home/ada") }
    }
}
