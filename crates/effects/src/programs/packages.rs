//! Package managers: what is added by name, from where, and what is published.

use super::{Given, Handler};
use crate::effect::Direction;
use crate::evaluate::{Call, Machine, Value};
use crate::sensitive::ends_in;
use portcullis_event::Hazard;

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "npm" | "pnpm" | "yarn" | "cnpm" | "corepack" => javascript_manager,
        name if name == "pip"
            || name.strip_prefix("pip").is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == '.')) =>
        {
            pip
        }
        "uv" | "poetry" | "pdm" | "pipenv" | "pipx" | "rye" | "hatch" => python_manager,
        "cargo" => cargo,
        "gem" | "bundle" | "bundler" => gem,
        "go" => go,
        "brew" | "apt" | "apt-get" | "aptitude" | "dnf" | "yum" | "apk" | "pacman" | "zypper" | "snap" | "flatpak"
        | "port" | "choco" | "winget" | "scoop" | "nix-env" | "emerge" | "yay" => system_manager,
        "dpkg" | "rpm" | "installer" => |machine, call| {
            let installs =
                call.args().iter().any(|word| matches!(word.text.as_str(), "-i" | "--install" | "-U" | "-pkg"));
            for file in call.args().iter().filter(|word| word.text.contains('.') && !word.starts_with("-")) {
                machine.read_file(file);
                if installs {
                    machine.danger(Hazard::ForeignPackage, format!("a package is installed from {}", file.shown()));
                }
            }
            Value::hole()
        },
        "composer" | "dotnet" | "nuget" | "mix" | "hex" | "stack" | "cabal" | "dart" | "flutter" | "pub" | "swift"
        | "luarocks" | "cpan" | "cpanm" => other_manager,
        "twine" => |machine, call| {
            if call.args().first().is_some_and(|word| word.is("upload")) {
                machine.danger(Hazard::Publication, "a package is published");
            }
            Value::hole()
        },
        _ => return None,
    })
}

/// Whether a package is named by an address or a path.
pub(super) fn is_foreign(name: &str) -> bool {
    name.contains("://")
        || name.starts_with("git+")
        || name.starts_with("github:")
        || name.starts_with("file:")
        || ends_in(name, ".tgz")
        || name.ends_with(".tar.gz")
        || name.starts_with("gitlab:")
        || name.starts_with("bitbucket:")
}

/// A package that is named on the command line.
pub(super) fn named(machine: &mut Machine<'_>, ecosystem: &str, package: &Value) {
    let text = package.shown();
    if let Some((_, address)) = text.split_once('@').filter(|(_, rest)| rest.contains("://")) {
        return named(machine, ecosystem, &Value::of(address.trim()));
    }
    if text.contains("://") {
        let address = text.trim_start_matches("git+");
        machine.url(&Value::of(address), Direction::In);
        machine.danger(Hazard::ForeignPackage, format!("a package comes from {address}"));
        machine.judge_source(&Value::of(address), "");
    } else if is_foreign(&text) && !text.starts_with("file:") && !text.ends_with("gz") {
        let host = if text.starts_with("gitlab:") { "gitlab.com" } else { "github.com" };
        machine.network(Direction::In, &Value::of(host), Some(443), "https");
        machine.danger(Hazard::ForeignPackage, format!("a package comes from {text}"));
    } else if text.starts_with(['.', '/', '~'])
        || text.starts_with("file:")
        || ends_in(&text, ".whl")
        || text.ends_with("gz")
    {
        machine.read_file(&Value::of(text.trim_start_matches("file:")));
    } else if package.has_hole() {
        machine.unresolved("which package it is is not known");
    } else if !matches!(text.as_str(), "pip" | "setuptools" | "wheel") {
        machine.package(ecosystem, &text, false);
    }
}

/// Whether anybody on the way may change what comes from an address, or nobody knows whose it is: no TLS, a bare number.
pub(super) fn is_open_to_others(address: &Value) -> bool {
    let text = address.text.to_ascii_lowercase();
    let text = text.strip_prefix("git+").unwrap_or(&text);
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, _) = crate::evaluate::split_port(authority.rsplit('@').next().unwrap_or_default());
    let parts: Vec<u8> = host.split('.').filter_map(|part| part.parse().ok()).collect();
    let own = matches!(host, "localhost" | "::1")
        || matches!(parts.as_slice(), [127 | 10, ..] | [192, 168, ..] | [172, 16..=31, ..]);
    !own && (scheme == "http" || parts.len() == 4)
}

