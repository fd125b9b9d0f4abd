//! What the machine says about itself in a detonation: an ordinary one, of an ordinary user.

use portcullis_detonation::Scene;
use portcullis_sandbox::Identity;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Where programs find whom to trust.
const TRUSTED: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Writes the files that lie over the real `/etc`. `authority` is who every server is.
pub(super) fn write(folder: &Path, scene: &Scene, who: &Identity, authority: Option<&str>) -> io::Result<()> {
    let (user, host, home) = (&scene.user, &scene.hostname, scene.home.display());
    let (uid, gid) = (who.uid_inside, who.gid_inside);
    let trusted = fs::read_to_string(TRUSTED).unwrap_or_default() + authority.unwrap_or_default();
    let files = [
        (
            "passwd",
            format!(
                "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n{user}:x:{uid}:{gid}:{user}:{home}:/bin/bash\n"
            ),
        ),
        ("group", format!("root:x:0:\ntty:x:5:\nnogroup:x:65534:\n{user}:x:{gid}:\n")),
        ("hostname", format!("{host}\n")),
        ("hosts", format!("127.0.0.1 localhost\n127.0.1.1 {host}\n::1 localhost ip6-localhost ip6-loopback\n")),
        ("resolv.conf", "nameserver 127.0.0.1\noptions timeout:5 attempts:1\n".to_owned()),
        (
            "nsswitch.conf",
            "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n".to_owned(),
        ),
        ("ssl/certs/ca-certificates.crt", trusted),
    ];
    for (name, text) in files {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().unwrap_or(folder))?;
        fs::write(&file, text)?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644))?;
    }
    for part in ["", "ssl", "ssl/certs"] {
        fs::set_permissions(folder.join(part), fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// The environment: that of a person who has an agent at work.
pub(super) fn environment(scene: &Scene, at: &Path) -> Vec<(OsString, OsString)> {
    let home = scene.home.display();
    let path = format!("{home}/.local/bin:/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin");
    let ours = [
        ("HOME", home.to_string()),
        ("USER", scene.user.clone()),
        ("LOGNAME", scene.user.clone()),
        ("SHELL", "/bin/bash".to_owned()),
        ("PATH", path),
        ("LANG", "en_US.UTF-8".to_owned()),
        ("TERM", "xterm-256color".to_owned()),
        ("EDITOR", "vim".to_owned()),
        ("CLAUDECODE", "1".to_owned()),
        ("CLAUDE_PROJECT_DIR", scene.workspace().display().to_string()),
        ("CLAUDE_PLUGIN_ROOT", at.display().to_string()),
        ("CLAUDE_SKILL_DIR", at.display().to_string()),
        ("SSL_CERT_FILE", TRUSTED.to_owned()),
        ("REQUESTS_CA_BUNDLE", TRUSTED.to_owned()),
        ("CURL_CA_BUNDLE", TRUSTED.to_owned()),
        ("NODE_EXTRA_CA_CERTS", TRUSTED.to_owned()),
    ];
    let ours = ours.into_iter().map(|(name, value)| (name.to_owned(), value));
    ours.chain(scene.environment.iter().cloned()).map(|(name, value)| (name.into(), value.into())).collect()
}
