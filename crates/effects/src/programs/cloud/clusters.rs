//! Clusters, and what is installed in them.

use super::super::elsewhere::{self, There};
use super::super::{Given, databases};
use super::{has, is_dry};
use crate::effect::Direction;
use crate::evaluate::{Call, Machine, Taint, Value};
use portcullis_event::Hazard;

pub(super) fn kubectl(machine: &mut Machine<'_>, call: &Call) -> Value {
    let takes = [
        "-n",
        "--namespace",
        "-c",
        "--container",
        "--context",
        "--kubeconfig",
        "-o",
        "--output",
        "-l",
        "--selector",
        "-f",
        "--filename",
        "--cluster",
        "--user",
        "-s",
        "--server",
        "--image",
        "--replicas",
        "-p",
        "--patch",
        "--as",
        "--type",
        "--timeout",
        "--tail",
        "--since",
        "-k",
        "--token",
    ];
    let given = Given::read_front_until(call.args(), &takes);
    let verb = given.operand(0).map(|word| word.text.clone()).unwrap_or_default();
    let dry = is_dry(call, &["--dry-run"]);
    for file in given.values(&["-f", "--filename"]).filter(|file| !file.is("-")) {
        if file.text.contains("://") {
            machine.url(file, Direction::In);
            if super::super::packages::is_open_to_others(file) {
                machine
                    .danger(Hazard::DownloadedCode, format!("a cluster runs what anybody may put at {}", file.shown()));
            }
        } else {
            drop(machine.read_file(file));
        }
    }
    judge_guards(machine, call, &verb);
    match verb.as_str() {
        _ if dry => {}
        "delete" | "drain" => {
            machine.danger(Hazard::Infrastructure, format!("`kubectl {verb}` removes what runs in a cluster"));
        }
        "scale" if has(call, &["--replicas=0"]) || given.value(&["--replicas"]).is_some_and(|count| count.is("0")) => {
            machine.danger(Hazard::Infrastructure, "what runs in a cluster is stopped");
        }
        "apply" | "create" | "replace" | "patch" | "edit" | "scale" | "rollout" | "set" | "label" | "annotate"
        | "run" | "expose" | "cordon" | "uncordon" | "taint" | "autoscale" => {
            let lists = matches!(verb.as_str(), "label" | "annotate")
                && has(call, &["--list"])
                && !given.operands.iter().any(|word| word.text.contains('=') || word.text.ends_with('-'));
            let harmless = lists
                || verb == "rollout"
                    && given.operand(1).is_some_and(|word| matches!(word.text.as_str(), "status" | "history"));
            let makes_admin = call.args().iter().any(|word| word.text.contains("cluster-admin"));
            if makes_admin {
                machine.danger(Hazard::Privilege, "somebody becomes administrator of a cluster");
            } else if !harmless {
                machine.danger(Hazard::Deployment, format!("`kubectl {verb}` changes a cluster"));
            }
            let is_privileged = ["\"privileged\":true", "\"hostPID\":true", "\"hostNetwork\":true", "\"path\":\"/\""];
            let squeezed = call.args().iter().map(|word| word.text.replace(char::is_whitespace, ""));
            if squeezed
                .clone()
                .any(|word| is_privileged.iter().any(|part| word.contains(part)) || word == "--privileged")
            {
                machine.danger(Hazard::Privilege, "what runs in a cluster gets the rights of root on a node");
            }
            run_in_pod(machine, call, &given);
        }
        "exec" | "attach" | "debug" => {
            machine.danger(Hazard::Deployment, "a command runs in a cluster");
            if verb == "debug" && given.operand(1).is_some_and(|word| word.starts_with("node/")) {
                machine.danger(Hazard::Privilege, "a command gets the rights of root on a node");
            }
            run_in_pod(machine, call, &given);
        }
        "cp" => given
            .operands_from(1)
            .iter()
            .filter(|file| !file.text.contains(':'))
            .for_each(|file| drop(machine.read_file(file))),
        "get" | "describe"
            if given.operands_from(1).iter().any(|word| word.starts_with("secret"))
                && call.args().iter().any(|word| {
                    word.text.contains("yaml") || word.text.contains("json") || word.text.contains("template")
                }) =>
        {
            machine.danger(Hazard::CredentialAccess, "secrets of a cluster are shown");
            return Value::hole().tainted(Taint::SECRET);
        }
        "config" if call.args().iter().any(|word| word.is("--raw")) => {
            machine.danger(Hazard::CredentialAccess, "credentials of a cluster are shown");
            return Value::hole().tainted(Taint::SECRET);
        }
        "proxy" if has(call, &["--address", "--address=0.0.0.0"]) => {
            machine.danger(Hazard::OpenPort, "a cluster is opened to others");
        }
        _ => {}
    }
    Value::hole()
}