impl Machine<'_> {
    /// Packages come from an address that is said.
    pub(super) fn judge_source(&mut self, address: &Value, when: &str) {
        if is_open_to_others(address) {
            self.danger(
                Hazard::GuardTampering,
                format!("packages come{when} from {}, and nothing proves whose they are", address.shown()),
            );
        }
    }
}

const NPM_TAKES: &[&str] = &[
    "--registry",
    "--call",
    "--prefix",
    "-C",
    "--dir",
    "--cwd",
    "-w",
    "--workspace",
    "--filter",
    "-F",
    "--tag",
    "--userconfig",
    "--cache",
    "--script-shell",
    "--otp",
    "--access",
    "--loglevel",
    "--omit",
    "--include",
    "--before",
    "--node-options",
    "--reporter",
    "--shell",
];

pub(super) fn javascript_manager(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), NPM_TAKES);
    let at = call.args().iter().position(|word| word.is("-c") || word.is("--call"));
    if let Some(code) = at.and_then(|at| call.args().get(at + 1)) {
        return super::shells::run_with(machine, code, &[], &call.stdin);
    }
    if let Some(address) = given.value(&["--registry"]) {
        machine.danger(Hazard::ForeignPackage, "packages come from another registry");
        machine.judge_source(address, "");
        machine.url(address, Direction::In);
    }
    if let Some(shell) = given.value(&["--script-shell", "--node-options"])
        && !super::is_shell(crate::evaluate::base_name(&shell.text))
        && !shell.starts_with("--max")
    {
        machine.danger(Hazard::Loader, format!("scripts are run with {}", shell.shown()));
    }
    let rest = given.operands_from(1);
    match given.operand(0).map(|verb| verb.text.as_str()) {
        Some("install" | "i" | "add" | "in" | "isntall" | "update" | "up" | "upgrade" | "link") => {
            for package in rest {
                named(machine, "npm", package);
            }
        }
        Some("uninstall" | "remove" | "rm" | "un") => {
            for package in rest {
                machine.package("npm", &package.shown(), true);
            }
        }
        Some("exec" | "x" | "dlx") => return super::runners::run_named(machine, "npm", &without_dashes(rest), call),
        Some("create" | "init") if !rest.is_empty() => {}
        Some("run" | "run-script" | "test" | "start" | "stop" | "t") => {
            let verb = given.operand(0).map(|verb| verb.text.clone()).unwrap_or_default();
            let name = match verb.as_str() {
                "run" | "run-script" => rest.first().map(|name| name.text.clone()),
                "t" => Some("test".to_owned()),
                _ => Some(verb),
            };
            written_script(machine, &name.unwrap_or_default());
        }
        Some("publish" | "unpublish" | "deprecate" | "dist-tag" | "owner") => {
            machine.danger(Hazard::Publication, "a package is published or changed");
        }
        Some("token" | "adduser" | "login") => {
            machine.danger(Hazard::CredentialAccess, "a login at a registry is made or shown");
        }
        Some("config" | "set") => config(machine, rest),
        Some("pkg") if given.operand(1).is_some_and(|verb| verb.is("set")) => {
            set_in_manifest(machine, given.operands_from(2));
        }
        Some("explore") => {
            let words: Vec<Value> = without_dashes(rest.get(1..).unwrap_or_default());
            if !words.is_empty() {
                return machine.start(words, &call.stdin);
            }
        }
        _ => {}
    }
    Value::hole()
}

fn without_dashes(words: &[Value]) -> Vec<Value> {
    words.iter().filter(|word| !word.is("--") && !matches!(word.text.as_str(), "-y" | "--yes")).cloned().collect()
}

/// A registry among the words of a setting, alone or behind `=`.
fn judge_setting(machine: &mut Machine<'_>, word: &Value) {
    let address = word.text.split_once('=').map_or_else(|| word.clone(), |(_, address)| Value::of(address));
    machine.judge_source(&address, " from now on");
}

