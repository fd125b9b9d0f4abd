//! The machine that commands are read for: nobody's, with a home and a project that are not there.

use portcullis_effects::{Variable, World};
use portcullis_event::AbsPath;

/// A made-up machine, of which only places are known.
#[derive(Debug, Clone)]
pub(crate) struct Ground {
    home: AbsPath,
    project: AbsPath,
}

impl Ground {
    pub(crate) fn new() -> Option<Self> {
        let [home, project] = ["/home/user", "/home/user/project"].map(AbsPath::parse);
        Some(Self { home: home.ok()?, project: project.ok()? })
    }
}

impl World for Ground {
    fn cwd(&self) -> AbsPath {
        self.project.clone()
    }

    fn home(&self) -> AbsPath {
        self.home.clone()
    }

    fn repository(&self) -> Option<AbsPath> {
        Some(self.project.clone())
    }

    fn variable(&self, name: &str) -> Variable {
        match name {
            "HOME" => Variable::Is(self.home.as_str().to_owned()),
            "CLAUDE_PLUGIN_ROOT" | "CLAUDE_SKILL_DIR" | "CLAUDE_PROJECT_DIR" => {
                Variable::Is(self.project.as_str().to_owned())
            }
            _ => Variable::Unknown,
        }
    }

    fn git_alias(&self, _name: &str) -> Option<String> {
        None
    }

    fn text(&self, _path: &AbsPath) -> Option<String> {
        None
    }
}
