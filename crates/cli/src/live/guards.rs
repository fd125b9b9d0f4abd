//! Which names of a workspace are guarded while somebody works in it directly.

use portcullis_changes::{Change, ChangeKind, Class, FileType, Guard, LayerName, Node, Survey, TreePath, path_classes};
use portcullis_event::{AbsPath, Verdict};
use portcullis_policy::ValidPolicy;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What runs something later without being called, or steers an agent, an editor, a shell, git or us: closed from the start, unless
/// policy lets an agent change it.
const CLOSED: [Class; 9] = [
    Class::Hook,
    Class::GitConfiguration,
    Class::Instructions,
    Class::AgentConfiguration,
    Class::Ci,
    Class::EditorSettings,
    Class::ShellStartup,
    Class::SecretFile,
    Class::Portcullis,
];

/// What makes a change wait whatever its name is.
const BY_NATURE: [Class; 3] = [Class::SpecialMode, Class::LinkOutside, Class::MisleadingName];

/// The name under which git's own state of the workspace lies.
const GIT: &str = ".git";

/// How names are guarded.
#[derive(Debug)]
pub(crate) struct Guards<'a> {
    policy: &'a ValidPolicy,
    workspace: PathBuf,
    /// What is shown in another form.
    hidden: BTreeSet<TreePath>,
    layered: Vec<TreePath>,
}

impl<'a> Guards<'a> {
    /// Those of a workspace, some of which is `hidden`. `has_layer` says of git's own state whether it lies in a layer.
    pub(crate) fn new(policy: &'a ValidPolicy, workspace: &Path, hidden: &[TreePath], has_layer: bool) -> Self {
        let layered = if has_layer { TreePath::parse(GIT).into_iter().collect() } else { Vec::new() };
        Self { policy, workspace: workspace.to_owned(), hidden: hidden.iter().cloned().collect(), layered }
    }

    /// What has a layer of its own.
    pub(crate) fn layered(&self) -> &[TreePath] {
        &self.layered
    }

    /// How something is guarded.
    pub(crate) fn how(&self, path: &TreePath, node: &Node) -> Guard {
        let (is_folder, classes) = (node.file_type == FileType::Folder, path_classes(path));
        let is_closed = |class: &Class| CLOSED.contains(class) && !self.allows(*class) || self.denies(*class);
        // A folder that is called like a secret holds code as often; what is in it has names as well.
        let counts = |class: &&Class| !(is_folder && **class == Class::SecretFile);
        let by_class = classes.iter().filter(counts).any(is_closed) || classes.contains(&Class::GitState);
        if by_class || self.hidden.contains(path) || is_folder && self.is_git_folder(path) {
            return Guard::Closed;
        }
        if is_folder {
            return Guard::Open;
        }
        if self.is_denied(path) {
            return Guard::Closed;
        }
        // What others installed is made of such files, and whoever installs changes them all.
        let is_kept = classes.contains(&Class::BuildScript) && !classes.contains(&Class::Installed);
        if is_kept && !self.allows(Class::BuildScript) || self.is_nameless_program(&classes, node) {
            return Guard::Kept;
        }
        Guard::Open
    }

    /// Whether a change waits.
    pub(crate) fn holds(&self, change: &Change, before: &Survey) -> bool {
        let guarded = change.node().is_some_and(|node| self.how(&change.path, node) != Guard::Open);
        let is_installed = change.classes.contains(&Class::Installed) || change.classes.contains(&Class::Generated);
        let by_nature = change.classes.iter().any(|class| {
            BY_NATURE.contains(class) && !self.allows(*class) && !(is_installed && *class == Class::LinkOutside)
        });
        let is_gone = change.kind == ChangeKind::Deleted;
        let denied = !is_gone && change.classes.iter().any(|class| self.denies(*class));
        guarded
            || by_nature && !is_gone
            || denied
            || change.obstacle.is_some()
            || self.lies_in_closed(&change.path, before)
    }

    /// Whether something lies in a folder that is closed.
    fn lies_in_closed(&self, path: &TreePath, before: &Survey) -> bool {
        let mut above = path.parent();
        while let Some(folder) = above.filter(|folder| !folder.is_root()) {
            if before.guard(&folder) == Some(Guard::Closed) || self.hidden.contains(&folder) {
                return true;
            }
            let classes = path_classes(&folder);
            let closed = |class: &Class| CLOSED.contains(class) && *class != Class::SecretFile && !self.allows(*class);
            if classes.iter().any(closed) || classes.contains(&Class::GitState) || self.is_git_folder(&folder) {
                return true;
            }
            above = folder.parent();
        }
        false
    }

    /// A program whose name says nothing about it may be anything, such as a hook that git's settings name.
    fn is_nameless_program(&self, classes: &BTreeSet<Class>, node: &Node) -> bool {
        let is_program = node.file_type == FileType::File && node.mode & 0o111 != 0;
        let says_nothing = classes.is_empty() || classes.contains(&Class::Unknown);
        is_program && says_nothing && !self.allows(Class::Unknown)
    }

    /// A folder that git would take for a repository's, whatever it is called.
    fn is_git_folder(&self, path: &TreePath) -> bool {
        let folder = self.workspace.join(path.as_path());
        let is = |name: &str| folder.join(name).symlink_metadata().is_ok();
        is("HEAD") && is("objects") && is("refs")
    }

    fn allows(&self, class: Class) -> bool {
        matches!(self.policy.change_answer(class).verdict, Verdict::Allow | Verdict::AllowWithChanges)
    }

    fn denies(&self, class: Class) -> bool {
        self.policy.change_answer(class).verdict == Verdict::Deny
    }

    /// Whether a line of `[files]` keeps agents from changing a file.
    fn is_denied(&self, path: &TreePath) -> bool {
        let path = AbsPath::from_os(&self.workspace.join(path.as_path()));
        path.map_or(true, |path| self.policy.against_file(&path, true).is_some())
    }
}

/// Whether git's own state of the workspace lies in a layer of the session.
pub(super) fn has_layer(session: &portcullis_changes::Session) -> bool {
    let workspace = session.layers.first().map(|layer| layer.lower.join(GIT));
    session.layers.iter().any(|layer| layer.name == LayerName::Git && Some(&layer.lower) == workspace.as_ref())
}
