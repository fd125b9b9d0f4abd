//! `portcullis.toml` as it is written: every key, what it means, and where its values lie in the file.
//!
//! Nothing here is checked beyond its shape. `validate` turns it into a [`crate::ValidPolicy`], and only that is used
//! to decide. A key is declared once, here: its text for editors, its place in the file, what the policy shows and
//! what a lower layer may do with it all follow from its type.

mod at;
mod gateway;
mod item;
mod lower;
mod markers;
mod scalar;
mod words;

pub(crate) use at::At;
pub(crate) use gateway::{Means, Row};
pub(crate) use item::{Item, Items};
pub(crate) use lower::{Entry, EntryValue, Lower};
pub(crate) use markers::MarkerTable;
pub(crate) use scalar::{Dollars, Least, LeastTime, ModelPath, Most, MostBytes, MostTime, Percent, Scalar};
pub(crate) use words::ModeWord;
pub(crate) use words::{Answer, Assumed, Ceiling, Labels, OnAuditFailure, Permission, Response};
pub use words::{AskedBy, Boundary, ContentKeeping, Keys, Listen, Preset, Require, Workspace};

use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Declares sections: the struct that is read, and how its keys are handed on.
macro_rules! sections {
    ($($(#[$doc:meta])* $name:ident { $($(#[$key_doc:meta])* $key:ident: $kind:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        pub(crate) struct $name {
            $($(#[$key_doc])* pub(crate) $key: Option<$kind>,)*
        }

        impl Lower for $name {
            fn lower(self, key: &str, out: &mut Vec<Entry>) {
                $(if let Some(value) = self.$key {
                    value.lower(&lower::below(key, stringify!($key)), out);
                })*
            }
        }
    )*};
}

sections! {
    /// What an AI coding agent may do: read, write, run, reach and spend.
    Config {
        /// The ready-made policy that this one builds on. The highest layer's is the base; without one it is `standard`.
        preset: At<Preset>,
        /// Whether decisions are carried out, or only written down.
        mode: At<ModeWord>,
        /// Which files may be read and written.
        files: Files,
        /// Which commands may run. Patterns are words, such as `git push --force`; a word may hold `*`.
        commands: Lists,
        /// Which hosts may be reached.
        network: Network,
        /// Which models may be asked, as `provider/model`.
        models: Models,
        /// Who may use the gateway, and how much.
        gateway: Gateway,
        /// Which agents may work, as `name` or `name@>=1.2`.
        agents: Lists,
        /// Which tools an agent may call; tools of an MCP server are `server/tool`.
        tools: Lists,
        /// Which MCP servers may be used.
        mcp: Lists,
        /// Which skills may be loaded.
        skills: Lists,
        /// What may be done to repositories.
        git: Git,
        /// Which dependencies may be installed, as `ecosystem:name`.
        packages: Packages,
        /// What may be asked of databases.
        database: Database,
        /// Which secrets may be lent, by name.
        secrets: Lists,
        /// Which programs of this machine a run may ask over their UNIX sockets, and what of each. Without a list there is no socket.
        sockets: Sockets,
        /// In which environments an agent may act, such as `dev`, `staging`, `prod`.
        environments: Lists,
        /// Which class of data may go where.
        data: Data,
        /// What is done when something is found in what an agent sends or receives.
        findings: Findings,
        /// Another model that is asked about texts which could steer an agent.
        injection: Injection,
        /// What becomes of what an agent changed, by the class of the change: allowed is what is applied by itself when a run
        /// ends, asked about what waits for a person, denied what is never applied.
        changes: Lists,
        /// What becomes of a command or a tool call by the dangers in how its effects come together, such as code that is
        /// downloaded and run. Files, hosts and programs are decided by their own sections.
        effects: Lists,
        /// What becomes of a call because of what the session has read before.
        taint: Taint,
        /// How code is written here.
        code: Code,
        /// What scans of files do.
        scan: Scan,
        /// How much an agent may use.
        spend: Spend,
        /// Who must say yes when a person is asked.
        approvals: Approvals,
        /// What is kept, and what happens when nothing can be kept.
        ledger: Ledger,
        /// What a run may use of this machine.
        limits: Limits,
        /// Which walls an agent must be within.
        sandbox: Sandbox,
    }

    /// What is allowed, asked about and denied. Deny beats ask, and ask beats allow.
    Lists {
        /// What may happen.
        allow: Items,
        /// What a person is asked about first.
        ask: Items,
        /// What may not happen.
        deny: Items,
        /// The answer for what no list names. Without it, a list `allow` means that nothing else is allowed.
        otherwise: At<Answer>,
    }

    /// Which files may be read and written. `./` is the repository, `~/` the home, `**` any depth; a bare name is
    /// meant wherever it occurs, and a folder means everything below it.
    Files {
        /// May be read.
        read: Items,
        /// May be read and written.
        write: Items,
        /// A person is asked before these are read or written.
        ask: Items,
        /// May be read, never written.
        protect: Items,
        /// May be neither read nor written.
        deny: Items,
        /// Code that an entry of `deny` with a `*` in it meets only by its name: `portcullis run` shows such a file if git
        /// tracks it, so that its contents lie in `.git` anyway, and no secret is found in it.
        inspect: Items,
    }

    /// Which hosts may be reached: `example.com` is that host, `*.example.com` every host below it, `10.0.0.0/8` a
    /// range, `loopback` this machine; `:443` behind it means that port only.
    Network {
        /// How far an agent can reach.
        boundary: At<Boundary>,
        /// May be reached.
        allow: Items,
        /// A person is asked first.
        ask: Items,
        /// May not be reached.
        deny: Items,
        /// Hosts that you run yourself. With the boundary `air-gapped` only these may be reached.
        self_hosted: Items,
        /// Where an agent may open a port.
        listen: At<Listen>,
    }

    /// Which models may be asked, as `provider/model`.
    Models {
        /// May be asked.
        allow: Items,
        /// A person is asked first.
        ask: Items,
        /// May not be asked.
        deny: Items,
        /// The answer for what no list names.
        otherwise: At<Answer>,
        /// The hosts that requests to models may go to.
        endpoints: Items,
        /// Models that the gateway asks elsewhere, by the names that clients ask for.
        routes: gateway::Routes,
        /// What was agreed with providers about what they are sent; the first that is about a server holds.
        terms: gateway::Terms,
    }

    /// Who may use the gateway, and how much.
    Gateway {
        /// Whom it asks for a key.
        keys: At<Keys>,
        /// How often models may be asked, and for how much. All of them hold.
        limits: gateway::Limits,
        /// What models cost; the first that means a model holds.
        prices: gateway::Prices,
    }

    /// What may be done to repositories.
    Git {
        /// Which branches may be pushed to, as `branch` or `remote/branch`.
        push: Lists,
        /// Branches that an agent can push to only after a person said yes.
        protected: Items,
        /// Overwriting history on the other side.
        force: At<Answer>,
        /// Making commits.
        commit: At<Answer>,
        /// Making, moving and removing branches and tags.
        branch: At<Answer>,
        /// Bringing commits here.
        fetch: At<Answer>,
        /// Changing history.
        rewrite: At<Answer>,
        /// Changing settings and hooks.
        configure: At<Answer>,
    }

    /// Which dependencies may be installed, as `ecosystem:name`, such as `npm:left-pad` or `pypi:*`.
    Packages {
        /// May be installed.
        allow: Items,
        /// A person is asked first.
        ask: Items,
        /// May not be installed.
        deny: Items,
        /// The answer for what no list names.
        otherwise: At<Answer>,
        /// The answer for versions with known vulnerabilities.
        vulnerable: At<Answer>,
        /// The registries that packages may come from.
        registries: Items,
    }

    /// What may be asked of databases.
    Database {
        /// Opening a session.
        connect: At<Answer>,
        /// Reading rows.
        read: At<Answer>,
        /// Changing rows.
        write: At<Answer>,
        /// Changing the schema.
        define: At<Answer>,
        /// Settings, roles, maintenance.
        admin: At<Answer>,
        /// Which tables, as `table` or `schema.table`.
        tables: Lists,
        /// How many rows one statement may read or change.
        max_rows: At<Most>,
    }

    /// Which programs of this machine a run may ask over their UNIX sockets, and what of each. A broker outside reads what is
    /// asked; what would change something is never let through.
    Sockets {
        /// Sockets that are passed through unread, by path, such as that of a database. What is behind one can be asked for
        /// everything that it does.
        plain: Lists,
        /// The agent that holds SSH keys.
        ssh_agent: SshAgent,
        /// What may be read of Docker: `ping`, `version`, `info`, `containers`, `container`, `logs`, `stats`, `top`, `images`,
        /// `image`, `events`.
        docker: Lists,
        /// What may be read of Podman, in the same words.
        podman: Lists,
    }

    /// What may be asked of the agent that holds SSH keys. A signature needs a key and a purpose that are both allowed.
    SshAgent {
        /// Which keys are listed and may sign, by fingerprint (`SHA256:…`) or comment.
        keys: Lists,
        /// What may be signed other than logins, by namespace: `git` for commits and tags, `file` for files.
        sign: Lists,
        /// Which logins may be signed, as `user@server`. A server is known by its key: by its names in `known_hosts`, or as
        /// `user@SHA256:…` by the key itself.
        login: Lists,
    }

    /// Which class of data may go where. Where several patterns fit, the strictest holds.
    Data {
        /// The highest class that may go where nothing below names the receiver.
        otherwise: At<Ceiling>,
        /// The class of data that nobody labelled.
        unlabelled: At<Assumed>,
        /// The highest class for each `provider/model`.
        models: Ceilings,
        /// The highest class for each tool.
        tools: Ceilings,
        /// The highest class for each host.
        hosts: Ceilings,
        /// What you mark as your own, such as names of projects. A text that holds it is of the class that the marker says, if
        /// nothing says a higher one.
        markers: markers::Markers,
        /// Whether labels that are in common use, such as `TLP:RED` or a header `Company confidential`, are markers too.
        labels: At<Labels>,
    }

    /// What is done when something is found in what an agent sends or receives.
    Findings {
        /// A credential is about to leave.
        secret: At<Response>,
        /// Data about a person is about to leave.
        personal_data: At<Response>,
        /// Something that `[[data.markers]]` marks is about to leave. Where it may go at all is said by its class.
        marker: At<Response>,
        /// Text tries to instruct the agent, or hides.
        injection: At<Response>,
        /// The agent wrote code with a weakness.
        code: At<Response>,
        /// A dependency is vulnerable, malicious or not approved.
        dependency: At<Response>,
        /// A skill, an MCP server or a setting is suspicious.
        agent_config: At<Response>,
        /// A change that a person should look at.
        change: At<Response>,
        /// A part of what leaves could not be looked into.
        uninspected: At<Answer>,
    }

    /// Another model that is asked about texts which could steer an agent, beside the rules and the model in the program.
    Injection {
        /// The folder that it lies in: an ONNX file, `tokenizer.json`, `config.json`. An absolute path, or one below `~/`; the
        /// highest layer's alone to say. If it can't be loaded, nothing passes.
        model: At<ModelPath>,
        /// From which likelihood on a text is a finding, in percent.
        threshold: At<Percent>,
        /// From which likelihood on the model alone is sure enough to hold a text back, in percent. Without it, a text is held back
        /// only if the rules object as well.
        sure: At<Percent>,
    }

    /// What becomes of a call because of what the session has read before: text that people outside can write (untrusted), text
    /// that must not get to them (sensitive).
    Taint {
        /// Untrusted text, sensitive text, and a way out or a lasting change come together.
        together: At<Answer>,
        /// A lasting change (outside of the repository, of what later sessions go by, of rights) after untrusted text.
        changes: At<Answer>,
        /// Sending to somebody whom no list of this policy names, after untrusted text.
        strangers: At<Answer>,
        /// Fetching from a host that neither this policy nor the user named, after untrusted text.
        links: At<Answer>,
        /// Sending a piece of sensitive text that was read, in whatever form, after anything.
        flow: At<Answer>,
        /// Hosts whose text is believed like the user's own.
        trusted_hosts: Items,
        /// MCP servers whose text is.
        trusted_servers: Items,
        /// Files whose text is, wherever it comes from.
        trusted_files: Items,
        /// Files whose text is sensitive, besides those that `[files]` does not open.
        sensitive_files: Items,
        /// MCP servers whose text is sensitive.
        sensitive_servers: Items,
    }

    /// How code is written here.
    Code {
        /// What agents are told about it, one sentence each: `portcullis harden` writes them into the agents' instructions,
        /// behind those that everybody is told.
        standards: Items,
    }

    /// What scans of files do.
    Scan {
        /// Whether `scan --verify` may send secrets that were found to their issuers.
        verify: At<Permission>,
    }

    /// How much an agent may use.
    Spend {
        /// In the last minute.
        minute: Window,
        /// In one session.
        session: Window,
        /// In one day.
        day: Window,
        /// The answer when a limit is reached.
        at_limit: At<Answer>,
    }

    /// How much may be used in a stretch of time.
    Window {
        /// Tokens, of prompts and replies together.
        tokens: At<Most>,
        /// US dollars, such as `2.50`.
        dollars: At<Dollars>,
        /// Requests to models.
        requests: At<Most>,
    }

    /// Who must say yes when a person is asked.
    Approvals {
        /// Who asks the person: the agent, where it can, or a ticket.
        by: At<AskedBy>,
        /// How many people must say yes.
        count: At<Least>,
        /// The roles that may say yes.
        roles: Items,
        /// How long a yes holds, and how long one is waited for, such as `1h`.
        expires: At<MostTime>,
        /// Whether a person may say yes to everything of the same kind for a while, and not to one call alone.
        like: At<Permission>,
        /// Cedar policies beyond the ones that ship. Below the highest layer only `forbid` is accepted.
        policies: At<String>,
    }

    /// What is kept, and what happens when nothing can be kept.
    Ledger {
        /// What happens to an event that can't be recorded.
        on_audit_failure: At<OnAuditFailure>,
        /// What is kept of prompts, replies, arguments and file contents.
        content: At<ContentKeeping>,
        /// For how long.
        retention: Retention,
    }

    /// How long things are kept.
    Retention {
        /// The text of prompts and replies, at most, such as `30d`.
        content: At<MostTime>,
        /// The records, at least, such as `1y`.
        records: At<LeastTime>,
    }

    /// What a run may use of this machine.
    Limits {
        /// Processes at the same time.
        processes: At<Most>,
        /// Memory, such as `4GiB`.
        memory: At<MostBytes>,
        /// Disk that it may fill, such as `10GiB`.
        disk: At<MostBytes>,
        /// Files that one process may have open.
        open_files: At<Most>,
        /// What it may print in all, such as `100MiB`.
        output: At<MostBytes>,
        /// Processor time as a share of one core, in percent; 200 is two cores.
        cpu_percent: At<Most>,
        /// How long it may run, such as `8h`.
        time: At<MostTime>,
    }

    /// Which walls an agent must be within.
    Sandbox {
        /// Which walls.
        require: At<Require>,
        /// Where changes to the workspace go.
        workspace: At<Workspace>,
    }
}

/// Patterns and the highest class of data that may go there.
pub(crate) type Ceilings = BTreeMap<At<String>, At<Ceiling>>;
