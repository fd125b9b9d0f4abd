//! What other scanners were told and had found. The reports in `foreign` were written by gitleaks 8.26, which no registry
//! that every machine has carries as a program, over the project that [`project`] makes again; it was run with the
//! configuration that lies beside them. What detect-secrets and git-secrets write is tested in `tools`.

use crate::paths::paths;
use crate::repository::Repository;
use crate::sample::settings;
use portcullis_event::RuleId;
use portcullis_inspect::{Hit, Looked};
use portcullis_review::import::{
    About, Dialect, ForeignRules, Format, Imported, Settled, UnknownFormat, UserRule, discover, git_secrets_settings,
    suppress,
};
use portcullis_review::suppress::{By, Suppressions};
use portcullis_review::{History, Look, Progress, Report, Source, Surroundings, scan};
use std::collections::BTreeSet;
use std::path::Path;

const CONFIG: &str = include_str!("foreign/gitleaks.toml");
const OF_HISTORY: &str = include_str!("foreign/gitleaks-git.json");
const OF_FOLDER: &str = include_str!("foreign/gitleaks-dir.json");
const REDACTED: &str = include_str!("foreign/gitleaks-redacted.json");
const IGNORE: &str = include_str!("foreign/gitleaksignore");

/// The commit that the reports over the history name.
const COMMIT: &str = "1bbbf4a34d2b36c6676e4635a772ac7d5ee278e1";

/// The project that the other scanners were run over.
pub(crate) fn project() -> Repository {
    let repository = Repository::new();
    repository.write(".gitleaks.toml", CONFIG);
    repository.write(
        "app/config.py",
        "# settings\nACME_TOKEN = \"acme_a1b2c3d4e5f6g7h8\"\n\
         acme_key: \"acme_zzzz1111yyyy2222\", acme_key: \"acme_kkkk3333llll4444\"\n\
         ACME_TOKEN = \"acme_s4mpl3s4mpl3s4mp\"  # sample only\npassword = \"correct-horse-battery\"\n\
         old = acmeold_bcdefghi acmeold_aaaabbbb\nACME_TOKEN = \"acme_both5555both6666\"\n",
    );
    repository
        .write("with space/notes.txt", "acme token = acme_qqqq5555wwww6666\nacme token = acme_both1111both2222\n");
    repository.write("docs/x.md", "acme_token = acme_d0c5x1y2z3w4v5u6\n");
    assert_eq!(repository.commit("one"), COMMIT);
    repository
}

/// Looks with the rules of the configuration, and with one for passwords.
pub(crate) struct Rules(ForeignRules);

impl Rules {
    pub(crate) fn new() -> Self {
        let mut rules = read(Format::GitleaksConfig, CONFIG).rules;
        let id = RuleId::parse("generic-password").unwrap();
        rules.push(UserRule { group: 1, ..UserRule::new(id, "password = \"([^\"]+)\"", Dialect::Common) });
        Self::of(rules)
    }

    pub(crate) fn of(rules: Vec<UserRule>) -> Self {
        let (rules, failed) = ForeignRules::compile(rules);
        assert_eq!(failed, []);
        Self(rules)
    }
}

fn read(format: Format, text: &str) -> Imported {
    format.read(text).unwrap()
}

impl Look for Rules {
    fn look(&self, text: &[u8], hint: Option<&str>) -> Looked {
        Looked { hits: self.0.look(text, hint), skipped: Vec::new() }
    }

    fn version(&self) -> [u8; 32] {
        [3; 32]
    }
}

pub(crate) fn suppressions(root: &Path) -> Suppressions {
    Suppressions::new(root, "2026-01-01".parse().unwrap())
}

pub(crate) fn look(source: Source, suppressions: Suppressions) -> Report {
    look_for(&Rules::new(), source, suppressions)
}

