//! How many connections fit into the file descriptors that this process may have.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What the rest of the process needs: the ledger, the policy's files, the sandbox.
const OTHERS: u64 = 200;

/// Makes room for so many connections and pipes if the system lets it, and returns how many connections there is room for.
pub(crate) fn room_for(connections: usize, pipes: usize) -> usize {
    let (connections, pipes) = (connections as u64, pipes as u64);
    // A connection is two sockets, and for a moment a file of the system's resolver.
    let wanted = 3 * connections + 2 * pipes + OTHERS;
    let limit = getrlimit(Resource::Nofile);
    let (Some(now), most) = (limit.current, limit.maximum) else { return fitting(connections, u64::MAX, pipes) };
    if now >= wanted {
        return fitting(connections, now, pipes);
    }
    let raised = most.map_or(wanted, |most| wanted.min(most));
    let done = setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum: most }).is_ok();
    fitting(connections, if done { raised } else { now }, pipes)
}

fn fitting(connections: u64, limit: u64, pipes: u64) -> usize {
    let room = limit.saturating_sub(2 * pipes + OTHERS) / 3;
    usize::try_from(connections.min(room.max(1))).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_no_more_connections_than_descriptors() {
        assert_eq!(fitting(1024, 1_000_000, 64), 1024);
        assert_eq!(fitting(1024, 1024, 64), 232);
        assert_eq!(fitting(1024, 64, 64), 1);
    }
}
