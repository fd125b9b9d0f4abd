//! What the path of a text says about the text.

/// How a text is written, as far as its path tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Format {
    /// The path tells nothing.
    Unknown,
    /// A programming language, in which texts stand in quotes.
    Code,
    /// A shell's script, a Dockerfile, a Makefile.
    Script,
    /// Settings whose values may stand bare.
    Settings,
    /// A file that exists to hold credentials, such as `.netrc`.
    Credentials,
    /// HTML and templates that become HTML.
    Markup,
    /// Prose.
    Prose,
    /// Tables, logs, dumps.
    Data,
    /// Style sheets and drawings.
    Style,
    /// Written by a package manager.
    Lock,
}

/// What the path of a text says about the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) format: Format,
    /// Tests and what they need.
    pub(super) is_test: bool,
    /// Examples, samples, tutorials.
    pub(super) is_example: bool,
    /// Texts in one of several languages.
    pub(super) is_locale: bool,
    /// Written by a program: packed, minified, vendored.
    pub(super) is_generated: bool,
}

#[rustfmt::skip]
const CODE: &[&str] = &[
    "py", "pyi", "pyx", "js", "mjs", "cjs", "jsx", "ts", "tsx", "mts", "java", "kt", "kts", "scala", "groovy",
    "gradle", "go", "rb", "rake", "php", "cs", "c", "h", "cc", "cpp", "cxx", "hpp", "hh", "ino", "rs", "swift", "m",
    "mm", "lua", "pl", "pm", "r", "jl", "dart", "ex", "exs", "erl", "hrl", "clj", "cljs", "hs", "ml", "mli", "vb",
    "bas", "fs", "fsx", "sol", "zig", "nim", "coffee", "d", "pas", "as", "elm", "lisp", "el", "scm", "tcl", "v", "sv",
    "vhd", "asm", "s", "cr", "jsm", "gs", "ipynb", "ps1", "psm1", "psd1", "proto", "graphql", "gql", "razor", "cshtml", "map",
];
#[rustfmt::skip]
const SCRIPT: &[&str] = &[
    "sh", "bash", "zsh", "fish", "ksh", "csh", "bat", "cmd", "mk", "dockerfile", "make", "bats", "nix", "cmake",
];
#[rustfmt::skip]
const SETTINGS: &[&str] = &[
    "yml", "yaml", "json", "json5", "jsonc", "toml", "ini", "cfg", "conf", "cnf", "config", "properties", "props",
    "env", "tf", "tfvars", "hcl", "xml", "plist", "reg", "service", "desktop", "editorconfig", "example", "sample",
    "dist", "template", "tmpl", "tpl", "j2", "inf", "rc", "local", "development", "production", "staging", "ovpn",
    "nmconnection", "repo", "list", "settings", "cf", "in", "default", "eyaml",
];
#[rustfmt::skip]
const CREDENTIALS: &[&str] = &[
    "git-credentials", "netrc", "_netrc", "pgpass", "htpasswd", "passwd", "shadow", "dockercfg", "dockerconfigjson", "kubeconfig", "ovpn",
    "pypirc", "keytab",
];
#[rustfmt::skip]
const MARKUP: &[&str] = &[
    "html", "htm", "xhtml", "erb", "jsp", "jinja", "jinja2", "ejs", "hbs", "twig", "vue", "svelte", "haml", "pug",
    "jade", "ftl", "mustache", "aspx", "ascx", "phtml", "slim", "jspx", "vm", "liquid", "heex", "eex",
];
#[rustfmt::skip]
const PROSE: &[&str] = &[
    "md", "markdown", "rst", "txt", "adoc", "asciidoc", "tex", "org", "textile", "man", "rdoc", "mdx", "pod", "1", "3",
    "5", "8", "wiki", "texi", "mdc",
];
#[rustfmt::skip]
const DATA: &[&str] = &[
    "csv", "tsv", "sql", "log", "ldif", "har", "jsonl", "ndjson", "out", "dump", "snap", "cassette", "http", "rest",
    "pcap", "data", "dat",
];
const STYLE: &[&str] = &["css", "scss", "sass", "less", "svg", "styl"];
const LOCK: &[&str] = &["lock", "lockb", "sum", "sha256", "sha512", "md5"];
#[rustfmt::skip]
const LOCALE: &[&str] = &[
    "po", "pot", "xlf", "xliff", "strings", "resx", "arb", "lang", "ftl", "xtb", "mo", "stringsdict", "resw",
    "ts_locale",
];

