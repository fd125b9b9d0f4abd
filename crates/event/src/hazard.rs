//! Dangers of a command or a tool call that lie in how its effects come together, and not in one file, host or program:
//! the words that a policy, the reading of commands and a report share.

use crate::vocabulary::vocabulary;
use serde::{Deserialize, Serialize, Serializer};

vocabulary! {
    /// A danger in what a command would do.
    Hazard,
    /// What is dangerous about it.
    reason;

    /// What came over the network is run.
    DownloadedCode = "downloaded-code", "runs code that comes from the network and that nobody has looked at";
    /// Encoded text is decoded and run.
    DecodedCode = "decoded-code", "runs code that is hidden by an encoding";
    /// Code is run that nobody knows before it runs.
    UnresolvedCode = "unresolved-code", "runs code that is not known before it runs";
    /// It could not be read, or not all of it.
    Unresolved = "unresolved", "can't be told from its text";
    /// A variable makes other programs load code.
    Loader = "loader", "makes other programs load code of its own";
    /// A coding agent is started without its guards, or its guards are taken off.
    AgentBypass = "agent-bypass", "starts or leaves a coding agent without its guards";
    /// Something will run later, outside of the session.
    Persistence = "persistence", "leaves something behind that runs later, outside of the session";
    /// Credentials leave.
    Exfiltration = "exfiltration", "sends credentials or private files away";
    /// Credentials are shown.
    CredentialAccess = "credential-access", "gets at credentials";
    /// A shell is handed to somebody elsewhere.
    RemoteShell = "remote-shell", "hands a shell to whoever is on the other side";
    /// A port is open for others.
    OpenPort = "open-port", "can be reached from outside of this machine";
    /// More rights than the user has.
    Privilege = "privilege", "gains rights that the user does not have";
    /// What can't be brought back is destroyed.
    Destruction = "destruction", "destroys what can't be brought back";
    /// Work that git does not hold, or holds nowhere else, is lost.
    HistoryLoss = "history-loss", "loses work or history that is nowhere else";
    /// Servers, clusters or databases are destroyed.
    Infrastructure = "infrastructure", "destroys servers, clusters or data that others use";
    /// Servers, clusters or databases change.
    Deployment = "deployment", "changes servers, clusters or accounts that others use";
    /// Something is made public.
    Publication = "publication", "makes something public under the user's name";
    /// Portcullis, hooks or records are got around.
    GuardTampering = "guard-tampering", "takes off a guard, or removes its traces";
    /// A package comes from elsewhere than its registry.
    ForeignPackage = "foreign-package", "installs a package from elsewhere than the usual registry";
    /// The text is not what it seems.
    HiddenText = "hidden-text", "holds characters that are not seen, or that look like others";
    /// The machine is exhausted.
    Exhaustion = "exhaustion", "uses up the machine";
}

impl Serialize for Hazard {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Hazard {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::parse(&name).ok_or_else(|| serde::de::Error::custom("no danger has this name"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hazard_is_found_by_its_name() {
        for hazard in Hazard::ALL {
            assert_eq!(Hazard::parse(hazard.as_str()), Some(*hazard));
        }
        assert_eq!(Hazard::parse("Loader"), None);
    }
}