fn look_for(rules: &Rules, source: Source, suppressions: Suppressions) -> Report {
    let settings = portcullis_review::Settings { suppressions, ..settings() };
    scan(vec![source], rules, &settings, &Progress::silent())
}

pub(crate) fn look_at(repository: &Repository, imported: Imported) -> Report {
    look_with(repository, imported, &Rules::new())
}

/// The same with these rules.
pub(crate) fn look_with(repository: &Repository, imported: Imported, rules: &Rules) -> Report {
    let mut suppressions = suppressions(&repository.path);
    imported.allows.into_iter().for_each(|allow| suppressions.add_allow("foreign", allow));
    look_for(rules, paths(&repository.path), suppressions)
}

/// The values that are findings.
pub(crate) fn values(report: &Report) -> BTreeSet<&str> {
    report.findings.iter().map(|found| found.hit.value.expose().as_str()).collect()
}

pub(crate) fn set<const N: usize>(values: [&str; N]) -> BTreeSet<&str> {
    values.into()
}

const ALL: [&str; 10] = [
    "acme_a1b2c3d4e5f6g7h8",
    "acme_both1111both2222",
    "acme_both5555both6666",
    "acme_d0c5x1y2z3w4v5u6",
    "acme_kkkk3333llll4444",
    "acme_qqqq5555wwww6666",
    "acme_s4mpl3s4mpl3s4mp",
    "acme_zzzz1111yyyy2222",
    "acmeold_bcdefghi",
    "correct-horse-battery",
];

#[test]
fn the_rules_of_gitleaks_find_here_what_they_find_there_and_leave_out_what_they_leave_out() {
    let repository = project();
    let everything = look(paths(&repository.path), suppressions(&repository.path));
    let mut all: BTreeSet<&str> = ALL.into();
    all.insert("acmeold_aaaabbbb");
    assert_eq!(values(&everything), all);
    let imported = read(Format::GitleaksConfig, CONFIG);
    let report = look_at(&repository, imported);
    // What gitleaks reports for the same project, and the password, which it has no rule for here.
    let reported = read(Format::GitleaksReport, OF_HISTORY);
    let mut expected: BTreeSet<String> = reported
        .known
        .iter()
        .filter_map(|known| if let About::Value(value) = &known.secret { Some(value.expose().clone()) } else { None })
        .collect();
    assert_eq!(expected.len(), 6);
    expected.insert("correct-horse-battery".to_owned());
    // The rule `generic-api-key` is switched off, and that is what ours for passwords corresponds to.
    assert!(report.suppressed.iter().any(|found| found.hit.value.expose() == "correct-horse-battery"));
    expected.remove("correct-horse-battery");
    assert_eq!(values(&report), expected.iter().map(String::as_str).collect());
    assert_eq!(report.findings.len() + report.suppressed.len(), all.len(), "all that is suppressed is counted");
    let history = Source::History(History { repository: repository.path.clone() });
    let mut of_history = suppressions(&repository.path);
    read(Format::GitleaksConfig, CONFIG).allows.into_iter().for_each(|allow| of_history.add_allow("foreign", allow));
    assert_eq!(values(&look(history, of_history)), values(&report), "lines and paths are known there too");
}

