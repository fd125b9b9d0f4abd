//! Clouds, clusters and forges: what is destroyed, what changes, what shows credentials.

use super::elsewhere::{self, There};
use super::{Given, Handler};
use crate::evaluate::{Call, Machine, Taint, Value};
use portcullis_event::Hazard;

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "terraform" | "tofu" | "terragrunt" | "pulumi" | "cdk" | "cdktf" | "sam" | "serverless" | "sls" | "sst" => {
            infrastructure
        }
        "kubectl" | "oc" | "k" | "kubecolor" => kubectl,
        "helm" | "helmfile" | "argocd" | "flux" | "kustomize" => helm,
        "aws" | "gcloud" | "az" | "gsutil" | "bq" | "doctl" | "heroku" | "fly" | "flyctl" | "vercel" | "netlify"
        | "wrangler" | "firebase" | "railway" | "eksctl" | "linode-cli" | "hcloud" | "oci" | "s3cmd" | "mc" | "scw"
        | "civo" | "vultr-cli" | "ibmcloud" | "aliyun" | "exo" | "upctl" | "koyeb" | "cf" | "pscale" | "neonctl"
        | "turso" | "confluent" | "databricks" | "supabase" | "eb" | "amplify" => cloud,
        _ => return None,
    })
}

pub(super) fn words_of(call: &Call) -> Vec<String> {
    call.args().iter().filter(|word| !word.starts_with("-")).map(|word| word.text.to_ascii_lowercase()).collect()
}

pub(super) fn has(call: &Call, names: &[&str]) -> bool {
    call.args().iter().any(|word| names.iter().any(|name| word.is(name) || word.text.starts_with(&format!("{name}="))))
}

/// Whether nothing happens but that it is told what would; the last word about it holds.
fn is_dry(call: &Call, names: &[&str]) -> bool {
    let last = call.args().iter().rev().find_map(|word| {
        let (name, value) = word.text.split_once('=').unwrap_or((word.text.as_str(), "true"));
        match name.strip_prefix("--no-") {
            Some(rest) if names.iter().any(|name| name.trim_start_matches('-') == rest) => Some("none"),
            _ => names.contains(&name).then_some(value),
        }
    });
    last.is_some_and(|value| matches!(value, "true" | "client" | "server"))
}

/// Files behind `file://` and `fileb://` are read.
fn read_named(machine: &mut Machine<'_>, call: &Call) {
    let files: Vec<Value> =
        call.args().iter().filter_map(|word| word.behind("file://").or_else(|| word.behind("fileb://"))).collect();
    for file in &files {
        machine.read_file(file);
    }
}

fn infrastructure(machine: &mut Machine<'_>, call: &Call) -> Value {
    let words = words_of(call);
    let given: Vec<&str> = words.iter().map(String::as_str).collect();
    let has_word = |names: &[&str]| given.iter().take(3).any(|word| names.contains(word));
    if has_word(&["destroy", "destroy-all", "remove", "down", "delete"]) || has(call, &["-destroy", "--destroy"]) {
        machine.danger(Hazard::Infrastructure, format!("`{}` destroys what it manages", call.name()));
    } else if given.first() == Some(&"state") && has_word(&["rm", "push", "mv", "replace-provider"])
        || has_word(&["force-unlock", "taint"])
    {
        machine.danger(Hazard::Infrastructure, "what is known of servers is changed by hand");
    } else if has_word(&["apply", "deploy", "up", "import", "refresh", "run-all"]) {
        machine.danger(Hazard::Deployment, format!("`{}` changes servers", call.name()));
    }
    if given.first() == Some(&"output") && has(call, &["-raw", "-json"]) {
        return Value::hole().tainted(Taint::SECRET);
    }
    Value::hole()
}

fn kubectl(machine: &mut Machine<'_>, call: &Call) -> Value {
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
            drop(machine.url(file, crate::effect::Direction::In));
        } else {
            drop(machine.read_file(file));
        }
    }
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
            let harmless = verb == "rollout"
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

