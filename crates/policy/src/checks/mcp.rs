//! `[mcp]`: which MCP servers may be used.

use super::{Answers, Asked};
use crate::pattern::name::Named;
use crate::tier::Tier;
use portcullis_event::{Body, Config, ConfigOp, Tool};

pub(crate) fn answer(tier: &Tier, asked: Asked<'_>, out: &mut Answers) {
    if let Body::Tool(Tool { server: Some(server), .. }) = asked.body() {
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
