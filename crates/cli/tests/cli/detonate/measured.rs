//! The corpus: every harmful skill is found for what it does, and no honest one is. `--no-capture` shows how many of them reading
//! alone finds, and how many letting them loose does.

use super::{Skill, harmful, honest, let_loose, rules};
use crate::harness::Machine;
use std::collections::BTreeSet;

/// How many of a corpus were reported, by reading alone and by letting loose, or by either.
#[derive(Debug, Default, PartialEq, Eq)]
struct Measured {
    all: usize,
    read: usize,
    loose: usize,
    either: usize,
    wrong: Vec<String>,
}

fn measure(skills: &[Skill]) -> Measured {
    let machine = Machine::new();
    let mut measured = Measured { all: skills.len(), ..Measured::default() };
    for skill in skills {
        skill.write(&machine);
        let (_, read) = machine.json(&["trust", "scan", &skill.id]);
        let (status, loose) = let_loose(&machine, &skill.id);
        let (read, found) = (!rules(&read).is_empty(), rules(&loose));
        measured.read += usize::from(read);
        measured.loose += usize::from(!found.is_empty());
        measured.either += usize::from(read || !found.is_empty());
        let expected = if skill.finds.is_empty() { Some(0) } else { Some(1) };
        if found != skill.finds || status != expected {
            measured.wrong.push(format!("{} ({status:?}): {found:?} {:#}", skill.id, loose["findings"]));
        }
    }
    let Measured { all, read, loose, either, .. } = &measured;
    println!("of {all} reading reports {read}, letting loose {loose}, either {either}");
    measured
}

#[test]
fn harmful_skills_are_found_for_what_they_do() {
    let skills = harmful();
    let measured = measure(&skills);
    assert_eq!(measured.wrong, [""; 0]);
    assert_eq!(measured.loose, measured.all);
}

#[test]
fn honest_skills_are_not_found() {
    let measured = measure(&honest());
    assert_eq!(measured.wrong, [""; 0]);
    assert_eq!(measured.loose, 0);
}

#[test]
fn no_two_skills_have_one_name() {
    let skills: Vec<Skill> = harmful().into_iter().chain(honest()).collect();
    assert_eq!(skills.iter().map(|it| it.id.as_str()).collect::<BTreeSet<_>>().len(), skills.len());
}
