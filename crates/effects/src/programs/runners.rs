//! Programs that run what others have published, or what a project says: `npx`, `make`, PowerShell.

use super::{Given, Handler};
use crate::evaluate::{Call, Machine, Value};
use base64::Engine as _;
use portcullis_event::Hazard;

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "npx" | "bunx" | "pnpx" | "uvx" | "dlx" => run_package,
        "make" | "gmake" | "remake" => make,
        "mvn" | "mvnw" => maven,
        "just" | "task" | "invoke" | "nox" | "tox" | "bazel" | "ninja" | "gradle" => settings_that_run,
        "iex" | "invoke-expression" => |machine, call| powershell_text(machine, &Value::join(call.args(), " ")),
        "iwr" | "invoke-webrequest" | "irm" | "invoke-restmethod" => |machine, call| {
            let given = Given::read(call.args(), &["-Uri", "-OutFile", "-Method", "-Body", "-Headers"]);
            let address = given.value(&["-Uri"]).or_else(|| given.operand(0)).cloned();
            if let Some(address) = address {
                machine.url(&address, crate::effect::Direction::In);
            }
            given.values(&["-OutFile"]).for_each(|file| machine.write_file(file));
            Value::hole().tainted(crate::evaluate::Taint::NETWORK)
        },
        "remove-item" | "ri" | "del" | "erase" | "rd" | "clear-content" | "clc" => remove_item,
        "get-content" | "gc" => |machine, call| {
            let given = Given::read(call.args(), &["-Path", "-Tail", "-Encoding"]);
            let files: Vec<Value> = given.operands.iter().chain(given.values(&["-Path"])).cloned().collect();
            let mut out = Value::default();
            for file in files {
                let text = machine.read_file(&file);
                out.push(&text);
            }
            out
        },
        "set-content" | "add-content" | "out-file" | "new-item" => |machine, call| {
            let given = Given::read(call.args(), &["-Path", "-Value", "-FilePath", "-ItemType", "-Encoding"]);
            let file = given.value(&["-Path", "-FilePath"]).or_else(|| given.operand(0)).cloned();
            if let Some(file) = &file {
                machine.write_file(file);
            }
            Value::default()
        },
        "start-process" | "saps" => |machine, call| {
            let given =
                Given::read(call.args(), &["-FilePath", "-ArgumentList", "-Verb", "-WindowStyle", "-WorkingDirectory"]);
            if given.value(&["-Verb"]).is_some_and(|verb| verb.text.eq_ignore_ascii_case("runas")) {
                machine.danger(Hazard::Privilege, "a program is started as administrator");
            }
            let argv: Vec<Value> = given
                .value(&["-FilePath"])
                .into_iter()
                .chain(&given.operands)
                .chain(given.value(&["-ArgumentList"]))
                .cloned()
                .collect();
            if argv.is_empty() { Value::default() } else { machine.start(argv, &Value::default()) }
        },
        _ => return None,
    })
}

/// A package is fetched, if it is not there, and run.
fn run_package(machine: &mut Machine<'_>, call: &Call) -> Value {
    let takes = [
        "-p",
        "--package",
        "-c",
        "--call",
        "--from",
        "--with",
        "-w",
        "--python",
        "--registry",
        "--cache",
        "--index-url",
        "--index",
    ];
    let given = Given::read_front(call.args(), &takes);
    if let Some(code) = given.value(&["-c", "--call"]) {
        return super::shells::run_with(machine, code, &[], &call.stdin);
    }
    let ecosystem = if call.name() == "uvx" { "pypi" } else { "npm" };
    for package in given.values(&["-p", "--package", "--from", "--with"]) {
        super::packages::named(machine, ecosystem, package);
        if super::packages::is_foreign(&package.text) {
            machine.danger(Hazard::DownloadedCode, format!("a package is run from {}", package.shown()));
        }
    }
    if let Some(address) = given.value(&["--registry", "--index-url", "--index"]) {
        machine.danger(Hazard::ForeignPackage, "a package comes from another registry");
        machine.url(address, crate::effect::Direction::In);
    }
    run_named(machine, ecosystem, &given.operands, call)
}