impl Place {
    /// What the name or path of a text says.
    pub(super) fn of(hint: Option<&str>) -> Self {
        let nowhere =
            Self { format: Format::Unknown, is_test: false, is_example: false, is_locale: false, is_generated: false };
        let Some(path) = hint else { return nowhere };
        let path = path.to_ascii_lowercase();
        let (folders, file) = path.rsplit_once(['/', '\\']).unwrap_or(("", &path));
        let (stem, extension) = file.rsplit_once('.').unwrap_or((file, ""));
        let folder = |names: &[&str]| folders.split(['/', '\\']).any(|it| names.contains(&it));
        let word = |names: &[&str]| stem.split(['-', '_', '.', ' ']).any(|it| names.contains(&it));
        let tests = [
            "test",
            "tests",
            "spec",
            "specs",
            "testing",
            "testdata",
            "fixture",
            "fixtures",
            "__tests__",
            "mock",
            "mocks",
            "e2e",
            "testsuite",
            "unittest",
            "qa",
            "integration",
            "features",
            "__mocks__",
            "testutil",
            "testutils",
            "test-data",
            "cypress",
            "unit",
            "it",
        ];
        let examples = [
            "example",
            "examples",
            "sample",
            "samples",
            "demo",
            "demos",
            "tutorial",
            "tutorials",
            "docs",
            "doc",
            "documentation",
            "quickstart",
            "snippets",
            "templates",
            "guide",
            "guides",
            "playground",
        ];
        Self {
            format: format(folders, file, stem, extension),
            is_test: folder(&tests)
                || word(&["test", "tests", "spec", "fixture", "fixtures", "mock", "testcase"])
                || extension == "test"
                || stem.ends_with("test")
                || stem.ends_with("tests")
                || stem.starts_with("test"),
            is_example: folder(&examples)
                || word(&["example", "sample", "demo", "template", "dist"])
                || matches!(extension, "example" | "sample" | "dist" | "template"),
            is_locale: folder(&[
                "locale",
                "locales",
                "i18n",
                "lang",
                "langs",
                "language",
                "languages",
                "translations",
                "translation",
                "l10n",
                "lc_messages",
                "nls",
                "messages",
                "intl",
            ]) || LOCALE.contains(&extension)
                || word(&["messages", "translations", "locale", "strings", "i18n", "translation", "lang", "resources"])
                || stem.rsplit(['.', '_']).next().is_some_and(is_language)
                    && matches!(extension, "json" | "yml" | "yaml" | "properties" | "php" | "js" | "ts"),
            is_generated: folder(&[
                "dist",
                "vendor",
                "node_modules",
                "third_party",
                "thirdparty",
                "bower_components",
                "vendors",
                "_build",
                "minified",
            ]) || file.contains(".min.")
                || file.contains("-min.")
                || file.contains(".bundle.")
                || extension == "map",
        }
    }

    /// Whether a text value stands in quotes here.
    pub(super) fn wants_quotes(self) -> bool {
        matches!(self.format, Format::Code | Format::Markup | Format::Style)
    }
}