/// `npm pkg set scripts.postinstall=…`: what npm runs by itself from now on, or whenever it is asked to.
fn set_in_manifest(machine: &mut Machine<'_>, words: &[Value]) {
    const BY_ITSELF: [&str; 9] = [
        "preinstall",
        "install",
        "postinstall",
        "prepare",
        "prepublish",
        "prepublishOnly",
        "preprepare",
        "postprepare",
        "dependencies",
    ];
    for word in words {
        let Some((name, code)) = word.text.split_once('=') else { continue };
        let Some(script) = name.strip_prefix("scripts.").or_else(|| name.strip_prefix("scripts[")) else { continue };
        let code = Value { text: code.to_owned(), taint: word.taint };
        let script = script.trim_end_matches(']').trim_matches(['"', '\'']);
        let is_plain =
            code.text.starts_with("husky") || code.text.starts_with("patch-package") || code.text == "exit 0";
        if BY_ITSELF.contains(&script) && !is_plain && !is_build(&code.text) {
            machine.danger(Hazard::Persistence, format!("`{script}` is run by whoever installs the package"));
        }
        super::run_shell(machine, &code);
    }
}

/// A script of a `package.json` that this very command has written.
fn written_script(machine: &mut Machine<'_>, name: &str) {
    let file = Value::of("package.json");
    let text = machine.place(&file).exact().and_then(|path| machine.files.get(path).cloned());
    let Some(text) = text else { return };
    let read = serde_json::from_str::<serde_json::Value>(&text.text).ok();
    match read.as_ref().and_then(|manifest| manifest.get("scripts")?.get(name)?.as_str()) {
        Some(code) => drop(super::run_shell(machine, &Value { text: code.to_owned(), taint: text.taint })),
        None if read.is_none() => machine.danger(Hazard::UnresolvedCode, "a script that was just written is run"),
        None => {}
    }
}

/// A script that only builds with what the project has.
fn is_build(code: &str) -> bool {
    let plain = !code.contains(['|', ';', '$', '`', '<', '>', '/', '\\']);
    let tools = [
        "npm run ",
        "pnpm ",
        "yarn ",
        "tsc",
        "vite build",
        "rollup",
        "node-gyp",
        "prisma generate",
        "nuxt prepare",
        "svelte-kit sync",
        "lefthook",
        "simple-git-hooks",
        "is-ci",
        "lerna",
        "turbo ",
        "nx ",
        "ngcc",
        "electron-builder install-app-deps",
    ];
    plain && code.split("&&").all(|part| tools.iter().any(|tool| part.trim().starts_with(tool)))
}

fn config(machine: &mut Machine<'_>, rest: &[Value]) {
    let text = Value::join(rest, " ").shown();
    if text.starts_with("set") || text.contains('=') {
        if text.contains("registry") && text.contains("://") {
            machine.danger(Hazard::ForeignPackage, "packages come from another registry from now on");
            for word in rest {
                judge_setting(machine, word);
            }
        }
        if text.contains("script-shell") || text.contains("node-options") || text.contains("ignore-scripts=false") {
            machine.danger(Hazard::Loader, "npm runs another program from now on");
        }
        if text.contains("strict-ssl") && text.contains("false") {
            machine.danger(Hazard::GuardTampering, "certificates are not checked from now on");
        }
    }
}

const PIP_TAKES: [&str; 34] = [
    "-r",
    "--requirement",
    "-c",
    "--constraint",
    "-e",
    "--editable",
    "-i",
    "--index-url",
    "--extra-index-url",
    "-f",
    "--find-links",
    "-t",
    "--target",
    "--prefix",
    "--root",
    "--trusted-host",
    "--python",
    "-p",
    "--cache-dir",
    "--proxy",
    "--cert",
    "--only-binary",
    "--no-binary",
    "--platform",
    "--python-version",
    "--index",
    "--default-index",
    "--group",
    "--extra",
    "--src",
    "-d",
    "--dest",
    "--with",
    "--from",
];

fn pip(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &PIP_TAKES);
    sources(machine, &given);
    let verb = given.operand(0).map(|verb| verb.text.clone()).unwrap_or_default();
    match verb.as_str() {
        "install" | "download" | "wheel" => {
            given.operands_from(1).iter().for_each(|package| named(machine, "pypi", package));
            for package in given.values(&["-e", "--editable"]) {
                if package.text.contains("://") {
                    named(machine, "pypi", package);
                }
            }
            for file in given.values(&["-r", "--requirement"]) {
                if file.text.contains("://") {
                    machine.url(file, Direction::In);
                    machine.danger(Hazard::ForeignPackage, "what is installed is read from the network");
                } else {
                    machine.read_file(file);
                }
            }
            given
                .values(&["-t", "--target", "--prefix", "--root", "-d", "--dest"])
                .for_each(|folder| machine.write_file(folder));
        }
        "uninstall" => {
            given.operands_from(1).iter().for_each(|package| machine.package("pypi", &package.shown(), true));
        }
        "config" => {
            let text = Value::join(given.operands_from(1), " ").shown();
            if text.contains("index-url") || text.contains("trusted-host") {
                machine.danger(Hazard::ForeignPackage, "packages come from another registry from now on");
                given.operands.iter().for_each(|word| judge_setting(machine, word));
            }
        }
        _ => {}
    }
    Value::hole()
}

