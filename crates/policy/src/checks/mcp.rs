//! `[mcp]`: which MCP servers may be used.

use super::{Answers, Asked};
use crate::pattern::name::Named;
use crate::tier::Tier;
use portcullis_event::{Body, Config, ConfigOp, Tool, ToolOp};

pub(crate) fn answer(tier: &Tier, asked: Asked<'_>, out: &mut Answers) {
    // What a server answers was asked for before, and that was ruled about.
    if let Body::Tool(Tool { op: ToolOp::Call | ToolOp::List, server: Some(server), .. }) = asked.body() {
        out.stopping_lists(&tier.mcp, Named::new(server), "mcp", &format!("the MCP server `{server}`"), server);
    }
    if let Body::Config(config) = asked.body()
        && config.category == "mcp-server"
        && matches!(config.op, ConfigOp::Load | ConfigOp::Change)
    {
        let Config { name, version, source, .. } = config;
        let value = Named { name, version: version.as_deref(), source: source.as_deref() };
        out.lists(&tier.mcp, value, "mcp", &format!("the MCP server `{name}`"), name);
    }
}
