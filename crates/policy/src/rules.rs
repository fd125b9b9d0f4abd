//! Lists, compiled: what each allows, asks about and denies, and which line says so.

use crate::config::{Answer, Item};
use crate::pattern::name::{NameSet, Named};
use crate::pattern::{BadPattern, Breadth, Set};
use crate::source::{Origin, Places};
use portcullis_event::Verdict;

/// One entry of a list.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// As it is written.
    pub(crate) text: String,
    pub(crate) reason: Option<String>,
    pub(crate) origin: Origin,
}

/// A list, without what is taken away from it.
#[derive(Debug)]
pub(crate) struct List<S> {
    /// Where the list itself stands.
    pub(crate) origin: Origin,
    rules: Vec<Rule>,
    set: S,
    taken_away: S,
    exceptions: Vec<Item>,
}

impl<S: Set> List<S> {
    pub(crate) fn new(origin: Origin) -> Self {
        Self { origin, rules: Vec::new(), set: S::default(), taken_away: S::default(), exceptions: Vec::new() }
    }

    /// Adds an entry. One that starts with `!` takes that entry of the preset off this list; if there is none that is
    /// written the same, it makes an exception: what it fits is not on the list.
    pub(crate) fn add(&mut self, item: &Item, origin: Origin, places: &Places) -> Result<(), BadPattern> {
        if item.name.is_empty() {
            return Err(BadPattern::new("it is empty", "write a name or a pattern, or leave the entry out"));
        }
        if item.name.trim() != item.name {
            return Err(BadPattern::new("white space around it", "write it without"));
        }
        if let Some(name) = item.name.strip_prefix('!') {
            let item = Item { name: name.to_owned(), ..item.clone() };
            self.taken_away.insert(self.exceptions.len(), &item, places)?;
            self.exceptions.push(item);
            return Ok(());
        }
        if let Some(at) = self.exceptions.iter().position(|exception| exception.name == item.name) {
            self.exceptions.remove(at);
            return self.rebuild_exceptions(places);
        }
        self.set.insert(self.rules.len(), item, places)?;
        self.rules.push(Rule { text: item.name.clone(), reason: item.reason.clone(), origin });
        Ok(())
    }

    /// An exception that meets its very entry removes that one, and makes no other entry any weaker.
    fn rebuild_exceptions(&mut self, places: &Places) -> Result<(), BadPattern> {
        self.taken_away = S::default();
        self.exceptions.iter().enumerate().try_for_each(|(number, item)| self.taken_away.insert(number, item, places))
    }

    /// Whether an entry with `!` might mean this.
    fn might_take_away(&self, value: S::Value<'_>) -> bool {
        !self.exceptions.is_empty() && self.taken_away.find(value, Breadth::Broad).is_some()
    }

    /// Every entry, as it is written.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|rule| &*rule.text)
    }

    /// The first entry that fits.
    pub(crate) fn find(&self, value: S::Value<'_>, breadth: Breadth) -> Option<&Rule> {
        let number = self.set.find(value, breadth)?;
        // What is taken away from a list that denies must be certain; from one that allows, possible.
        let opposite = match breadth {
            Breadth::Narrow => Breadth::Broad,
            Breadth::Broad => Breadth::Narrow,
        };
        if !self.exceptions.is_empty() && self.taken_away.find(value, opposite).is_some() {
            return None;
        }
        self.rules.get(number)
    }
}

/// The three lists of a section.
#[derive(Debug)]
pub(crate) struct Lists<S> {
    pub(crate) allow: Option<List<S>>,
    pub(crate) ask: Option<List<S>>,
    pub(crate) deny: Option<List<S>>,
    pub(crate) otherwise: Option<(Answer, Origin)>,
}

/// What is said of a word, and the line that says so.
pub(crate) type OfWord<'a> = (Verdict, Option<&'a Origin>);

impl Lists<NameSet> {
    /// What this says of a word that somebody asks about before it is an event: a class of changes, a danger. A list of what is
    /// let through says of the rest that a person is asked, not that nobody may have it. Nothing if this policy does not
    /// speak of such words.
    pub(crate) fn of_word(&self, word: &str) -> Option<OfWord<'_>> {
        if let Some(said) = self.hits(Named::new(word)).next() {
            return Some((said.verdict, Some(said.origin)));
        }
        match (&self.otherwise, &self.allow) {
            (Some((answer, origin)), _) => Some((answer.verdict(), Some(origin))),
            (None, Some(list)) => Some((Verdict::Ask, Some(&list.origin))),
            (None, None) => None,
        }
    }
}

/// The strictest that all storeys say of a word. If none speaks of it a person is asked; the highest counts among equals.
pub(crate) fn strictest<'a>(said: impl Iterator<Item = Option<OfWord<'a>>>) -> OfWord<'a> {
    let mut said = said;
    let first = said.next().flatten().unwrap_or((Verdict::Ask, None));
    said.flatten().fold(first, |strictest, next| if next.0 > strictest.0 { next } else { strictest })
}

/// What a section says about a value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said<'a> {
    pub(crate) verdict: Verdict,
    /// The entry, or nothing if it is the answer for what no list names.
    pub(crate) rule: Option<&'a Rule>,
    pub(crate) origin: &'a Origin,
}

impl<S> Default for Lists<S> {
    fn default() -> Self {
        Self { allow: None, ask: None, deny: None, otherwise: None }
    }
}

impl<S: Set> Lists<S> {
    /// The list that a key names.
    pub(crate) fn list(&mut self, name: &str) -> Option<&mut Option<List<S>>> {
        match name {
            "allow" => Some(&mut self.allow),
            "ask" => Some(&mut self.ask),
            "deny" => Some(&mut self.deny),
            _ => None,
        }
    }

    /// Every entry that fits, the strictest first.
    pub(crate) fn hits(&self, value: S::Value<'_>) -> impl Iterator<Item = Said<'_>> {
        let lists = [
            (&self.deny, Verdict::Deny, Breadth::Broad),
            (&self.ask, Verdict::Ask, Breadth::Broad),
            (&self.allow, Verdict::Allow, Breadth::Narrow),
        ];
        lists.into_iter().filter_map(move |(list, verdict, breadth)| {
            let rule = list.as_ref()?.find(value, breadth)?;
            Some(Said { verdict, rule: Some(rule), origin: &rule.origin })
        })
    }

    /// Whether the list that allows might have an exception for this. Something with several names is not allowed by one
    /// of them if another one is taken away.
    pub(crate) fn might_except(&self, value: S::Value<'_>) -> bool {
        self.allow.as_ref().is_some_and(|list| list.might_take_away(value))
    }

    /// The answer for what no list names; nothing if this policy does not speak of it.
    pub(crate) fn unlisted(&self) -> Option<Said<'_>> {
        match &self.otherwise {
            Some((answer, origin)) => Some(Said { verdict: answer.verdict(), rule: None, origin }),
            None => self.allow.as_ref().map(|list| Said { verdict: Verdict::Deny, rule: None, origin: &list.origin }),
        }
    }
}
