//! `portcullis export`: descriptions of containers for others to start, as tight as policy says and they can express.
//!
//! What is written is the same each time for the same policy. It is less than a run, and each of them says in what.

mod devcontainer;
mod pod;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::output::write_out;
use crate::policy_files::PolicyFiles;
use clap::{Args, ValueEnum};
use portcullis_policy::{RunLimits, ValidPolicy};
use std::net::SocketAddr;

/// Describes a container for others to start, as tight as your policy.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// What is to be described
    #[arg(value_enum)]
    form: Form,
    /// The image, best by its digest
    #[arg(long, value_name = "IMAGE", value_parser = image)]
    image: String,
    /// The proxy that is the only way out; without one there is none
    #[arg(long, value_name = "ADDRESS:PORT")]
    proxy: Option<SocketAddr>,
}

/// The forms that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// devcontainer.json, for editors and the devcontainer CLI
    Devcontainer,
    /// A Kubernetes Pod, its `NetworkPolicy`, and the list of hosts for its proxy
    Pod,
}

/// What is known about the container, whatever its form.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Described {
    /// A name that is one label of a host's name.
    name: String,
    image: String,
    proxy: Option<SocketAddr>,
    limits: RunLimits,
    /// Hosts that policy allows, as it writes them.
    hosts: Vec<String>,
}

/// Who it is inside.
const USER: u32 = 1000;
/// Its home folder, and where the repository is.
const HOME: &str = "/home/agent";
const WORKSPACE: &str = "/workspace";
/// How many bytes fit where policy has no limit of the disk.
const DISK: u64 = 4 << 30;

impl Export {
    pub(crate) fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let policy = PolicyFiles::find(invocation)?.load()?;
        let described = self.described(invocation, &policy)?;
        let (text, less) = match self.form {
            Form::Devcontainer => (devcontainer::text(&described), devcontainer::LESS),
            Form::Pod => (pod::text(&described), pod::LESS),
        };
        write_out(&format!("{text:#}\n"))?;
        for less in less {
            invocation.output.remark(less);
        }
        if !described.image.contains("@sha256:") {
            invocation.output.remark("the image is named without a digest: what it holds can change");
        }
        Ok(Exit::Success)
    }

    fn described(&self, invocation: &Invocation, policy: &ValidPolicy) -> Result<Described, Failure> {
        let name = invocation.cwd()?.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Described {
            name: label(&name),
            image: self.image.clone(),
            proxy: self.proxy,
            limits: policy.limits(),
            hosts: policy.hosts_in_reach(),
        })
    }
}

impl Described {
    /// The variables by which programs find the proxy.
    fn variables(&self) -> Vec<(&'static str, String)> {
        let mut set = vec![("HOME", HOME.to_owned())];
        if let Some(proxy) = self.proxy {
            let url = format!("http://{proxy}");
            let names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];
            set.extend(names.map(|name| (name, url.clone())));
            set.extend(["NO_PROXY", "no_proxy"].map(|name| (name, "localhost,127.0.0.1,::1".to_owned())));
        }
        set
    }

    fn disk(&self) -> u64 {
        self.limits.disk.unwrap_or(DISK)
    }
}

/// The name of an image: what every registry and engine takes, and nothing that an option could be made of.
fn image(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "./:@_-".contains(c);
    let begins = text.chars().next().is_some_and(|c| c.is_ascii_alphanumeric());
    if begins && text.len() <= 512 && text.chars().all(is_plain) {
        Ok(text.to_owned())
    } else {
        Err("this is no name of an image".to_owned())
    }
}

/// One label of a host's name: small letters, digits, and dashes within.
fn label(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).take(40).collect();
    let plain = plain.trim_matches('-');
    if plain.is_empty() { "agent".to_owned() } else { format!("agent-{plain}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A container of everything that can be said.
    pub(super) fn full() -> Described {
        Described {
            name: "agent-app".to_owned(),
            image: "images.example/dev@sha256:00".to_owned(),
            proxy: Some("10.0.0.7:3128".parse().unwrap()),
            limits: RunLimits {
                processes: Some(512),
                memory: Some(4 << 30),
                disk: Some(8 << 30),
                open_files: Some(1024),
                output: None,
                cpu_percent: Some(150),
                time: Some(3600),
            },
            hosts: vec!["api.example:443".to_owned()],
        }
    }

    /// One without limits and without a way out.
    pub(super) fn bare() -> Described {
        Described { proxy: None, limits: RunLimits::default(), hosts: Vec::new(), ..full() }
    }

    #[test]
    fn names_are_labels_and_images_are_no_options() {
        assert_eq!(label("My Repo_1"), "agent-my-repo-1");
        assert_eq!(label("..."), "agent");
        assert_eq!(label(&"x".repeat(99)).len(), 46);
        assert!(image("images.example:5000/a/b:1@sha256:0f").is_ok());
        for bad in ["", "-v", "--privileged", "a b", "a\nb", "a\"b", "$(x)"] {
            assert!(image(bad).is_err(), "{bad:?}");
        }
    }
}
