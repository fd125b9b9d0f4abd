//! System calls that only somebody makes who wants to get out, for a program that attacks our own walls.
//!
//! None of them does harm even where it succeeds: what they would open they close again, and what they would change
//! is asked for with arguments that the kernel refuses after it has looked at the rights.

mod crowd;
mod files;
mod forked;
mod processes;
mod sharing;
mod surface;

pub use crowd::{by_many, fork_over_and_over};
pub use files::{handle_of, mounts_of_our_own, open_handle};
pub use forked::{Ended, Forked, fork_for};
pub use processes::{
    console_paste, leave_behind, memory_by_tracing, push_character, read_memory, say_to_descriptor, take_descriptor,
    write_memory,
};
pub use sharing::{Shared, read_key, read_queue, read_segment, receive_message};
pub use surface::{SURFACE, Surface, surface};

use std::io;

/// What a system call gave, as the standard library says it.
fn result(value: libc::c_long) -> io::Result<libc::c_long> {
    if value >= 0 { Ok(value) } else { Err(io::Error::last_os_error()) }
}

/// The name of a file for the kernel.
fn c_path(path: &std::path::Path) -> io::Result<std::ffi::CString> {
    use std::os::unix::ffi::OsStrExt as _;
    Ok(std::ffi::CString::new(path.as_os_str().as_bytes())?)
}
