//! A Kubernetes Pod, what it may reach, and the hosts that its proxy is to let through; as JSON, which `kubectl` reads.
//!
//! It keeps to the Pod Security Standard `restricted` and goes beyond it where a Pod has words for that.

use super::{DISK, Described, HOME, USER, WORKSPACE};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// In what it is less than a run.
pub(super) const LESS: &[&str] = &[
    "the repository is not in it: clone it into the workspace, without its secrets",
    "a NetworkPolicy holds only where the cluster's network carries it out, and names no hosts: that is for the proxy to do",
    "how many processes there may be is for the node to say (podPidsLimit)",
];

/// The label by which the `NetworkPolicy` finds the Pod.
const LABEL: &str = "portcullis.dev/sandbox";

/// All three.
pub(super) fn text(of: &Described) -> Value {
    json!({ "apiVersion": "v1", "kind": "List", "items": [hosts(of), network(of), pod(of)] })
}

fn metadata(of: &Described) -> Value {
    json!({ "name": of.name, "labels": { LABEL: of.name } })
}

fn hosts(of: &Described) -> Value {
    let list: String = of.hosts.iter().flat_map(|host| [host.as_str(), "\n"]).collect();
    json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata(of), "immutable": true, "data": { "hosts": list },
    })
}

/// Nothing comes in, and nothing goes out but to the proxy. Names are for the proxy to look up: a question about a name can
/// carry data.
fn network(of: &Described) -> Value {
    let to = |proxy: SocketAddr| {
        let bits = if proxy.is_ipv4() { 32 } else { 128 };
        json!({
            "to": [{ "ipBlock": { "cidr": format!("{}/{bits}", proxy.ip()) } }],
            "ports": [{ "protocol": "TCP", "port": proxy.port() }],
        })
    };
    let egress: Vec<Value> = of.proxy.into_iter().map(to).collect();
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata(of),
        "spec": {
            "podSelector": { "matchLabels": { LABEL: of.name } },
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [],
            "egress": egress,
        },
    })
}

fn pod(of: &Described) -> Value {
    let volume = |name: &str, bytes: u64| json!({ "name": name, "emptyDir": { "sizeLimit": bytes.to_string() } });
    let mut spec = json!({
        "automountServiceAccountToken": false,
        "enableServiceLinks": false,
        "hostNetwork": false,
        "hostPID": false,
        "hostIPC": false,
        "hostUsers": false,
        "shareProcessNamespace": false,
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 5,
        "hostname": "portcullis",
        "dnsPolicy": "None",
        "dnsConfig": { "nameservers": ["127.0.0.1"] },
        "securityContext": {
            "runAsNonRoot": true, "runAsUser": USER, "runAsGroup": USER, "fsGroup": USER, "supplementalGroups": [],
            "seccompProfile": { "type": "RuntimeDefault" },
        },
        "containers": [container(of)],
        "volumes": [volume("home", of.disk().min(1 << 30)), volume("temporary", of.disk().min(4 << 30)), volume("workspace", of.disk())],
    });
    if let (Some(seconds), Some(fields)) = (of.limits.time, spec.as_object_mut()) {
        fields.insert("activeDeadlineSeconds".to_owned(), seconds.into());
    }
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata(of), "spec": spec })
}

fn container(of: &Described) -> Value {
    let variables: Vec<Value> =
        of.variables().into_iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    let mounted = |name: &str, at: &str| json!({ "name": name, "mountPath": at });
    json!({
        "name": "agent",
        "image": of.image,
        "command": ["sleep", "infinity"],
        "workingDir": WORKSPACE,
        "env": variables,
        "securityContext": {
            "allowPrivilegeEscalation": false, "privileged": false, "readOnlyRootFilesystem": true, "runAsNonRoot": true,
            "capabilities": { "drop": ["ALL"] }, "seccompProfile": { "type": "RuntimeDefault" },
        },
        "resources": { "limits": limits(of), "requests": { "cpu": "100m", "memory": "64Mi" } },
        "volumeMounts": [mounted("home", HOME), mounted("temporary", "/tmp"), mounted("workspace", WORKSPACE)],
    })
}

