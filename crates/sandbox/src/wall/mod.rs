//! What stands between the command and the kernel once the tree is built: no capabilities, Landlock, the filter.

mod bpf;
pub(crate) mod landlock;
pub(crate) mod limits;
pub(crate) mod privileges;
pub(crate) mod renames;
pub(crate) mod seccomp;
pub(crate) mod supervised;
