//! Which sockets policy opens, for whoever has to make doors for them before anything is asked.

use crate::checks::Answers;
use crate::checks::sockets::{self, LOGIN};
use crate::config::EntryValue;
use crate::pattern::login::server_named;
use crate::pattern::path;
use crate::policy::ValidPolicy;
use portcullis_event::{AbsPath, Reason, Verdict};

/// Stands among the names of a server for one that is kept under a hash, and that is none of those which
/// [`ValidPolicy::servers_of_logins`] gives. No server is called so.
pub const HASHED_SERVER: &str = "?";

/// Sockets that a run gets a door for. What is asked at a door is decided when it is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SocketDoors {
    /// The agent that holds SSH keys.
    pub ssh_agent: bool,
    /// Docker.
    pub docker: bool,
    /// Podman.
    pub podman: bool,
    /// Sockets that are passed through unread.
    pub plain: Vec<AbsPath>,
}

impl ValidPolicy {
    /// The sockets that the highest storey allows something of. A lower one, such as a repository's, opens none.
    pub fn socket_doors(&self) -> SocketDoors {
        let Some(tier) = self.tiers.first() else { return SocketDoors::default() };
        let mut plain: Vec<AbsPath> = self
            .entries_of("sockets.plain.allow")
            .filter_map(|pattern| {
                let names = path::names(pattern, &self.places).ok()?;
                AbsPath::parse(&format!("/{}", names.join("/"))).ok()
            })
            .filter(|path| !path.as_str().contains(['*', '?', '[', '\\']))
            .collect();
        plain.sort();
        plain.dedup();
        SocketDoors {
            ssh_agent: tier.sockets.keys.allow.is_some(),
            docker: tier.sockets.docker.allow.is_some(),
            podman: tier.sockets.podman.allow.is_some(),
            plain,
        }
    }

    /// Why a key may not even be listed, if it may not.
    pub fn against_key(&self, fingerprint: &str, name: &str) -> Option<Reason> {
        let mut answers = Answers::new(false);
        for (storey, tier) in self.tiers.iter().enumerate() {
            answers.highest = storey == 0;
            answers.begin("sockets");
            sockets::key(&tier.sockets, Some(fingerprint), Some(name), &mut answers);
        }
        answers.finish();
        answers.reasons.into_iter().filter(|reason| reason.verdict > Verdict::Allow).max_by_key(|reason| reason.verdict)
    }

    /// The servers that any list about logins means by name, with its `!` or without: known hosts may be kept under
    /// hashes, which only tell whether a name that is known already is meant.
    pub fn servers_of_logins(&self) -> Vec<String> {
        let sheets = self.tiers.iter().flat_map(|tier| [&tier.own, &tier.preset]).flatten();
        let entries = sheets.flat_map(|sheet| &sheet.entries).filter(|entry| entry.key.starts_with(LOGIN));
        let mut servers: Vec<String> = entries
            .filter_map(|entry| {
                let EntryValue::Item(item) = &entry.value else { return None };
                server_named(item.name.strip_prefix('!').unwrap_or(&item.name))
            })
            .collect();
        servers.sort();
        servers.dedup();
        servers
    }

    /// What stands on a list of the highest storey.
    fn entries_of(&self, key: &str) -> impl Iterator<Item = &str> {
        let sheets = self.tiers.iter().take(1).flat_map(|tier| [&tier.own, &tier.preset]).flatten();
        sheets.flat_map(|sheet| &sheet.entries).filter(move |entry| entry.key == key).filter_map(|entry| {
            let EntryValue::Item(item) = &entry.value else { return None };
            (!item.name.starts_with('!')).then_some(item.name.as_str())
        })
    }
}