/// Runs a package by its name: what it does is told if the program is known.
pub(super) fn run_named(machine: &mut Machine<'_>, ecosystem: &str, words: &[Value], call: &Call) -> Value {
    let Some(first) = words.first() else { return Value::hole() };
    let is_foreign = super::packages::is_foreign(&first.text);
    if is_foreign {
        super::packages::named(machine, ecosystem, first);
        machine.danger(Hazard::DownloadedCode, format!("a package is run from {}", first.shown()));
        return Value::hole();
    }
    let name = first.text.trim_start_matches('@');
    // The version behind the name; a scope begins with `@`, too.
    let scope = first.text.len() - name.len();
    let bare = match name.split_once('@') {
        Some((bare, _)) => first.text.get(..scope + bare.len()).unwrap_or(bare),
        None => first.text.as_str(),
    };
    let program = match bare {
        "@anthropic-ai/claude-code" => "claude",
        "@openai/codex" => "codex",
        "@google/gemini-cli" => "gemini",
        "@github/copilot" => "copilot",
        "opencode-ai" => "opencode",
        other => other.rsplit('/').next().unwrap_or(other),
    };
    if super::handler(program).is_some() {
        let mut argv = words.to_vec();
        if let Some(first) = argv.first_mut() {
            *first = Value::of(program);
        }
        return machine.start(argv, &call.stdin);
    }
    if !is_usual(program) {
        machine.package(ecosystem, &first.shown(), false);
    }
    Value::hole()
}

/// Tools that projects run every day: that they are run by `npx` says nothing.
fn is_usual(name: &str) -> bool {
    const USUAL: [&str; 64] = [
        "tsc",
        "eslint",
        "prettier",
        "jest",
        "vitest",
        "mocha",
        "playwright",
        "cypress",
        "vite",
        "webpack",
        "rollup",
        "next",
        "nuxt",
        "astro",
        "turbo",
        "nx",
        "lerna",
        "tsx",
        "ts-node",
        "tailwindcss",
        "postcss",
        "babel",
        "swc",
        "esbuild",
        "parcel",
        "storybook",
        "prisma",
        "drizzle-kit",
        "typeorm",
        "knex",
        "sequelize",
        "husky",
        "lint-staged",
        "commitlint",
        "changeset",
        "semantic-release",
        "depcheck",
        "npm-check-updates",
        "ncu",
        "concurrently",
        "serve",
        "http-server",
        "nodemon",
        "ng",
        "vue-cli-service",
        "react-scripts",
        "expo",
        "remix",
        "svelte-kit",
        "svelte-check",
        "biome",
        "oxlint",
        "knip",
        "tsup",
        "ruff",
        "black",
        "mypy",
        "pytest",
        "isort",
        "pre-commit",
        "flake8",
        "pyright",
        "bandit",
        "markdownlint",
    ];
    USUAL.contains(&name)
        || name.starts_with("create-")
        || name.starts_with("eslint-")
        || matches!(
            name,
            "shadcn"
                | "shadcn-ui"
                | "tsd"
                | "c8"
                | "nyc"
                | "karma"
                | "ava"
                | "wrangler"
                | "vercel"
                | "netlify"
                | "firebase"
                | "markdownlint-cli"
                | "cowsay"
                | "poetry"
                | "codegen"
                | "graphql-codegen"
                | "openapi-typescript"
                | "typedoc"
                | "stylelint"
                | "cspell"
                | "pyupgrade"
                | "pip-audit"
                | "vue-tsc"
                | "rimraf"
                | "ts-jest"
                | "jscpd"
                | "madge"
                | "size-limit"
                | "lighthouse"
                | "gh-pages"
                | "sort-package-json"
                | "npm-run-all"
                | "wait-on"
                | "dotenv"
                | "cross-env"
                | "env-cmd"
                | "jsdoc"
                | "gulp"
                | "grunt"
                | "mkdocs"
                | "sphinx-build"
                | "cookiecutter"
                | "ipython"
                | "jupyter"
                | "httpie"
                | "yamllint"
                | "codespell"
                | "vulture"
                | "uvicorn"
                | "gunicorn"
                | "alembic"
                | "django-admin"
        )
}

