//! The commands: one file each.

pub(crate) mod approve;
pub(crate) mod changes;
pub(crate) mod completions;
pub(crate) mod context;
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
pub(crate) mod key;
pub(crate) mod log;
pub(crate) mod man;
pub(crate) mod mask;
pub(crate) mod mcp;
pub(crate) mod policy;
pub(crate) mod revert;
pub(crate) mod run;
pub(crate) mod scan;
pub(crate) mod sessions;
pub(crate) mod trust;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::later::Later;
use clap::Subcommand;

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a commented portcullis.toml that fits this repository
    Init(Later<init::Init>),
    /// Run an agent, or any command, within walls
    Run(Later<Box<run::Run>>),
    /// Attack the walls of `run`, harmlessly, and say what held
    Drill(Later<Box<drill::Drill>>),
    /// End a session at once, from outside
    Halt(Later<halt::Halt>),
    /// Which sessions there are, what of them waits, and what they take
    Sessions(Later<sessions::Sessions>),
    /// What an agent would see here, and what was sent to models, to whom, and how long they keep it
    Context(Later<context::Context>),
    /// What a session changed: look at it, apply it, throw it away
    Changes(Later<changes::Changes>),
    /// Take back what was applied of a session
    Revert(Later<revert::Revert>),
    /// Say why something was denied, and what to do about it
    Explain(Later<explain::Explain>),
    /// Answer what an agent was told to ask a person about
    Approve(Later<approve::Approve>),
    /// Stand between agents and models
    Gateway(Later<gateway::Gateway>),
    /// Who may use the gateway
    #[command(subcommand)]
    Key(Later<key::Key>),
    /// Stand between agents and MCP servers
    #[command(subcommand)]
    Mcp(Later<mcp::Mcp>),
    /// Answer a coding agent's hook
    Hook(Later<hook::Hook>),
    /// Write your policy into the agents' own settings, prove that it holds there, take it back
    Harden(Later<harden::Harden>),
    /// Say what a command would do before it is run, and whether policy lets it
    Effects(Later<effects::Effects>),
    /// What an agent may do, by the files that are in force here
    #[command(subcommand)]
    Policy(Later<policy::Policy>),
    /// Find secrets, personal data and hidden instructions in files
    Scan(Later<Box<scan::Scan>>),
    /// Say whether skills, servers and instructions can be trusted, and are still what was approved
    #[command(subcommand)]
    Trust(Later<trust::Trust>),
    /// Make copies of data that say nothing about anybody
    Mask(Later<mask::Mask>),
    /// The record of everything that was decided
    #[command(subcommand)]
    Log(Later<Box<log::Log>>),
    /// Say what works on this machine, and how to mend what does not
    Doctor(Later<doctor::Doctor>),
    /// Describe a container for others to start, as tight as your policy
    Export(Later<export::Export>),
    /// Print completions for a shell
    Completions(Later<completions::Completions>),
    /// Write the manual pages into a folder
    #[command(hide = true)]
    Man(Later<man::Man>),
}

impl Command {
    /// Carries it out.
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        match self {
            Self::Init(Later(init)) => init.run(invocation),
            Self::Run(Later(run)) => run.run(&invocation.by_real_home()),
            Self::Drill(Later(drill)) => drill.run(invocation),
            Self::Halt(Later(halt)) => halt.run(invocation),
            Self::Sessions(Later(sessions)) => sessions.run(invocation),
            Self::Context(Later(context)) => context.run(invocation),
            Self::Changes(Later(changes)) => changes.run(invocation),
            Self::Revert(Later(revert)) => revert.run(invocation),
            Self::Explain(Later(explain)) => explain.run(invocation),
            Self::Approve(Later(approve)) => approve.run(invocation),
            Self::Gateway(Later(gateway)) => gateway.run(invocation),
            Self::Key(Later(key)) => key.run(invocation),
            Self::Mcp(Later(mcp)) => mcp.run(invocation),
            Self::Hook(Later(hook)) => hook.run(invocation),
            Self::Harden(Later(harden)) => harden.run(invocation),
            Self::Effects(Later(effects)) => effects.run(invocation),
            Self::Policy(Later(policy)) => policy.run(invocation),
            Self::Scan(Later(scan)) => scan.run(invocation),
            Self::Trust(Later(trust)) => trust.run(invocation),
            Self::Mask(Later(mask)) => mask.run(invocation),
            Self::Log(Later(log)) => log.run(invocation),
            Self::Doctor(Later(doctor::Doctor {})) => doctor::Doctor::run(invocation),
            Self::Export(Later(export)) => export.run(invocation),
            Self::Completions(Later(completions)) => completions.run(invocation),
            Self::Man(Later(man)) => man.run(invocation),
        }
    }
}