/// The command behind `--`, or behind the name of the pod.
fn run_in_pod(machine: &mut Machine<'_>, call: &Call, given: &Given) {
    let dashes = call.args().iter().position(|word| word.is("--"));
    let command = match dashes {
        Some(at) => call.args().get(at + 1..).unwrap_or_default(),
        None => given.operands_from(2),
    };
    let is_database = command.first().is_some_and(|word| super::databases::handler(&word.text).is_some());
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

fn helm(machine: &mut Machine<'_>, call: &Call) -> Value {
    let words = words_of(call);
    if is_dry(call, &["--dry-run"]) {
        return Value::hole();
    }
    match words.iter().find(|word| VERBS.contains(&word.as_str())).map(String::as_str) {
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

/// Words that end things in clouds.
const ENDS: [&str; 26] = [
    "rb",
    "rm",
    "delete",
    "destroy",
    "terminate",
    "remove",
    "purge",
    "deregister",
    "detach",
    "drop",
    "apps:destroy",
    "pg:reset",
    "addons:destroy",
    "undelete",
    "wipe",
    "delete-stack",
    "terminate-instances",
    "delete-bucket",
    "project:delete",
    "rb --force",
    "reset",
    "hosting:disable",
    "firestore:delete",
    "sites:delete",
    "teardown",
    "down",
];
/// Words that only look.
const LOOKS: [&str; 18] = [
    "describe", "list", "get", "ls", "show", "logs", "log", "info", "status", "whoami", "version", "help", "tail",
    "sts", "wait", "lookup", "filter", "projects",
];
/// Words that change things.
const CHANGES: [&str; 30] = [
    "create",
    "update",
    "put",
    "run",
    "start",
    "stop",
    "reboot",
    "modify",
    "attach",
    "set",
    "add",
    "deploy",
    "apply",
    "invoke",
    "cp",
    "mv",
    "sync",
    "mb",
    "publish",
    "import",
    "restore",
    "enable",
    "disable",
    "scale",
    "push",
    "release",
    "promote",
    "execute",
    "authorize",
    "register",
];
/// Words that show or make credentials.
const CREDENTIALS: [&str; 20] = [
    "get-secret-value",
    "get-parameter",
    "get-parameters",
    "get-session-token",
    "assume-role",
    "create-access-key",
    "get-login-password",
    "print-access-token",
    "print-identity-token",
    "get-access-token",
    "get-credentials",
    "list-keys",
    "export-credentials",
    "get-authorization-token",
    "create-login-profile",
    "application-default",
    "keys",
    "config:get",
    "secrets:access",
    "get-password-data",
];

fn cloud(machine: &mut Machine<'_>, call: &Call) -> Value {
    read_named(machine, call);
    let words = words_of(call);
    let any = |list: &[&str]| {
        words.iter().take(6).any(|word| list.iter().any(|it| word == it || word.starts_with(&format!("{it}-"))))
    };
    let exact = |list: &[&str]| words.iter().take(6).any(|word| list.contains(&word.as_str()));
    let is_admin = call.args().iter().any(|word| {
        word.text.contains("AdministratorAccess")
            || word.text.contains("roles/owner")
            || word.text.contains("\"Action\":\"*\"")
    });
    storage(machine, call, &words);
    if is_admin {
        machine.danger(Hazard::Privilege, "somebody becomes administrator of an account");
    } else if exact(&CREDENTIALS)
        || (words.iter().any(|word| word == "secrets") && words.iter().any(|word| word == "access"))
        || (words.iter().any(|word| word == "secret") && words.iter().any(|word| word == "show" || word == "download"))
        || (words.first().is_some_and(|word| word == "configure") && words.iter().any(|word| word.contains("secret")))
    {
        machine.danger(Hazard::CredentialAccess, format!("`{}` shows or makes a credential", call.name()));
        return Value::hole().tainted(Taint::SECRET);
    } else if is_dry(call, &["--dryrun", "--dry-run"]) {
    } else if any(&ENDS) || has(call, &["--delete"]) {
        machine.danger(Hazard::Infrastructure, format!("`{}` removes something in a cloud", call.name()));
    } else if exact(&SILENCES) || silences_logs(&words) {
        machine.danger(Hazard::GuardTampering, "records or guards of a cloud are switched off");
    } else if shares_with_everybody(call) {
        machine.danger(Hazard::Exfiltration, "a copy of disks or databases is handed to others");
    } else if exact(&["ssh", "console", "session-manager", "start-session", "run-command", "send-command"])
        || matches!((call.name().as_str(), words.first().map(String::as_str)), ("heroku", Some("run" | "ps:exec")))
    {
        machine.danger(Hazard::Deployment, "a command runs on another machine");
        run_on_server(machine, call);
    } else if any(&CHANGES) && !any(&LOOKS) && !local_only(call, &words) {
        machine.danger(Hazard::Deployment, format!("`{}` changes something in a cloud", call.name()));
    }
    Value::hole().tainted(Taint::NETWORK)
}

/// Words that switch off what a cloud writes down, or who may get in.
const SILENCES: [&str; 14] = [
    "stop-logging",
    "delete-trail",
    "put-event-selectors",
    "delete-detector",
    "stop-configuration-recorder",
    "delete-configuration-recorder",
    "disable-security-hub",
    "disable-macie",
    "disable-organization-admin-account",
    "delete-flow-logs",
    "deactivate-mfa-device",
    "delete-account-password-policy",
    "delete-public-access-block",
    "disable-key",
];

fn silences_logs(words: &[String]) -> bool {
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    has(&["delete", "disable", "stop"])
        && has(&["sinks", "diagnostic-settings", "activity-log", "flow-log", "scc", "audit"])
}

/// Whether a copy of disks, databases or images is opened to other accounts. What is served to everybody on purpose, a
/// bucket of web pages, is a change like others.
fn shares_with_everybody(call: &Call) -> bool {
    let words: Vec<String> = call.args().iter().map(|word| word.text.to_ascii_lowercase()).collect();
    let shares = words.iter().any(|word| {
        matches!(
            word.as_str(),
            "modify-db-snapshot-attribute"
                | "modify-db-cluster-snapshot-attribute"
                | "modify-snapshot-attribute"
                | "modify-image-attribute"
                | "modify-fpga-image-attribute"
                | "authorize-snapshot-access"
        )
    });
    shares && !words.iter().any(|word| word.contains("remove"))
}

/// Commands that a cloud's tool hands to machines: `--command`, `commands=[…]`, or what stands behind the name.
fn run_on_server(machine: &mut Machine<'_>, call: &Call) {
    let given = Given::read(
        call.args(),
        &["--command", "-C", "--ssh-command", "--scripts", "--parameters", "-a", "--app", "--zone", "--project"],
    );
    for text in given.values(&["--command", "-C", "--ssh-command", "--scripts"]) {
        elsewhere::run_text(machine, There::Server, text, &call.stdin);
    }
    for parameters in given.values(&["--parameters"]) {
        let text = parameters.text.replace('\'', "\"");
        for code in text.split('"').skip(1).step_by(2).filter(|code| *code != "commands") {
            elsewhere::run_text(machine, There::Server, &Value::of(code), &Value::default());
        }
        if let Some(code) = parameters.text.strip_prefix("commands=").filter(|code| !code.starts_with('[')) {
            elsewhere::run_text(machine, There::Server, &Value::of(code), &Value::default());
        }
    }
    let dashes = call.args().iter().position(|word| word.is("--"));
    let behind = match dashes {
        Some(at) => call.args().get(at + 1..).unwrap_or_default().to_vec(),
        None if call.name() == "heroku" => given.operands_from(1).to_vec(),
        None => Vec::new(),
    };
    elsewhere::run_text(machine, There::Server, &Value::join(&behind, " "), &call.stdin);
}

/// Commands of a cloud's tool that stay on this machine.
fn local_only(call: &Call, words: &[String]) -> bool {
    let first = words.first().map(String::as_str).unwrap_or_default();
    matches!(
        (call.name().as_str(), first),
        (
            "vercel" | "netlify" | "wrangler" | "firebase" | "supabase" | "amplify" | "sam",
            "dev" | "build" | "start" | "init" | "emulators:start" | "link" | "types" | "gen" | "local"
        )
    ) || (call.name() == "supabase" && first == "stop")
        || (call.name() == "gcloud" && first == "config")
        || (call.name() == "aws" && first == "configure")
}

/// Copies to and from buckets.
fn storage(machine: &mut Machine<'_>, call: &Call, words: &[String]) {
    let copies =
        words.iter().take(3).any(|word| matches!(word.as_str(), "cp" | "sync" | "mv" | "rsync" | "put" | "mirror"));
    if !copies {
        return;
    }
    let is_bucket = |word: &Value| {
        word.text.starts_with("s3://") || word.text.starts_with("gs://") || word.text.starts_with("az://")
    };
    let paths: Vec<Value> = call
        .args()
        .iter()
        .skip_while(|word| !matches!(word.text.as_str(), "cp" | "sync" | "mv" | "rsync" | "put" | "mirror"))
        .skip(1)
        .filter(|word| !word.starts_with("-"))
        .cloned()
        .collect();
    let [from, to, ..] = paths.as_slice() else { return };
    if is_bucket(to) && !is_bucket(from) {
        let text = if from.is("-") { call.stdin.clone() } else { machine.read_file(from) };
        machine.judge_sent(&text, &call.name());
    } else if is_bucket(from) && !is_bucket(to) && !to.is("-") {
        machine.write_file(to);
        machine.remember(to, &Value::hole().tainted(Taint::NETWORK), false);
    }
}
