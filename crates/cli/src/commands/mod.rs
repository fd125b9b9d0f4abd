//! The commands: one file each.

pub(crate) mod approve;
pub(crate) mod changes;
pub(crate) mod completions;
pub(crate) mod doctor;
pub(crate) mod drill;
pub(crate) mod effects;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod gateway;
pub(crate) mod halt;
pub(crate) mod harden;
pub(crate) mod hook;
pub(crate) mod init;
pub(crate) mod log;
pub(crate) mod man;
pub(crate) mod mask;
pub(crate) mod policy;
pub(crate) mod revert;
pub(crate) mod run;
pub(crate) mod scan;
pub(crate) mod sessions;
pub(crate) mod trust;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use clap::Subcommand;

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a commented portcullis.toml that fits this repository
    Init(init::Init),
    /// Run an agent, or any command, within walls
    Run(Box<run::Run>),
    /// Attack the walls of `run`, harmlessly, and say what held
    Drill(Box<drill::Drill>),
    /// End a session at once, from outside
    Halt(halt::Halt),
    /// Which sessions there are, what of them waits, and what they take
    Sessions(sessions::Sessions),
    /// What a session changed: look at it, apply it, throw it away
    Changes(changes::Changes),
    /// Take back what was applied of a session
    Revert(revert::Revert),
    /// Say why something was denied, and what to do about it
    Explain(explain::Explain),
    /// Answer what an agent was told to ask a person about
    Approve(approve::Approve),
    /// Stand between agents and models
    Gateway(gateway::Gateway),
    /// Answer a coding agent's hook
    Hook(hook::Hook),
    /// Write your policy into the agents' own settings, prove that it holds there, take it back
    Harden(harden::Harden),
    /// Say what a command would do before it is run, and whether policy lets it
    Effects(effects::Effects),
    /// What an agent may do, by the files that are in force here
    #[command(subcommand)]
    Policy(policy::Policy),
    /// Find secrets, personal data and hidden instructions in files
    Scan(Box<scan::Scan>),
    /// Say whether skills, servers and instructions can be trusted, and are still what was approved
    #[command(subcommand)]
    Trust(trust::Trust),
    /// Make copies of data that say nothing about anybody
    Mask(mask::Mask),
    /// The record of everything that was decided
    #[command(subcommand)]
    Log(Box<log::Log>),
    /// Say what works on this machine, and how to mend what does not
    Doctor(doctor::Doctor),
    /// Describe a container for others to start, as tight as your policy
    Export(export::Export),
    /// Print completions for a shell
    Completions(completions::Completions),
    /// Write the manual pages into a folder
    #[command(hide = true)]
    Man(man::Man),
}

impl Command {
    /// Carries it out.
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        match self {
            Self::Init(init) => init.run(invocation),
            Self::Run(run) => run.run(invocation),
            Self::Drill(drill) => drill.run(invocation),
            Self::Halt(halt) => halt.run(invocation),
            Self::Sessions(sessions) => sessions.run(invocation),
            Self::Changes(changes) => changes.run(invocation),
            Self::Revert(revert) => revert.run(invocation),
            Self::Explain(explain) => explain.run(invocation),
            Self::Approve(approve) => approve.run(invocation),
            Self::Gateway(gateway) => gateway.run(invocation),
            Self::Hook(hook) => hook.run(invocation),
            Self::Harden(harden) => harden.run(invocation),
            Self::Effects(effects) => effects.run(invocation),
            Self::Policy(policy) => policy.run(invocation),
            Self::Scan(scan) => scan.run(invocation),
            Self::Trust(trust) => trust.run(invocation),
            Self::Mask(mask) => mask.run(invocation),
            Self::Log(log) => log.run(invocation),
            Self::Doctor(doctor::Doctor {}) => doctor::Doctor::run(invocation),
            Self::Export(export) => export.run(invocation),
            Self::Completions(completions) => completions.run(invocation),
            Self::Man(man) => man.run(invocation),
        }
    }
}
