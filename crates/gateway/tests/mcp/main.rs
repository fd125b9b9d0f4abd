//! The gate between an agent and an MCP server.

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod kit;
#[cfg(test)]
mod passing;
#[cfg(test)]
mod pipes;
