//! Which sockets policy opens, for whoever has to make doors for them before anything is asked.

use crate::checks::Answers;
use crate::checks::sockets;
use crate::config::EntryValue;
use crate::pattern::path;
use crate::policy::ValidPolicy;
use portcullis_event::{AbsPath, Reason, Verdict};

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

    /// The servers that logins are allowed to by name: known hosts may be kept under hashes, which only tell whether a
    /// name that is known already is meant.
    pub fn servers_of_logins(&self) -> Vec<String> {
        let servers = self.entries_of("sockets.ssh-agent.login.allow").filter_map(|login| login.rsplit_once('@'));
        let mut servers: Vec<String> =
            servers.map(|(_, server)| server.to_owned()).filter(|server| !server.contains('*')).collect();
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