/// Where packages come from, if it is said.
fn sources(machine: &mut Machine<'_>, given: &Given) {
    for address in
        given.values(&["-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--index", "--default-index"])
    {
        if address.text.contains("://") {
            machine.danger(Hazard::ForeignPackage, format!("packages come from {}", address.shown()));
            machine.judge_source(address, "");
            machine.url(address, Direction::In);
        }
    }
    let is_own =
        |host: &Value| matches!(host.text.split(':').next(), Some("localhost" | "127.0.0.1" | "host.docker.internal"));
    if given.values(&["--trusted-host"]).any(|host| !is_own(host)) {
        machine.danger(Hazard::GuardTampering, "a registry is trusted without a certificate");
    }
}

fn python_manager(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &PIP_TAKES);
    let args = call.args();
    let verb = given.operand(0).map(|verb| verb.text.clone()).unwrap_or_default();
    let name = call.name();
    match (name.as_str(), verb.as_str()) {
        ("uv", "pip") => {
            let at = args.iter().position(|word| word.is("pip")).unwrap_or(0);
            let mut words = vec![Value::of("pip")];
            words.extend(args.get(at + 1..).unwrap_or_default().iter().cloned());
            return machine.start(words, &call.stdin);
        }
        (_, "run") => return run_behind(machine, args, &name, call),
        ("uv", "tool") if given.operand(1).is_some_and(|word| word.is("run")) => {
            return run_behind(machine, args, "uv-tool", call);
        }
        (_, "add" | "install" | "inject" | "tool") if name != "poetry" || verb == "add" => {
            sources(machine, &given);
            let from = usize::from(verb == "tool") + 1;
            given.operands_from(from).iter().for_each(|package| named(machine, "pypi", package));
        }
        (_, "remove" | "uninstall") => {
            given.operands_from(1).iter().for_each(|package| machine.package("pypi", &package.shown(), true));
        }
        (_, "publish") => machine.danger(Hazard::Publication, "a package is published"),
        _ => {}
    }
    Value::hole()
}

/// `uv run …`, `poetry run …`: what follows is a program.
fn run_behind(machine: &mut Machine<'_>, args: &[Value], name: &str, call: &Call) -> Value {
    let at = args.iter().position(|word| word.is("run")).unwrap_or(0);
    let given = Given::read_front(
        args.get(at + 1..).unwrap_or_default(),
        &[
            "--with",
            "--python",
            "-p",
            "--extra",
            "--group",
            "--env-file",
            "--project",
            "--directory",
            "--spec",
            "--from",
            "--index-url",
            "--package",
            "--with-requirements",
            "-m",
            "--module",
        ],
    );
    for package in given.values(&["--with", "--spec", "--from"]) {
        named(machine, "pypi", package);
        if is_foreign(&package.text) {
            machine.danger(Hazard::DownloadedCode, format!("a package is run from {}", package.shown()));
        }
    }
    if given.operands.is_empty() {
        return Value::hole();
    }
    if matches!(name, "pipx" | "uv-tool") {
        return super::runners::run_named(machine, "pypi", &given.operands, call);
    }
    let mut words = given.operands.clone();
    if words.first().is_some_and(|word| ends_in(&word.text, ".py")) {
        words.insert(0, Value::of("python"));
    }
    machine.start(words, &call.stdin)
}

