//! What an agent asks of others: models, repositories, packages, databases, secrets.

use super::events::*;
use super::{Attempt, Seen, it};
use crate::support::*;
use portcullis_event::*;

pub(super) fn attempts() -> Vec<Attempt> {
    use Seen::In;
    vec![
        it("models.allow", "", "models.allow = ['evil/*']", In(|| event(model("evil", "x")))),
        it("models.ask", "models.ask = ['openai/*']", "models.ask = ['!openai/*']", In(|| event(model("openai", "x")))),
        it(
            "models.deny",
            "models.deny = ['openai/*']",
            "models.deny = ['!openai/*']",
            In(|| event(model("openai", "x"))),
        ),
        it(
            "models.otherwise",
            "models.otherwise = 'deny'",
            "models.otherwise = 'ask'",
            In(|| event(model("evil", "x"))),
        ),
        it("models.endpoints", "models.endpoints = ['a.example']", "models.endpoints = ['api.example']", In(endpoint)),
        it("git.push.allow", "git.push.otherwise = 'deny'", "git.push.allow = ['x']", In(|| push("x", false))),
        it("git.push.ask", "git.push.ask = ['x']", "git.push.ask = ['!x']", In(|| push("x", false))),
        it("git.push.deny", "git.push.deny = ['x']", "git.push.deny = ['!x']", In(|| push("x", false))),
        it(
            "git.push.otherwise",
            "git.push.otherwise = 'deny'",
            "git.push.otherwise = 'allow'",
            In(|| push("x", false)),
        ),
        it("git.protected", "", "git.protected = ['!main']", In(|| push("main", false))),
        it("git.force", "git.force = 'deny'", "git.force = 'allow'", In(|| push("x", true))),
        it("git.commit", "git.commit = 'deny'", "git.commit = 'allow'", In(|| git(GitOp::Commit))),
        it("git.branch", "git.branch = 'deny'", "git.branch = 'allow'", In(|| git(GitOp::Branch))),
        it("git.fetch", "git.fetch = 'deny'", "git.fetch = 'allow'", In(|| git(GitOp::Fetch))),
        it("git.rewrite", "git.rewrite = 'deny'", "git.rewrite = 'allow'", In(|| git(GitOp::Rewrite))),
        it("git.configure", "git.configure = 'deny'", "git.configure = 'allow'", In(|| git(GitOp::Configure))),
        it(
            "packages.allow",
            "packages.otherwise = 'deny'",
            "packages.allow = ['npm:evil']",
            In(|| install(&[], "packages.example")),
        ),
        it("packages.ask", "packages.ask = ['npm:*']", "packages.ask = ['!npm:*']", In(|| install(&[], "a.example"))),
        it(
            "packages.deny",
            "packages.deny = ['npm:evil']",
            "packages.deny = ['!npm:evil']",
            In(|| install(&[], "a.example")),
        ),
        it(
            "packages.otherwise",
            "packages.otherwise = 'deny'",
            "packages.otherwise = 'allow'",
            In(|| install(&[], "a.example")),
        ),
        it("packages.vulnerable", "", "packages.vulnerable = 'allow'", In(|| install(&["CVE-1"], "a.example"))),
        it(
            "packages.registries",
            "packages.registries = ['a.example']",
            "packages.registries = ['evil.example']",
            In(|| install(&[], "evil.example")),
        ),
        it(
            "database.connect",
            "database.connect = 'deny'",
            "database.connect = 'allow'",
            In(|| db(DbOp::Connect, "t", 0)),
        ),
        it("database.read", "database.read = 'deny'", "database.read = 'allow'", In(|| db(DbOp::Read, "t", 0))),
        it("database.write", "database.write = 'deny'", "database.write = 'allow'", In(|| db(DbOp::Write, "t", 0))),
        it("database.define", "database.define = 'deny'", "database.define = 'allow'", In(|| db(DbOp::Define, "t", 0))),
        it("database.admin", "database.admin = 'deny'", "database.admin = 'allow'", In(|| db(DbOp::Admin, "t", 0))),
        it(
            "database.tables.allow",
            "database.tables.otherwise = 'deny'",
            "database.tables.allow = ['t']",
            In(|| db(DbOp::Read, "t", 0)),
        ),
        it(
            "database.tables.ask",
            "database.tables.ask = ['t']",
            "database.tables.ask = ['!t']",
            In(|| db(DbOp::Read, "t", 0)),
        ),
        it(
            "database.tables.deny",
            "database.tables.deny = ['t']",
            "database.tables.deny = ['!t']",
            In(|| db(DbOp::Read, "T", 0)),
        ),
        it(
            "database.tables.otherwise",
            "database.tables.otherwise = 'deny'",
            "database.tables.otherwise = 'allow'",
            In(|| db(DbOp::Read, "t", 0)),
        ),
        it("database.max-rows", "database.max-rows = 10", "database.max-rows = 11", In(|| db(DbOp::Read, "t", 11))),
        it("secrets.allow", "", "secrets.allow = ['prod/db']", In(|| event(SecretUse::new(SecretOp::Use, "prod/db")))),
        it(
            "secrets.ask",
            "secrets.ask = ['x']",
            "secrets.ask = ['!x']",
            In(|| event(SecretUse::new(SecretOp::Use, "x"))),
        ),
        it("secrets.deny", "", "secrets.deny = ['!prod/*']", In(|| event(SecretUse::new(SecretOp::Use, "prod/db")))),
        it(
            "secrets.otherwise",
            "secrets.otherwise = 'deny'",
            "secrets.otherwise = 'allow'",
            In(|| event(SecretUse::new(SecretOp::Use, "x"))),
        ),
        it("environments.allow", "", "environments.allow = ['prod']", In(|| in_environment("prod"))),
        it("environments.ask", "", "environments.ask = ['!staging']", In(|| in_environment("staging"))),
        it("environments.deny", "", "environments.deny = ['!prod']", In(|| in_environment("Prod"))),
        it(
            "environments.otherwise",
            "environments.otherwise = 'deny'",
            "environments.otherwise = 'allow'",
            In(|| in_environment("x")),
        ),
    ]
}