fn format(folders: &str, file: &str, stem: &str, extension: &str) -> Format {
    let named = |list: &[&str]| list.contains(&extension) || extension.is_empty() && list.contains(&stem);
    let lock =
        ["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "go.sum", "composer.lock", "packages.lock.json"];
    if lock.contains(&file) || LOCK.contains(&extension) {
        return Format::Lock;
    }
    let bare = file.trim_start_matches('.');
    if CREDENTIALS.contains(&bare)
        || CREDENTIALS.contains(&extension)
        || file == "credentials"
        || folders.rsplit(['/', '\\']).next() == Some(".aws")
    {
        return Format::Credentials;
    }
    if bare.starts_with("env") && (bare.len() == 3 || bare.as_bytes().get(3).is_some_and(|byte| b".-_".contains(byte)))
    {
        return Format::Settings;
    }
    if bare == "cmakelists.txt"
        || bare.starts_with("dockerfile")
        || bare.starts_with("containerfile")
        || bare.starts_with("makefile")
        || bare == "jenkinsfile"
        || bare == "vagrantfile"
    {
        return Format::Script;
    }
    for (list, format) in [
        (CODE, Format::Code),
        (SCRIPT, Format::Script),
        (SETTINGS, Format::Settings),
        (MARKUP, Format::Markup),
        (PROSE, Format::Prose),
        (DATA, Format::Data),
        (STYLE, Format::Style),
        (LOCALE, Format::Settings),
    ] {
        if named(list) {
            return format;
        }
    }
    if bare.ends_with("rc") || bare.contains("config") || bare.contains("profile") {
        return Format::Settings;
    }
    if ["readme", "changelog", "license", "authors", "copying", "news", "todo", "changes"]
        .iter()
        .any(|it| bare.starts_with(it))
    {
        return Format::Prose;
    }
    Format::Unknown
}

/// Whether a part of a file's name is the code of a language, such as `de` or `pt-br`.
fn is_language(part: &str) -> bool {
    let (language, region) = part.split_once(['-', '_']).unwrap_or((part, ""));
    let codes = [
        "en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru", "uk", "cs", "sk", "hu", "ro", "bg", "el", "tr", "ar",
        "he", "fa", "hi", "th", "vi", "id", "ms", "zh", "ja", "ko", "sv", "no", "nb", "nn", "da", "fi", "et", "lv",
        "lt", "ca", "eu", "gl", "hr", "sr", "sl", "ka", "hy", "az", "kk", "mn", "bn", "ta", "eo", "is", "ga", "cn",
        "tw", "br", "us", "gb", "english", "german", "french",
    ];
    codes.contains(&language) && region.len() <= 4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(path: &str) -> Format {
        Place::of(Some(path)).format
    }

    #[test]
    fn the_path_tells_the_format() {
        for (path, expected) in [
            ("src/a.py", Format::Code),
            ("Dockerfile", Format::Script),
            ("deploy/Dockerfile.prod", Format::Script),
            (".env", Format::Settings),
            (".env.production", Format::Settings),
            ("conf/app.yml", Format::Settings),
            ("home/.netrc", Format::Credentials),
            ("home/.aws/credentials", Format::Credentials),
            ("README", Format::Prose),
            ("a/b.md", Format::Prose),
            ("yarn.lock", Format::Lock),
            ("package-lock.json", Format::Lock),
            (".bashrc", Format::Settings),
            ("x.unknown", Format::Unknown),
        ] {
            assert_eq!(format(path), expected, "{path}");
        }
        assert_eq!(Place::of(None).format, Format::Unknown);
    }

    #[test]
    fn the_path_tells_tests_examples_and_translations() {
        assert!(Place::of(Some("src/test/java/A.java")).is_test);
        assert!(Place::of(Some("pkg/login_test.go")).is_test);
        assert!(!Place::of(Some("src/latest.go")).is_locale);
        assert!(Place::of(Some("docs/a.md")).is_example);
        for path in ["config/locales/pt-BR.yml", "messages_de.properties", "src/i18n/x.json", "app/en.json"] {
            assert!(Place::of(Some(path)).is_locale, "{path}");
        }
        assert!(Place::of(Some("js/jquery.min.js")).is_generated);
    }
}