/// Where policy has no limit, the machine is shared all the same: a node has other Pods.
fn limits(of: &Described) -> Value {
    json!({
        "cpu": format!("{}m", of.limits.cpu_percent.unwrap_or(200) * 10),
        "memory": of.limits.memory.unwrap_or(DISK).to_string(),
        "ephemeral-storage": of.disk().to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{bare, full};
    use super::*;

    /// What the Pod Security Standard `restricted` asks for, and what goes beyond it here.
    fn wrong(pod: &Value) -> Vec<&'static str> {
        let spec = &pod["spec"];
        let mut wrong = Vec::new();
        let mut must = |holds: bool, what| wrong.extend((!holds).then_some(what));
        for field in ["hostNetwork", "hostPID", "hostIPC", "hostUsers", "shareProcessNamespace"] {
            must(spec[field] == false, "it shares something of its node");
        }
        must(spec["automountServiceAccountToken"] == false, "it is given a token of the cluster");
        must(spec["enableServiceLinks"] == false, "it is told of services");
        must(spec["securityContext"]["runAsNonRoot"] == true, "it may be root");
        must(spec["securityContext"]["runAsUser"].as_u64().is_some_and(|user| user > 0), "it is root");
        must(spec["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault", "it has no filter");
        for container in spec["containers"].as_array().into_iter().flatten() {
            let context = &container["securityContext"];
            must(context["allowPrivilegeEscalation"] == false, "it may gain privileges");
            must(context["privileged"] == false, "it is privileged");
            must(context["readOnlyRootFilesystem"] == true, "its root can be changed");
            must(context["capabilities"] == json!({ "drop": ["ALL"] }), "it has capabilities");
            for limit in ["cpu", "memory", "ephemeral-storage"] {
                must(container["resources"]["limits"][limit].is_string(), "it has no limit");
            }
            must(container.get("ports").is_none(), "it listens");
        }
        let only_own = |volume: &Value| {
            let kinds: Vec<&String> = volume.as_object().into_iter().flat_map(|fields| fields.keys()).collect();
            kinds.iter().all(|kind| matches!(kind.as_str(), "name" | "emptyDir"))
                && volume["emptyDir"]["sizeLimit"].is_string()
        };
        must(spec["volumes"].as_array().is_some_and(|volumes| volumes.iter().all(only_own)), "a volume is not its own");
        wrong
    }

    /// Fields that a Pod's and a container's specification have, of those that are used here.
    const SPEC: &[&str] = &[
        "activeDeadlineSeconds",
        "automountServiceAccountToken",
        "containers",
        "dnsConfig",
        "dnsPolicy",
        "enableServiceLinks",
        "hostIPC",
        "hostNetwork",
        "hostPID",
        "hostUsers",
        "hostname",
        "restartPolicy",
        "securityContext",
        "shareProcessNamespace",
        "terminationGracePeriodSeconds",
        "volumes",
    ];
    const CONTAINER: &[&str] =
        &["command", "env", "image", "name", "resources", "securityContext", "volumeMounts", "workingDir"];

    fn item(of: &Described, kind: &str) -> Value {
        let list = text(of);
        list["items"].as_array().unwrap().iter().find(|item| item["kind"] == kind).unwrap().clone()
    }

    #[test]
    fn a_pod_is_restricted_and_has_the_fields_that_pods_have() {
        for described in [full(), bare()] {
            let pod = item(&described, "Pod");
            assert_eq!(wrong(&pod), [""; 0]);
            assert!(pod["spec"].as_object().unwrap().keys().all(|key| SPEC.contains(&key.as_str())));
            assert!(
                pod["spec"]["containers"][0].as_object().unwrap().keys().all(|key| CONTAINER.contains(&key.as_str()))
            );
            assert!(!text(&described).to_string().contains("hostPath"));
        }
    }

    #[test]
    fn the_check_finds_what_is_wrong() {
        let changes: [(&str, Value); 8] = [
            ("/spec/hostNetwork", true.into()),
            ("/spec/automountServiceAccountToken", true.into()),
            ("/spec/securityContext/runAsUser", 0.into()),
            ("/spec/securityContext/seccompProfile/type", "Unconfined".into()),
            ("/spec/containers/0/securityContext/privileged", true.into()),
            ("/spec/containers/0/securityContext/capabilities", json!({ "drop": ["ALL"], "add": ["SYS_ADMIN"] })),
            ("/spec/containers/0/resources/limits", json!({})),
            ("/spec/volumes/0", json!({ "name": "x", "hostPath": { "path": "/" } })),
        ];
        for (path, value) in changes {
            let mut pod = item(&full(), "Pod");
            *pod.pointer_mut(path).unwrap() = value;
            assert!(!wrong(&pod).is_empty(), "{path}");
        }
    }

    #[test]
    fn only_the_proxy_is_reached_and_without_one_nothing() {
        let policy = item(&full(), "NetworkPolicy");
        assert_eq!(policy["spec"]["policyTypes"], json!(["Ingress", "Egress"]));
        assert_eq!(policy["spec"]["ingress"], json!([]));
        let expected = json!([{
            "to": [{ "ipBlock": { "cidr": "10.0.0.7/32" } }], "ports": [{ "protocol": "TCP", "port": 3128 }],
        }]);
        assert_eq!(policy["spec"]["egress"], expected);
        assert_eq!(item(&bare(), "NetworkPolicy")["spec"]["egress"], json!([]));
        let selects = &policy["spec"]["podSelector"]["matchLabels"];
        assert_eq!(selects, &item(&full(), "Pod")["metadata"]["labels"], "the policy is for this very Pod");
        assert_eq!(item(&full(), "ConfigMap")["data"]["hosts"], "api.example:443\n");
    }

    #[test]
    fn the_limits_are_those_of_policy() {
        let pod = item(&full(), "Pod");
        let expected = json!({ "cpu": "1500m", "memory": "4294967296", "ephemeral-storage": "8589934592" });
        assert_eq!(pod["spec"]["containers"][0]["resources"]["limits"], expected);
        assert_eq!(pod["spec"]["activeDeadlineSeconds"], 3600);
        assert!(item(&bare(), "Pod")["spec"].get("activeDeadlineSeconds").is_none());
    }
}
