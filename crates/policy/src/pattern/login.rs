//! Logins, as `user@server`: what they mean where the server is known, and where it is not.
//!
//! Servers have no case. Of a server that nobody knows a list that allows means only all of them, and a list that asks or
//! denies means each that its user could log in to: leaving out which server it is must not be a way around.

use super::wildcard::Wildcard;
use super::{BadPattern, Breadth, Set};
use crate::config::Item;
use crate::source::Places;

/// How a name begins that is a key's fingerprint.
const FINGERPRINT: &str = "SHA256:";

/// A login.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Login<'a> {
    pub(crate) user: &'a str,
    pub(crate) server: Server<'a>,
}

/// One name of the server, or what is not known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Server<'a> {
    /// A name, or the fingerprint of its key.
    Named(&'a str),
    /// Its key is known, and no name of it.
    Nameless,
    /// It has a name that is kept under a hash, and that is none of those which policy names.
    Hashed,
    /// Nothing is known of it.
    Unknown,
}

/// Many patterns of logins.
#[derive(Debug, Default)]
pub(crate) struct LoginSet(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    number: usize,
    /// As it is written, with a server that has no case.
    certain: Wildcard,
    /// With a user that has none either.
    possible: Wildcard,
    /// Whether it means a server by its key.
    is_key: bool,
    /// Whether it means one server by its name.
    is_name: bool,
}

impl Set for LoginSet {
    type Value<'a> = Login<'a>;

    fn insert(&mut self, number: usize, item: &Item, _: &Places) -> Result<(), BadPattern> {
        let written = Wildcard::parse(&item.name)?;
        // A range of characters may run backwards without case; then it is taken as it is written.
        let certain = Wildcard::parse(&without_case(&item.name)).unwrap_or(written);
        let possible = Wildcard::parse(&item.name.to_lowercase()).unwrap_or_else(|_| certain.clone());
        let is_key = item.name.rsplit_once('@').is_some_and(|(_, server)| server.starts_with(FINGERPRINT));
        self.0.push(Entry { number, certain, possible, is_key, is_name: server_named(&item.name).is_some() });
        Ok(())
    }

    fn find(&self, login: Login<'_>, breadth: Breadth) -> Option<usize> {
        let fits: Box<dyn Fn(&Entry) -> bool> = match (login.server, breadth) {
            (Server::Named(server), _) => {
                let certain = format!("{}@{}", login.user, server.to_lowercase());
                let possible = certain.to_lowercase();
                let broad = breadth == Breadth::Broad;
                Box::new(move |it| it.certain.matches(&certain) || broad && it.possible.matches(&possible))
            }
            (Server::Nameless | Server::Hashed | Server::Unknown, Breadth::Narrow) => {
                // A pattern that fits both no name and one that no server has ends with what stands for anything.
                let ends = ["", "?"].map(|server| format!("{}@{server}", login.user));
                Box::new(move |it| ends.iter().all(|login| it.certain.matches(login)))
            }
            (server @ (Server::Nameless | Server::Hashed | Server::Unknown), Breadth::Broad) => {
                let certain = format!("{}@", login.user);
                let possible = certain.to_lowercase();
                Box::new(move |it| {
                    let is_another = match server {
                        Server::Unknown | Server::Named(_) => false,
                        Server::Nameless => it.is_key,
                        Server::Hashed => it.is_key || it.is_name,
                    };
                    !is_another && (it.certain.may_begin(&certain) || it.possible.may_begin(&possible))
                })
            }
        };
        self.0.iter().filter(|entry| fits(entry)).map(|entry| entry.number).min()
    }
}

/// The one server that a pattern means by its name.
pub(crate) fn server_named(pattern: &str) -> Option<String> {
    let (user, server) = pattern.rsplit_once('@').filter(|(_, server)| !server.starts_with(FINGERPRINT))?;
    // An `@` within brackets or behind a backslash separates nothing.
    Wildcard::parse(user).ok()?;
    Wildcard::parse(&server.to_lowercase()).ok()?.literal().ok()
}

