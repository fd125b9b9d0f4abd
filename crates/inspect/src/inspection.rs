//! Everything together: which kinds are looked for, and one function that looks for them all.

use crate::decode::{self, Layer, Limits, Skipped};
use crate::engine::{Context, Engine, settle};
use crate::injection::Opinion;
use crate::{Hit, engine, injection, marked, personal};
use portcullis_event::{FindingKind, RuleId};
use portcullis_patterns::Rule;
use portcullis_patterns::markers::Markers;
use std::collections::HashSet;
use std::io::Read;

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kinds {
    /// Credentials.
    pub secrets: bool,
    /// Data about people.
    pub personal_data: bool,
    /// Text that steers an agent, or hides.
    pub injection: bool,
}

impl Kinds {
    /// What is looked for in files if nothing else is said. Personal data is left out: each source file names its author.
    pub const IN_FILES: Self = Self { secrets: true, personal_data: false, injection: true };

    /// Everything.
    pub const ALL: Self = Self { secrets: true, personal_data: true, injection: true };

    /// Whether findings of this kind are looked for.
    pub fn include(self, kind: FindingKind) -> bool {
        match kind {
            FindingKind::Secret => self.secrets,
            FindingKind::PersonalData => self.personal_data,
            // They are looked for wherever there are any.
            FindingKind::Marker => true,
            FindingKind::Injection => self.injection,
            FindingKind::Code | FindingKind::Dependency | FindingKind::AgentConfig | FindingKind::Change => false,
        }
    }
}

/// What a look came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looked {
    /// What was found, sorted by place.
    pub hits: Vec<Hit>,
    /// What was not looked into.
    pub skipped: Vec<Skipped>,
}