fn make(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(
        call.args(),
        &["-C", "-f", "-j", "-I", "-l", "-o", "-W", "--eval", "-E", "--directory", "--file", "--jobs"],
    );
    for text in given.values(&["--eval", "-E"]) {
        machine.danger(Hazard::UnresolvedCode, "make runs rules from its command line");
        for line in text.text.split(['\n', ';']) {
            let code = line.trim_start().trim_start_matches("$(shell ").trim_end_matches(')');
            let code = code.split_once(":\t").or_else(|| code.split_once(": ")).map_or(code, |(_, code)| code);
            super::shells::run_with(machine, &Value::of(code.trim_start_matches(['@', '-'])), &[], &Value::default());
        }
    }
    for word in &given.operands {
        if let Some((name, value)) = word.text.split_once('=') {
            let value = value.trim_start_matches(':');
            if name.trim_end_matches(['+', ':', '?']) == "SHELL" && !super::is_shell(crate::evaluate::base_name(value))
            {
                machine.danger(Hazard::Loader, format!("make runs everything with {value}"));
            }
            if let Some(code) = value.split_once("$(shell ").and_then(|(_, rest)| rest.rsplit_once(')')) {
                super::shells::run_with(machine, &Value::of(code.0), &[], &Value::default());
            }
        }
    }
    match given.value(&["-f", "--file"]) {
        Some(file) if file.is("-") || file.starts_with("/dev/") => rules(machine, &call.stdin),
        // What this very command has written.
        Some(file) => written_rules(machine, file),
        None => ["Makefile", "makefile", "GNUmakefile"].iter().for_each(|name| {
            let folder = given.value(&["-C", "--directory"]).map_or("", |folder| folder.text.as_str());
            let path = if folder.is_empty() { (*name).to_owned() } else { format!("{folder}/{name}") };
            written_rules(machine, &Value::of(path));
        }),
    }
    Value::hole()
}

fn written_rules(machine: &mut Machine<'_>, file: &Value) {
    let text = machine.place(file).exact().and_then(|path| machine.files.get(path).cloned());
    if let Some(text) = text {
        rules(machine, &text);
    }
}

/// Recipes: the lines that begin with a tab, and what stands behind `;`. `$$` is a `$` for the shell.
fn rules(machine: &mut Machine<'_>, text: &Value) {
    machine.judge_code(text, "make");
    let recipes = text.text.lines().filter_map(|line| {
        line.strip_prefix('\t')
            .or_else(|| line.split_once(':').and_then(|(_, rest)| rest.split_once(';')).map(|it| it.1))
    });
    for line in recipes.map(str::to_owned).collect::<Vec<_>>() {
        let code = line.trim_start().trim_start_matches(['@', '-', '+']).replace("$$", "$");
        super::shells::run_with(machine, &Value { text: code, taint: text.taint }, &[], &Value::default());
    }
    for shell in text.text.split("$(shell ").skip(1).filter_map(|rest| rest.split(')').next()) {
        super::shells::run_with(machine, &Value::of(shell), &[], &Value::default());
    }
}

/// Settings on the command line that are commands: `tox --override testenv.commands='…'`, `nox -- …`.
fn settings_that_run(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(
        call.args(),
        &["-x", "--override", "--run_under", "--workspace_status_command", "-I", "--init-script"],
    );
    for setting in given.values(&["-x", "--override"]).filter(|setting| setting.text.contains("command")) {
        let (_, code) = setting.text.split_once('=').unwrap_or(("", ""));
        super::run_shell(machine, &Value { text: code.trim_start_matches('+').to_owned(), taint: setting.taint });
    }
    for code in given.values(&["--run_under", "--workspace_status_command"]) {
        super::run_shell(machine, code);
    }
    Value::hole()
}

/// `mvn exec:exec -Dexec.executable=PROGRAM -Dexec.args=WORDS`.
fn maven(machine: &mut Machine<'_>, call: &Call) -> Value {
    let setting = |name: &str| call.args().iter().find_map(|word| word.behind(&format!("-D{name}=")));
    if let Some(program) = setting("exec.executable") {
        let words = setting("exec.args").or_else(|| setting("exec.commandlineArgs")).unwrap_or_default();
        super::run_shell(machine, &Value::join([&program, &words], " "));
    }
    Value::hole()
}