fn cargo(machine: &mut Machine<'_>, call: &Call) -> Value {
    let takes = [
        "--git",
        "--path",
        "--registry",
        "--version",
        "--vers",
        "--branch",
        "--tag",
        "--rev",
        "-p",
        "--package",
        "--features",
        "-F",
        "--manifest-path",
        "--target",
        "--config",
        "--index",
        "-Z",
        "--bin",
        "--example",
        "-j",
        "--jobs",
        "--root",
        "--target-dir",
        "--profile",
        "--rename",
        "--test",
        "--message-format",
    ];
    let words: Vec<Value> = call.args().iter().filter(|word| !word.starts_with("+")).cloned().collect();
    let given = Given::read(&words, &takes);
    for setting in given.values(&["--config"]) {
        if ["runner", "rustc-wrapper", "linker", "rustc"].iter().any(|word| setting.text.contains(word)) {
            machine.danger(Hazard::Loader, format!("cargo runs what is set here: {}", setting.shown()));
        }
    }
    match given.operand(0).map(|verb| verb.text.as_str()) {
        Some("install" | "add" | "binstall") if !given.has(&["--dry-run"]) => {
            if let Some(address) = given.value(&["--git", "--index"]) {
                named(machine, "crates.io", address);
                return Value::hole();
            }
            if given.value(&["--path"]).is_none() {
                given.operands_from(1).iter().for_each(|package| named(machine, "crates.io", package));
            }
        }
        Some("remove" | "rm" | "uninstall") => {
            given.operands_from(1).iter().for_each(|package| machine.package("crates.io", &package.shown(), true));
        }
        Some("publish" | "yank" | "owner") if !given.has(&["--dry-run", "-n"]) => {
            machine.danger(Hazard::Publication, "a package is published or changed");
        }
        Some("login") => machine.danger(Hazard::CredentialAccess, "a login at a registry is made"),
        _ => {}
    }
    Value::hole()
}

fn gem(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(
        call.args(),
        &["-v", "--version", "-s", "--source", "-i", "--install-dir", "--gemfile", "--path", "--git", "--group", "-g"],
    );
    let verb = given.operand(0).map(|verb| verb.text.clone()).unwrap_or_default();
    if let Some(address) = given.value(&["-s", "--source", "--git"]).filter(|address| address.text.contains("://")) {
        machine.danger(Hazard::ForeignPackage, format!("packages come from {}", address.shown()));
        machine.judge_source(address, "");
        machine.url(address, Direction::In);
    }
    match (call.name().as_str(), verb.as_str()) {
        ("gem", "install") | ("bundle" | "bundler", "add") => {
            given.operands_from(1).iter().for_each(|package| named(machine, "rubygems", package));
        }
        ("gem", "push" | "yank" | "owner") => machine.danger(Hazard::Publication, "a package is published or changed"),
        ("bundle" | "bundler", "exec") => {
            let at = call.args().iter().position(|word| word.is("exec")).unwrap_or(0);
            let argv = call.args().get(at + 1..).unwrap_or_default().to_vec();
            return if argv.is_empty() { Value::hole() } else { machine.start(argv, &call.stdin) };
        }
        _ => {}
    }
    Value::hole()
}

fn go(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read_front(call.args(), &["-C"]);
    let rest = Given::read(
        given.operands_from(1),
        &[
            "-o",
            "-exec",
            "-toolexec",
            "-ldflags",
            "-tags",
            "-run",
            "-gcflags",
            "-mod",
            "-modfile",
            "-count",
            "-timeout",
            "-coverprofile",
            "-bench",
            "-p",
        ],
    );
    for program in rest.values(&["-exec", "-toolexec"]) {
        machine.danger(Hazard::Loader, format!("go runs everything with {}", program.shown()));
        super::shells::run_with(machine, program, &[], &Value::default());
    }
    rest.values(&["-o"]).for_each(|file| machine.write_file(file));
    match given.operand(0).map(|verb| verb.text.as_str()) {
        Some("get" | "install") => {
            for package in rest.operands.iter().filter(|package| !package.starts_with(".")) {
                judge_module(machine, package);
                machine.package("go", &package.shown(), false);
            }
        }
        Some("run") => {
            if let Some(package) = rest.operands.iter().find(|package| package.text.contains('@')) {
                judge_module(machine, package);
                machine.package("go", &package.shown(), false);
            }
        }
        Some("env") if given.operands_from(1).iter().any(|word| word.is("-w")) => {
            let text = Value::join(given.operands_from(1), " ").shown();
            if ["GOPROXY", "GONOSUMDB", "GONOSUMCHECK", "GOFLAGS", "GOINSECURE", "GOSUMDB"]
                .iter()
                .any(|name| text.contains(name))
            {
                machine.danger(Hazard::ForeignPackage, "modules come from elsewhere from now on");
            }
        }
        _ => {}
    }
    Value::hole()
}

