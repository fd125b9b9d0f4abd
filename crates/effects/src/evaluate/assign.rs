//! Assignments: for the rest of the text, or for one command.

use super::machine::Machine;
use super::value::Value;
use crate::shell::{Arm, Assignment};

impl Machine<'_> {
    /// Carries assignments out, and gives what was assigned.
    pub(super) fn assign_all(&mut self, assignments: &[Assignment]) -> Vec<(String, Value)> {
        let mut out = Vec::with_capacity(assignments.len());
        for assignment in assignments {
            let values = match &assignment.value {
                Arm::One(word) => vec![self.expand_one(word)],
                Arm::Many(words) => self.expand_all(words),
            };
            let values = if assignment.appends { self.appended(assignment, values) } else { values };
            out.push((assignment.name.clone(), Value::join(&values, " ")));
            self.scope.set(&assignment.name, values);
        }
        out
    }

    fn appended(&mut self, assignment: &Assignment, values: Vec<Value>) -> Vec<Value> {
        let before = self.scope.get(&assignment.name);
        match &assignment.value {
            Arm::Many(_) => {
                let mut all = before.unwrap_or_default();
                all.extend(values);
                all.truncate(1024);
                all
            }
            Arm::One(_) => {
                let mut text = match before {
                    Some(values) => values.into_iter().next().unwrap_or_default(),
                    None => self.variable(&assignment.name),
                };
                for value in &values {
                    text.push(value);
                }
                vec![text]
            }
        }
    }
}
