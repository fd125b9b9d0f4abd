//! One thread's share of a scan: it has texts looked into and keeps what was found.

use crate::Place;
use crate::gather::Gathered;
use crate::look::Look;
use crate::origin::Origin;
use crate::position::{Before, Cursor};
use crate::progress::Progress;
use crate::report::{NotLookedInto, Why};
use crate::settings::Settings;
use crate::suppress::{Asked, allowed};
use crate::window::{Window, windows};
use portcullis_event::Span;
use std::io::{self, Read};
use std::ops::Range;

/// What all workers of a scan share.
#[derive(Clone, Copy)]
pub(crate) struct Shared<'a> {
    pub(crate) look: &'a dyn Look,
    pub(crate) settings: &'a Settings,
    pub(crate) progress: &'a Progress<'a>,
}

/// What is known of a text besides its bytes.
#[derive(Clone, Copy)]
pub(crate) struct About<'a> {
    /// Where it comes from. Asked only when something is found.
    pub(crate) origin: &'a dyn Fn() -> Origin,
    /// The name by which rules may judge it.
    pub(crate) hint: Option<&'a str>,
    /// Whether the change under review adds any of these lines.
    pub(crate) introduced: &'a dyn Fn(&Span) -> bool,
}

impl<'a> About<'a> {
    /// A text that is there, rather than changed.
    pub(crate) fn whole(origin: &'a dyn Fn() -> Origin, hint: Option<&'a str>) -> Self {
        Self { origin, hint, introduced: &|_| true }
    }
}

/// One thread's share of a scan.
pub(crate) struct Worker<'a> {
    pub(crate) shared: Shared<'a>,
    pub(crate) gathered: Gathered,
    /// How many places of one finding are kept.
    places: usize,
    /// Done since the progress was told.
    untold: (u64, u64),
}

/// How much may be done before the progress is told.
const TELL: (u64, u64) = (256, 8 << 20);

impl<'a> Worker<'a> {
    pub(crate) fn new(shared: Shared<'a>) -> Self {
        Self { shared, gathered: Gathered::default(), places: shared.settings.limits.places, untold: (0, 0) }
    }

    /// A worker that keeps so many places of each finding.
    pub(crate) fn keeping(places: usize, shared: Shared<'a>) -> Self {
        Self { places, ..Self::new(shared) }
    }

    /// Has a text looked into that is all there.
    pub(crate) fn text(&mut self, text: &[u8], about: About<'_>) {
        self.window(&Window { text, before: Before::default(), own: 0..text.len() }, about);
        self.done(text.len() as u64);
    }

    /// Has a text looked into that is read bit by bit. `buffer` is scratch space, or the beginning of the text.
    pub(crate) fn stream(&mut self, from: impl Read, buffer: &mut Vec<u8>, about: About<'_>) -> io::Result<()> {
        let reach = self.shared.look.reach();
        let bytes = windows(from, buffer, reach, |window| self.window(&window, about))?;
        self.done(bytes);
        Ok(())
    }

    /// Has a part of a text looked into.
    pub(crate) fn window(&mut self, window: &Window<'_>, about: About<'_>) {
        self.hits(window, about, |span, offset| (span, offset));
    }

    /// Has a text looked into that was decoded from one line of a file, before which stands `before`. All that is found
    /// lies on that line; where on it is not known.
    pub(crate) fn decoded(&mut self, window: &Window<'_>, about: About<'_>, before: Before) {
        let line = before.lines.saturating_add(1);
        let span = Span { line, column: 1, end_line: line, end_column: 1 };
        self.hits(window, about, |_, _| (span, before.bytes));
    }

    fn hits(&mut self, window: &Window<'_>, about: About<'_>, place: impl Fn(Span, u64) -> (Span, u64)) {
        let mut hits = self.shared.look.look(window.text, about.hint);
        hits.retain(|hit| window.own.contains(&hit.span.start));
        hits.sort_by_key(|hit| hit.span.start);
        let spans: Vec<Range<usize>> = hits.iter().map(|hit| hit.span.clone()).collect();
        let mut cursor = Cursor::new(window.text, window.before);
        for hit in hits {
            let span = cursor.span(&hit.span);
            let (line, previous) = cursor.line_and_previous();
            let settings = self.shared.settings;
            let fingerprint = settings.identity.fingerprint(&hit.rule, hit.value.expose());
            let (span, offset) = place(span, window.before.bytes + hit.span.start as u64);
            let place = Place { origin: (about.origin)(), span, offset, introduced: (about.introduced)(&span) };
            let (rule, value, origin) = (&hit.rule, hit.value.expose().as_str(), &place.origin);
            let asked = Asked { rule, fingerprint, value, origin, line: &|| cursor.line(&hit.span, &spans) };
            let suppressed = allowed(rule, line, previous).or_else(|| settings.suppressions.judge(&asked));
            self.gathered.add((fingerprint, suppressed), hit, place, self.places);
        }
    }

    /// Reports what could not be looked into.
    pub(crate) fn not_looked_into(&mut self, origin: Origin, why: Why) {
        self.gathered.not_looked_into.insert(NotLookedInto { origin, why });
    }

    /// Counts an item that was looked into.
    pub(crate) fn done(&mut self, bytes: u64) {
        self.gathered.statistics.items += 1;
        self.gathered.statistics.bytes += bytes;
        self.untold.0 += 1;
        self.untold.1 += bytes;
        if self.untold.0 >= TELL.0 || self.untold.1 >= TELL.1 {
            self.tell();
        }
    }

    /// Tells the progress what it has not been told yet.
    pub(crate) fn tell(&mut self) {
        let (items, bytes) = std::mem::take(&mut self.untold);
        self.shared.progress.advance(items, bytes);
    }
}
