//! Code that has packages fetched from an address: what a manager of packages is told on a command line, told in a program.

use super::lexer::Token;
use crate::evaluate::{Machine, Value};
use crate::programs;
use portcullis_event::Hazard;

/// Calls and words that install or load something, by language.
const FETCHING: [(&[&str], &[&str]); 12] = [
    (&["elixir", "iex"], &["Mix.install"]),
    (
        &["Rscript", "R"],
        &[
            "install_github",
            "install_url",
            "install_git",
            "install_gitlab",
            "install_bitbucket",
            "install.packages",
            "pak::",
        ],
    ),
    (&["julia"], &["Pkg.add", "Pkg.develop", "Pkg.PackageSpec", "PackageSpec("]),
    (&["ruby", "irb", "jruby"], &["bundler/inline", "gemfile", "Gem.install"]),
    (&["python"], &["pip.main", "_internal.main", "pip._internal", "micropip.install"]),
    (&["perl"], &["CPAN::Shell", "App::cpanminus", "CPAN->install"]),
    (
        &["groovy", "jshell", "scala", "kotlin", "java"],
        &["@Grab", "URLClassLoader", "//> using", "@DependsOn", "@Repository"],
    ),
    (&["javascript"], &["import(\"http", "import('http", "from \"http", "from 'http", "importScripts("]),
    (
        &["php"],
        &["include 'http", "include \"http", "include('http", "include(\"http", "require 'http", "require(\"http"],
    ),
    (&["lua", "luajit"], &["luarocks"]),
    (&["clojure", "clj"], &["add-lib", ":git/url", ":mvn/repos"]),
    (&["haskell"], &["--package"]),
];

/// Tells of packages and code that come from an address which the text names.
pub(super) fn judge(machine: &mut Machine<'_>, language: &str, code: &str, tokens: &[Token]) {
    let fetches = FETCHING
        .iter()
        .any(|(languages, words)| languages.contains(&language) && words.iter().any(|word| code.contains(word)));
    if !fetches {
        return;
    }
    let texts = tokens.iter().filter_map(|token| match token {
        Token::Text(text, _) => Some(text.as_str()),
        Token::Name(_) | Token::Backquoted(_) | Token::Sign(_) => None,
    });
    let usual =
        ["cran.r-project.org", "cloud.r-project.org", "cran.rstudio.com", "rubygems.org", "repo1.maven.org", "hex.pm"];
    let addresses: Vec<Value> = texts
        .filter(|text| text.contains("://") || text.starts_with("git@"))
        .filter(|text| !usual.iter().any(|host| text.starts_with(&format!("https://{host}"))))
        .map(Value::from_outside)
        .collect();
    for address in &addresses {
        programs::package_from(machine, language, address);
    }
    let loads = matches!(language, "javascript" | "php") || code.contains("URLClassLoader");
    if loads && !addresses.is_empty() {
        machine.danger(Hazard::DownloadedCode, format!("{language} runs what it downloads"));
    }
}
