//! Effects as events: the words in which policy decides.

use crate::effect::{Direction, Effect, Known, What};
use crate::evaluate;
use portcullis_event::{
    Body, File, FileOp, Git, Net, NetOp, Package, PackageOp, Process, ProcessOp, SecretOp, SecretUse, Tool, ToolName,
    ToolOp,
};

/// What policy is asked about an effect; nothing if no event says it, as with dangers and variables.
///
/// A pattern stands for itself and for each well-known name that it fits, so that `.e*` is asked about as `.env`.
pub fn bodies(effect: &Effect) -> Vec<Body> {
    match &effect.what {
        What::Read { file } => files(FileOp::Read, file),
        What::List { file } => files(FileOp::List, file),
        What::Write { file } => files(FileOp::Write, file),
        What::Delete { file, .. } => files(FileOp::Delete, file),
        What::Mode { file } => files(FileOp::Mode, file),
        What::Execute { argv } => {
            let mut process = Process::new(ProcessOp::Start);
            process.argv.clone_from(argv);
            vec![process.into()]
        }
        What::Network { direction, host, port, protocol } => {
            let op = match direction {
                Direction::In | Direction::Out => NetOp::Connect,
                Direction::Listen => NetOp::Listen,
                Direction::Lookup => NetOp::Resolve,
            };
            let mut net = Net::new(op, host.clone());
            net.port = *port;
            net.protocol = Some(protocol.clone());
            vec![net.into()]
        }
        What::Git { op, remote, refs, force } => {
            let mut git = Git::new(*op);
            git.remote.clone_from(remote);
            git.refs.clone_from(refs);
            git.force = force.then_some(true);
            vec![git.into()]
        }
        What::Package { removed, ecosystem, name, version, from } => {
            let op = if *removed { PackageOp::Remove } else { PackageOp::Install };
            let mut package = Package::new(op, ecosystem, name);
            package.version.clone_from(version);
            package.registry.clone_from(from);
            vec![package.into()]
        }
        What::Credential { name, host: Some(host) } => {
            let mut secret = SecretUse::new(SecretOp::Use, name);
            secret.destination = Some(host.clone());
            // The variable is in the agent's environment already; only where it goes is a question.
            let mut net = Net::new(NetOp::Connect, host.clone());
            net.protocol = secret.source.take();
            vec![net.into()]
        }
        What::Tool { server, name, paths, hosts } => {
            let Ok(name) = ToolName::parse(name) else { return Vec::new() };
            let mut tool = Tool::new(ToolOp::Call, name);
            tool.server.clone_from(server);
            tool.paths.clone_from(paths);
            tool.hosts.clone_from(hosts);
            vec![tool.into()]
        }
        What::Credential { host: None, .. } | What::Environment { .. } | What::Danger { .. } => Vec::new(),
    }
}

fn files(op: FileOp, file: &crate::effect::Target) -> Vec<Body> {
    let paths = match file.known {
        Known::Pattern => evaluate::candidates(file),
        Known::Exactly | Known::Partly => vec![file.path.clone()],
    };
    paths.into_iter().map(|path| File::new(op, path).into()).collect()
}
