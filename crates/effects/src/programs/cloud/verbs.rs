//! The tools of clouds, by their verbs: what ends something, what changes something, what shows credentials.

use super::super::Given;
use super::super::elsewhere::{self, There};
use super::{has, is_dry, openings, rights, words_of};
use crate::evaluate::{Call, Machine, Taint, Value};
use portcullis_event::Hazard;

/// Words that end things in clouds.
const ENDS: [&str; 41] = [
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
    "reset",
    "hosting:disable",
    "firestore:delete",
    "sites:delete",
    "teardown",
    "down",
    "del",
    "erase",
    "empty",
    "clear",
    "prune",
    "truncate",
    "decommission",
    "batch-delete",
    "bulk-delete",
    "schedule-key-deletion",
    "schedule-deletion",
    "expire",
    "dispose",
    "deactivate",
    "nuke",
    "kill",
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
const CREDENTIALS: [&str; 21] = [
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
    "create-for-rbac",
];

/// Files behind `file://` and `fileb://` are read.
fn read_named(machine: &mut Machine<'_>, call: &Call) {
    let files: Vec<Value> =
        call.args().iter().filter_map(|word| word.behind("file://").or_else(|| word.behind("fileb://"))).collect();
    for file in &files {
        machine.read_file(file);
    }
}

pub(super) fn cloud(machine: &mut Machine<'_>, call: &Call) -> Value {
    read_named(machine, call);
    let words = words_of(call);
    let any = |list: &[&str]| words.iter().take(6).any(|word| list.iter().any(|verb| is_verb(word, verb)));
    let ends = words.iter().take(6).any(|word| {
        ENDS.iter().any(|verb| is_verb(word, verb) || (call.name() == "ibmcloud" && closes_with(word, verb)))
    });
    let exact = |list: &[&str]| words.iter().take(6).any(|word| list.contains(&word.as_str()));
    let only_fetches = storage(machine, call, &words);
    // Who plays a cloud has no more to lose than this machine; what is shown are credentials of another one all the same.
    let is_emulated = is_emulated(machine, call);
    if let Some(why) = rights::given(call, &words) {
        machine.danger(Hazard::Privilege, why);
    } else if exact(&CREDENTIALS)
        || (words.iter().any(|word| word == "secrets") && words.iter().any(|word| word == "access"))
        || (words.iter().any(|word| word == "secret") && words.iter().any(|word| word == "show" || word == "download"))
        || (words.first().is_some_and(|word| word == "configure") && words.iter().any(|word| word.contains("secret")))
    {
        machine.danger(Hazard::CredentialAccess, format!("`{}` shows or makes a credential", call.name()));
        return Value::hole().tainted(Taint::SECRET);
    } else if is_emulated || is_dry(call, &["--dryrun", "--dry-run"]) {
    } else if is_local_database(call, &words) {
        machine.danger(Hazard::Deployment, "a database of this machine is emptied");
    } else if ends || has(call, &["--delete"]) {
        machine.danger(Hazard::Infrastructure, format!("`{}` removes something in a cloud", call.name()));
    } else if exact(&SILENCES) || silences_logs(&words) {
        machine.danger(Hazard::GuardTampering, "records or guards of a cloud are switched off");
    } else if let Some(why) = openings::made(call, &words) {
        machine.danger(Hazard::GuardTampering, why);
    } else if shares_with_everybody(call) {
        machine.danger(Hazard::Exfiltration, "a copy of disks or databases is handed to others");
    } else if exact(&["ssh", "console", "session-manager", "start-session", "run-command", "send-command"])
        || matches!((call.name().as_str(), words.first().map(String::as_str)), ("heroku", Some("run" | "ps:exec")))
    {
        machine.danger(Hazard::Deployment, "a command runs on another machine");
        run_on_server(machine, call);
    } else if any(&CHANGES) && !any(&LOOKS) && !local_only(call, &words) && !only_fetches {
        machine.danger(Hazard::Deployment, format!("`{}` changes something in a cloud", call.name()));
    }
    Value::hole().tainted(Taint::NETWORK)
}

/// `delete`, `delete-stack`, `apps:delete`.
fn is_verb(word: &str, verb: &str) -> bool {
    let last =
        if word.starts_with("arn:") || word.contains("://") { word } else { word.rsplit(':').next().unwrap_or(word) };
    [word, last].iter().any(|it| it.strip_prefix(verb).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')))
}

/// `instance-delete`: some put the verb behind.
fn closes_with(word: &str, verb: &str) -> bool {
    matches!(verb, "delete" | "destroy" | "remove" | "terminate" | "purge")
        && word.strip_suffix(verb).is_some_and(|rest| rest.ends_with('-'))
        && !word.contains(['/', '.', '='])
}

/// Whether the cloud is one that is played on this machine; the last word about it holds.
fn is_emulated(machine: &Machine<'_>, call: &Call) -> bool {
    let given = Given::read(call.args(), &["--endpoint-url", "--endpoint", "--profile", "--region"]);
    let said = given.value(&["--endpoint-url", "--endpoint"]).cloned();
    let set = machine.scope.get("AWS_ENDPOINT_URL").and_then(|values| values.into_iter().next());
    let Some(address) = said.or(set) else { return call.name() == "awslocal" };
    let rest =
        address.text.strip_prefix("http://").or_else(|| address.text.strip_prefix("https://")).unwrap_or_default();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, _) = crate::evaluate::split_port(authority);
    matches!(host, "localhost" | "127.0.0.1" | "::1" | "localstack" | "host.docker.internal" | "minio")
}

/// `supabase db reset`: the database that is started for development, unless another one is named.
fn is_local_database(call: &Call, words: &[String]) -> bool {
    call.name() == "supabase"
        && matches!(words, [one, other, ..] if one == "db" && other == "reset")
        && !call
            .args()
            .iter()
            .any(|word| word.is("--linked") || word.starts_with("--db-url") || word.starts_with("--project-ref"))
}

/// Words that switch off what a cloud writes down, or who may get in.
const SILENCES: [&str; 20] = [
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
    "disable-key-rotation",
    "disable-alarm-actions",
    "disassociate-web-acl",
    "disable-log-delivery",
    "leave-organization",
    "disable-rule",
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

/// Copies to and from buckets; whether it only fetches.
fn storage(machine: &mut Machine<'_>, call: &Call, words: &[String]) -> bool {
    let copies =
        words.iter().take(3).any(|word| matches!(word.as_str(), "cp" | "sync" | "mv" | "rsync" | "put" | "mirror"));
    if !copies {
        return false;
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
    let [from, to, ..] = paths.as_slice() else { return false };
    if is_bucket(to) && !is_bucket(from) {
        let text = if from.is("-") { call.stdin.clone() } else { machine.read_file(from) };
        machine.judge_sent(&text, &call.name());
    } else if is_bucket(from) && !is_bucket(to) && !to.is("-") {
        machine.write_file(to);
        machine.remember(to, &Value::hole().tainted(Taint::NETWORK), false);
        let moves = words.iter().take(3).any(|word| word == "mv") || has(call, &["--remove-source-files"]);
        return !moves && [from, to].iter().all(|path| path.is_known()) && paths.len() == 2;
    }
    false
}
