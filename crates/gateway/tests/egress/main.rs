//! The broker at work, seen from inside of a sandbox and from the servers outside.

#[cfg(test)]
mod kit;

#[cfg(test)]
mod caps;
#[cfg(test)]
mod connect;
#[cfg(test)]
mod http;
#[cfg(test)]
mod knock;
#[cfg(test)]
mod machine;
#[cfg(test)]
mod models;
#[cfg(test)]
mod names;
#[cfg(test)]
mod sandbox;
#[cfg(test)]
mod socks;
#[cfg(test)]
mod transparent;
#[cfg(test)]
mod upstream;
