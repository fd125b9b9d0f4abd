//! The gates on the wire.
//!
//! What runs confined has no network of its own. Whatever it wants to reach, it reaches through a gate in this crate, and
//! a gate asks the road before anything leaves. So it is with programs of this machine that are asked over UNIX sockets. The
//! crate opens sockets and looks names up, and nothing else: it reads no policy, writes no ledger and knows no clock but the
//! monotonic one; who decides and records is handed in.

pub mod egress;
pub mod json;
pub mod limits;
pub mod mcp;
pub mod model;
pub mod nowhere;
pub mod sockets;
pub mod sse;
mod stop;
pub mod websocket;
pub mod who;
pub mod wire;
mod workers;