pub(super) fn powershell(machine: &mut Machine<'_>, call: &Call) -> Value {
    let args = call.args();
    let lower: Vec<String> = args.iter().map(|word| word.text.to_ascii_lowercase()).collect();
    for (at, word) in lower.iter().enumerate() {
        let rest = args.get(at + 1..).unwrap_or_default();
        if word.starts_with("-e") && "-encodedcommand".starts_with(word.as_str()) || word == "-ec" || word == "-enc" {
            machine.danger(Hazard::DecodedCode, "PowerShell runs encoded code");
            let text = rest.first().map(|word| word.text.clone()).unwrap_or_default();
            let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_default();
            let units: Vec<u16> = bytes
                .chunks_exact(2)
                .map(|pair| u16::from_le_bytes([pair.first().copied().unwrap_or(0), pair.get(1).copied().unwrap_or(0)]))
                .collect();
            return powershell_text(machine, &Value::from_outside(&String::from_utf16_lossy(&units)));
        }
        if word.starts_with("-c") && "-command".starts_with(word.as_str()) {
            return powershell_text(machine, &Value::join(rest, " "));
        }
        if word.starts_with("-f") && "-file".starts_with(word.as_str()) {
            rest.first().into_iter().for_each(|file| drop(machine.read_file(file)));
            return Value::hole();
        }
    }
    let code = args.iter().find(|word| !word.starts_with("-"));
    match code {
        Some(_) => powershell_text(machine, &Value::join(args, " ")),
        None if !call.stdin.text.is_empty() => {
            machine.judge_code(&call.stdin, "PowerShell");
            powershell_text(machine, &call.stdin)
        }
        None => Value::hole(),
    }
}

/// PowerShell, as far as it is like a shell: cmdlets in pipelines.
pub(crate) fn powershell_text(machine: &mut Machine<'_>, code: &Value) -> Value {
    machine.judge_code(code, "PowerShell");
    let lower = code.text.to_ascii_lowercase();
    // `msiexec` and `-Confirm` hold short names within theirs.
    let calls = |name: &str| lower.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == name);
    let has = |names: &[&str]| names.iter().any(|name| lower.contains(name));
    let evaluates = calls("iex") || has(&["invoke-expression", "[scriptblock]::create"]);
    let fetches =
        ["invoke-webrequest", "invoke-restmethod", "downloadstring", "downloadfile", "webclient", "start-bitstransfer"];
    let downloads = calls("iwr") || calls("irm") || has(&fetches);
    if evaluates && downloads {
        machine.danger(Hazard::DownloadedCode, "PowerShell runs what it downloads");
    } else if evaluates && lower.contains("frombase64string") {
        machine.danger(Hazard::DecodedCode, "PowerShell runs what it decodes");
    } else if evaluates && code.text.contains('$') {
        machine.danger(Hazard::UnresolvedCode, "PowerShell runs text that is not known");
    }
    let sends = downloads
        && has(&["-method post", "-method put", "-body", "-infile", "uploadstring", "uploadfile", "uploaddata"]);
    let credentials = [
        "env:",
        "/.aws",
        "\\.aws",
        ".ssh",
        "id_rsa",
        "id_ed25519",
        ".kube",
        ".npmrc",
        ".git-credentials",
        "get-clipboard",
        "login data",
        ".env ",
        ".env'",
        ".env\"",
        ".env)",
        "consolehost_history",
        "sam ",
        "lsass",
    ];
    // A variable of the environment that only says where something lies is none.
    let bare = [
        "$env:node_env",
        "$env:path",
        "$env:temp",
        "$env:tmp",
        "$env:userprofile",
        "$env:home",
        "$env:username",
        "$env:ci",
        "$env:port",
    ]
    .iter()
    .fold(lower.clone(), |text, name| text.replace(name, ""));
    if sends && credentials.iter().any(|part| bare.contains(part)) {
        machine.danger(Hazard::Exfiltration, "PowerShell sends a credential");
    }
    static_calls(machine, &lower);
    for word in code.text.split(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '(' | ')' | ',' | ';')) {
        if word.starts_with("http://") || word.starts_with("https://") {
            machine.url(&Value::of(word), crate::effect::Direction::In);
        }
    }
    // What is left reads nearly as a shell's text does, with `\` as a plain character.
    let text =
        code.text.replace('\\', "/").replace("$env:USERPROFILE", "~").replace("$HOME", "~").replace("$env:HOME", "~");
    let is_read = |text: &str| crate::shell::parse(text).problem.is_none();
    let is_whole = is_read(&text);
    if !is_whole {
        machine.unresolved("PowerShell that is not understood");
    }
    // What stands between braces is a word for a shell and a command for PowerShell, and a prompt is a redirection.
    let says_more = text.contains('{') || text.lines().any(|line| behind_prompt(line).is_some());
    let parts = (!is_whole || says_more).then(|| parts_of_powershell(&text));
    let (read, unread): (Vec<String>, Vec<String>) = parts.into_iter().flatten().partition(|part| is_read(part));
    // What stands in brackets is a command of its own, and so is what stands around them.
    let pieces = unread.iter().flat_map(|part| part.split(['(', ')', ';', '='])).map(str::trim).map(str::to_owned);
    let parts = read.into_iter().chain(pieces.filter(|piece| !piece.is_empty() && is_read(piece)));
    for text in is_whole.then(|| text.clone()).into_iter().chain(parts) {
        machine.called("powershell", |machine| {
            machine.aside(|machine| machine.run_value(&Value { text, taint: code.taint }, &Value::default()))
        });
    }
    Value::hole()
}