#[test]
fn older_and_odd_configurations_are_read_and_what_has_no_meaning_here_is_said() {
    let old = "minVersion = '8'\n[allowlist]\npaths = ['a']\ncommits = [\"ABC\"]\n[[rules]]\nid = 'x'\nregex = '''a'''\n\
               path = 'b'\n[[rules]]\nid = 'only-path'\npath = 'c'\n[[rules]]\nid = 'part'\nregex = 'p'\nskipReport = true\n\
               [[rules]]\nid = 'near'\nregex = 'n'\n[[rules.required]]\nid = 'part'\n\
               [extend]\npath = 'other.toml'\ndisabledRules = ['generic-api-key', 'github-pat']\n";
    let imported = read(Format::GitleaksConfig, old);
    let names: Vec<&str> = imported.rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!((names, imported.allows.len()), (vec!["x", "near"], 2));
    assert_eq!(imported.allows[0].commits, ["abc"]);
    assert_eq!(
        imported.left_behind,
        [
            "the rule only-path forbids files by their names, which a search for secrets does not",
            "the rule part only serves other rules, so it is left out",
            "`required` of the rule near has no meaning here",
            "it extends other.toml, which has to be imported as well",
            "it switches off the rule github-pat; ours for the same vendor stay on",
        ]
    );
    for wrong in
        ["[[rules]]\nid = ''\nregex = 'a'\n", "[allowlist]\nregexTarget = 'moon'\nregexes = ['a']\n", "rules = 1"]
    {
        assert!(Format::GitleaksConfig.read(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn what_can_not_be_used_leaves_nothing_out_and_is_said() {
    for text in [
        "[allowlist]\nregexes = ['(']\n",
        "[allowlist]\ncondition = 'AND'\nregexes = ['(']\npaths = ['.']\n",
        "[allowlist]\ndescription = 'nothing'\n",
        "[[rules]]\nid = 'acme-token'\n[[rules.allowlists]]\nregexes = ['a(?!b)']\n",
    ] {
        let imported = read(Format::GitleaksConfig, text);
        assert_eq!((imported.allows.len(), imported.left_behind.len()), (0, 1), "{text}");
    }
    let rule = |pattern: &str| UserRule::new(RuleId::parse("x").unwrap(), pattern, Dialect::Common);
    let (rules, failed) = ForeignRules::compile(vec![rule("("), rule("((a{200}){200}){200}"), rule("a")]);
    assert_eq!((failed.len(), rules.look(b"a", None).len()), (2, 1), "those that are right are carried out");
}

#[test]
fn a_pattern_of_a_user_does_not_make_the_scan_hang() {
    let rule = UserRule::new(RuleId::parse("x").unwrap(), "(a*)*(a|aa)*b", Dialect::Common);
    let (rules, _) = ForeignRules::compile(vec![rule]);
    assert_eq!(rules.look(&vec![b'a'; 20_000], None), []);
}

/// Scans, and suppresses what is known.
fn with_known(repository: &Repository, source: fn(&Path) -> Source, imported: &Imported) -> (Report, Settled) {
    let suppressions = suppressions(&repository.path);
    let mut report = look(source(&repository.path), self::suppressions(&repository.path));
    let settled = suppress(&mut report, &imported.known, "theirs", &suppressions);
    let by = By::Foreign { file: "theirs".to_owned() };
    assert!(report.suppressed.iter().all(|found| found.suppressed.as_ref().unwrap().by == by));
    (report, settled)
}

fn history(path: &Path) -> Source {
    Source::History(History { repository: path.to_owned() })
}

#[test]
fn an_ignore_file_of_gitleaks_suppresses_the_secret_that_is_there_and_no_other() {
    let repository = project();
    let imported = read(Format::GitleaksIgnore, IGNORE);
    assert_eq!((imported.known.len(), imported.left_behind.len()), (4, 0));
    assert_eq!(imported.known[3].commit.unwrap().to_string(), COMMIT);
    let (report, settled) = with_known(&repository, history, &imported);
    // On lines 3 and 6 two secrets of the rule lie side by side: it is not clear which one is meant, so both stay.
    assert_eq!(settled, Settled { found: 2, not_found: 0, ambiguous: 2 });
    let left = values(&report);
    assert!(left.contains("acme_zzzz1111yyyy2222") && left.contains("acme_kkkk3333llll4444"));
    assert!(!left.contains("acme_a1b2c3d4e5f6g7h8") && !left.contains("acme_both5555both6666"));
    // What is known of a commit says nothing about the working tree.
    assert_eq!(with_known(&repository, paths, &imported).1, Settled { found: 2, not_found: 1, ambiguous: 1 });

    // The same secret in another file is a finding, and so is what nobody has seen in this one.
    repository.write("moved/elsewhere", "#\n#\nacme_token = acme_a1b2c3d4e5f6g7h8\n");
    repository.write("app/config.py", "#\nACME_TOKEN = acme_a1b2c3d4e5f6g7h8\nACME_TOKEN = acme_new0new1new2new3\n");
    let (report, settled) = with_known(&repository, paths, &imported);
    assert_eq!(settled.found, 1);
    assert!(values(&report).is_superset(&set(["acme_new0new1new2new3", "acme_a1b2c3d4e5f6g7h8"])));
    let suppressed: Vec<usize> = report.suppressed.iter().map(|found| found.places.len()).collect();
    assert_eq!(suppressed, [1]);
    assert_eq!(read(Format::GitleaksIgnore, "what is this\n").left_behind.len(), 1);
}

#[test]
fn reports_of_gitleaks_are_baselines() {
    let repository = project();
    let secrets_of = |text: &str, source| {
        let (report, settled) = with_known(&repository, source, &read(Format::GitleaksReport, text));
        (values(&report).into_iter().map(str::to_owned).collect::<BTreeSet<_>>(), settled)
    };
    let left = [
        "acme_both1111both2222",
        "acme_d0c5x1y2z3w4v5u6",
        "acme_s4mpl3s4mpl3s4mp",
        "acmeold_aaaabbbb",
        "correct-horse-battery",
    ];
    let left: BTreeSet<String> = left.map(str::to_owned).into();
    let all = Settled { found: 6, not_found: 0, ambiguous: 0 };
    assert_eq!(secrets_of(OF_HISTORY, history), (left.clone(), all));
    assert_eq!(secrets_of(OF_HISTORY, paths), (left.clone(), all));
    let mut of_folder = left.clone();
    of_folder.insert("acme_qqqq5555wwww6666".to_owned());
    assert_eq!(secrets_of(OF_FOLDER, paths), (of_folder, Settled { found: 5, ..all }));
    // Without the values only the places are left, and on two lines there are two.
    let (left_of_redacted, settled) = secrets_of(REDACTED, history);
    assert_eq!(settled, Settled { found: 3, not_found: 0, ambiguous: 3 });
    assert!(left_of_redacted.is_superset(&left));
    assert!(Format::GitleaksReport.read("{}").is_err());
    assert_eq!(read(Format::GitleaksReport, "[]").known, []);
}

#[test]
fn what_git_secrets_allows_is_allowed_and_nothing_else_on_the_line() {
    let repository = project();
    let report = look_at(&repository, read(Format::GitSecrets, "# no\n^app/.*:\nacme_kkkk3333llll4444\"\n"));
    assert_eq!(values(&report), set(["acme_both1111both2222", "acme_d0c5x1y2z3w4v5u6", "acme_qqqq5555wwww6666"]));
    let report = look_at(&repository, read(Format::GitSecrets, "acme_kkkk3333llll4444\"\n"));
    assert!(values(&report).contains("acme_zzzz1111yyyy2222") && !values(&report).contains("acme_kkkk3333llll4444"));
    assert_eq!(read(Format::GitSecrets, "(").left_behind.len(), 1);
}

#[test]
fn what_ripsecrets_leaves_out_is_left_out() {
    let repository = project();
    let text =
        "# paths\ndocs/\n*.txt\n!x\n\n[secrets]\nacme_a1b2c3d4e5f6g7h8\ncorrect-horse-battery\nacme_.*\nacmeold\n";
    let imported = read(Format::Ripsecrets, text);
    assert_eq!(imported.left_behind.len(), 1);
    let report = look_at(&repository, imported);
    let left = [
        "acme_both5555both6666",
        "acme_kkkk3333llll4444",
        "acme_s4mpl3s4mpl3s4mp",
        "acme_zzzz1111yyyy2222",
        "acmeold_aaaabbbb",
        "acmeold_bcdefghi",
    ];
    assert_eq!(values(&report), set(left));
}

#[test]
fn what_trufflehog_excludes_is_left_out() {
    let repository = project();
    let report = look_at(&repository, read(Format::Trufflehog, "# x\n^docs/\n\\.py$\n"));
    assert_eq!(values(&report), set(["acme_both1111both2222", "acme_qqqq5555wwww6666"]));
    assert_eq!(read(Format::Trufflehog, "(").left_behind.len(), 1);
}

#[test]
fn a_file_is_known_by_its_name_or_by_what_it_holds() {
    let known = |name: &str, text: &str| Format::recognise(Path::new(name), text);
    assert_eq!(known("x/.secretsignore", ""), Ok(Format::Ripsecrets));
    assert_eq!(known("rules", CONFIG), Ok(Format::GitleaksConfig));
    assert_eq!(known("old.json", OF_FOLDER), Ok(Format::GitleaksReport));
    assert_eq!(known("b", "{\"plugins_used\": [], \"results\": {}}"), Ok(Format::DetectSecrets));
    for text in ["^docs/\n", "{}", "a = 1\n", ""] {
        assert_eq!(known("patterns", text), Err(UnknownFormat), "{text}");
    }
    assert!(Format::NAMES.iter().all(|(name, format)| Format::named(name) == Some(*format)));
}

#[test]
fn what_the_others_would_read_by_themselves_is_found() {
    let repository = project();
    repository.write(".gitleaksignore", IGNORE);
    repository.write(".gitallowed", "x\n");
    repository.git(&["config", "--add", "secrets.allowed", "y"]);
    let names = |surroundings: &Surroundings| {
        discover(&repository.path, surroundings).into_iter().map(|found| found.name).collect::<Vec<_>>()
    };
    let of_repository = [".gitleaks.toml", ".gitleaksignore", ".gitallowed", "git's settings of the repository"];
    assert_eq!(names(&Surroundings::default()), of_repository);
    let home =
        crate::paths::tree(&[(".gitconfig", "[secrets]\nproviders = cat x\n"), (".config/git/config", "[user]\n")]);
    let surroundings = Surroundings { home: Some(home.path().to_owned()), ..Surroundings::default() };
    assert_eq!(names(&surroundings).last().map(String::as_str), Some("~/.gitconfig"));
    // A folder of that name says nothing, and nobody can say that it does.
    std::fs::create_dir(repository.path.join(".secretsignore")).unwrap();
    assert_eq!(
        discover(&repository.path, &Surroundings::default()).iter().filter(|it| it.imported.is_err()).count(),
        1
    );
}

#[test]
fn a_rule_of_a_user_wins_over_a_suspicion_and_not_over_a_certainty() {
    use portcullis_event::Confidence;
    let rules = Rules::new();
    let text = b"password = \"correct-horse\"";
    let hit = rules.0.look(text, None).remove(0);
    for (confidence, expected) in [(Confidence::Medium, "generic-password"), (Confidence::Proven, "ours")] {
        let ours = Hit { rule: RuleId::parse("ours").unwrap(), confidence, ..hit.clone() };
        let mut hits = vec![ours];
        rules.0.look_beside(text, None, &mut hits);
        let names: Vec<&str> = hits.iter().map(|hit| hit.rule.as_str()).collect();
        assert_eq!(names, [expected]);
    }
}

#[test]
fn settings_of_git_name_rules_and_what_is_allowed() {
    let text = "[secrets]\n\tpatterns = acme_[a-z0-9]{16}\n\tproviders = cat x\n\tallowed = ^docs/.*\n";
    let imported = git_secrets_settings(text.as_bytes()).unwrap();
    assert_eq!((imported.rules.len(), imported.allows.len(), imported.left_behind.len()), (1, 1, 1));
}
