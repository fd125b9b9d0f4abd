//! What the machine says about itself inside: a handful of files that lie over the real `/etc`.

use super::masks;
use super::world::World;
use crate::failure::Failure;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// The machine's name inside.
pub(super) const HOSTNAME: &str = "portcullis";

impl World<'_> {
    /// Writes the files into the session's folder and gives the folder that lies over `/etc`.
    pub(super) fn face(&self) -> Result<PathBuf, Failure> {
        let folder = self.session.path().join("etc");
        let failed = |error: std::io::Error| Failure::io("write the session's files", Some(&folder), &error);
        fs::create_dir(&folder).map_err(failed)?;
        for (name, text) in self.files() {
            let file = folder.join(name);
            fs::write(&file, text).map_err(failed)?;
            shown_to_all(&file, 0o644).map_err(failed)?;
        }
        for (name, text) in self.agent.iter().flat_map(|agent| agent.settings()) {
            let file = folder.join(name);
            let above = file.parent().unwrap_or(&folder);
            fs::create_dir_all(above).map_err(failed)?;
            fs::write(&file, text).map_err(failed)?;
            shown_to_all(above, 0o755).and_then(|()| shown_to_all(&file, 0o644)).map_err(failed)?;
        }
        // What policy denies there by name. What only root can read needs no cover: nobody is root inside.
        let open = |entry: &fs::DirEntry| entry.metadata().is_ok_and(|it| it.permissions().mode() & 0o004 != 0);
        for entry in fs::read_dir("/etc").map_err(failed)?.flatten().filter(open) {
            if let Some(reason) = self.against_by_name(&entry.path()) {
                masks::cover(&entry.path(), &folder.join(entry.file_name()), &reason).map_err(failed)?;
            }
        }
        shown_to_all(&folder, 0o755).map_err(failed)?;
        Ok(folder)
    }

    fn files(&self) -> [(&'static str, String); 6] {
        let (uid, gid) = (self.who.uid_inside, self.who.gid_inside);
        let (user, home) = (self.user_name(), self.home().display());
        let accounts = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n";
        let groups = "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n";
        [
            ("passwd", format!("{accounts}{user}:x:{uid}:{gid}::{home}:/bin/bash\n")),
            ("group", format!("{groups}{user}:x:{gid}:\n")),
            ("hostname", format!("{HOSTNAME}\n")),
            ("hosts", format!("127.0.0.1 localhost {HOSTNAME}\n::1 localhost ip6-localhost ip6-loopback\n")),
            ("resolv.conf", "nameserver 127.0.0.1\noptions timeout:5 attempts:1\n".to_owned()),
            (
                "nsswitch.conf",
                "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n".to_owned(),
            ),
        ]
    }

    /// The name of the user inside.
    pub(super) fn user_name(&self) -> String {
        if self.who.instead_of == Some((0, 0)) {
            return "agent".to_owned();
        }
        let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let uid = self.who.uid.to_string();
        let line = accounts.lines().find(|line| line.split(':').nth(2) == Some(&uid));
        line.and_then(|line| line.split(':').next()).unwrap_or("agent").to_owned()
    }
}

fn shown_to_all(path: &Path, mode: u32) -> std::io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}