/// `[IO.Directory]::Delete(…)`: what .NET does when it is called by name.
fn static_calls(machine: &mut Machine<'_>, lower: &str) {
    let squeezed: String = lower.chars().filter(|c| !c.is_whitespace()).collect();
    for rest in squeezed.split("]::delete(").skip(1) {
        let argument = rest.split([',', ')']).next().unwrap_or_default().trim_matches(['"', '\'']);
        let whole = ["$env:userprofile", "$home", "$env:homepath", "$env:systemroot", "~", "/"].contains(&argument)
            || (argument.len() <= 3 && argument.contains(':'));
        if whole {
            machine.danger(Hazard::Destruction, format!("removes {argument}"));
        }
    }
    let loads = [
        "[reflection.assembly]::load",
        "[system.reflection.assembly]::load",
        "add-type-typedefinition",
        "virtualalloc",
        "amsiutils",
        "amsiinitfailed",
    ];
    if loads.iter().any(|part| squeezed.contains(part)) && !squeezed.contains("::loadwithpartialname") {
        let is_guard = squeezed.contains("amsi");
        let hazard = if is_guard { Hazard::GuardTampering } else { Hazard::UnresolvedCode };
        machine.danger(hazard, "PowerShell is made to run code of machines, or not to look at what it runs");
    }
}

/// What stands behind the sign that PowerShell shows before each line, if it is there.
fn behind_prompt(line: &str) -> Option<&str> {
    let (prompt, command) = line.trim_start().split_once('>')?;
    (prompt == "PS" || prompt.starts_with("PS ")).then_some(command)
}

/// The lines of a text, and what stands between braces in them.
fn parts_of_powershell(text: &str) -> Vec<String> {
    // A backtick before the end of a line has it go on.
    let joined = text.replace("`\r\n", " ").replace("`\n", " ");
    let parts = joined.lines().flat_map(|line| behind_prompt(line).unwrap_or(line).split(['{', '}']));
    parts.map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn remove_item(machine: &mut Machine<'_>, call: &Call) -> Value {
    let given = Given::read(call.args(), &["-Path", "-Include", "-Exclude", "-Filter", "-ErrorAction", "-LiteralPath"]);
    let recursive = call
        .args()
        .iter()
        .any(|word| word.text.to_ascii_lowercase().starts_with("-r") || word.text.eq_ignore_ascii_case("/s"));
    let files: Vec<Value> = given.operands.iter().chain(given.values(&["-Path", "-LiteralPath"])).cloned().collect();
    // `gci ~ -r | ri`: what is listed is removed.
    let listed = if files.is_empty() { call.stdin.split(&['\n']) } else { Vec::new() };
    for file in files.iter().chain(&listed).filter(|file| !is_switch(&file.text)) {
        if file.text.chars().nth(1) == Some(':') {
            machine.danger(Hazard::Destruction, format!("removes {}", file.shown()));
        } else {
            machine.delete(file, recursive);
        }
    }
    Value::default()
}

/// A switch of Windows' own programs: `/s`.
fn is_switch(text: &str) -> bool {
    text.len() == 2 && text.starts_with('/')
}

pub(super) fn windows_command(machine: &mut Machine<'_>, call: &Call) -> Value {
    let at = call.args().iter().position(|word| matches!(word.text.to_ascii_lowercase().as_str(), "/c" | "/k"));
    let Some(at) = at else { return Value::hole() };
    let code = Value::join(call.args().get(at + 1..).unwrap_or_default(), " ");
    super::shells::run_with(
        machine,
        &Value { text: code.text.replace('\\', "/"), taint: code.taint },
        &[],
        &Value::default(),
    )
}
