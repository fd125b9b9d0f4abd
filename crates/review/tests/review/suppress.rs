//! Baselines and files of suppressions.

use crate::paths::{paths, tree};
use crate::sample::{Tokens, settings, token};
use portcullis_review::suppress::{Baseline, BaselineError, By, Suppressions, parse};
use portcullis_review::{IdentityKey, Progress, Report, Settings, scan};
use std::fs;
use std::path::Path;

fn look(root: &Path, suppressions: Suppressions, identity: &IdentityKey) -> Report {
    let settings = Settings { suppressions, identity: identity.clone(), ..settings() };
    scan(vec![paths(root)], &Tokens, &settings, &Progress::silent())
}

fn none(root: &Path) -> Suppressions {
    Suppressions::new(root, "2026-06-01".parse().unwrap())
}

#[test]
fn a_baseline_outlives_moves_and_hides_nothing_new() {
    let folder = tree(&[("a", &format!("{}\n{}\n", token(1), token(2))), ("b/c", &token(3))]);
    let root = folder.path();
    for key in [IdentityKey::private([1; 32]), IdentityKey::public([1; 32])] {
        fs::write(root.join("a"), format!("{}\n{}\n", token(1), token(2))).unwrap();
        fs::write(root.join("b/c"), token(3)).unwrap();
        let text = Baseline::of(&look(root, none(root), &key), &key).relative_to(root).render();
        assert!(!text.contains(&token(1)) && text.contains("\"path\": \"b/c\""));
        let baseline = Baseline::parse(&text).unwrap();
        assert_eq!((baseline.render(), baseline.len(), baseline.salt()), (text.clone(), 3, key.salt()));
        baseline.check(&key).unwrap();
        assert_eq!(baseline.check(&IdentityKey::private([2; 32])), Err(BaselineError::OtherKey));
        // The second secret moves, and another one takes its place on the same line.
        fs::write(root.join("a"), format!("\n\n{}\n{}\n", token(4), token(1))).unwrap();
        fs::write(root.join("b/c"), format!("x {} y\n", token(2))).unwrap();
        let mut suppressions = none(root);
        suppressions.add_baseline(Path::new("baseline.json"), baseline);
        let report = look(root, suppressions, &key);
        let left: Vec<_> = report.findings.iter().map(|found| found.hit.value.expose().clone()).collect();
        assert_eq!((left, report.suppressed.len()), (vec![token(4)], 2));
        let by = By::Baseline { file: "baseline.json".into() };
        assert!(report.suppressed.iter().all(|found| found.suppressed.as_ref().unwrap().by == by));
    }
}

#[test]
fn a_baseline_that_is_not_understood_is_refused() {
    for (text, error) in [
        ("{}", "missing field"),
        ("{\"version\": 2, \"named-with\": \"\", \"findings\": []}", "version 2"),
        ("{\"version\": 1, \"named-with\": \"\", \"findings\": [], \"more\": 1}", "unknown field"),
        ("{\"version\": 1, \"named-with\": \"\", \"salt\": \"00\", \"findings\": []}", "salt"),
        (
            "{\"version\": 1, \"named-with\": \"\", \"findings\": [{\"fingerprint\": \"x\", \"rule\": \"\", \"path\": \"\"}]}",
            "fingerprint",
        ),
    ] {
        let found = Baseline::parse(text).unwrap_err().to_string();
        assert!(found.contains(error), "{found}");
    }
}

#[test]
fn suppressions_say_why_and_end_on_their_day() {
    let folder = tree(&[("a", &token(1)), ("tests/b", &token(2)), ("tests/c", &token(3)), ("d", &token(2))]);
    let root = folder.path();
    let key = IdentityKey::private([7; 32]);
    let first = look(root, none(root), &key);
    let name =
        |number| first.findings.iter().find(|found| *found.hit.value.expose() == token(number)).unwrap().fingerprint;
    let text = format!(
        "[[suppress]]\nfingerprint = \"{}\"\nreason = \"old\"\nexpires = 2026-05-31\n\
         [[suppress]]\nrule = \"sample-token\"\npath = \"tests/\"\nreason = \"made up\"\nowner = \"us\"\n\
         [[suppress]]\nrule = \"other\"\npath = \"**\"\nreason = \"nothing\"\n",
        name(1)
    );
    let mut suppressions = none(root);
    suppressions.add(Path::new("s.toml"), parse(&text).unwrap());
    let settings = Settings { suppressions, identity: key, ..settings() };
    let report = scan(vec![paths(root)], &Tokens, &settings, &Progress::silent());
    let left: Vec<_> =
        report.findings.iter().map(|found| (found.hit.value.expose().clone(), found.places.len())).collect();
    assert_eq!(
        left,
        [(token(1), 1), (token(2), 1)],
        "an expired one does nothing, and outside of tests/ it is a finding"
    );
    let suppressed: Vec<_> = report.suppressed.iter().map(|found| found.suppressed.clone().unwrap()).collect();
    let by = By::Suppression { file: "s.toml".into(), line: 5, owner: Some("us".to_owned()) };
    assert!(
        suppressed.len() == 2 && suppressed.iter().all(|one| one.by == by && one.reason.as_deref() == Some("made up"))
    );
    let expired: Vec<_> = settings.suppressions.expired().iter().map(|(entry, _)| entry.line).collect();
    let unused: Vec<_> = settings.suppressions.unused().iter().map(|(entry, _)| entry.line).collect();
    assert_eq!((expired, unused), (vec![1], vec![10]));
}
