//! `[tools]`: which tools an agent may call. A tool of an MCP server is called `server/tool`, so that a server can't
//! offer a tool under the name of a trusted one. What a server offers for the first time is asked about as its use is.

use super::answers::word;
use super::{Answers, Asked};
use crate::pattern::name::Named;
use crate::tier::Tier;
use portcullis_event::{Body, ConfigOp, ToolOp, Verdict};

/// What an MCP server offers: a tool, a prompt, or what it says of itself to a model.
pub(crate) const OFFER: &str = "mcp-offer";

pub(crate) fn answer(tier: &Tier, asked: Asked<'_>, out: &mut Answers) {
    if let Body::Config(config) = asked.body()
        && config.category == OFFER
        && config.op == ConfigOp::Load
    {
        let (name, subject) = (&config.name, format!("`{}`, which is new", config.name));
        out.lists(&tier.tools, Named::new(name), "tools", &subject, name);
        return;
    }
    let Body::Tool(tool) = asked.body() else { return };
    let bare = tool.name.as_str();
    let full = tool.server.as_ref().map_or_else(|| bare.to_owned(), |server| format!("{server}/{bare}"));
    let subject = format!("the tool `{full}`");
    if tool.op == ToolOp::Result {
        // The call was ruled about before.
        return out.gate(Verdict::Allow, format!("what {subject} answered may be read"), None, None);
    }
    out.lists(&tier.tools, Named::new(&full), "tools", &subject, &full);
    if tool.server.is_none() {
        return;
    }
    // A denied name is denied whoever offers it.
    for said in tier.tools.hits(Named::new(bare)).filter(|said| said.verdict > Verdict::Allow) {
        out.consider(said);
        let (message, fix) = word(said, "tools", &subject, &full);
        out.guard(said.verdict, message, Some(said.origin), fix);
    }
}
