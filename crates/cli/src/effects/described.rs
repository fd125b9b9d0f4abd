//! An effect as a person reads it.

use portcullis_effects::{Direction, What};

/// An effect in a few words.
pub(crate) fn described(what: &What) -> String {
    match what {
        What::Read { file } => format!("reads {}", file.path),
        What::List { file } => format!("lists {}", file.path),
        What::Write { file } => format!("writes {}", file.path),
        What::Delete { file, recursive: true } => format!("removes {} and all below", file.path),
        What::Delete { file, recursive: false } => format!("removes {}", file.path),
        What::Mode { file } => format!("changes the rights of {}", file.path),
        What::Execute { argv } => format!("runs {}", argv.join(" ")),
        What::Network { direction, host, port, protocol } => {
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            let verb = match direction {
                Direction::In => "fetches from",
                Direction::Out => "sends to",
                Direction::Listen => "listens on",
                Direction::Lookup => "looks up",
            };
            format!("{verb} {host}{port} ({protocol})")
        }
        What::Git { op, refs, force, .. } => {
            let force = if *force { ", overwriting" } else { "" };
            format!("git {} {}{force}", format!("{op:?}").to_lowercase(), refs.join(" "))
        }
        What::Credential { name, .. } => format!("uses a credential ({name})"),
        What::Environment { name } => format!("sets {name} for programs"),
        What::Package { removed, ecosystem, name, .. } => {
            format!("{} {ecosystem}:{name}", if *removed { "removes" } else { "installs" })
        }
        What::Tool { server, name, .. } => {
            let server = server.as_ref().map(|server| format!("{server}/")).unwrap_or_default();
            format!("calls the tool {server}{name}")
        }
        What::Danger { hazard, why } => format!("{why} ({})", hazard.as_str()),
    }
}
