//! `devcontainer.json`: what editors start.

use super::{Described, HOME, USER, WORKSPACE};
use serde_json::{Map, Value, json};

/// In what it is less than a run.
pub(super) const LESS: &[&str] = &[
    "the repository is shown as it is: secret files in it are seen, and every change is one of yours at once",
    "what the container reaches is for its network and proxy to say; `portcullis run` asks your policy about each host",
];

/// The file.
pub(super) fn text(of: &Described) -> Value {
    let variables: Map<String, Value> =
        of.variables().into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    json!({
        "name": of.name,
        "image": of.image,
        "runArgs": arguments(of),
        "containerUser": format!("{USER}:{USER}"),
        "remoteUser": format!("{USER}"),
        "updateRemoteUserUID": true,
        "privileged": false,
        "init": true,
        "overrideCommand": true,
        "capAdd": [],
        "securityOpt": ["no-new-privileges"],
        "workspaceFolder": WORKSPACE,
        "workspaceMount": format!("source=${{localWorkspaceFolder}},target={WORKSPACE},type=bind,bind-propagation=private"),
        "mounts": [],
        "containerEnv": variables,
        "forwardPorts": [],
        "otherPortsAttributes": { "onAutoForward": "ignore" },
        "shutdownAction": "stopContainer",
    })
}

/// What the engine is told beyond what the file has words for. Docker and Podman understand each of these.
fn arguments(of: &Described) -> Vec<String> {
    let mut arguments: Vec<String> =
        ["--cap-drop=ALL", "--read-only", "--ipc=private", "--pids-limit=512", "--hostname=portcullis"]
            .map(str::to_owned)
            .into();
    if let Some(processes) = of.limits.processes {
        arguments.retain(|argument| !argument.starts_with("--pids-limit"));
        arguments.push(format!("--pids-limit={processes}"));
    }
    // The only way out is the proxy, which has to be on that network; no other host is.
    let network = if of.proxy.is_some() { "portcullis-internal" } else { "none" };
    arguments.push(format!("--network={network}"));
    let in_memory = |at: &str, bytes: u64, mode: &str| format!("--tmpfs={at}:rw,nosuid,nodev,size={bytes},mode={mode}");
    arguments.push(in_memory("/tmp", of.disk().min(4 << 30), "1777"));
    arguments.push(format!("{},uid={USER},gid={USER}", in_memory(HOME, of.disk().min(1 << 30), "0700")));
    arguments.extend(of.limits.memory.map(|bytes| format!("--memory={bytes}")));
    // No more by way of the swap.
    arguments.extend(of.limits.memory.map(|bytes| format!("--memory-swap={bytes}")));
    arguments.extend(of.limits.cpu_percent.map(|percent| format!("--cpus={}.{:02}", percent / 100, percent % 100)));
    arguments.extend(of.limits.open_files.map(|files| format!("--ulimit=nofile={files}:{files}")));
    arguments.push("--ulimit=core=0:0".to_owned());
    arguments
}

#[cfg(test)]
mod tests {
    use super::super::tests::{bare, full};
    use super::*;

    /// Whether a value has a type.
    type Is = fn(&Value) -> bool;

    /// Keys of the specification that are used here, and of what type their values are.
    const KEYS: &[(&str, Is)] = &[
        ("name", Value::is_string),
        ("image", Value::is_string),
        ("runArgs", Value::is_array),
        ("containerUser", Value::is_string),
        ("remoteUser", Value::is_string),
        ("updateRemoteUserUID", Value::is_boolean),
        ("privileged", Value::is_boolean),
        ("init", Value::is_boolean),
        ("overrideCommand", Value::is_boolean),
        ("capAdd", Value::is_array),
        ("securityOpt", Value::is_array),
        ("workspaceFolder", Value::is_string),
        ("workspaceMount", Value::is_string),
        ("mounts", Value::is_array),
        ("containerEnv", Value::is_object),
        ("forwardPorts", Value::is_array),
        ("otherPortsAttributes", Value::is_object),
        ("shutdownAction", Value::is_string),
    ];

    #[test]
    fn every_key_is_one_of_the_specification_and_has_its_type() {
        for described in [full(), bare()] {
            let file = text(&described);
            for (key, value) in file.as_object().unwrap() {
                let known = KEYS.iter().find(|(known, _)| known == key);
                assert!(known.is_some_and(|(_, is)| is(value)), "{key}: {value}");
            }
        }
    }

    #[test]
    fn nothing_is_granted_and_the_limits_are_those_of_policy() {
        let arguments = arguments(&full());
        for expected in [
            "--cap-drop=ALL",
            "--read-only",
            "--network=portcullis-internal",
            "--pids-limit=512",
            "--memory=4294967296",
            "--memory-swap=4294967296",
            "--cpus=1.50",
            "--ulimit=nofile=1024:1024",
        ] {
            assert!(arguments.iter().any(|argument| argument == expected), "{expected}: {arguments:?}");
        }
        let bare = super::arguments(&bare());
        assert!(bare.contains(&"--network=none".to_owned()) && bare.contains(&"--pids-limit=512".to_owned()));
        let text = text(&full()).to_string();
        for granted in
            ["--privileged", "docker.sock", "seccomp=unconfined", "apparmor=unconfined", "--pid=host", "--device"]
        {
            assert!(!text.contains(granted), "{granted}");
        }
    }
}
