//! What the kernel counts for us: limits that hold for each process and, in a namespace of users of their own, for all.

use crate::error::{Doing as _, Error, Stage};
use crate::spec::Limits;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Sets every limit, hard ones, so that nobody inside can raise them.
pub(crate) fn set(limits: &Limits) -> Result<(), Error> {
    let asked = [
        (Resource::Nproc, limits.processes),
        (Resource::As, limits.address_space),
        (Resource::Nofile, limits.open_files),
        (Resource::Fsize, limits.file_size),
        (Resource::Cpu, limits.cpu_seconds),
        // A dump of memory would be a copy of whatever the command was told.
        (Resource::Core, Some(0)),
        (Resource::Rtprio, Some(0)),
        (Resource::Memlock, Some(8 << 20)),
    ];
    for (resource, limit) in asked {
        let Some(limit) = limit else { continue };
        let hard = getrlimit(resource).maximum.map_or(limit, |most| most.min(limit));
        setrlimit(resource, Rlimit { current: Some(hard), maximum: Some(hard) }).doing(Stage::Limits)?;
    }
    Ok(())
}
