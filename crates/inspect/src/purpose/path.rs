//! What the path of a file says of what is in it.

use super::Purpose;

/// Folders that hold tests and what they need, also as the last word of their name.
#[rustfmt::skip]
const TESTS: &[&str] = &[
    "tests", "testdata", "testsuite", "testsuites", "unittest", "unittests", "specs", "fixture", "fixtures", "mocks",
    "cypress", "molecule",
];

/// Folders that hold tests if they hold programs or keys: settings there may be those of an environment with such a name.
const MAYBE_TESTS: &[&str] = &["test", "spec", "mock", "e2e"];

/// Folders that show how something is used.
#[rustfmt::skip]
const EXAMPLES: &[&str] = &[
    "example", "examples", "sample", "samples", "demo", "demos", "tutorial", "tutorials", "docs", "doc", "documentation",
    "cookbook", "quickstart",
];

/// Endings of programs. Settings that are called after tests are those of an environment, which has servers and accounts.
#[rustfmt::skip]
const PROGRAMS: &[&str] = &[
    "py", "js", "mjs", "cjs", "jsx", "ts", "tsx", "mts", "java", "kt", "scala", "groovy", "go", "rb", "php", "cs", "c", "h",
    "cc", "cpp", "hpp", "rs", "swift", "m", "lua", "pl", "ex", "exs", "erl", "clj", "hs", "dart", "bats", "feature", "t",
];

/// Endings of keys and certificates; many have none.
const KEYS: &[&str] = &["pem", "key", "crt", "cer", "der", "p12", "pfx", "jks", "pub", "asc", "gpg"];

/// Endings of prose: a page in `docs` tells of real servers as often as not, so a folder says nothing about it.
const PROSE: &[&str] = &["md", "mdx", "markdown", "rst", "txt", "adoc", "org", "html", "htm", "pdf", "docx", "odt"];

/// What a file is there for, by its path from the root of what it belongs to: what lies above, such as `~/test/shop`, says
/// nothing about a file.
pub fn of_path(path: &str) -> Option<Purpose> {
    let (folders, file) = path.rsplit_once(['/', '\\']).unwrap_or(("", path));
    let ending = file.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let is = |endings: &[&str]| ending.as_deref().is_some_and(|ending| endings.contains(&ending));
    let may_be_of_test = ending.is_none() || is(PROGRAMS) || is(KEYS);
    // The innermost folder says most: an example may have tests, and a test may have examples.
    let of_folder =
        folders.rsplit(['/', '\\']).find_map(|folder| of_folder(&folder.to_ascii_lowercase(), may_be_of_test));
    of_folder.or_else(|| of_name(file)).filter(|purpose| !is(PROSE) || *purpose == Purpose::Test)
}

fn of_folder(folder: &str, may_be_of_test: bool) -> Option<Purpose> {
    let last = folder.rsplit(['-', '_', ' ']).next().unwrap_or_default();
    if TESTS.contains(&last) || (may_be_of_test && MAYBE_TESTS.contains(&folder)) {
        return Some(Purpose::Test);
    }
    let shows = EXAMPLES.contains(&folder) || matches!(last, "example" | "examples" | "sample" | "samples");
    shows.then_some(Purpose::Example)
}

fn of_name(file: &str) -> Option<Purpose> {
    let (stem, ending) = file.rsplit_once('.')?;
    let lower = stem.to_ascii_lowercase();
    let shows = |words: &str| words.split(['-', '_', '.', ' ']).any(|word| matches!(word, "example" | "sample"));
    if matches!(ending, "example" | "sample") || shows(&lower) {
        return Some(Purpose::Example);
    }
    let is_test = lower.split(['-', '_', '.']).any(|word| matches!(word, "test" | "tests" | "spec"))
        || ["Test", "Tests", "Spec", "TestCase"].iter().any(|end| stem.ends_with(end));
    (PROGRAMS.contains(&ending) && is_test).then_some(Purpose::Test)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_names_say_what_a_file_is_there_for() {
        for path in [
            "tests/keys/server.key",
            "src/test/java/A.java",
            "pkg/test-fixtures/id_rsa",
            "app/login_test.go",
            "web/auth.spec.ts",
            "LoginTest.java",
            "spec/models/user_spec.rb",
            "roles/db/molecule/default/converge.yml",
            "examples/app/tests/a.py",
        ] {
            assert_eq!(of_path(path), Some(Purpose::Test), "{path}");
        }
        for path in ["docs/conf.py", "examples/app.py", ".env.example", "conf/app.sample.yml", "tests/examples/a.pem"] {
            assert_eq!(of_path(path), Some(Purpose::Example), "{path}");
        }
    }

    #[test]
    fn what_only_sounds_like_a_test_is_none() {
        for path in [
            "src/latest.js",
            "src/contest/a.py",
            "config/testing/db.yml",
            "environments/qa/secrets.yml",
            ".env.test",
            "application-test.yml",
            "config/test.json",
            "README.md",
            "docs/runbook.md",
            "templates/secret.yaml",
            "dist/index.js",
            "integration/deploy.sh",
            "protest.py",
            "id_rsa_test",
            "environments/test/db.yml",
            "config/test/db.yml",
            "openapi-spec/prod/values.yml",
            "test-infra/prod/values.yml",
            "sites/shop.test/settings.yml",
            "google-docs-sync/settings.yml",
        ] {
            assert_eq!(of_path(path), None, "{path}");
        }
    }
}
