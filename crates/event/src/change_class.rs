//! Kinds of things that a change of files touches: the words that a policy, a change set and a report share.

use crate::vocabulary::vocabulary;

vocabulary! {
    /// A kind of thing that a change touches. A change can touch several.
    ChangeClass,
    /// Why a person may want to look at it first.
    reason;

    /// Source code.
    Code = "code", "source code";
    /// Text for people.
    Documentation = "documentation", "text for people";
    /// A folder, which does nothing by itself.
    Folder = "folder", "a folder";
    /// Commits, branches and the index.
    GitState = "git-state", "commits, branches and the index of git";
    /// What is depended on, and which version.
    Dependency = "dependency", "says what is installed, and from where";
    /// Code of others, as it is installed.
    Installed = "installed-code", "code of others, where it is installed";
    /// What a build makes.
    Generated = "generated", "is made by a build";
    /// What runs on a forge.
    Ci = "ci", "runs on the forge, with its secrets";
    /// Settings of a coding agent.
    AgentConfiguration = "agent-configuration", "steers a coding agent, and can run commands";
    /// What a coding agent reads as an order.
    Instructions = "instructions", "is read by coding agents as an order";
    /// What git runs by itself.
    Hook = "hook", "is run by git or a tool of git";
    /// How git works, including what it runs.
    GitConfiguration = "git-configuration", "steers git, and can name programs that it runs";
    /// Settings and tasks of an editor.
    EditorSettings = "editor-settings", "steers an editor, and can run commands when the folder is opened";
    /// What a shell or a session reads when it starts.
    ShellStartup = "shell-startup", "is read when a shell or a program starts";
    /// What a build or test tool runs by itself.
    BuildScript = "build-script", "is run by a build or a test tool without being named";
    /// Where secrets are kept.
    SecretFile = "secret-file", "is where secrets are kept";
    /// What Portcullis itself goes by.
    Portcullis = "portcullis", "is what Portcullis goes by";
    /// A file that may be executed and could not before.
    ExecutableBit = "executable-bit", "may be executed, and could not before";
    /// A file that others may change, and could not before.
    OpenToOthers = "open-to-others", "may be changed by other users, and could not before";
    /// Setuid, setgid or sticky.
    SpecialMode = "special-mode", "runs with the rights of its owner";
    /// A link that stays in the layer.
    LinkInside = "link-inside", "is a link to another name in the folder";
    /// A link that leads out of the layer.
    LinkOutside = "link-outside", "is a link that leads out of the folder";
    /// A pipe, a socket or a device.
    SpecialFile = "special-file", "is a pipe, a socket or a device";
    /// Attributes of a file changed.
    Attributes = "attributes", "has other extended attributes";
    /// Not text.
    Binary = "binary", "is not text";
    /// A name that is not what it seems.
    MisleadingName = "misleading-name", "has a name with characters that are not seen, or that is not text";
    /// Something in the home folder.
    Home = "home", "lies in the home folder";
    /// Nothing that is known.
    Unknown = "unknown", "is of no kind that is known";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_is_found_by_its_name() {
        for class in ChangeClass::ALL {
            assert_eq!(ChangeClass::parse(class.as_str()), Some(*class));
        }
        assert_eq!(ChangeClass::parse("Code"), None);
    }
}
