//! The rules that are code: what structure decides, and not words.

use portcullis_event::{Confidence, Severity};

/// A rule that is code.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its stable name.
    pub id: &'static str,
    /// Which class of attack it belongs to.
    pub class: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// Why that matters, in one sentence.
    pub why: &'static str,
    /// What to do about it.
    pub fix: &'static str,
    /// The weakness class.
    pub cwe: &'static str,
}

macro_rules! rules {
    ($($name:ident = $id:literal, $class:literal, $severity:ident, $confidence:ident, $cwe:literal, $why:literal, $fix:literal;)*) => {
        $(pub(crate) static $name: Rule = Rule {
            id: $id,
            class: $class,
            severity: Severity::$severity,
            confidence: Confidence::$confidence,
            why: $why,
            fix: $fix,
            cwe: $cwe,
        };)*
        /// All of them.
        pub(crate) const ALL: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    EXFILTRATION = "skill-exfiltration", "data-theft", Critical, High, "CWE-200",
        "A command of it sends credentials or private files away.", "Don't run it; if it ran, change what it could read.";
    CREDENTIAL_ACCESS = "skill-credential-access", "data-theft", High, Medium, "CWE-522",
        "A command of it reads credentials that it has no use for.", "Ask what it needs them for, and hand it only those.";
    DOWNLOADED_CODE = "skill-downloaded-code", "download-and-run", High, High, "CWE-494",
        "What is fetched tomorrow is not what was looked at today.", "Download it, look at it, pin it by its hash.";
    HIDDEN_CODE = "skill-packed-code", "packed-payload", High, High, "CWE-506",
        "Code that is packed is code that nobody was to read.", "Unpack it and read it before anything runs it.";
    SWAPS_ADDRESSES = "skill-swaps-addresses", "fraud", Critical, High, "CWE-506",
        "What is paid goes to somebody else.", "Don't run it.";
    OTHER_SKILLS = "skill-writes-other-skills", "memory-poisoning", High, Medium, "CWE-506",
        "What it writes there is followed when it is gone.", "Don't run it; look into the other skills.";
    REMOTE_SHELL = "skill-remote-shell", "remote-control", Critical, High, "CWE-506",
        "Whoever is on the other side can do what the user can.", "Don't run it.";
    PERSISTENCE = "skill-leaves-behind", "persistence", High, Medium, "CWE-506",
        "It goes on when the skill is gone.", "Don't run it; look into the places that it names.";
    GUARD = "skill-takes-off-guard", "guard-removal", High, High, "CWE-693",
        "What guards the machine does not stand in the way of honest work.", "Don't run it.";
    DESTRUCTION = "skill-destroys", "destruction", High, Medium, "CWE-471",
        "What is gone can't be brought back.", "Don't run it.";
    HIDDEN_TEXT = "skill-hidden-text", "hidden-text", High, High, "CWE-451",
        "A model reads it, and whoever looks at the page does not.", "Take the hidden text out, and ask who put it there.";
    INJECTION = "skill-injection", "agent-control", High, Medium, "CWE-1427",
        "It is worded like an attack on a model.", "Read it before an agent does.";
    WORDING = "skill-wording", "agent-control", Medium, Medium, "CWE-1427",
        "Whom an order serves, only a person can tell.", "Read the passage, and take the skill only if you want that to be done.";
    OVER_WIDE = "skill-over-wide-permissions", "over-privilege", Medium, Medium, "CWE-250",
        "It is granted more than anything that it says it does.", "Name the tools and commands that it needs.";
    IMPERSONATION = "skill-impersonation", "impersonation", High, Medium, "CWE-345",
        "It is called like something that others trust.", "Install the real one from its maker.";
    UNPINNED = "mcp-unpinned-server", "unpinned", Medium, High, "CWE-829",
        "Each start may run other code than the last one.", "Name a version, or a digest for an image.";
    PLAIN_HTTP = "mcp-plain-http", "unpinned", Medium, High, "CWE-319",
        "Whoever is on the way can read and change what the server says.", "Use https.";
    SERVER_SECRET = "mcp-secret", "secret", High, High, "CWE-798",
        "Whoever can read the file has it.", "Let the variable name a secret, and revoke this one.";
    UNREADABLE = "agent-file-unreadable", "malformed", Medium, High, "CWE-20",
        "What can't be read here may be read otherwise by an agent.", "Write it so that every reader reads the same.";
    GRANT = "agent-settings-grant", "planting", High, High, "CWE-250",
        "A repository that is opened decides what runs without a question.", "Take it out of the repository; grant it in your own settings if you mean it.";
    AUTO_RUN = "agent-runs-when-opened", "planting", High, Medium, "CWE-829",
        "It runs as soon as the folder is opened or a session starts.", "Let somebody start it who has seen it.";
    LINK_OUT = "agent-link-out", "malformed", High, High, "CWE-59",
        "What it leads to is not what was looked at.", "Put the file itself here.";
    MODEL_CODE = "model-runs-code", "model-file", High, High, "CWE-502",
        "Loading it runs code that somebody else wrote.", "Use a format without code, such as safetensors.";
    MODEL_DANGER = "model-malicious", "model-file", Critical, High, "CWE-502",
        "Loading it starts programs or reaches for the network.", "Don't load it.";
    NATIVE_CODE = "skill-binary", "packed-payload", High, Medium, "CWE-506",
        "Nobody can read what a program does that comes without its source.", "Build it from source, or pin it by a hash that its maker publishes.";
    SENT = "detonation-secret-sent", "data-theft", Critical, High, "CWE-200",
        "It was let loose with credentials that are nobody's, and sent some of them away.", "Don't use it; if an agent has already, change what it could read.";
    READ = "detonation-secret-read", "data-theft", High, High, "CWE-522",
        "It was let loose in a home that is nobody's, and opened what no task needs.", "Don't use it, unless its maker can say what it needs that for.";
    SHOWN = "detonation-secret-shown", "data-theft", Medium, High, "CWE-532",
        "What it prints is read by the model, and goes wherever the conversation goes.", "Have it say whether a credential is there, not which.";
    FETCHED = "detonation-downloaded-code", "download-and-run", High, High, "CWE-494",
        "What is fetched tomorrow is not what was looked at today.", "Download it, look at it, pin it by its hash.";
    REMOTE = "detonation-remote-control", "remote-control", Critical, High, "CWE-506",
        "Whoever is on the other side can do what the user can.", "Don't use it.";
    STAYS = "detonation-leaves-behind", "persistence", High, High, "CWE-506",
        "It goes on when the skill is gone.", "Don't use it; look into the places that it names.";
    STEERS = "detonation-changes-agent", "agent-control", High, High, "CWE-506",
        "It changes what agents go by, without anybody having been asked.", "Don't use it; what an agent goes by is changed by a person.";
    ITSELF = "detonation-changes-itself", "packed-payload", High, High, "CWE-494",
        "What was looked at is not what runs the next time.", "Don't use it, or look at what it becomes.";
    DESTROYS = "detonation-destroys", "destruction", High, High, "CWE-471",
        "What is gone can't be brought back.", "Don't use it.";
    MARKETPLACE = "marketplace-unpinned", "unpinned", Medium, Medium, "CWE-829",
        "Whoever controls the source decides what is installed tomorrow.", "Pin it by `sha`.";
}

/// The rule of this name, if it is one that is code.
pub fn rule(id: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_rule_has_a_name_of_its_own() {
        let names: BTreeSet<&str> = ALL.iter().map(|rule| rule.id).collect();
        assert_eq!(names.len(), ALL.len());
        assert!(ALL.iter().all(|it| portcullis_event::RuleId::parse(it.id).is_ok() && rule(it.id) == Some(*it)));
    }
}
