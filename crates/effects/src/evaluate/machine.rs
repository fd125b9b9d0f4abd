//! The state of an evaluation: what the shell knows, and what was written down so far.

use super::place::Place;
use super::scope::Scope;
use super::value::Value;
use crate::effect::{Confidence, Effect, Effects, Target, What};
use crate::shell::Mark;
use crate::world::World;
use portcullis_event::{AbsPath, Hazard};
use std::collections::{HashMap, HashSet};

/// How much is evaluated at most; every command, character and file costs some of it.
const FUEL: usize = 700_000;
/// How many effects are told at most.
const MOST_EFFECTS: usize = 1000;
/// How deep texts that are run may lie in each other.
pub(crate) const DEEPEST: usize = 20;

/// An evaluation.
pub(crate) struct Machine<'w> {
    pub(crate) world: &'w dyn World,
    pub(crate) scope: Scope,
    /// What the commands before have written into files.
    pub(crate) files: HashMap<AbsPath, Value>,
    /// What these files may hold instead: something was written over it that may not have been written.
    pub(crate) earlier: HashMap<AbsPath, Vec<Value>>,
    /// Names that may lead to other files.
    pub(crate) links: HashMap<AbsPath, Vec<Target>>,
    /// Folders into which something from the network was unpacked.
    pub(crate) downloaded: Vec<AbsPath>,
    /// Folders into which a repository was cloned.
    pub(crate) cloned: Vec<AbsPath>,
    /// How often code has read a credential.
    pub(crate) secrets_read: usize,
    /// What the program that runs now can read.
    pub(crate) stdin: Value,
    /// How often something was taken from an input that others read as well.
    pub(crate) reads: usize,
    /// What was written to the errors, for whoever reads them.
    pub(crate) errors: Value,
    /// The loops that run, and what is known where each of them was left early.
    pub(super) loops: Vec<super::loops::Left>,
    /// What it knows where a function was left early.
    pub(crate) left_function: Option<Scope>,
    /// What it knows where it ended itself, and commands are to run then.
    pub(crate) left_shell: Option<Scope>,
    /// What variables were before a function made them its own.
    pub(crate) locals: Vec<Vec<(String, super::scope::Saved)>>,
    /// Whether brackets stand for themselves in what is expanded now.
    pub(crate) keeps_brackets: bool,
    /// Whether an array without a subscript stands for all its values.
    pub(crate) takes_arrays_whole: bool,
    /// Commands that run whenever another one does.
    pub(crate) watchers: Vec<Value>,
    /// Commands that run when the text ends.
    pub(crate) traps: Vec<Value>,
    /// Descriptors that are connections.
    pub(crate) sockets: Vec<String>,
    /// Commands that read what is written to a name.
    pub(crate) outlets: Vec<crate::shell::Script>,
    pub(crate) depth: usize,
    /// Names of the functions that are being called.
    pub(crate) calls: Vec<String>,
    /// Their bodies, for a name may mean another one by and by, and what was known when each of them began.
    pub(crate) bodies: Vec<(std::rc::Rc<crate::shell::Command>, Scope)>,
    /// Whether what runs now lies in a file that was there before.
    pub(crate) in_script: usize,
    pub(crate) confidence: Confidence,
    /// The command that runs now.
    pub(crate) mark: Mark,
    effects: Vec<Effect>,
    seen: HashSet<What>,
    pub(crate) looked_into: usize,
    /// How many names were made for what processes print.
    pub(crate) processes: usize,
    fuel: usize,
    exhausted: bool,
}

impl std::fmt::Debug for Machine<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Machine").field("effects", &self.effects).finish_non_exhaustive()
    }
}

impl<'w> Machine<'w> {
    pub(crate) fn new(world: &'w dyn World) -> Self {
        Self {
            world,
            scope: Scope::new(Place::At(Target::exactly(world.cwd()))),
            files: HashMap::new(),
            earlier: HashMap::new(),
            links: HashMap::new(),
            secrets_read: 0,
            downloaded: Vec::new(),
            cloned: Vec::new(),
            stdin: Value::default(),
            reads: 0,
            errors: Value::default(),
            loops: Vec::new(),
            left_shell: None,
            left_function: None,
            locals: Vec::new(),
            keeps_brackets: false,
            takes_arrays_whole: false,
            watchers: Vec::new(),
            traps: Vec::new(),
            sockets: Vec::new(),
            outlets: Vec::new(),
            depth: 0,
            calls: Vec::new(),
            bodies: Vec::new(),
            in_script: 0,
            confidence: Confidence::Certain,
            mark: Mark::default(),
            effects: Vec::new(),
            seen: HashSet::new(),
            looked_into: 0,
            processes: 0,
            fuel: FUEL,
            exhausted: false,
        }
    }

