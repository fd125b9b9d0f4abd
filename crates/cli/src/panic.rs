//! What happens when Portcullis itself is broken: one line that says where, and an exit status that lets nothing pass.
//! The message of a panic may quote the data that caused it, so it is not printed, and no core file is left behind.

use crate::exit::Exit;
use std::io::Write as _;

/// Installs the hook. It ends the process at once, in every thread: a gate that lost a thread is not a gate.
pub(crate) fn install() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
        let version = env!("CARGO_PKG_VERSION");
        // Standard error may be gone; the exit status is what counts.
        drop(writeln!(
            std::io::stderr(),
            "error: Portcullis {version} has a bug{place}\n  why nothing was allowed; the details are left out because they may hold your data\n  fix report this line, see SECURITY.md if it can be abused"
        ));
        std::process::exit(i32::from(Exit::Incomplete.code()));
    }));
}
