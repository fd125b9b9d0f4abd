//! `[taint]`: what becomes of a call because of what its session has read before, and which sources make that up. Whoever follows a
//! session asks by name; an event alone says nothing of what was before it.
//!
//! Only the highest storey can say that a source is believed. That one is sensitive, any storey can say.

use crate::example;
use crate::pattern::Breadth;
use crate::pattern::host::{Destination, HostSet};
use crate::pattern::name::{NameSet, Named};
use crate::pattern::path::PathSet;
use crate::policy::ValidPolicy;
use crate::rules::List;
use crate::source::{Origin, Places};
use crate::tier::Tier;
use portcullis_event::{AbsPath, Host, Reason, Rest, Verdict};

/// The lists of `[taint]`.
#[derive(Debug, Default)]
pub(crate) struct TaintLists {
    pub(crate) trusted_hosts: Option<List<HostSet>>,
    pub(crate) trusted_servers: Option<List<NameSet>>,
    pub(crate) trusted_files: Option<List<PathSet>>,
    pub(crate) sensitive_files: Option<List<PathSet>>,
    pub(crate) sensitive_servers: Option<List<NameSet>>,
}

/// A rule of `[taint]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TaintRule {
    /// Untrusted text, sensitive text, and a way out or a lasting change come together.
    Together,
    /// A lasting change after untrusted text.
    Changes,
    /// Sending to somebody whom policy does not name, after untrusted text.
    Strangers,
    /// Fetching from a host that nobody named, after untrusted text.
    Links,
    /// Sending a piece of sensitive text.
    Flow,
}

impl TaintRule {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Together, Self::Changes, Self::Strangers, Self::Links, Self::Flow];

    /// As it is written.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Together => "taint.together",
            Self::Changes => "taint.changes",
            Self::Strangers => "taint.strangers",
            Self::Links => "taint.links",
            Self::Flow => "taint.flow",
        }
    }
}

impl ValidPolicy {
    /// What becomes of a call that a rule holds, as a reason of a decision; `why` says what holds it. The strictest word of all
    /// storeys counts, and if none speaks of it a person is asked.
    pub fn taint_reason(&self, rule: TaintRule, why: &str) -> Reason {
        let key = rule.key();
        let answers = self.tiers.iter().filter_map(|tier| tier.answer(key));
        let strictest = answers.reduce(|one, next| if next.0 > one.0 { next } else { one });
        let verdict = strictest.map_or(Verdict::Ask, |(answer, _)| answer.verdict());
        let does = match verdict {
            Verdict::Allow | Verdict::AllowWithChanges => "is allowed",
            Verdict::Ask => "needs a person's yes",
            Verdict::Deny => "is denied",
        };
        Reason {
            check: crate::checks::check_id("taint"),
            verdict,
            message: crate::diagnostic::printable(format!("{why}: this {does} by `{key}`")),
            source: strictest.map(|(_, origin)| origin.line()),
            fix: None,
            rest: Rest::new(),
        }
    }

    /// Whether text from a host is believed like the user's own.
    pub fn trusts_host(&self, host: &Host) -> bool {
        let to = Destination { host, port: None, lookup: false };
        self.highest().and_then(|it| it.trusted_hosts.as_ref()).is_some_and(|it| it.find(to, Breadth::Narrow).is_some())
    }

    /// Whether text from an MCP server is.
    pub fn trusts_server(&self, server: &str) -> bool {
        let list = self.highest().and_then(|it| it.trusted_servers.as_ref());
        list.is_some_and(|it| it.find(Named::new(server), Breadth::Narrow).is_some())
    }

    /// Whether what lies in a file is, wherever it comes from.
    pub fn trusts_file(&self, path: &AbsPath) -> bool {
        let list = self.highest().and_then(|it| it.trusted_files.as_ref());
        list.is_some_and(|it| it.find(path, Breadth::Narrow).is_some())
    }

    /// Whether a list says that what lies in a file must not get outside.
    pub fn calls_sensitive(&self, path: &AbsPath) -> bool {
        let mut lists = self.tiers.iter().filter_map(|tier| tier.taint.sensitive_files.as_ref());
        lists.any(|list| list.find(path, Breadth::Broad).is_some())
    }