    /// What was written down.
    pub(crate) fn finish(self) -> Effects {
        Effects { list: self.effects }
    }

    /// Writes an effect down.
    pub(crate) fn note(&mut self, what: What) {
        let confidence = self.confidence;
        self.note_as(what, confidence);
    }

    /// Writes an effect down that may not happen.
    pub(crate) fn note_possible(&mut self, what: What) {
        self.note_as(what, Confidence::Possible);
    }

    fn note_as(&mut self, what: What, confidence: Confidence) {
        if self.seen.contains(&what) {
            return;
        }
        if self.effects.len() >= MOST_EFFECTS {
            self.exhaust();
            return;
        }
        self.seen.insert(what.clone());
        self.effects.push(Effect { what, confidence, start: self.mark.start, end: self.mark.end });
    }

    pub(crate) fn danger(&mut self, hazard: Hazard, why: impl Into<String>) {
        self.note(What::Danger { hazard, why: shorten(&why.into()) });
    }

    /// What could not be told. Within a file that was there before, that is so of nearly everything, and is not said.
    pub(crate) fn unresolved(&mut self, why: impl Into<String>) {
        if self.in_script == 0 {
            self.danger(Hazard::Unresolved, why);
        }
    }

    /// Uses up some of what may be done; false if nothing is left.
    pub(crate) fn burn(&mut self, cost: usize) -> bool {
        if self.fuel < cost {
            self.exhaust();
            return false;
        }
        self.fuel -= cost;
        !self.exhausted
    }

    fn exhaust(&mut self) {
        if self.exhausted {
            return;
        }
        self.exhausted = true;
        let what = What::Danger { hazard: Hazard::Unresolved, why: "there is too much of it to go through".to_owned() };
        self.effects.push(Effect { what, confidence: Confidence::Certain, start: self.mark.start, end: self.mark.end });
    }

    /// Goes through something on another machine, with what is left to go through things with; gives what it would do there.
    pub(crate) fn on(&mut self, world: &dyn World, run: impl FnOnce(&mut Machine<'_>)) -> Effects {
        if self.depth >= DEEPEST {
            self.danger(Hazard::UnresolvedCode, "commands are nested too deeply in each other");
            return Effects::default();
        }
        let mut there = Machine::new(world);
        (there.fuel, there.depth) = (self.fuel, self.depth + 1);
        // What starts each other there lies upon what does here.
        there.calls.clone_from(&self.calls);
        run(&mut there);
        self.fuel = there.fuel;
        if there.exhausted {
            self.exhaust();
        }
        there.finish()
    }

    /// Does something with the scope of a subshell: what it changes is forgotten.
    pub(crate) fn aside<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> T {
        let scope = self.scope.clone();
        let out = self.ending(inner);
        self.scope = scope;
        out
    }

    /// Does something in a shell that ends then: what is to run at its end finds what it knows.
    pub(crate) fn ending<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> T {
        let (count, outer) = (self.traps.len(), self.left_shell.take());
        let out = inner(self);
        let left = std::mem::replace(&mut self.left_shell, outer);
        if self.traps.len() > count {
            if let Some(left) = left {
                self.scope.merge(&left);
            }
            for code in self.traps.split_off(count) {
                self.run_value(&code, &Value::default());
            }
        }
        out
    }

    /// Runs a text as a shell would, one level deeper.
    pub(crate) fn run_text(&mut self, text: &str, stdin: &Value) -> Value {
        if self.depth >= DEEPEST {
            self.danger(Hazard::UnresolvedCode, "commands are nested too deeply in each other");
            return Value::hole();
        }
        if !self.burn(text.len()) {
            return Value::hole();
        }
        let parsed = crate::shell::parse(text);
        self.depth += 1;
        let out = self.script(&parsed.script, stdin);
        self.depth -= 1;
        if let Some(problem) = parsed.problem {
            self.unresolved(format!("a part of it is no shell that is understood: {}", problem.why));
        }
        out
    }
}

/// Long texts tell no more than their beginning.
pub(crate) fn shorten(text: &str) -> String {
    const LONGEST: usize = 240;
    if text.chars().nth(LONGEST).is_none() {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(LONGEST).collect();
    short.push('…');
    short
}
