//! Sockets of other programs.

use super::events::*;
use super::{Attempt, Seen, it};

pub(super) fn attempts() -> Vec<Attempt> {
    use Seen::In;
    vec![
        it("sockets.plain.allow", "", "sockets.plain.allow = ['/run/a.sock']", In(plain)),
        it(
            "sockets.plain.ask",
            "sockets.plain.ask = ['/run/a.sock']",
            "sockets.plain.ask = ['!/run/a.sock']",
            In(plain),
        ),
        it(
            "sockets.plain.deny",
            "sockets.plain.deny = ['/run/a.sock']",
            "sockets.plain.deny = ['!/run/a.sock']",
            In(plain),
        ),
        it(
            "sockets.plain.otherwise",
            "sockets.plain.otherwise = 'deny'",
            "sockets.plain.otherwise = 'allow'",
            In(plain),
        ),
        it("sockets.docker.allow", "", "sockets.docker.allow = ['logs']", In(docker)),
        it("sockets.docker.ask", "sockets.docker.ask = ['logs']", "sockets.docker.ask = ['!logs']", In(docker)),
        it("sockets.docker.deny", "sockets.docker.deny = ['logs']", "sockets.docker.deny = ['!logs']", In(docker)),
        it(
            "sockets.docker.otherwise",
            "sockets.docker.otherwise = 'deny'",
            "sockets.docker.otherwise = 'allow'",
            In(docker),
        ),
        it("sockets.podman.allow", "", "sockets.podman.allow = ['logs']", In(podman)),
        it("sockets.podman.ask", "sockets.podman.ask = ['logs']", "sockets.podman.ask = ['!logs']", In(podman)),
        it("sockets.podman.deny", "sockets.podman.deny = ['logs']", "sockets.podman.deny = ['!logs']", In(podman)),
        it(
            "sockets.podman.otherwise",
            "sockets.podman.otherwise = 'deny'",
            "sockets.podman.otherwise = 'allow'",
            In(podman),
        ),
        it("sockets.ssh-agent.keys.allow", "", "sockets.ssh-agent.keys.allow = ['work']", In(signs)),
        it(
            "sockets.ssh-agent.keys.ask",
            "sockets.ssh-agent.keys.ask = ['work']",
            "sockets.ssh-agent.keys.ask = ['!work']",
            In(signs),
        ),
        it(
            "sockets.ssh-agent.keys.deny",
            "sockets.ssh-agent.keys.deny = ['work']",
            "sockets.ssh-agent.keys.deny = ['!work']",
            In(signs),
        ),
        it(
            "sockets.ssh-agent.keys.otherwise",
            "sockets.ssh-agent.keys.otherwise = 'deny'",
            "sockets.ssh-agent.keys.otherwise = 'allow'",
            In(signs),
        ),
        it("sockets.ssh-agent.sign.allow", "", "sockets.ssh-agent.sign.allow = ['git']", In(signs)),
        it(
            "sockets.ssh-agent.sign.ask",
            "sockets.ssh-agent.sign.ask = ['git']",
            "sockets.ssh-agent.sign.ask = ['!git']",
            In(signs),
        ),
        it(
            "sockets.ssh-agent.sign.deny",
            "sockets.ssh-agent.sign.deny = ['git']",
            "sockets.ssh-agent.sign.deny = ['!git']",
            In(signs),
        ),
        it(
            "sockets.ssh-agent.sign.otherwise",
            "sockets.ssh-agent.sign.otherwise = 'deny'",
            "sockets.ssh-agent.sign.otherwise = 'allow'",
            In(signs),
        ),
        it("sockets.ssh-agent.login.allow", "", "sockets.ssh-agent.login.allow = ['git@a.example']", In(logs_in)),
        it(
            "sockets.ssh-agent.login.ask",
            "sockets.ssh-agent.login.ask = ['git@a.example']",
            "sockets.ssh-agent.login.ask = ['!git@a.example']",
            In(logs_in),
        ),
        it(
            "sockets.ssh-agent.login.deny",
            "sockets.ssh-agent.login.deny = ['git@a.example']",
            "sockets.ssh-agent.login.deny = ['!git@a.example']",
            In(logs_in),
        ),
        it(
            "sockets.ssh-agent.login.otherwise",
            "sockets.ssh-agent.login.otherwise = 'deny'",
            "sockets.ssh-agent.login.otherwise = 'allow'",
            In(logs_in),
        ),
    ]
}
