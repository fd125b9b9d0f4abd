//! The page of the book shows figures of the rules and weights that are in the program.

use portcullis_inspect::injection::{revision, rules};

fn page() -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/injection.md");
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_figures_are_those_of_these_rules_and_weights() {
    assert!(page().contains(&format!("`{}`", revision())), "run `./bench injection --write`");
}

#[test]
fn every_rule_has_its_figures() {
    let page = page();
    let missing: Vec<&str> =
        rules().iter().map(|rule| rule.id).filter(|id| !page.contains(&format!("| `{id}` |"))).collect();
    assert!(missing.is_empty(), "{missing:?}: run `./bench injection --write`");
}
