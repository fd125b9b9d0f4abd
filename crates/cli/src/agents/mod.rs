//! The coding agents that are known: what they are called, where they keep what they keep, what they need.

mod table;

pub(crate) use table::AGENTS;

/// What is known about an agent. Names below the home folder begin without a slash.
#[derive(Debug)]
pub(crate) struct Known {
    /// Its programs.
    pub(crate) programs: &'static [&'static str],
    /// What it is called in the policy.
    pub(crate) name: &'static str,
    /// What its maker calls it.
    pub(crate) title: &'static str,
    /// What its packages are called, by npm or by pip.
    pub(crate) packages: &'static [&'static str],
    /// Where it keeps what it keeps.
    pub(crate) folders: &'static [Folder],
    /// Single files of its settings in the home folder, which are shown and can't be changed.
    pub(crate) files: &'static [&'static str],
    /// Variables that hold its keys. They are handed in only if they are asked for.
    pub(crate) keys: &'static [&'static str],
    /// Variables that choose a model or where it is asked, and hold no key.
    pub(crate) handed_on: &'static [&'static str],
    /// What is set for it: what a run has no use for is switched off, such as reports to its maker and renewing itself.
    /// `~/` at the beginning of a value is the home folder.
    pub(crate) set: &'static [(&'static str, &'static str)],
    /// Its settings for the whole machine, below `/etc`, where the machine has none.
    pub(crate) settings: &'static [(&'static str, &'static str)],
    /// Where its maker's model is asked.
    pub(crate) host: Option<&'static str>,
}

/// A folder in which an agent keeps things.
#[derive(Debug)]
pub(crate) struct Folder {
    /// The user's own, outside.
    pub(crate) outside: &'static str,
    /// How another one is named outside.
    pub(crate) named: Named,
    /// Where it is inside.
    pub(crate) inside: &'static str,
    /// What of the user's own is taken along. Everything else is not: logins, and what was said in other projects.
    pub(crate) taken: &'static [&'static str],
    /// A file of settings that lies beside the folder outside and in it inside, and what of it stays outside.
    pub(crate) beside: Option<Beside>,
    /// Settings that hold inside, whatever the user's own say.
    pub(crate) always: Option<Always>,
}

/// Settings in a JSON file of a folder.
#[derive(Debug)]
pub(crate) struct Always {
    pub(crate) file: &'static str,
    pub(crate) settings: &'static str,
}

/// How another folder than the usual one is named.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Named {
    /// Not at all.
    Never,
    /// By this variable.
    By(&'static str),
    /// This variable names what stands for the home folder.
    Below(&'static str),
}

/// A JSON file beside a folder.
#[derive(Debug)]
pub(crate) struct Beside {
    pub(crate) file: &'static str,
    pub(crate) without: &'static [&'static str],
}
