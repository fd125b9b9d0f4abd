//! Settings that stand in a web page of a tool's maker, where no program of ours can read them: somebody looks, and says so. That
//! is written down, with the name of whoever looked, and is worth something until it expires.

use crate::Tool;

/// Something that somebody looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attestation {
    /// A stable name.
    pub id: &'static str,
    /// The tool.
    pub tool: Tool,
    /// What must be so.
    pub what: &'static str,
    /// Where to look.
    pub place: &'static str,
    /// For how many days a look is worth something.
    pub days: u32,
}

const fn of(id: &'static str, tool: Tool, what: &'static str, place: &'static str) -> Attestation {
    Attestation { id, tool, what, place, days: 180 }
}

/// All of them.
pub const ATTESTATIONS: &[Attestation] = &[
    of(
        "claude-code.no-training",
        Tool::ClaudeCode,
        "conversations are not used for training, and are kept for no longer than your contract says",
        "the privacy settings of the account, or those of the organisation in the console",
    ),
    of(
        "codex.no-training",
        Tool::Codex,
        "content is not used for training, and the cloud environments reach only hosts that you approve",
        "data controls of the workspace; settings of each cloud environment",
    ),
    of(
        "copilot-cli.content-exclusion",
        Tool::Copilot,
        "files that policy denies are excluded from content; the command line, the cloud agent and the editor's agent do not obey it",
        "Copilot, content exclusion, in the settings of the repository, the organisation and the enterprise",
    ),
    of(
        "copilot-cli.policies",
        Tool::Copilot,
        "suggestions that match public code are blocked, and only approved models and MCP servers are enabled",
        "Copilot policies in the settings of the organisation",
    ),
    of(
        "cursor.privacy-mode",
        Tool::Cursor,
        "privacy mode is enforced for everybody",
        "privacy in the dashboard of the team",
    ),
    of(
        "cursor.models",
        Tool::Cursor,
        "only approved models and MCP servers are allowed, and running everything without a question is off",
        "models, MCP and auto-run in the dashboard of the team",
    ),
    of(
        "windsurf.data",
        Tool::Windsurf,
        "no data is retained, and the list of MCP servers and of commands is the approved one",
        "the team's settings",
    ),
    of(
        "gemini-cli.data",
        Tool::Gemini,
        "the account is one whose terms exclude training on prompts and code",
        "the terms of the account or project that the tool signs in with",
    ),
    of(
        "kiro.data",
        Tool::Kiro,
        "content is not used to improve the service",
        "data sharing in the profile of the organisation",
    ),
    of(
        "self-hosted.server",
        Tool::SelfHosted,
        "the server listens on this machine or asks for certificates, demands a key, runs no code that comes with a model, and logs no prompts",
        "the options that vLLM, TGI or llama.cpp are started with",
    ),
];
