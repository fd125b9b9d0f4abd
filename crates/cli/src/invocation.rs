//! One run of the program: the options that every command shares, and the environment that it was started in.

use crate::arguments::Arguments;
use crate::commands::Command;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::home::Home;
use crate::output::Output;
use std::path::{Path, PathBuf};

/// What every command is given.
#[derive(Debug)]
pub(crate) struct Invocation {
    /// Where results go.
    pub(crate) output: Output,
    /// The environment of the process.
    pub(crate) environment: Environment,
    /// The policy named with `--policy`.
    pub(crate) policy: Option<PathBuf>,
    home: Option<PathBuf>,
}

impl Invocation {
    /// The same with the home by its real path.
    #[must_use]
    pub(crate) fn by_real_home(&self) -> Self {
        let Self { output, environment, policy, home } = self;
        let environment = environment.clone().by_real_home();
        Self { output: *output, environment, policy: policy.clone(), home: home.clone() }
    }

    /// Splits the arguments into what is shared and the command itself.
    pub(crate) fn new(arguments: Arguments, environment: Environment) -> (Self, Command) {
        let Arguments { policy, json, home, color, command } = arguments;
        let output = Output::new(json, color, environment.no_color);
        (Self { output, environment, policy, home }, command)
    }

    /// The folder of this user's state.
    pub(crate) fn home(&self) -> Result<Home, Failure> {
        Home::find(self.home.as_deref(), &self.environment)
    }

    /// The working folder.
    pub(crate) fn cwd(&self) -> Result<&Path, Failure> {
        self.environment.cwd.as_deref().ok_or_else(|| {
            Failure::incomplete("the working folder is gone").fix("change into a folder that exists and try again")
        })
    }
}
