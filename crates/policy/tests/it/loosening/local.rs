//! What an agent does on this machine: files, commands, the network, tools, and what steers it.

use super::events::*;
use super::{Attempt, Seen, it};
use crate::support::*;
use portcullis_event::*;

pub(super) fn attempts() -> Vec<Attempt> {
    use Seen::{In, Value};
    vec![
        it("preset", "preset = 'strict'", "preset = 'standard'", In(|| event(read("/home/ada/work/.git-credentials")))),
        it("preset", "preset = 'local-only'", "preset = 'air-gapped'", In(|| event(connect("a.example", 1)))),
        it(
            "gateway.keys",
            "gateway.keys = 'required'",
            "gateway.keys = 'if-any'",
            Value(|policy| policy.requires_keys().to_string()),
        ),
        it(
            "gateway.limits",
            "gateway.limits = [{ name = 'a', requests = '60/min' }]",
            "gateway.limits = [{ name = 'a', requests = '61/min' }]",
            Value(|policy| format!("{:?}", policy.gateway_limits().first())),
        ),
        it(
            "gateway.prices",
            "gateway.prices = [{ models = ['*'], input = 2, output = 2 }]",
            "gateway.prices = [{ models = ['*'], input = 1, output = 1 }]",
            Value(|policy| format!("{:?}", policy.gateway_prices())),
        ),
        it(
            "models.routes",
            "models.routes = [{ model = 'fast', upstream = 'https://a.example' }]",
            "models.routes = [{ model = 'slow', upstream = 'https://evil.example' }]",
            Value(|policy| format!("{:?}", policy.model_routes())),
        ),
        it(
            "models.terms",
            "models.terms = [{ provider = 'anthropic', keeps = '30 days', trains = 'no' }]",
            "models.terms = [{ provider = 'anthropic', keeps = 'not at all', trains = 'no' }]",
            Value(|policy| format!("{:?}", policy.model_terms("anthropic", None))),
        ),
        it("mode", "mode = 'enforce'", "mode = 'observe'", Value(|policy| format!("{:?}", policy.mode()))),
        it("files.read", "", "files.read = ['/home/eve']", In(|| event(read("/home/eve/x")))),
        it("files.read", "", "files.read = ['/']", In(|| event(read("/root/x")))),
        it("files.write", "", "files.write = ['/etc']", In(|| event(write("/etc/passwd")))),
        it("files.ask", "files.ask = ['*.sql']", "files.ask = ['!*.sql']", In(|| event(read("/home/ada/work/a.sql")))),
        it(
            "files.inspect",
            "files.deny = ['*token*']",
            "files.inspect = ['*.xyz']",
            Value(|policy| format!("{:?}", policy.against_inspected_file(&path("/home/ada/work/token.xyz")))),
        ),
        it("files.protect", "", "files.protect = ['!.git/hooks']", In(|| event(write("/home/ada/work/.git/hooks/x")))),
        it("files.deny", "", "files.deny = ['!.ssh']", In(|| event(read("/home/ada/work/.ssh/x")))),
        it("commands.allow", "", "commands.allow = ['sudo']", In(|| event(run("sudo ls")))),
        it("commands.ask", "", "commands.ask = ['!git reset --hard']", In(|| event(run("git reset --hard")))),
        it("commands.deny", "", "commands.deny = ['!sudo']", In(|| event(run("sudo ls")))),
        it(
            "commands.otherwise",
            "commands.otherwise = 'deny'",
            "commands.otherwise = 'allow'",
            In(|| event(run("ls"))),
        ),
        it(
            "network.boundary",
            "network.boundary = 'allow-list'",
            "network.boundary = 'open'",
            In(|| event(connect("x.example", 1))),
        ),
        it("network.allow", "", "network.allow = ['evil.example']", In(|| event(connect("evil.example", 1)))),
        it("network.allow", "", "network.allow = ['169.254.169.254']", In(|| event(connect("169.254.169.254", 80)))),
        it(
            "network.ask",
            "network.ask = ['a.example']",
            "network.ask = ['!a.example']",
            In(|| event(connect("a.example", 1))),
        ),
        it("network.deny", "", "network.deny = ['!169.254.0.0/16']", In(|| event(connect("169.254.169.254", 80)))),
        it(
            "network.self-hosted",
            "preset = 'air-gapped'",
            "network.self-hosted = ['a.example']",
            In(|| event(connect("a.example", 1))),
        ),
        it(
            "network.listen",
            "network.listen = 'nothing'",
            "network.listen = 'any'",
            In(|| event(Net::new(NetOp::Listen, Host::parse("127.0.0.1").unwrap()))),
        ),
        it("agents.allow", "", "agents.allow = ['evil']", In(|| by("evil"))),
        it("agents.ask", "agents.ask = ['codex']", "agents.ask = ['!codex']", In(|| by("codex"))),
        it("agents.deny", "agents.deny = ['codex']", "agents.deny = ['!codex']", In(|| by("codex"))),
        it("agents.otherwise", "agents.otherwise = 'deny'", "agents.otherwise = 'ask'", In(|| by("evil"))),
        it("tools.allow", "tools.otherwise = 'deny'", "tools.allow = ['Bash']", In(|| event(tool("Bash")))),
        it("tools.ask", "tools.ask = ['Bash']", "tools.ask = ['!Bash']", In(|| event(tool("Bash")))),
        it("tools.deny", "tools.deny = ['Bash']", "tools.deny = ['!Bash']", In(|| event(tool("Bash")))),
        it("tools.otherwise", "tools.otherwise = 'deny'", "tools.otherwise = 'allow'", In(|| event(tool("Bash")))),
        it("mcp.allow", "", "mcp.allow = ['github']", In(|| event(mcp_tool()))),
        it("mcp.ask", "mcp.ask = ['github']", "mcp.ask = ['!github']", In(|| event(mcp_tool()))),
        it("mcp.deny", "mcp.deny = ['github']", "mcp.deny = ['!github']", In(|| event(mcp_tool()))),
        it("mcp.otherwise", "mcp.otherwise = 'deny'", "mcp.otherwise = 'allow'", In(|| event(mcp_tool()))),
        it("skills.allow", "", "skills.allow = ['evil']", In(|| load_of("skill"))),
        it("skills.ask", "skills.ask = ['evil']", "skills.ask = ['!evil']", In(|| load_of("skill"))),
        it("skills.deny", "skills.deny = ['evil']", "skills.deny = ['!evil']", In(|| load_of("skill"))),
        it("skills.otherwise", "skills.otherwise = 'deny'", "skills.otherwise = 'allow'", In(|| load_of("skill"))),
        it(
            "sandbox.workspace",
            "sandbox.workspace = 'layered'",
            "sandbox.workspace = 'on-request'",
            Value(|policy| format!("{:?}", policy.workspace())),
        ),
        it("sandbox.workspace", "", "sandbox.workspace = 'live'", Value(|policy| format!("{:?}", policy.workspace()))),
        it("sandbox.require", "sandbox.require = 'any'", "sandbox.require = 'nothing'", In(|| event(run("ls")))),
        it("sandbox.require", "sandbox.require = 'full'", "sandbox.require = 'any'", In(|| event(run("ls")))),
    ]
}
