//! Which coding agents are installed, and in which version. An agent is never run for this: starting one may update it,
//! phone home, or do what its settings say. The version is read from what its installer left behind.

use super::Check;
use crate::agents::{AGENTS, Known};
use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Files that an installer wrote are small; anything larger is not one of them.
const LARGEST: u64 = 256 * 1024;

/// Looks for every known agent in `folders`.
pub(crate) fn check(folders: &[PathBuf]) -> Vec<Check> {
    let found: Vec<String> = AGENTS.iter().filter_map(|agent| describe(agent, folders)).collect();
    let found = if found.is_empty() { "none found on PATH".to_owned() } else { found.join(", ") };
    vec![Check::ok("agents", found)]
}

fn describe(agent: &Known, folders: &[PathBuf]) -> Option<String> {
    let mut places = folders.iter().flat_map(|folder| agent.programs.iter().map(|program| folder.join(program)));
    let started = places.find(|path| is_program(path))?;
    let program = started.canonicalize().unwrap_or(started);
    let version = from_package_json(&program, agent.packages)
        .or_else(|| from_python(&program, agent.packages))
        .or_else(|| from_folder_name(&program));
    Some(match version {
        Some(version) => format!("{} {version}", agent.title),
        None => format!("{} (version unknown)", agent.title),
    })
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}

/// npm: the nearest `package.json` above the program that has the right name.
fn from_package_json(program: &Path, packages: &[&str]) -> Option<String> {
    program.ancestors().skip(1).take(5).find_map(|folder| {
        let package: serde_json::Value = serde_json::from_str(&read_small(&folder.join("package.json"))?).ok()?;
        let name = package.get("name")?.as_str()?;
        packages.contains(&name).then(|| package.get("version")?.as_str().and_then(plausible))?
    })
}

/// pip, pipx and uv: a folder `<package>-<version>.dist-info` beside the interpreter that the script names.
fn from_python(program: &Path, packages: &[&str]) -> Option<String> {
    let script = read_small(program)?;
    let interpreter = script.lines().next()?.strip_prefix("#!")?.trim();
    let library = Path::new(interpreter).parent()?.parent()?.join("lib");
    fs::read_dir(library).ok()?.flatten().find_map(|python| {
        fs::read_dir(python.path().join("site-packages")).ok()?.flatten().find_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let (package, version) = name.strip_suffix(".dist-info")?.rsplit_once('-')?;
            packages.contains(&package).then(|| plausible(version))?
        })
    })
}

/// Installers of single files keep them in `versions/<version>`; Homebrew in `Cellar/<formula>/<version>`.
fn from_folder_name(program: &Path) -> Option<String> {
    let names: Vec<&str> = program.components().filter_map(|part| part.as_os_str().to_str()).collect();
    let after = |marker: &str, steps: usize| {
        names
            .iter()
            .position(|name| *name == marker)
            .and_then(|at| names.get(at + steps))
            .and_then(|name| plausible(name))
    };
    after("versions", 1).or_else(|| after("Cellar", 2))
}

/// A version begins with a digit and is made of what versions are made of. Anything else is not worth showing.
fn plausible(text: &str) -> Option<String> {
    let fits = text.starts_with(|c: char| c.is_ascii_digit())
        && text.len() <= 64
        && text.chars().all(|c| c.is_ascii_alphanumeric() || ".-+_".contains(c));
    fits.then(|| text.to_owned())
}

fn read_small(path: &Path) -> Option<String> {
    let mut text = String::new();
    File::open(path).ok()?.take(LARGEST).read_to_string(&mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn program(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn found(folder: &Path) -> String {
        check(&[folder.to_owned()]).remove(0).found
    }

    #[test]
    fn an_npm_package_behind_a_link_tells_its_version_without_being_run() {
        let root = tempfile::tempdir().unwrap();
        let package = root.path().join("lib/node_modules/@openai/codex");
        program(&package.join("bin/codex.js"), "#!/bin/sh\ntouch \"$(dirname \"$0\")/was-run\"\n");
        fs::write(package.join("package.json"), r#"{"name":"@openai/codex","version":"0.46.0"}"#).unwrap();
        fs::create_dir(root.path().join("bin")).unwrap();
        symlink(package.join("bin/codex.js"), root.path().join("bin/codex")).unwrap();
        assert_eq!(found(&root.path().join("bin")), "Codex 0.46.0");
        assert!(!package.join("bin/was-run").exists());
    }

    #[test]
    fn a_python_package_tells_its_version() {
        let root = tempfile::tempdir().unwrap();
        let python = root.path().join("venv/bin/python3");
        program(&root.path().join("venv/bin/aider"), &format!("#!{}\nimport aider\n", python.display()));
        fs::create_dir_all(root.path().join("venv/lib/python3.12/site-packages/aider_chat-0.86.1.dist-info")).unwrap();
        assert_eq!(found(&root.path().join("venv/bin")), "aider 0.86.1");
    }

    #[test]
    fn a_versioned_folder_tells_the_version() {
        let root = tempfile::tempdir().unwrap();
        let real = root.path().join("share/claude/versions/2.0.14");
        program(&real, "binary");
        fs::create_dir(root.path().join("bin")).unwrap();
        symlink(&real, root.path().join("bin/claude")).unwrap();
        assert_eq!(found(&root.path().join("bin")), "Claude Code 2.0.14");
    }

    #[test]
    fn a_forged_version_is_not_shown_and_what_cannot_be_run_is_not_an_agent() {
        let root = tempfile::tempdir().unwrap();
        program(&root.path().join("bin/gemini"), "x");
        fs::write(root.path().join("bin/package.json"), r#"{"name":"@google/gemini-cli","version":"1\u001b[2J"}"#)
            .unwrap();
        fs::write(root.path().join("bin/goose"), "not executable").unwrap();
        assert_eq!(found(&root.path().join("bin")), "Gemini CLI (version unknown)");
    }
}
