//! Places that matter more than others: where credentials are kept, what runs later by itself, what can't be brought back.
//!
//! What may be read and written is policy's business. What is here serves dangers that no single file is: a credential that
//! is sent away, a line that a shell will run tomorrow.

use portcullis_event::AbsPath;

/// Folders and files of the home that hold credentials.
const CREDENTIALS_AT_HOME: [&str; 34] = [
    ".ssh",
    ".aws",
    ".azure",
    ".kube",
    ".gnupg",
    ".netrc",
    ".pgpass",
    ".npmrc",
    ".pypirc",
    ".git-credentials",
    ".docker/config.json",
    ".config/gcloud",
    ".config/gh",
    ".config/op",
    ".password-store",
    ".cargo/credentials.toml",
    ".cargo/credentials",
    ".mozilla",
    ".config/google-chrome",
    ".config/chromium",
    ".config/BraveSoftware",
    ".config/microsoft-edge",
    ".thunderbird",
    "Library/Application Support",
    "Library/Keychains",
    ".local/share/keyrings",
    ".codex/auth.json",
    ".claude/.credentials.json",
    ".gemini/oauth_creds.json",
    ".config/hub",
    ".vault-token",
    ".terraform.d/credentials.tfrc.json",
    ".m2/settings.xml",
    ".my.cnf",
];

/// Names that are credentials wherever they lie.
const CREDENTIAL_NAMES: [&str; 20] = [
    ".env",
    ".netrc",
    ".pgpass",
    ".npmrc",
    ".pypirc",
    ".git-credentials",
    ".htpasswd",
    "id_rsa",
    "id_ecdsa",
    "id_ed25519",
    "id_dsa",
    "credentials.json",
    "service-account.json",
    "secrets.yml",
    "secrets.yaml",
    "secrets.json",
    "master.key",
    ".bash_history",
    ".zsh_history",
    "authorized_keys2",
];

/// Files of the system that are credentials.
const CREDENTIALS_OF_SYSTEM: [&str; 8] = [
    "/etc/shadow",
    "/etc/gshadow",
    "/etc/sudoers",
    "/etc/ssh",
    "/proc/kcore",
    "/run/secrets",
    "/run/docker.sock",
    "/var/run/docker.sock",
];

/// Names that a pattern is tried with.
pub(crate) const TELLING_NAMES: [&str; 40] = [
    ".env",
    ".env.local",
    ".env.production",
    ".git",
    ".ssh",
    ".aws",
    ".azure",
    ".kube",
    ".gnupg",
    ".netrc",
    ".npmrc",
    ".pypirc",
    ".pgpass",
    ".docker",
    ".config",
    ".git-credentials",
    ".bash_history",
    ".zsh_history",
    ".bashrc",
    ".zshrc",
    ".profile",
    ".bash_profile",
    ".claude",
    ".codex",
    ".gemini",
    ".cursor",
    ".portcullis",
    "id_rsa",
    "id_ed25519",
    "id_ecdsa",
    "authorized_keys",
    "shadow",
    "sudoers",
    "credentials",
    "etc",
    "home",
    "root",
    "hosts.yml",
    "portcullis.toml",
    ".vault-token",
];

/// Whether a file or folder holds credentials.
pub(crate) fn is_credential(path: &AbsPath, home: &AbsPath) -> bool {
    let text = path.as_str();
    if CREDENTIALS_OF_SYSTEM.iter().any(|known| below(text, known)) || text.starts_with("/etc/shadow") {
        return true;
    }
    if let Some(rest) = text.strip_prefix("/proc/") {
        return rest.ends_with("/environ") || rest.ends_with("/mem");
    }
    let at_home = at_home(text, home);
    if at_home.is_some_and(|rest| CREDENTIALS_AT_HOME.iter().any(|known| below(rest, known)) && !is_public(rest)) {
        return true;
    }
    let name = path.file_name();
    CREDENTIAL_NAMES.contains(&name)
        || (name.starts_with(".env.")
            && ![".env.example", ".env.sample", ".env.template", ".env.test", ".env.dist"].contains(&name))
        || has_key_ending(name)
        || path.components().any(|part| part == ".ssh" && !is_public(name))
}

