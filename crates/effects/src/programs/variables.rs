//! Variables that make other programs load or run something.

use crate::effect::What;
use crate::evaluate::{Machine, Taint, Value, markers};
use portcullis_event::Hazard;

/// Variables whose value is a command or a file that some program runs.
const RUNS: [&str; 26] = [
    "GIT_SSH_COMMAND",
    "GIT_SSH",
    "GIT_ASKPASS",
    "SSH_ASKPASS",
    "GIT_EDITOR",
    "GIT_SEQUENCE_EDITOR",
    "GIT_PAGER",
    "GIT_EXTERNAL_DIFF",
    "GIT_PROXY_COMMAND",
    "PAGER",
    "MANPAGER",
    "LESSOPEN",
    "LESSCLOSE",
    "EDITOR",
    "VISUAL",
    "BROWSER",
    "SUDO_ASKPASS",
    "PROMPT_COMMAND",
    "PS4",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "MAKEFLAGS",
    "CARGO_BUILD_RUSTC_WRAPPER",
    "GIT_TEMPLATE_DIR",
    "GIT_EXEC_PATH",
    "GIT_CONFIG_GLOBAL",
];

/// Variables whose value is loaded into every program of a kind.
const LOADED: [&str; 20] = [
    "LD_PRELOAD",
    "LD_AUDIT",
    "DYLD_INSERT_LIBRARIES",
    "BASH_ENV",
    "ENV",
    "ZDOTDIR",
    "PYTHONSTARTUP",
    "PYTHONHOME",
    "PERL5DB",
    "PERL5LIB",
    "RUBYLIB",
    "JAVA_TOOL_OPTIONS",
    "_JAVA_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "LD_DEBUG_OUTPUT",
    "BASH_FUNC_ls%%",
    "GCONV_PATH",
    "GTK_MODULES",
    "OPENSSL_CONF",
    "LUA_INIT",
];

/// Commands that are often meant, and do nothing.
const HARMLESS: [&str; 24] = [
    "",
    "cat",
    "less",
    "more",
    "true",
    ":",
    "vim",
    "vi",
    "nano",
    "code --wait",
    "code -w",
    "nvim",
    "emacs",
    "none",
    "less -R",
    "less -FRX",
    "false",
    "sccache",
    "ccache",
    "echo",
    "/bin/true",
    "/bin/cat",
    "/bin/false",
    "delta",
];

