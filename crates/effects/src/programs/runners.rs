//! Programs that run what others have published, or what a project says: `npx`, `make`; and cmdlets that start something.

use super::{Given, Handler};
use crate::evaluate::{Call, Machine, Value};
use portcullis_event::Hazard;

pub(super) fn handler(name: &str) -> Option<Handler> {
    Some(match name {
        "npx" | "bunx" | "pnpx" | "uvx" | "dlx" => run_package,
        "make" | "gmake" | "remake" => make,
        "mvn" | "mvnw" => maven,
        "just" | "task" | "invoke" | "nox" | "tox" | "bazel" | "ninja" | "gradle" => settings_that_run,
        "iex" | "invoke-expression" => |machine, call| super::powershell::text(machine, &Value::join(call.args(), " ")),
        "iwr" | "invoke-webrequest" | "irm" | "invoke-restmethod" => |machine, call| {
            let given = Given::read(call.args(), &["-Uri", "-OutFile", "-Method", "-Body", "-Headers"]);
            let address = given.value(&["-Uri"]).or_else(|| given.operand(0)).cloned();
            if let Some(address) = address {
                machine.url(&address, crate::effect::Direction::In);
            }
            for file in given.values(&["-OutFile"]) {
                machine.write_file(file);
                machine.remember(file, &Value::hole().tainted(crate::evaluate::Taint::NETWORK), false);
            }
            Value::hole().tainted(crate::evaluate::Taint::NETWORK)
        },
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
            let named = given.value(&["-Path", "-FilePath"]).cloned();
            let file = named.clone().or_else(|| given.operand(0).cloned());
            // What it holds is said, or comes from what stands before.
            let said = given.value(&["-Value"]).or_else(|| given.operand(usize::from(named.is_none()))).cloned();
            let text = said.unwrap_or_else(|| call.stdin.clone());
            if let Some(file) = &file {
                machine.write_file(file);
                machine.remember(file, &text, call.name().to_ascii_lowercase().starts_with("add"));
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
                .cloned()
                .chain(given.value(&["-ArgumentList"]).into_iter().flat_map(|words| words.split(&[' '])))
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
