//! Options by which a program is told to start another one, or to read a file: pagers, filters, hooks, wrappers. Whatever
//! else the program does, what it is handed is gone through.

use crate::evaluate::{Call, Machine, Value, base_name};
use portcullis_event::Hazard;

/// What the value of an option is.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// A text that a shell runs.
    Shell,
    /// A text in which `%(…)` is run by a shell.
    Macros,
    /// A program, and maybe its words.
    Program,
    /// A program and its words, with commas between them.
    Commas,
    /// A file whose text is shown.
    File,
    /// A library that it loads.
    Library,
}

/// Programs, and options by which they are handed something.
struct Handing {
    programs: &'static [&'static str],
    names: &'static [&'static str],
    form: Form,
}

const fn shell(programs: &'static [&'static str], names: &'static [&'static str]) -> Handing {
    Handing { programs, names, form: Form::Shell }
}

const fn macros(programs: &'static [&'static str], names: &'static [&'static str]) -> Handing {
    Handing { programs, names, form: Form::Macros }
}

const fn program(programs: &'static [&'static str], names: &'static [&'static str]) -> Handing {
    Handing { programs, names, form: Form::Program }
}

const fn commas(programs: &'static [&'static str], names: &'static [&'static str]) -> Handing {
    Handing { programs, names, form: Form::Commas }
}

const fn file(programs: &'static [&'static str], names: &'static [&'static str]) -> Handing {
    Handing { programs, names, form: Form::File }
}

const fn library(programs: &'static [&'static str], names: &'static [&'static str]) -> Handing {
    Handing { programs, names, form: Form::Library }
}

const COMPILERS: &[&str] = &["gcc", "g++", "cc", "c++", "clang", "clang++"];

const OPTIONS: [Handing; 43] = [
    shell(&["split"], &["--filter"]),
    shell(&["fzf", "sk"], &["--preview"]),
    shell(&["certbot"], &["--pre-hook", "--post-hook", "--deploy-hook", "--renew-hook", "--manual-auth-hook"]),
    shell(&["yt-dlp", "youtube-dl"], &["--exec", "--exec-before-download"]),
    shell(&["restic", "rclone", "kopia"], &["--password-command"]),
    shell(&["restic"], &["--sftp-command", "sftp.command"]),
    shell(&["borg"], &["--rsh"]),
    shell(&["man"], &["-P", "--pager"]),
    shell(&["man"], &["-H", "--html"]),
    shell(&["mysql", "mariadb", "pgcli", "mycli"], &["--pager"]),
    shell(&["bat", "batcat", "delta", "ack", "gh", "systemctl", "journalctl"], &["--pager"]),
    shell(&["svn"], &["--diff-cmd", "--diff3-cmd", "--editor-cmd"]),
    shell(&["rpm"], &["--pipe"]),
    shell(&["just"], &["-c", "--command"]),
    shell(&["mdadm"], &["--program"]),
    shell(&["ranger", "lf", "nnn", "vifm"], &["--cmd", "-command", "-c"]),
    macros(&["rpm", "rpmspec", "rpmbuild"], &["--eval", "-E", "-D", "--define"]),
    shell(&["java"], &["-XX:OnError", "-XX:OnOutOfMemoryError"]),
    program(&["wget"], &["--use-askpass"]),
    program(&["scp", "sftp"], &["-S", "-D"]),
    library(&["java"], &["-javaagent", "-agentpath"]),
    library(&["gcc", "g++", "cc", "clang", "clang++"], &["-fplugin", "-specs", "-fpass-plugin"]),
    program(&["openssl"], &["-engine", "-provider"]),
    program(&["php"], &["-dauto_prepend_file", "-dextension"]),
    program(
        &["cmake"],
        &["-DCMAKE_C_COMPILER_LAUNCHER", "-DCMAKE_CXX_COMPILER_LAUNCHER", "-DCMAKE_RULE_LAUNCH_COMPILE"],
    ),
    program(&["sort"], &["--compress-program"]),
    program(&["tcpdump"], &["-z"]),
    program(
        &["aria2c"],
        &["--on-download-complete", "--on-download-start", "--on-download-stop", "--on-bt-download-complete"],
    ),
    program(&["rg", "ripgrep"], &["--hostname-bin", "--pre"]),
    program(&["start-stop-daemon"], &["-x", "--exec", "-a", "--startas"]),
    program(&["just", "npm", "pnpm"], &["--shell", "--script-shell"]),
    library(&["go"], &["-vettool"]),
    program(&["pppd"], &["connect", "pty"]),
    program(&["openvpn"], &["--up", "--down", "--route-up", "--ipchange", "--tls-verify"]),
    program(&["dhclient"], &["-sf"]),
    library(&["ld"], &["-plugin", "--plugin"]),
    commas(COMPILERS, &["-wrapper"]),
    file(&["date"], &["-f", "--file", "-r"]),
    file(&["file"], &["-f", "--files-from", "-m"]),
    file(&["wc", "du", "sort"], &["--files0-from"]),
    file(&["arp", "ip", "tc", "bridge"], &["-f", "-b", "-batch"]),
    file(&["nmap", "masscan"], &["-iL", "--excludefile"]),
    file(&["ffmpeg", "magick", "convert", "tesseract"], &["-filter_script", "-attach"]),
];