fn has_key_ending(name: &str) -> bool {
    [".pem", ".key", ".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".tfstate"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

fn is_public(path: &str) -> bool {
    ends_in(path, ".pub") || path.ends_with("known_hosts") || path.ends_with(".ssh/config")
}

/// Whether a text that is no known path names a credential all the same.
pub(crate) fn looks_like_credential(text: &str) -> bool {
    text.split(['/', '=', ':', ',', '@', '"', '\''])
        .any(|part| CREDENTIAL_NAMES.contains(&part) || matches!(part, ".ssh" | ".aws" | ".gnupg" | ".kube"))
}

/// Whether a variable's name says that it holds a credential.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    [
        "TOKEN",
        "SECRET",
        "PASSWORD",
        "PASSWD",
        "API_KEY",
        "APIKEY",
        "PRIVATE_KEY",
        "ACCESS_KEY",
        "CREDENTIAL",
        "_PAT",
        "_KEY",
    ]
    .iter()
    .any(|part| if part.starts_with('_') { upper.ends_with(part) } else { upper.contains(part) })
        && !upper.contains("PUBLIC")
}

/// What a file is that something runs, or goes by, later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Later {
    /// Something runs it later, outside of the session.
    Persistence(&'static str),
    /// It is what guards go by.
    Guard(&'static str),
    /// It is a disk.
    Device,
}

/// Files of the home that something reads when it starts.
const STARTUP_AT_HOME: [(&str, &str); 33] = [
    (".bashrc", "read by every shell"),
    (".bash_profile", "read by every shell"),
    (".bash_login", "read by every shell"),
    (".bash_logout", "read by every shell"),
    (".bash_aliases", "read by every shell"),
    (".profile", "read by every shell"),
    (".zshrc", "read by every shell"),
    (".zshenv", "read by every shell"),
    (".zprofile", "read by every shell"),
    (".zlogin", "read by every shell"),
    (".config/fish", "read by every shell"),
    (".inputrc", "read by every shell"),
    (".ssh/authorized_keys", "who may log in"),
    (".ssh/config", "what ssh runs"),
    (".ssh/rc", "run at every login"),
    (".config/powershell", "read by every shell"),
    ("Documents/PowerShell", "read by every shell"),
    ("Documents/WindowsPowerShell", "read by every shell"),
    (".config/autostart", "started at every login"),
    (".config/systemd/user", "started by the system"),
    (".local/share/systemd/user", "started by the system"),
    ("Library/LaunchAgents", "started at every login"),
    (".gitconfig", "what git runs"),
    (".config/git", "what git runs"),
    (".vimrc", "run by every editor"),
    (".config/nvim", "run by every editor"),
    (".tmux.conf", "run by every terminal"),
    (".xinitrc", "run at every login"),
    (".xprofile", "run at every login"),
    (".pam_environment", "read at every login"),
    (".local/bin", "where shells look for programs"),
    (".npmrc", "what npm goes by"),
    (".pythonrc.py", "run by every Python"),
];

/// Places of the system that something runs.
const STARTUP_OF_SYSTEM: [(&str, &str); 24] = [
    ("/etc/cron.d", "run by the clock"),
    ("/etc/cron.daily", "run by the clock"),
    ("/etc/cron.hourly", "run by the clock"),
    ("/etc/cron.weekly", "run by the clock"),
    ("/etc/crontab", "run by the clock"),
    ("/var/spool/cron", "run by the clock"),
    ("/etc/systemd", "started by the system"),
    ("/lib/systemd", "started by the system"),
    ("/usr/lib/systemd", "started by the system"),
    ("/etc/init.d", "started by the system"),
    ("/etc/rc.local", "started by the system"),
    ("/etc/profile", "read by every shell"),
    ("/etc/profile.d", "read by every shell"),
    ("/etc/bash.bashrc", "read by every shell"),
    ("/etc/zsh", "read by every shell"),
    ("/etc/ld.so.preload", "loaded by every program"),
    ("/etc/ld.so.conf.d", "loaded by every program"),
    ("/etc/pam.d", "asked at every login"),
    ("/etc/sudoers", "who may become root"),
    ("/etc/sudoers.d", "who may become root"),
    ("/etc/passwd", "who may log in"),
    ("/Library/LaunchDaemons", "started by the system"),
    ("/Library/LaunchAgents", "started at every login"),
    ("/etc/update-motd.d", "run at every login"),
];

/// How the devices are called that are disks, or all of the memory.
const DISKS: [&str; 19] = [
    "/dev/sd",
    "/dev/nvme",
    "/dev/hd",
    "/dev/vd",
    "/dev/xvd",
    "/dev/zd",
    "/dev/nbd",
    "/dev/dm-",
    "/dev/disk",
    "/dev/rdisk",
    "/dev/block",
    "/dev/mmcblk",
    "/dev/mtd",
    "/dev/pmem",
    "/dev/bcache",
    "/dev/mapper",
    "/dev/mem",
    "/dev/kmem",
    "/dev/md",
];

/// Names that something runs or goes by wherever they lie.
const BY_NAME: [(&str, &str); 3] = [
    ("usercustomize.py", "run by every Python"),
    ("sitecustomize.py", "run by every Python"),
    (".Rprofile", "run by every R"),
];

/// What a file is to those who run it later, if it is something.
pub(crate) fn what_runs_later(path: &AbsPath, home: &AbsPath) -> Option<Later> {
    let text = path.as_str();
    if DISKS.iter().any(|disk| text.starts_with(disk)) {
        return Some(Later::Device);
    }
    if path.components().any(|part| part == ".portcullis")
        || matches!(path.file_name(), "portcullis.toml" | "portcullis.test.toml" | "portcullis.cedar")
        || below(text, "/etc/portcullis")
    {
        return Some(Later::Guard("what Portcullis goes by"));
    }
    if ["/etc/claude-code", "/etc/codex", "/etc/gemini-cli", "/etc/cursor", "/etc/windsurf", "/etc/github-copilot"]
        .iter()
        .any(|known| below(text, known))
    {
        return Some(Later::Guard("what a coding agent is bound by"));
    }
    if let Some((_, what)) = STARTUP_OF_SYSTEM.iter().find(|(known, _)| below(text, known)) {
        return Some(Later::Persistence(what));
    }
    if let Some(rest) = at_home(text, home) {
        if below(rest, ".config/portcullis") || below(rest, ".local/share/portcullis") {
            return Some(Later::Guard("what Portcullis goes by"));
        }
        if let Some((_, what)) = STARTUP_AT_HOME.iter().find(|(known, _)| below(rest, known)) {
            return Some(Later::Persistence(what));
        }
    }
    in_repository(text)
}

/// What git, editors and agents run or go by in a repository.
fn in_repository(text: &str) -> Option<Later> {
    let has = |part: &str| text.contains(&format!("/{part}/")) || text.ends_with(&format!("/{part}"));
    if has(".git/hooks") || has(".husky") {
        return Some(Later::Persistence("run by git"));
    }
    if has(".git/config") || has(".git/info/attributes") {
        return Some(Later::Persistence("what git goes by, programs included"));
    }
    let name = text.rsplit('/').next().unwrap_or_default();
    if let Some((_, what)) = BY_NAME.iter().find(|(known, _)| *known == name) {
        return Some(Later::Persistence(what));
    }
    if has(".ssh/authorized_keys") || has(".ssh/authorized_keys2") {
        return Some(Later::Persistence("who may log in"));
    }
    // Where Python looks for packages, a line of such a file is run at each start.
    if ends_in(name, ".pth") && (text.contains("-packages/") || text.contains("/pythonpath/")) {
        return Some(Later::Persistence("run by every Python"));
    }
    if [
        ".claude/settings.json",
        ".claude/settings.local.json",
        ".codex/config.toml",
        ".codex/hooks.json",
        ".cursor/hooks.json",
        ".cursor/permissions.json",
        ".gemini/settings.json",
        ".claude/hooks",
    ]
    .iter()
    .any(|part| has(part))
    {
        return Some(Later::Guard("what a coding agent is bound by"));
    }
    None
}

/// What a folder is whose loss is the loss of everything, if it is one.
pub(crate) fn is_everything(
    path: &AbsPath,
    home: &AbsPath,
    repository: Option<&AbsPath>,
    cwd: &AbsPath,
) -> Option<&'static str> {
    let text = path.as_str();
    if text == "/" {
        return Some("the whole file system");
    }
    if home.is_within(path) {
        return Some("the whole home");
    }
    if [
        "/etc",
        "/usr",
        "/bin",
        "/sbin",
        "/lib",
        "/lib64",
        "/boot",
        "/var",
        "/opt",
        "/root",
        "/srv",
        "/home",
        "/Users",
        "/System",
        "/Library",
        "/Applications",
        "/dev",
        "/proc",
        "/sys",
    ]
    .contains(&text)
    {
        return Some("a folder of the system");
    }
    let root = repository.unwrap_or(cwd);
    if root.is_within(path) {
        return Some("the whole repository");
    }
    if path.file_name() == ".git" {
        return Some("the history of a repository");
    }
    let important = [
        ".ssh",
        ".gnupg",
        ".aws",
        ".config",
        "Documents",
        "Desktop",
        "Pictures",
        "Library",
        ".password-store",
        ".local/share",
        ".kube",
    ];
    at_home(text, home).is_some_and(|rest| important.contains(&rest)).then_some("a folder that the home depends on")
}

/// The path below the home.
fn at_home<'a>(text: &'a str, home: &AbsPath) -> Option<&'a str> {
    let rest = text.strip_prefix(home.as_str()).or_else(|| text.strip_prefix("/root"))?;
    rest.strip_prefix('/')
}

/// Whether `path` is `folder` or lies below it.
fn below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a name ends like this; upper and lower case are different files.
pub(crate) fn ends_in(name: &str, ending: &str) -> bool {
    name.ends_with(ending)
}