/// A module of Go is named by the host that says where it lies; those of well-known owners say nothing.
fn judge_module(machine: &mut Machine<'_>, module: &Value) {
    const USUAL: [&str; 30] = [
        "github.com",
        "gitlab.com",
        "bitbucket.org",
        "codeberg.org",
        "git.sr.ht",
        "gitea.com",
        "golang.org",
        "google.golang.org",
        "cloud.google.com",
        "gopkg.in",
        "go.uber.org",
        "k8s.io",
        "sigs.k8s.io",
        "helm.sh",
        "istio.io",
        "go.opentelemetry.io",
        "go.etcd.io",
        "go.mongodb.org",
        "modernc.org",
        "rsc.io",
        "filippo.io",
        "mvdan.cc",
        "honnef.co",
        "gorm.io",
        "entgo.io",
        "gotest.tools",
        "gonum.org",
        "buf.build",
        "goa.design",
        "cuelang.org",
    ];
    let host = module.text.split(['/', '@']).next().unwrap_or_default();
    if host.contains('.') && module.text.contains('/') && !USUAL.contains(&host) {
        machine.network(Direction::In, &Value { text: host.to_owned(), taint: module.taint }, Some(443), "https");
        machine.danger(Hazard::ForeignPackage, format!("a module comes from {host}"));
    }
}

fn system_manager(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-t", "-o", "--repo", "--option", "-c"]);
    for option in given.values(&["-o", "--option"]) {
        if option.text.contains("Invoke") || option.text.contains("::Pre-") {
            let code = option.text.split_once('=').map(|(_, code)| code).unwrap_or_default();
            machine.danger(Hazard::Loader, "a package manager runs a command before or after its work");
            super::shells::run_with(machine, &Value::of(code), &[], &Value::default());
        }
    }
    let unchecked = [
        "--allow-unauthenticated",
        "--nogpgcheck",
        "--no-gpg-checks",
        "--allow-untrusted",
        "--force-yes",
        "--allow-insecure-repositories",
    ];
    let by_option = given.values(&["-o", "--option"]).any(|option| {
        let lower = option.text.to_ascii_lowercase();
        ["allowunauthenticated", "allowinsecurerepositories", "verify-peer=false", "verify-host=false"]
            .iter()
            .any(|name| lower.contains(name))
    });
    if by_option || call.args().iter().any(|word| unchecked.contains(&word.text.as_str())) {
        machine.danger(Hazard::GuardTampering, "packages are installed without a look at who signed them");
    }
    let verb = given.operand(0).map(|verb| verb.text.clone()).unwrap_or_default();
    let name = call.name();
    if name == "brew" && verb == "shellenv" {
        return Value::default();
    }
    let installs = matches!(verb.as_str(), "install" | "add" | "reinstall" | "tap")
        || call.args().iter().any(|word| matches!(word.text.as_str(), "-S" | "-Sy" | "-Syu" | "-iA"));
    let from = usize::from(!call.args().first().is_some_and(|word| word.starts_with("-S")));
    if installs {
        for package in given.operands_from(from) {
            if package.text.contains("://")
                || package.starts_with("./")
                || ends_in(&package.text, ".deb")
                || ends_in(&package.text, ".rpm")
            {
                named(machine, &name, package);
            } else {
                machine.package(&name, &package.shown(), false);
            }
        }
    } else if matches!(verb.as_str(), "remove" | "purge" | "uninstall" | "autoremove") {
        given.operands_from(1).iter().for_each(|package| machine.package(&name, &package.shown(), true));
    }
    Value::hole()
}

fn other_manager(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(
        call.args(),
        &["--version", "-v", "--source", "-s", "--api-key", "-k", "-c", "--configuration", "-o"],
    );
    let verbs: Vec<&str> = given.operands.iter().take(2).map(|word| word.text.as_str()).collect();
    match (call.name().as_str(), verbs.as_slice()) {
        ("composer", ["require", ..]) => {
            given.operands_from(1).iter().for_each(|package| named(machine, "composer", package));
        }
        ("luarocks" | "cpan" | "cpanm", ["install", ..]) => {
            given.operands_from(1).iter().for_each(|package| named(machine, "other", package));
        }
        ("dotnet", ["add", ..]) => {
            let at = given.operands.iter().position(|word| word.is("package"));
            at.and_then(|at| given.operand(at + 1)).iter().for_each(|package| named(machine, "nuget", package));
        }
        ("dotnet" | "nuget", [.., "push"] | ["push", ..])
        | ("mix" | "dart" | "flutter", ["hex.publish" | "publish", ..] | ["pub", "publish"]) => {
            machine.danger(Hazard::Publication, "a package is published");
        }
        _ => {}
    }
    Value::hole()
}

pub(super) fn conda(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-n", "--name", "-c", "--channel", "-p", "--prefix", "-f", "--file"]);
    for package in given.operands_from(1).iter().filter(|package| !package.starts_with("python")) {
        machine.package("conda", &package.shown(), false);
    }
    Value::hole()
}
