//! Whether what a launcher starts is the same tomorrow.

/// What is started without being pinned, in a few words; none if it is pinned, or no launcher that fetches.
pub(crate) fn unpinned(words: &[String]) -> Option<String> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (program, rest) = skip_wrappers(&words)?;
    let program = program.rsplit(['/', '\\']).next().unwrap_or(program);
    let program = program.strip_suffix(".cmd").or_else(|| program.strip_suffix(".exe")).unwrap_or(program);
    match program {
        "npx" | "bunx" | "pnpx" => package(rest, &["-p", "--package"], npm_is_pinned),
        "pnpm" | "yarn" | "npm" | "bun" => {
            let (verb, rest) = rest.split_first()?;
            matches!(*verb, "dlx" | "exec" | "x").then(|| package(rest, &["-p", "--package"], npm_is_pinned))?
        }
        "uvx" => package(rest, &["--from", "--with", "--python", "-p", "--index-url", "--index"], python_is_pinned),
        "uv" => {
            let at = rest.windows(2).position(|pair| pair == ["tool", "run"])?;
            package(rest.get(at + 2..)?, &["--from", "--with", "--python"], python_is_pinned)
        }
        "pipx" => {
            let (verb, rest) = rest.split_first()?;
            (*verb == "run").then(|| package(rest, &["--spec"], python_is_pinned))?
        }
        "docker" | "podman" | "nerdctl" => image(rest),
        "deno" => rest.iter().find(|word| word.starts_with("http")).map(|url| format!("`{url}`, whatever is there")),
        _ => None,
    }
}

/// The program behind a shell that only starts it.
fn skip_wrappers<'a, 'w>(words: &'w [&'a str]) -> Option<(&'a str, &'w [&'a str])> {
    let (program, rest) = words.split_first()?;
    match (*program, rest) {
        ("cmd" | "cmd.exe", ["/c" | "/C", inner @ ..]) => skip_wrappers(inner),
        ("env", inner) => {
            let skip = inner.iter().take_while(|word| word.contains('=')).count();
            skip_wrappers(inner.get(skip..)?)
        }
        _ => Some((program, rest)),
    }
}

/// The package that is started, if it is not pinned. These flags name one or take a value.
fn package(words: &[&str], flags: &[&str], is_pinned: fn(&str) -> bool) -> Option<String> {
    let mut named = None;
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        if let Some((flag, value)) = word.split_once('=').filter(|(flag, _)| flags.contains(flag)) {
            named = (names_package(flag)).then_some(value).or(named);
        } else if flags.contains(word) {
            let value = rest.next()?;
            named = names_package(word).then_some(*value).or(named);
        } else if !word.starts_with('-') {
            let package = named.unwrap_or(word);
            return (!is_pinned(package)).then(|| format!("`{package}` in whatever version is newest"));
        }
    }
    named.filter(|package| !is_pinned(package)).map(|package| format!("`{package}` in whatever version is newest"))
}

/// Whether a flag says what is fetched, rather than how.
fn names_package(flag: &str) -> bool {
    matches!(flag, "-p" | "--package" | "--from" | "--spec")
}

fn npm_is_pinned(package: &str) -> bool {
    if package.starts_with(['.', '/']) {
        return true;
    }
    if is_from_git(package) {
        return is_commit(package.rsplit_once('#').map_or("", |(_, at)| at));
    }
    let version = package.get(1..).and_then(|rest| rest.split_once('@')).map_or("", |(_, version)| version);
    is_version(version)
}

fn python_is_pinned(package: &str) -> bool {
    if package.starts_with(['.', '/']) {
        return true;
    }
    if is_from_git(package) {
        return package.rsplit_once('@').is_some_and(|(_, at)| is_commit(at.split('#').next().unwrap_or_default()));
    }
    let version = package.split_once("==").or_else(|| package.split_once('@')).map_or("", |(_, version)| version);
    is_version(version)
}

fn is_from_git(package: &str) -> bool {
    package.contains("://") || package.starts_with("git+") || package.starts_with("github:")
}

/// A whole version: no range, no tag that moves.
fn is_version(text: &str) -> bool {
    let text = text.strip_prefix('v').unwrap_or(text);
    text.starts_with(|it: char| it.is_ascii_digit())
        && text.contains('.')
        && !text.contains(['*', 'x', '^', '~', '>', '<'])
}

fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Switches of `docker run` that take no value.
const BARE: [&str; 12] = [
    "-i",
    "-t",
    "-it",
    "-ti",
    "--rm",
    "-d",
    "--init",
    "--interactive",
    "--tty",
    "--privileged",
    "--read-only",
    "--detach",
];

/// The image that is run, if nothing pins it.
fn image(words: &[&str]) -> Option<String> {
    let at = words.iter().position(|word| *word == "run")?;
    let mut rest = words.get(at + 1..)?.iter();
    while let Some(word) = rest.next() {
        if !word.starts_with('-') {
            let is_pinned = word.contains("@sha256:")
                || tag(word).is_some_and(|tag| {
                    tag.starts_with(|it: char| it.is_ascii_digit() || it == 'v') && tag.contains('.')
                });
            return (!is_pinned).then(|| format!("the image `{word}` in whatever state it is"));
        }
        if !word.contains('=') && !BARE.contains(word) {
            rest.next();
        }
    }
    None
}

fn tag(image: &str) -> Option<&str> {
    let name = image.rsplit('/').next()?;
    name.split_once(':').map(|(_, tag)| tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> bool {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        unpinned(&words).is_some()
    }

    #[test]
    fn what_floats_is_told_from_what_is_pinned() {
        let floats = [
            "npx -y @scope/server",
            "npx pkg@latest",
            "npx -y pkg@^1.2.3",
            "uvx mcp-server-git",
            "uvx --from git+https://x.example/r tool",
            "docker run -i --rm -e KEY mcp/server",
            "docker run --name x mcp/server:latest",
            "cmd /c npx -y pkg",
            "pnpm dlx pkg",
            "uv tool run x",
            "npx --package=@a/b cmd",
            "deno run https://x.example/mod.ts",
            "pipx run x",
            "env A=1 npx pkg",
        ];
        for line in floats {
            assert!(of(line), "{line}");
        }
        let pinned = [
            "npx -y @scope/server@1.2.3",
            "uvx mcp-server-git==0.6.2",
            "uvx tool@1.0.0",
            "docker run -i mcp/server:1.2.0",
            "docker run mcp/server@sha256:00",
            "node server.js",
            "/usr/local/bin/tool",
            "python -m server",
            "npm start",
            "npx ./local",
            "uvx --from pkg==1.2.3 tool",
        ];
        for line in pinned {
            assert!(!of(line), "{line}");
        }
    }
}