    /// Whether a list says that what an MCP server tells must not.
    pub fn is_sensitive_server(&self, server: &str) -> bool {
        let mut lists = self.tiers.iter().filter_map(|tier| tier.taint.sensitive_servers.as_ref());
        lists.any(|list| list.find(Named::new(server), Breadth::Broad).is_some())
    }

    /// Whether a line of the highest storey names this MCP server and lets it be used. A line that means every server names none.
    pub fn names_server(&self, server: &str) -> bool {
        let named = |said: crate::rules::Said<'_>| {
            said.verdict == Verdict::Allow && said.rule.is_some_and(|rule| &*rule.text != "*")
        };
        self.tiers.first().is_some_and(|tier| tier.mcp.hits(Named::new(server)).any(named))
    }

    fn highest(&self) -> Option<&TaintLists> {
        self.tiers.first().map(|tier| &*tier.taint)
    }
}

/// The line above that keeps a source from being believed, or calls one sensitive that an entry would take off.
pub(crate) fn stricter<'a>(list: &str, name: &str, higher: &'a [Tier], places: &Places) -> Option<&'a Origin> {
    let lists = || higher.iter().map(|tier| &*tier.taint);
    match (list, name.strip_prefix('!')) {
        ("trusted-hosts", None) => {
            let list = lists().next()?.trusted_hosts.as_ref()?;
            let (host, port) = example::host_and_port(name)?;
            let to = Destination { host: &host, port, lookup: false };
            list.find(to, Breadth::Narrow).is_none().then_some(&list.origin)
        }
        ("trusted-servers", None) => {
            let list = lists().next()?.trusted_servers.as_ref()?;
            list.find(Named::new(&example::filled(name)), Breadth::Narrow).is_none().then_some(&list.origin)
        }
        ("trusted-files", None) => {
            let list = lists().next()?.trusted_files.as_ref()?;
            list.find(&example::file(name, places)?, Breadth::Narrow).is_none().then_some(&list.origin)
        }
        ("sensitive-files", Some(name)) => {
            let path = example::file(name, places)?;
            let mut found = lists().filter_map(|it| it.sensitive_files.as_ref()?.find(&path, Breadth::Broad));
            found.next().map(|rule| &rule.origin)
        }
        ("sensitive-servers", Some(name)) => {
            let name = example::filled(name);
            let mut found =
                lists().filter_map(|it| it.sensitive_servers.as_ref()?.find(Named::new(&name), Breadth::Broad));
            found.next().map(|rule| &rule.origin)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Layer;
    use crate::effect_rules::tests::policy;

    #[test]
    fn every_preset_speaks_of_every_rule_and_lets_none_pass() {
        for preset in crate::Preset::ALL {
            let policy = policy(&[(Layer::User, &format!("preset = \"{}\"", preset.name()))]);
            for rule in TaintRule::ALL {
                let reason = policy.taint_reason(rule, "x");
                assert!(reason.verdict >= Verdict::Ask && reason.source.is_some(), "{} {rule:?}", preset.name());
            }
            assert!(policy.is_sensitive_server("postgres") && !policy.is_sensitive_server("weather"));
        }
    }

    #[test]
    fn only_the_highest_layer_says_who_is_believed() {
        let host = Host::parse("docs.corp.example").unwrap();
        let line = "taint.trusted-hosts = ['*.corp.example']";
        assert!(policy(&[(Layer::User, line)]).trusts_host(&host));
        let both = policy(&[(Layer::User, ""), (Layer::Repository, line)]);
        assert!(!both.trusts_host(&host) && both.loosenings().len() == 1);
    }

    #[test]
    fn every_layer_can_say_what_is_sensitive() {
        let both = policy(&[(Layer::User, ""), (Layer::Repository, "taint.sensitive-files = ['./customers']")]);
        assert!(both.calls_sensitive(&AbsPath::parse("/srv/app/customers/a.csv").unwrap()));
        assert!(!both.calls_sensitive(&AbsPath::parse("/srv/app/src/a.rs").unwrap()));
    }

    #[test]
    fn a_line_that_means_every_server_names_none() {
        let one = policy(&[(Layer::User, "mcp.allow = ['tracker']")]);
        assert!(one.names_server("tracker") && !one.names_server("other"));
        assert!(!policy(&[(Layer::User, "mcp.allow = ['*']")]).names_server("tracker"));
    }
}
