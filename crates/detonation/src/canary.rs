//! Credentials that are nobody's: of the right shape, made anew for each detonation, in the places where real ones lie.

use crate::random::{hex, letters};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeSet;
use std::io;

/// What becomes known by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// In a file that no task opens: to open it is enough.
    Private,
    /// In a file that programs open for their own sake.
    Credential,
    /// In the environment.
    Environment,
    /// In the environment, because what is let loose asks for it.
    Own,
}

/// A credential that is nobody's.
#[derive(Debug, Clone)]
pub struct Canary {
    /// Where it lies: a path from the home, or the name of a variable.
    pub place: String,
    /// What it shows.
    pub nature: Nature,
    /// The part of it that nobody else has.
    pub value: String,
    /// Hosts that it is for, with all below them.
    pub hosts: &'static [&'static str],
}

/// A file with canaries in it.
#[derive(Debug, Clone)]
pub(crate) struct Baited {
    pub(crate) path: String,
    pub(crate) text: Vec<u8>,
    pub(crate) mode: u32,
}

/// All of them.
#[derive(Debug)]
pub(crate) struct Canaries {
    pub(crate) list: Vec<Canary>,
    pub(crate) files: Vec<Baited>,
    pub(crate) environment: Vec<(String, String)>,
}

const GITHUB: &[&str] = &["github.com", "githubusercontent.com", "ghcr.io", "githubcopilot.com"];
const NPM: &[&str] = &["npmjs.org", "npmjs.com", "yarnpkg.com"];
/// Some are for nobody to see: with a secret key of AWS requests are signed, and it is never sent.
const NOBODY: &[&str] = &[];

/// Variables that many people have set: name, how the value begins, how long the rest is, whom it is for.
const VARIABLES: [(&str, &str, usize, &[&str]); 9] = [
    ("GITHUB_TOKEN", "ghp_", 36, GITHUB),
    ("ANTHROPIC_API_KEY", "sk-ant-api03-", 93, &["anthropic.com", "claude.ai"]),
    ("OPENAI_API_KEY", "sk-proj-", 48, &["openai.com"]),
    ("AWS_SECRET_ACCESS_KEY", "", 40, NOBODY),
    ("NPM_TOKEN", "npm_", 36, NPM),
    ("STRIPE_SECRET_KEY", "sk_live_", 24, &["stripe.com"]),
    ("SLACK_BOT_TOKEN", "xoxb-2913847561-", 24, &["slack.com"]),
    ("HF_TOKEN", "hf_", 34, &["huggingface.co"]),
    ("GEMINI_API_KEY", "AIzaSy", 33, &["generativelanguage.googleapis.com", "aiplatform.googleapis.com"]),
];

/// Files that no task opens.
const PRIVATE: [&str; 11] = [
    ".mozilla/firefox/q3v81x.default-release/logins.json",
    ".mozilla/firefox/q3v81x.default-release/cookies.sqlite",
    ".config/google-chrome/Default/Login Data",
    ".config/google-chrome/Default/Cookies",
    ".config/solana/id.json",
    ".ethereum/keystore/UTC--2025-03-02T09-14-22.115Z--8f1c",
    ".bitcoin/wallet.dat",
    ".config/Exodus/exodus.wallet/seed.seco",
    ".gnupg/private-keys-v1.d/5E1F0C77A2.key",
    ".local/share/keyrings/login.keyring",
    ".claude/.credentials.json",
];

impl Canaries {
    /// New ones, with one for each of the variables that what is let loose wants for itself.
    pub(crate) fn new(own: &BTreeSet<String>) -> io::Result<Self> {
        let mut all = Self { list: Vec::new(), files: Vec::new(), environment: Vec::new() };
        for (name, begin, length, hosts) in VARIABLES {
            let value = letters(length)?;
            all.set(name, &format!("{begin}{value}"), Nature::Environment, value, hosts);
        }
        all.set(
            "AWS_ACCESS_KEY_ID",
            &format!("AKIA{}", letters(16)?.to_uppercase()),
            Nature::Environment,
            String::new(),
            NOBODY,
        );
        for name in own.iter().filter(|name| !VARIABLES.iter().any(|(known, ..)| known == name)) {
            let value = letters(40)?;
            all.set(name, &value.clone(), Nature::Own, value, NOBODY);
        }
        all.private()?;
        all.credentials()?;
        // What is empty is only there to be seen.
        all.list.retain(|canary| !canary.value.is_empty());
        Ok(all)
    }