fn without_case(pattern: &str) -> String {
    match pattern.rsplit_once('@') {
        Some((user, server)) => format!("{user}@{}", server.to_lowercase()),
        None => pattern.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_event::AbsPath;

    fn fits(pattern: &str, user: &str, server: Server<'_>, breadth: Breadth) -> bool {
        let root = AbsPath::parse("/").unwrap();
        let places = Places { home: root.clone(), repository: None, cwd: root };
        let mut set = LoginSet::default();
        set.insert(0, &Item { name: pattern.to_owned(), ..Item::default() }, &places).unwrap();
        set.find(Login { user, server }, breadth).is_some()
    }

    #[test]
    fn servers_have_no_case_and_users_have_one_only_where_something_is_allowed() {
        for (pattern, server) in [
            ("git@Prod.example", "prod.example"),
            ("git@*.Prod.example", "a.PROD.example"),
            ("git@SHA256:aB+/", "SHA256:aB+/"),
            ("git@SHA*", "SHA256:aB+/"),
        ] {
            for breadth in [Breadth::Narrow, Breadth::Broad] {
                assert!(fits(pattern, "git", Server::Named(server), breadth), "{pattern}");
                assert!(!fits(pattern, "root", Server::Named(server), breadth), "{pattern}");
            }
        }
        let server = Server::Named("a.example");
        assert!(!fits("Git@*", "git", server, Breadth::Narrow) && fits("Git@*", "git", server, Breadth::Broad));
        assert!(fits("*A.EXAMPLE", "git", server, Breadth::Broad));
        assert!(fits("[Z-a]it@*", "ait", server, Breadth::Narrow), "a range that has no case runs backwards");
        assert!(!fits("git@a.example", "git", Server::Named("a.example.evil.example"), Breadth::Broad));
    }

    #[test]
    fn only_what_means_every_server_allows_one_that_is_not_known() {
        for server in [Server::Unknown, Server::Nameless, Server::Hashed] {
            for pattern in ["git@*", "*@*", "*", "g*", "g?t@*"] {
                assert!(fits(pattern, "git", server, Breadth::Narrow), "{pattern}");
            }
            for pattern in ["git@?", "git@", "git@a.example", "git@*.example", "*@[!x]*", "root@*", "git"] {
                assert!(!fits(pattern, "git", server, Breadth::Narrow), "{pattern}");
            }
        }
    }

    #[test]
    fn whatever_could_mean_a_server_that_is_not_known_keeps_it_out() {
        use Server::{Hashed, Nameless, Unknown};
        for (pattern, expected) in [
            ("root@prod.example", [true, true, false]),
            ("*@prod.example", [true, true, false]),
            ("root@SHA256:abc", [true, false, false]),
            ("root@*.example", [true, true, true]),
            ("r?[!x]t@p*", [true, true, true]),
            ("*prod*", [true, true, true]),
            ("roo*", [true, true, true]),
            ("root[@]prod.example", [true, true, true]),
            ("root\\@prod.example", [true, true, true]),
            ("ROOT@prod.example", [true, true, false]),
            ("git@prod.example", [false, false, false]),
            ("g*t@prod.example", [false, false, false]),
            ("roo@*", [false, false, false]),
        ] {
            let found = [Unknown, Nameless, Hashed].map(|server| fits(pattern, "root", server, Breadth::Broad));
            assert_eq!(found, expected, "{pattern}");
        }
    }

    #[test]
    fn a_server_is_named_by_what_has_no_wildcard() {
        assert_eq!(server_named("*@Prod.example:22").as_deref(), Some("prod.example:22"));
        assert_eq!(server_named("git@prod\\.example").as_deref(), Some("prod.example"));
        for pattern in ["git@*.example", "git@pro?.example", "git@[p]", "git", "git@SHA256:abc", "git[@]a", "git\\@a"] {
            assert_eq!(server_named(pattern), None, "{pattern}");
        }
    }
}
