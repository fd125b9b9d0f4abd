//! What is wrong with a file: one question in each file of this folder.

pub(crate) mod command;
pub(crate) mod declared;
pub(crate) mod deeds;
pub(crate) mod front;
pub(crate) mod hidden;
pub(crate) mod page;
pub(crate) mod script;
pub(crate) mod server;
pub(crate) mod settings;
pub(crate) mod source;
pub(crate) mod tools;
pub(crate) mod workspace;
