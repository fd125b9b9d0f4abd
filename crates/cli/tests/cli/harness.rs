//! Runs the binary in a folder of its own, and shows what came out with everything that varies replaced by a name.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A machine of one test: a home, a project and a state folder, all of them temporary.
pub(crate) struct Machine {
    root: tempfile::TempDir,
}

impl Machine {
    pub(crate) fn new() -> Self {
        let root = tempfile::Builder::new().prefix("portcullis-cli-").tempdir().unwrap();
        for folder in ["home", "project", "bin"] {
            fs::create_dir(root.path().join(folder)).unwrap();
        }
        // A path that the system spells differently would not be scrubbed.
        let real = root.path().canonicalize().unwrap();
        assert_eq!(real, root.path(), "the temporary folder must not be behind a symbolic link");
        Self { root }
    }

    /// Where commands are run.
    pub(crate) fn project(&self) -> PathBuf {
        self.root.path().join("project")
    }

    /// The user's home.
    pub(crate) fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// The only folder on `PATH` besides the system's.
    pub(crate) fn bin(&self) -> PathBuf {
        self.root.path().join("bin")
    }

    /// The folder of the state. It does not exist at first.
    pub(crate) fn state(&self) -> PathBuf {
        self.root.path().join("state")
    }

    /// Writes a file below the project, and the folders above it.
    pub(crate) fn write(&self, file: &str, text: impl AsRef<[u8]>) -> PathBuf {
        put(&self.project().join(file), text.as_ref())
    }

    /// Writes the user's own policy.
    pub(crate) fn write_user_policy(&self, text: &str) -> PathBuf {
        put(&self.home().join(".config/portcullis/portcullis.toml"), text.as_bytes())
    }

    /// Puts a program on `PATH`.
    pub(crate) fn program(&self, name: &str, text: &str) -> PathBuf {
        let path = put(&self.bin().join(name), text.as_bytes());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// The command, ready to be run.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.home())
            .env("PORTCULLIS_HOME", self.state())
            .env("PATH", self.bin())
            .current_dir(self.project())
            .stdin(Stdio::null());
        command
    }

    /// Runs it.
    pub(crate) fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs it and shows everything that a user would see.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        self.show(&self.output(arguments))
    }

    /// What a user would see of `output`.
    pub(crate) fn show(&self, output: &Output) -> String {
        let mut text = format!("exit: {}\n", output.status.code().map_or("killed".to_owned(), |code| code.to_string()));
        for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            if !bytes.is_empty() {
                text.push_str("--- ");
                text.push_str(name);
                text.push('\n');
                text.push_str(str::from_utf8(bytes).unwrap());
            }
        }
        without_preset_lines(&text.replace(self.root.path().to_str().unwrap(), "[ROOT]"))
    }

    /// Runs it with `--json` and reads the one document that it answers with.
    pub(crate) fn json(&self, arguments: &[&str]) -> (i32, serde_json::Value) {
        let output = self.command(arguments).arg("--json").output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "with --json everything is on standard output");
        (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap())
    }
}

/// `preset:standard:26:140` as `preset:standard:[LINE]`: a preset may change without changing what is tested here.
pub(crate) fn without_preset_lines(text: &str) -> String {
    let mut pieces = text.split("preset:");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once(':').unwrap_or((piece, ""));
        let behind = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':');
        out.push_str("preset:");
        out.push_str(name);
        out.push_str(if behind.len() < rest.len() { ":[LINE]" } else { ":" });
        out.push_str(behind);
    }
    out
}

fn put(path: &Path, text: &[u8]) -> PathBuf {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    path.to_owned()
}