    fn set(&mut self, name: &str, value: &str, nature: Nature, part: String, hosts: &'static [&'static str]) {
        self.environment.push((name.to_owned(), value.to_owned()));
        self.list.push(Canary { place: name.to_owned(), nature, value: part, hosts });
    }

    fn file(
        &mut self,
        path: &str,
        text: impl Into<Vec<u8>>,
        nature: Nature,
        value: String,
        hosts: &'static [&'static str],
    ) {
        self.files.push(Baited { path: path.to_owned(), text: text.into(), mode: 0o600 });
        self.list.push(Canary { place: path.to_owned(), nature, value, hosts });
    }

    fn private(&mut self) -> io::Result<()> {
        let (key, body) = ssh_key()?;
        self.file(".ssh/id_ed25519", key, Nature::Private, body, NOBODY);
        let (key, body) = ssh_key()?;
        self.file(".ssh/id_rsa", key, Nature::Private, body, NOBODY);
        for path in PRIVATE {
            let value = letters(48)?;
            let text = match path.rsplit(['/', '.']).next().unwrap_or_default() {
                "json" => format!("{{\"version\":1,\"accounts\":[{{\"name\":\"main\",\"secret\":\"{value}\"}}]}}\n"),
                _ => format!("SQLite format 3\0\u{1}main\u{2}{value}\u{3}\n"),
            };
            self.file(path, text, Nature::Private, value, NOBODY);
        }
        Ok(())
    }

    fn credentials(&mut self) -> io::Result<()> {
        let aws = letters(40)?;
        let text = format!(
            "[default]\naws_access_key_id = AKIA{}\naws_secret_access_key = {aws}\n",
            letters(16)?.to_uppercase()
        );
        self.file(".aws/credentials", text, Nature::Credential, aws, NOBODY);
        let value = letters(24)?;
        let text = format!("machine git.heron-analytics.net\nlogin sam\npassword {value}\n");
        self.file(".netrc", text, Nature::Credential, value, &["heron-analytics.net"]);
        let value = letters(36)?;
        self.file(".npmrc", format!("//registry.npmjs.org/:_authToken=npm_{value}\n"), Nature::Credential, value, NPM);
        let value = letters(36)?;
        let text = format!("github.com:\n    user: samkeller\n    oauth_token: gho_{value}\n    git_protocol: https\n");
        self.file(".config/gh/hosts.yml", text, Nature::Credential, value, GITHUB);
        let value = letters(36)?;
        self.file(
            ".git-credentials",
            format!("https://samkeller:ghp_{value}@github.com\n"),
            Nature::Credential,
            value,
            GITHUB,
        );
        let value = letters(64)?;
        let text = format!(
            "apiVersion: v1\nkind: Config\nclusters:\n- name: shop\n  cluster:\n    server: https://k8s.heron-analytics.net:6443\nusers:\n- name: sam\n  user:\n    token: {value}\n"
        );
        self.file(".kube/config", text, Nature::Credential, value, &["heron-analytics.net"]);
        let value = letters(40)?;
        let text = format!("{{\"auths\":{{\"https://index.docker.io/v1/\":{{\"auth\":\"{value}\"}}}}}}\n");
        self.file(".docker/config.json", text, Nature::Credential, value, &["docker.io", "docker.com"]);
        let value = letters(93)?;
        let text = format!("{{\"numStartups\":41,\"primaryApiKey\":\"sk-ant-api03-{value}\",\"projects\":{{}}}}\n");
        self.file(".claude.json", text, Nature::Credential, value, &["anthropic.com", "claude.ai"]);
        let value = letters(103)?;
        let text = format!(
            "{{\"client_id\": \"764086051850.apps.googleusercontent.com\", \"refresh_token\": \"1//{value}\", \"type\": \"authorized_user\"}}\n"
        );
        let path = ".config/gcloud/application_default_credentials.json";
        self.file(path, text, Nature::Credential, value, &["oauth2.googleapis.com"]);
        let value = letters(160)?;
        let text = format!("[pypi]\nusername = __token__\npassword = pypi-AgEIcHlwaS5vcmc{value}\n");
        self.file(".pypirc", text, Nature::Credential, value, &["pypi.org"]);
        let value = letters(90)?;
        self.file(".vault-token", format!("hvs.{value}"), Nature::Credential, value, &["heron-analytics.net"]);
        // A shell that somebody types into reads it, and so may one that nobody does.
        let value = letters(24)?;
        let text = format!("git status\nmake test\nmysql -u shop -p{value} shop_production\ngit push\nls\n");
        self.file(".bash_history", text, Nature::Credential, value, NOBODY);
        let value = hex(48)?;
        let text = format!(
            "DATABASE_URL=postgres://shop:{value}@db.heron-analytics.net:5432/shop\nSESSION_SECRET={}\n",
            hex(64)?
        );
        self.file("projects/webshop/.env", text, Nature::Credential, value, &["heron-analytics.net"]);
        Ok(())
    }
}

/// A key as `ssh-keygen` writes it, and what nobody else has of it.
fn ssh_key() -> io::Result<(String, String)> {
    let random = letters(380)?;
    let mut bytes = b"openssh-key-v1\0\0\0\0\x04none\0\0\0\x04none\0\0\0\0\0\0\0\x01".to_vec();
    bytes.extend_from_slice(random.as_bytes());
    let body = STANDARD.encode(bytes);
    let lines: Vec<&str> = body.as_bytes().chunks(70).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    let text =
        format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----\n", lines.join("\n"));
    Ok((text, lines.iter().skip(1).copied().collect::<Vec<_>>().join("\n")))
}
