//! The broker of sockets, attacked from inside: with a program outside that records everything that reaches it.

#[cfg(test)]
mod agent;
#[cfg(test)]
mod engine;
#[cfg(test)]
mod kit;