/// Filters and pagers that are meant so often that they say nothing.
const HARMLESS: [&str; 21] = [
    "gzip", "bzip2", "xz", "zstd", "pigz", "pbzip2", "lz4", "lzop", "less", "more", "cat", "bat", "most", "never",
    "always", "auto", "sh", "bash", "zsh", "ccache", "sccache",
];

/// Goes through what a call hands to others.
pub(crate) fn run_what_is_handed(machine: &mut Machine<'_>, call: &Call) {
    let name = call.name();
    for option in OPTIONS.iter().filter(|option| option.programs.contains(&name.as_str())) {
        for value in values(call.args(), option.names) {
            run(machine, &name, option.form, &value);
        }
    }
    super::sources::judge(machine, call);
    if matches!(name.as_str(), "less" | "more" | "most" | "view") {
        for code in call.args().iter().filter_map(|word| word.behind("+!").or_else(|| word.behind("++!"))) {
            super::shells::run_with(machine, &code, &[], &Value::default());
        }
    }
}

/// What stands behind these options: in the next word, behind `=`, or right behind a letter.
fn values(words: &[Value], names: &[&str]) -> Vec<Value> {
    let mut out = Vec::new();
    for (at, word) in words.iter().enumerate() {
        for name in names {
            if word.is(name) {
                out.extend(words.get(at + 1).cloned());
            } else if let Some(value) = word.behind(&format!("{name}=")).or_else(|| word.behind(&format!("{name}:"))) {
                out.push(value);
            } else if name.len() == 2
                && !word.starts_with("--")
                && let Some(value) = word.behind(name)
            {
                out.push(value);
            }
        }
    }
    out
}

fn run(machine: &mut Machine<'_>, by: &str, form: Form, value: &Value) {
    let argv = match form {
        Form::Shell => {
            machine.aside(|machine| {
                // `split` says in this variable which piece it is.
                machine.scope.set("FILE", vec![Value::of("xaa")]);
                machine.scope.export("FILE", true);
                super::shells::run_with(machine, value, &[], &Value::hole())
            });
            return;
        }
        Form::Macros => {
            for text in value.text.split("%(").skip(1) {
                let code = text.rsplit_once(')').map_or(text, |(code, _)| code);
                super::shells::run_with(
                    machine,
                    &Value { text: code.to_owned(), taint: value.taint },
                    &[],
                    &Value::hole(),
                );
            }
            if let Some((_, code)) = value.text.split_once("%{lua:") {
                super::run_code_of(
                    machine,
                    "lua",
                    &Value { text: code.trim_end_matches('}').to_owned(), taint: value.taint },
                );
            }
            return;
        }
        Form::File => {
            machine.read_file(value);
            return;
        }
        Form::Library => {
            machine.read_file(value);
            // Builds load what they bring along and what is installed; what lies where anybody writes is neither.
            if ["/tmp/", "/var/tmp/", "/dev/shm/"].iter().any(|folder| value.text.starts_with(folder)) {
                machine.danger(Hazard::Loader, format!("`{by}` loads {}", value.shown()));
            }
            return;
        }
        Form::Program => value.split(&[' ']),
        Form::Commas => value.split(&[',']),
    };
    let Some(first) = argv.first() else { return };
    let name = base_name(&first.text).to_owned();
    if HARMLESS.contains(&name.as_str()) && argv.len() < 3 {
        return;
    }
    if first.text.contains('/') || first.has_hole() {
        machine.danger(Hazard::Loader, format!("`{by}` is told to run {}", first.shown()));
    }
    machine.start(argv, &Value::hole());
}