impl Machine<'_> {
    /// Tells what a variable does to programs that run with it. `handed_on`: other programs see it.
    pub(crate) fn judge_variable(&mut self, name: &str, value: &Value, handed_on: bool) {
        if handed_on {
            self.scope.export(name, true);
        }
        if name == "PATH" {
            return self.judge_path(value);
        }
        let text = value.shown();
        if name.starts_with("GIT_CONFIG_") || name == "HISTFILE" || name == "HISTSIZE" {
            if name.starts_with("HIST") && (text == "/dev/null" || text == "0" || text.is_empty()) {
                self.danger(Hazard::GuardTampering, "the shell keeps no history");
            }
            if name.starts_with("GIT_CONFIG_") && name.contains("KEY") {
                super::git::judge_setting(self, &text, &Value::hole());
            }
        }
        if !handed_on && matches!(name, "PS0" | "PS1" | "PS2" | "PS4") {
            // It is expanded whenever it is shown.
            self.expand_text(&Value { text: crate::shell::unescape(&value.text), taint: value.taint });
        }
        if !handed_on && name != "PROMPT_COMMAND" {
            return;
        }
        if handed_on {
            self.note(What::Environment { name: name.to_owned() });
        }
        if let Some((agent, what)) = super::agents::variable(name, &text, self.world.home().as_str()) {
            self.danger(Hazard::AgentBypass, format!("{agent}: {what}"));
        } else if LOADED.contains(&name) || name.starts_with("BASH_FUNC_") {
            if !text.is_empty() && !is_harmless_option(name, &text) {
                self.danger(Hazard::Loader, format!("`{name}` makes programs load {text}"));
            }
        } else if RUNS.contains(&name) {
            self.judge_run_by_variable(name, value, &text);
        } else if matches!(name, "NODE_OPTIONS" | "PERL5OPT" | "RUBYOPT" | "PYTHONWARNINGS" | "PHP_INI_SCAN_DIR") {
            let loads =
                ["--require", "-r", "--import", "--loader", "--experimental-loader", "-M", "-m", "-e", "--env-file"];
            if text.split(|c: char| c.is_whitespace() || c == '=').any(|word| {
                loads.iter().any(|it| word == *it || (it.len() == 2 && word.starts_with(it) && !word.starts_with("--")))
            }) {
                self.danger(Hazard::Loader, format!("`{name}` makes programs load code: {text}"));
            }
        } else if matches!(
            name,
            "npm_config_registry"
                | "NPM_CONFIG_REGISTRY"
                | "PIP_INDEX_URL"
                | "PIP_EXTRA_INDEX_URL"
                | "UV_INDEX_URL"
                | "UV_DEFAULT_INDEX"
                | "GOPROXY"
                | "CARGO_REGISTRIES_CRATES_IO_INDEX"
        ) && text.contains("://")
        {
            self.danger(Hazard::ForeignPackage, format!("`{name}` names another registry"));
            self.url(value, crate::effect::Direction::In);
        } else if matches!(
            name,
            "http_proxy" | "https_proxy" | "HTTP_PROXY" | "HTTPS_PROXY" | "ALL_PROXY" | "all_proxy"
        ) && text.contains("://")
        {
            self.url(value, crate::effect::Direction::Out);
        } else if matches!(name, "NODE_TLS_REJECT_UNAUTHORIZED" | "PYTHONHTTPSVERIFY" | "GIT_SSL_NO_VERIFY")
            && matches!(text.as_str(), "0" | "1" | "true")
        {
            self.danger(Hazard::GuardTampering, format!("`{name}` leaves certificates unchecked"));
        }
    }

    fn judge_run_by_variable(&mut self, name: &str, value: &Value, text: &str) {
        if HARMLESS.contains(&text) || value.text.chars().all(|c| matches!(c, markers::UNSET | markers::NAME)) {
            return;
        }
        if name == "MAKEFLAGS" {
            if text.contains("SHELL") || text.contains("eval") {
                self.danger(Hazard::Loader, format!("`MAKEFLAGS` makes make run {text}"));
            }
            return;
        }
        if matches!(name, "GIT_SSH_COMMAND" | "GIT_SSH")
            && text.starts_with("ssh")
            && !text.contains("ProxyCommand")
            && !text.contains("LocalCommand")
            && !text.contains([';', '|', '&', '$'])
        {
            return;
        }
        if name == "PROMPT_COMMAND" || name == "PS4" {
            self.danger(Hazard::Loader, format!("`{name}` runs {text}"));
        }
        if matches!(name, "RUSTC_WRAPPER" | "GIT_TEMPLATE_DIR" | "GIT_EXEC_PATH" | "GIT_CONFIG_GLOBAL")
            && text != "/dev/null"
        {
            self.danger(Hazard::Loader, format!("`{name}` makes programs run {text}"));
            return;
        }
        // Whoever uses the variable runs it.
        if !matches!(name, "MAKEFLAGS" | "GIT_CONFIG_GLOBAL") {
            if (name.starts_with("GIT_") && !name.contains("EDITOR"))
                || name.ends_with("ASKPASS")
                || name.starts_with("LESS")
            {
                self.danger(Hazard::Loader, format!("`{name}` makes other programs run {text}"));
            }
            let value = &Value { text: value.text.trim_start_matches('|').to_owned(), taint: value.taint };
            self.judge_code(value, name);
            self.called(name, |machine| machine.aside(|machine| machine.run_value(value, &Value::default())));
        }
    }

    /// `PATH`: what stands in front of the usual folders is found first.
    fn judge_path(&mut self, value: &Value) {
        let home = self.world.home();
        let before_usual = value
            .text
            .split(':')
            .take_while(|folder| !folder.is_empty() && !folder.starts_with("/usr") && *folder != "/bin");
        let folders: Vec<String> = before_usual.map(str::to_owned).collect();
        for folder in folders {
            let folder = Value { text: folder, taint: Taint::NONE };
            if folder.text.starts_with(markers::is_reserved) && folder.text.chars().count() == 1 {
                break;
            }
            let Some(target) = self.place(&folder).target() else { continue };
            let text = target.path.as_str();
            let open = ["/tmp", "/var/tmp", "/dev/shm"].iter().any(|open| text.starts_with(open));
            let own = folder.is(".") || self.files.keys().any(|file| file.is_within(&target.path));
            if (open || own) && !target.path.is_within(&home.join(".cache").unwrap_or(home.clone())) {
                self.danger(Hazard::Loader, format!("programs are looked for in {text} first"));
            }
        }
    }
}

fn is_harmless_option(name: &str, text: &str) -> bool {
    match name {
        "JAVA_TOOL_OPTIONS" | "_JAVA_OPTIONS" | "JDK_JAVA_OPTIONS" => {
            !text.contains("-javaagent") && !text.contains("-agentpath") && !text.contains("-agentlib")
        }
        "ENV" => text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'),
        "PERL5LIB" | "RUBYLIB" => {
            !text.starts_with("/tmp") && !text.starts_with("/var/tmp") && !text.starts_with("/dev/shm")
        }
        _ => false,
    }
}
