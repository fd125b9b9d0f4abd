//! What the program prints and how it ends, command by command. Every test runs the real binary with an environment of
//! its own and compares all of what a user would see.

#[cfg(test)]
mod again;
#[cfg(test)]
mod agent_state;
#[cfg(test)]
mod agents;
#[cfg(test)]
mod aider;
#[cfg(test)]
mod approve;
#[cfg(test)]
mod arguments;
#[cfg(test)]
mod changes;
#[cfg(test)]
mod collector;
#[cfg(test)]
mod completions;
#[cfg(test)]
mod context;
#[cfg(test)]
mod detonate;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod drill;
#[cfg(test)]
mod effects;
#[cfg(test)]
mod engines;
#[cfg(test)]
mod everyday;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod export;
#[cfg(test)]
mod folders;
#[cfg(test)]
mod foreign;
#[cfg(test)]
mod gateway;
#[cfg(test)]
mod gateway_faults;
#[cfg(test)]
mod gateway_keys;
#[cfg(test)]
mod gateway_limits;
#[cfg(test)]
mod gateway_packed;
#[cfg(test)]
mod gateway_routes;
#[cfg(test)]
mod halt;
#[cfg(test)]
mod harden;
#[cfg(test)]
mod hardened;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod homes;
#[cfg(test)]
mod hook;
#[cfg(test)]
mod hooked;
#[cfg(test)]
mod in_place;
#[cfg(test)]
mod init;
#[cfg(test)]
mod key;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod live;
#[cfg(test)]
mod log;
#[cfg(test)]
mod machine;
#[cfg(test)]
mod man;
#[cfg(test)]
mod many;
#[cfg(test)]
mod markers;
#[cfg(test)]
mod mask;
#[cfg(test)]
mod masked_commits;
#[cfg(test)]
mod mcp;
#[cfg(test)]
mod model;
#[cfg(test)]
mod mounted;
#[cfg(test)]
mod named;
#[cfg(test)]
mod observe;
#[cfg(test)]
mod opinion;
mod policy;
#[cfg(test)]
mod private_text;
#[cfg(test)]
mod proof;
#[cfg(test)]
mod publish;
#[cfg(test)]
mod readme;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod retention;
#[cfg(test)]
mod reveal;
#[cfg(test)]
mod revert;
#[cfg(test)]
mod root;
#[cfg(test)]
mod run;
#[cfg(test)]
mod scan;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod sockets;
#[cfg(test)]
mod taint;
#[cfg(test)]
mod trust;
#[cfg(test)]
mod witness;
