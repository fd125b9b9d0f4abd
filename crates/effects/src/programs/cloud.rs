//! Clouds, clusters and forges: what is destroyed, what changes, what shows credentials.

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
        | "wrangler" | "firebase" | "railway" | "eksctl" | "linode-cli" | "hcloud" | "oci" | "s3cmd" | "mc"
        | "supabase" | "eb" | "amplify" => cloud,
        "gh" | "glab" => forge,
        "ansible" | "ansible-playbook" | "chef" | "salt" | "puppet" => ansible,
        "vault" | "op" | "bw" | "lpass" | "pass" | "security" | "secret-tool" | "keyring" | "chamber" | "doppler"
        | "infisical" | "aws-vault" | "gopass" | "keepassxc-cli" | "kwallet-query" => secrets,
        _ => return None,
    })
}

fn words_of(call: &Call) -> Vec<String> {
    call.args().iter().filter(|word| !word.starts_with("-")).map(|word| word.text.to_ascii_lowercase()).collect()
}

fn has(call: &Call, names: &[&str]) -> bool {
    call.args().iter().any(|word| names.iter().any(|name| word.is(name) || word.text.starts_with(&format!("{name}="))))
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
    let dry = has(call, &["--dry-run", "--dry-run=client", "--dry-run=server"]);
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
        }
        "exec" | "attach" | "debug" => machine.danger(Hazard::Deployment, "a command runs in a cluster"),
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
    if has(call, &["--dry-run", "--dry-run=client"]) {
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
    } else if has(call, &["--dryrun", "--dry-run"]) {
    } else if any(&ENDS) || has(call, &["--delete"]) {
        machine.danger(Hazard::Infrastructure, format!("`{}` removes something in a cloud", call.name()));
    } else if exact(&["ssh", "session-manager", "start-session", "run-command", "send-command"]) {
        machine.danger(Hazard::Deployment, "a command runs on another machine");
    } else if any(&CHANGES) && !any(&LOOKS) && !local_only(call, &words) {
        machine.danger(Hazard::Deployment, format!("`{}` changes something in a cloud", call.name()));
    }
    Value::hole().tainted(Taint::NETWORK)
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

fn forge(machine: &mut Machine<'_>, call: &Call) -> Value {
    let words = words_of(call);
    let pair =
        (words.first().map(String::as_str).unwrap_or_default(), words.get(1).map(String::as_str).unwrap_or_default());
    match pair {
        ("repo" | "project", "delete" | "archive" | "rename") => {
            machine.danger(Hazard::Infrastructure, "a repository is removed or closed");
        }
        ("repo", "edit") if call.args().iter().any(|word| word.text.contains("public")) => {
            machine.danger(Hazard::Publication, "a repository becomes public");
        }
        ("repo", "create") if has(call, &["--public"]) => {
            machine.danger(Hazard::Publication, "a public repository is made");
        }
        ("release", "create" | "upload" | "delete" | "edit") | ("gist", "create" | "edit") | ("snippet", "create") => {
            let files: Vec<Value> = call.args().iter().skip(2).filter(|word| !word.starts_with("-")).cloned().collect();
            for file in &files {
                if machine.place(file).target().is_some_and(|target| machine.is_credential(&target)) {
                    let text = machine.read_file(file);
                    machine.judge_sent(&text, &call.name());
                }
            }
            machine.judge_sent(&call.stdin, &call.name());
            machine.danger(Hazard::Publication, "something is made public");
        }
        ("secret" | "variable", "set" | "delete" | "remove") => {
            machine.danger(Hazard::Deployment, "secrets of a repository change");
        }
        ("auth", "token" | "status") if pair.1 == "token" || has(call, &["-t", "--show-token"]) => {
            machine.danger(Hazard::CredentialAccess, "the login of the forge is shown");
            return Value::hole().tainted(Taint::SECRET);
        }
        ("auth", "login" | "refresh" | "logout" | "setup-git") => {
            machine.danger(Hazard::CredentialAccess, "the login of the forge changes");
        }
        ("ssh-key" | "gpg-key" | "deploy-key", "add") => {
            machine.danger(Hazard::Persistence, "a key is added to an account");
        }
        ("pr" | "mr", "merge") => machine.danger(Hazard::Deployment, "a change is merged for everybody"),
        ("workflow", "run" | "enable" | "disable") | ("run", "delete") => {
            machine.danger(Hazard::Deployment, "a workflow of the forge is started or changed");
        }
        ("extension", "install") => machine.danger(Hazard::ForeignPackage, "an extension is installed"),
        ("api", _) => api(machine, call),
        ("alias", "set") => machine.danger(Hazard::Persistence, "a command gets another meaning"),
        _ => {}
    }
    Value::hole().tainted(Taint::NETWORK)
}

fn api(machine: &mut Machine<'_>, call: &Call) {
    let given = Given::read(
        call.args(),
        &[
            "-X",
            "--method",
            "-f",
            "-F",
            "--field",
            "--raw-field",
            "--input",
            "-H",
            "--jq",
            "-q",
            "-t",
            "--template",
            "--hostname",
        ],
    );
    let method = given.value(&["-X", "--method"]).map(|word| word.text.to_ascii_uppercase());
    for field in given.values(&["-F", "--field"]) {
        if let Some((_, file)) = field.text.split_once("=@") {
            let text = machine.read_file(&Value::of(file));
            machine.judge_sent(&text, "gh api");
        }
    }
    match method.as_deref() {
        Some("DELETE") => machine.danger(Hazard::Infrastructure, "something on the forge is removed"),
        Some("PUT" | "PATCH" | "POST") => machine.danger(Hazard::Deployment, "something on the forge changes"),
        _ => {}
    }
}

fn ansible(machine: &mut Machine<'_>, call: &Call) -> Value {
    if has(call, &["--check", "--syntax-check", "--list-tasks", "--list-hosts", "--version"]) {
        return Value::hole();
    }
    machine.danger(Hazard::Deployment, "other machines change");
    Value::hole()
}

fn secrets(machine: &mut Machine<'_>, call: &Call) -> Value {
    let words = words_of(call);
    if call.name() == "aws-vault" || words.first().is_some_and(|word| matches!(word.as_str(), "run" | "exec")) {
        let at = call.args().iter().position(|word| word.is("--"));
        machine.danger(Hazard::CredentialAccess, "a command is given credentials");
        return match at.and_then(|at| call.args().get(at + 1..)).filter(|rest| !rest.is_empty()) {
            Some(rest) => machine.start(rest.to_vec(), &call.stdin),
            None => Value::hole(),
        };
    }
    let harmless = words.first().is_none_or(|word| {
        matches!(
            word.as_str(),
            "status" | "version" | "help" | "login" | "ls" | "list" | "whoami" | "cms" | "verify-cert"
        )
    }) && !words.iter().any(|word| word.contains("keychain"));
    if harmless || call.args().iter().all(|word| word.starts_with("--v")) {
        return Value::hole();
    }
    machine.danger(Hazard::CredentialAccess, format!("`{}` gets at stored credentials", call.name()));
    Value::hole().tainted(Taint::SECRET)
}