/// What admission lets in, whose certificates are believed, who is spoken to.
fn judge_guards(machine: &mut Machine<'_>, call: &Call, verb: &str) {
    let words: Vec<&str> = call.args().iter().map(|word| word.text.as_str()).collect();
    let is_level = |word: &&str| {
        let squeezed: String = word.chars().filter(|c| !c.is_whitespace()).collect();
        squeezed.contains("pod-security.kubernetes.io/")
            && (squeezed.ends_with('-') || squeezed.contains("=privileged") || squeezed.contains("\":\"privileged\""))
    };
    let masters = words.iter().any(|word| word.contains("system:masters"));
    let signs = verb == "certificate" && words.contains(&"approve");
    if matches!(verb, "label" | "annotate" | "patch") && words.iter().any(is_level) {
        machine.danger(Hazard::GuardTampering, "pods of a namespace may do anything to their node");
    } else if words.iter().any(|word| matches!(*word, "--insecure-skip-tls-verify" | "--insecure-skip-tls-verify=true"))
    {
        machine.danger(Hazard::GuardTampering, "the certificate of a cluster is not checked");
    } else if masters || signs {
        machine.danger(Hazard::Privilege, "somebody becomes administrator of a cluster");
    } else if verb == "create" && words.contains(&"token") {
        machine.danger(Hazard::CredentialAccess, "a credential of a cluster is made");
    } else if words.contains(&"--raw") && words.iter().any(|word| word.contains("/secrets")) {
        machine.danger(Hazard::CredentialAccess, "secrets of a cluster are shown");
    }
}

/// The command behind `--`, or behind the name of the pod.
fn run_in_pod(machine: &mut Machine<'_>, call: &Call, given: &Given) {
    let dashes = call.args().iter().position(|word| word.is("--"));
    let command = match dashes {
        Some(at) => call.args().get(at + 1..).unwrap_or_default(),
        None => given.operands_from(2),
    };
    let is_database = command.first().is_some_and(|word| databases::handler(&word.text).is_some());
    if is_database {
        machine.start(command.to_vec(), &call.stdin);
    } else {
        elsewhere::start(machine, There::Container, command, &call.stdin);
    }
}

impl Given {
    /// What follows `--` is a command of its own.
    fn read_front_until(words: &[Value], takes: &[&str]) -> Self {
        let end = words.iter().position(|word| word.is("--")).unwrap_or(words.len());
        Self::read(words.get(..end).unwrap_or_default(), takes)
    }
}

/// What only looks.
const LOOKS: [&str; 14] = [
    "diff",
    "template",
    "lint",
    "show",
    "get",
    "list",
    "ls",
    "search",
    "status",
    "history",
    "dependency",
    "env",
    "version",
    "build",
];

/// What helm and its kin are told to do.
const VERBS: [&str; 13] = [
    "uninstall",
    "delete",
    "del",
    "destroy",
    "install",
    "upgrade",
    "rollback",
    "sync",
    "apply",
    "bootstrap",
    "app",
    "push",
    "template",
];

pub(super) fn helm(machine: &mut Machine<'_>, call: &Call) -> Value {
    let words = super::words_of(call);
    if is_dry(call, &["--dry-run"]) {
        return Value::hole();
    }
    let takes = [
        "-n",
        "--namespace",
        "--kube-context",
        "--kubeconfig",
        "--kube-apiserver",
        "--kube-as-group",
        "--kube-as-user",
        "--kube-ca-file",
        "--kube-tls-server-name",
        "--kube-token",
        "--qps",
        "--burst-limit",
        "--registry-config",
        "--repository-cache",
        "--repository-config",
        "-f",
        "--file",
        "-e",
        "--environment",
        "-l",
        "--selector",
        "--context",
        "--server",
        "--auth-token",
        "--grpc-web-root-path",
        "-b",
        "--helm-binary",
    ];
    let verb = Given::read_front(call.args(), &takes).operand(0).map(|word| word.text.clone()).unwrap_or_default();
    if LOOKS.contains(&verb.as_str()) {
        return Value::hole();
    }
    if verb == "plugin" && words.iter().any(|word| word == "install") {
        machine.danger(Hazard::ForeignPackage, "a plugin is installed");
    }
    // Behind an option that is not known, the verb may stand anywhere.
    let said = Some(verb.as_str()).filter(|verb| VERBS.contains(verb));
    match said.or_else(|| words.iter().find(|word| VERBS.contains(&word.as_str())).map(String::as_str)) {
        Some("uninstall" | "delete" | "del" | "destroy") => {
            machine.danger(Hazard::Infrastructure, "a release is removed from a cluster");
        }
        Some("install" | "upgrade" | "rollback" | "sync" | "apply" | "bootstrap") => {
            machine.danger(Hazard::Deployment, "a cluster changes");
        }
        Some("app") if words.iter().any(|word| word == "delete") => {
            machine.danger(Hazard::Infrastructure, "an application is removed from a cluster");
        }
        Some("push") => machine.danger(Hazard::Publication, "a chart is published"),
        _ => {}
    }
    Value::hole()
}
