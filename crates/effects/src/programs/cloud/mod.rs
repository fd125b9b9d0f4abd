//! Clouds, clusters and forges: what is destroyed, what changes, what shows credentials.

mod clusters;
mod infrastructure;
mod openings;
mod rights;
mod verbs;

use super::Handler;
use crate::evaluate::Call;

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "terraform" | "tofu" | "terragrunt" | "pulumi" | "cdk" | "cdktf" | "sam" | "serverless" | "sls" | "sst" => {
            infrastructure::tell
        }
        "kubectl" | "oc" | "k" | "kubecolor" => clusters::kubectl,
        "helm" | "helmfile" | "argocd" | "flux" | "kustomize" => clusters::helm,
        "aws" | "awslocal" | "gcloud" | "az" | "gsutil" | "bq" | "doctl" | "heroku" | "fly" | "flyctl" | "vercel"
        | "netlify" | "wrangler" | "firebase" | "railway" | "eksctl" | "linode-cli" | "hcloud" | "oci" | "s3cmd"
        | "mc" | "scw" | "civo" | "vultr-cli" | "ibmcloud" | "aliyun" | "exo" | "upctl" | "koyeb" | "cf" | "pscale"
        | "neonctl" | "turso" | "confluent" | "databricks" | "supabase" | "eb" | "amplify" | "azcopy" | "s5cmd"
        | "b2" | "openstack" | "ossutil" | "obsutil" | "coscmd" | "qshell" | "render" | "northflank" | "porter"
        | "appwrite" | "dokku" | "convox" => verbs::cloud,
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
pub(super) fn is_dry(call: &Call, names: &[&str]) -> bool {
    let last = call.args().iter().rev().find_map(|word| {
        let (name, value) = word.text.split_once('=').unwrap_or((word.text.as_str(), "true"));
        match name.strip_prefix("--no-") {
            Some(rest) if names.iter().any(|name| name.trim_start_matches('-') == rest) => Some("none"),
            _ => names.contains(&name).then_some(value),
        }
    });
    last.is_some_and(|value| matches!(value, "true" | "client" | "server"))
}