/// How what is encoded in a text is shown: of a whole one, or of a part.
type Layers = fn(&[u8], &Limits, &mut dyn FnMut(decode::Layer<'_>)) -> Vec<Skipped>;

/// How much there is taken to be where nobody knows: as much as a container image may hold.
const UNKNOWN: u64 = 8 << 30;

/// Looks for everything that was asked for.
#[derive(Debug)]
pub struct Inspection {
    kinds: Kinds,
    engine: Engine,
    personal: personal::Settings,
    markers: Option<Markers>,
    look_alikes: bool,
    files: bool,
    closely: bool,
    opinion: Option<Opinion>,
}

impl Inspection {
    /// Looks for these kinds, with our own rules.
    pub fn new(kinds: Kinds) -> Self {
        Self::with_rules(kinds, Vec::new())
    }

    /// Looks for these kinds, with our own rules and a user's.
    pub fn with_rules(kinds: Kinds, rules: Vec<Rule>) -> Self {
        let engine = if rules.is_empty() { Engine::standard() } else { Engine::with(rules) };
        let personal = personal::Settings::default();
        Self { kinds, engine, personal, markers: None, look_alikes: false, files: false, closely: false, opinion: None }
    }

    /// Also finds what an organisation marks as its own, whichever kinds are looked for.
    #[must_use]
    pub fn with_markers(self, markers: Option<Markers>) -> Self {
        Self { markers, ..self }
    }

    /// Also finds values that look like secrets and are none: everybody knows them, or they ask to be replaced. Code that was
    /// written by a model has many of them.
    #[must_use]
    pub fn with_look_alikes(self) -> Self {
        Self { look_alikes: true, ..self }
    }

    /// Also asks another model about what could steer an agent.
    #[must_use]
    pub fn with_opinion(self, opinion: Opinion) -> Self {
        Self { opinion: Some(opinion), ..self }
    }

    /// Looks at files, also where it is not told the name of one, as of an object of a history. A text without a name
    /// comes from the road otherwise, where everything is looked for that an agent may be told, however long that takes.
    #[must_use]
    pub fn of_files(self) -> Self {
        Self { files: true, ..self }
    }

    /// Also judges every passage of a file by its wording, as if it came from the road. That takes longer, and objects to more texts that
    /// mean no harm.
    #[must_use]
    pub fn closely(self) -> Self {
        Self { closely: true, ..self }
    }

    /// All that is found in a text, sorted by place, also in what is encoded or packed in it. `hint` is the name of the
    /// file that it comes from.
    pub fn look(&self, text: &[u8], hint: Option<&str>) -> Looked {
        let mut looked = self.look_with(decode::layers, text, hint);
        if self.closely && self.kinds.injection {
            injection::read_closely(text, hint.unwrap_or_default(), &mut looked.hits);
            sort(&mut looked.hits);
        }
        looked
    }

    /// As [`Inspection::look`], for a part of a longer text: it is not unpacked, whatever its first bytes are.
    pub fn look_at_part(&self, text: &[u8], hint: Option<&str>) -> Looked {
        self.look_with(decode::layers_in_text, text, hint)
    }

    fn look_with(&self, layers: Layers, text: &[u8], hint: Option<&str>) -> Looked {
        let mut looked = self.look_without_opinion(layers, text, hint);
        let opinion = self.opinion_of(text, hint);
        if !opinion.is_empty() {
            // Beside the rest, not in its place: the rest says what it is.
            looked.hits.extend(opinion);
            sort(&mut looked.hits);
        }
        looked
    }

    /// The same without the other model.
    fn look_without_opinion(&self, layers: Layers, text: &[u8], hint: Option<&str>) -> Looked {
        let mut found = Found { hits: self.look_plainly(text, hint), ..Found::nothing(self, hint) };
        let skipped = layers(text, &Limits::default(), &mut |layer| found.layer(layer));
        found.settled(skipped)
    }

    /// As [`look`](Self::look), for something packed that is too large to be held. Each hit lies somewhere in its `length`
    /// bytes, and says where inside.
    pub fn look_packed(&self, from: &mut dyn decode::Seekable, length: u64, hint: Option<&str>) -> Looked {
        let mut found = Found::nothing(self, hint);
        let limits = Limits::of_large(length);
        let skipped = decode::layers_of_file(from, length, &limits, &mut |layer| found.layer(layer));
        found.settled(skipped)
    }

    /// As [`look_packed`](Self::look_packed), where it can be read only once and nobody knows how much there is.
    pub fn look_stream(&self, from: &mut dyn Read, hint: Option<&str>) -> Looked {
        let mut found = Found::nothing(self, hint);
        let limits = Limits::of_large(UNKNOWN);
        let skipped = decode::layers_of_stream(from, UNKNOWN, &limits, &mut |layer| found.layer(layer));
        found.settled(skipped)
    }

    /// All that is found in a text that no file holds, and that the other model is shown together with others.
    pub(crate) fn look_at_one_of_many(&self, text: &str) -> Vec<Hit> {
        self.look_without_opinion(decode::layers, text.as_bytes(), None).hits
    }

    /// The other model, if it is asked.
    pub(crate) fn opinion(&self) -> Option<&Opinion> {
        self.opinion.as_ref().filter(|_| self.kinds.injection)
    }

    /// What the other model objects to in a text, by itself; not in what is packed.
    fn opinion_of(&self, text: &[u8], hint: Option<&str>) -> Vec<Hit> {
        let Some(opinion) = self.opinion() else { return Vec::new() };
        match (hint.or(self.files.then_some("")), str::from_utf8(text)) {
            (Some(path), _) => opinion.in_file(text, path),
            (None, Ok(text)) => opinion.on_the_road(&[text]).into_iter().map(|(_, hit)| hit).collect(),
            (None, Err(_)) => opinion.in_file(text, ""),
        }
    }

    fn look_plainly(&self, text: &[u8], hint: Option<&str>) -> Vec<Hit> {
        let file = hint.or(self.files.then_some(""));
        let mut tells = file.filter(|_| self.kinds.injection).map(injection::Tells::of_file);
        let mut hits = Vec::new();
        if self.kinds.secrets {
            let context = Context { hint, look_alikes: self.look_alikes };
            hits = self.engine.find_and_tell(text, context, tells.as_mut());
        } else if let Some(tells) = &mut tells {
            engine::tell(text, tells);
        }
        if self.kinds.personal_data {
            personal::find(text, &self.personal, &mut hits);
        }
        if let Some(markers) = &self.markers {
            marked::find(text, markers, &mut hits);
        }
        if let Some(tells) = tells {
            hits.extend(injection::look_at_file(text, tells));
        } else if self.kinds.injection {
            hits.extend(injection::look_on_the_road(text));
        }
        hits
    }
}

/// By place.
fn sort(hits: &mut [Hit]) {
    hits.sort_by(|a, b| (a.span.start, a.span.end, &a.rule).cmp(&(b.span.start, b.span.end, &b.rule)));
}

/// What is found in a text and in the layers of it.
struct Found<'i> {
    inspection: &'i Inspection,
    hint: Option<&'i str>,
    hits: Vec<Hit>,
    /// What lies in something packed. All of it has the same span, that of what was packed, which says nothing about
    /// whether two hits are the same.
    packed: Vec<Hit>,
}

impl<'i> Found<'i> {
    fn nothing(inspection: &'i Inspection, hint: Option<&'i str>) -> Self {
        Self { inspection, hint, hits: Vec::new(), packed: Vec::new() }
    }

    fn layer(&mut self, layer: Layer<'_>) {
        let inside = layer.steps().iter().rev().find_map(|step| step.entry()).map(str::to_owned);
        let found = self.inspection.look_plainly(layer.bytes(), inside.as_deref().or(self.hint));
        let is_packed = layer.map(0..0).inside.is_some();
        let hits = if is_packed { &mut self.packed } else { &mut self.hits };
        hits.extend(found.into_iter().filter_map(|hit| layer.lift(hit)));
    }

    fn settled(mut self, skipped: Vec<Skipped>) -> Looked {
        settle(&mut self.hits);
        let mut known: HashSet<(RuleId, String)> =
            self.hits.iter().map(|hit| (hit.rule.clone(), hit.value.expose().clone())).collect();
        self.packed.retain(|hit| known.insert((hit.rule.clone(), hit.value.expose().clone())));
        self.hits.append(&mut self.packed);
        sort(&mut self.hits);
        Looked { hits: self.hits, skipped }
    }
}
