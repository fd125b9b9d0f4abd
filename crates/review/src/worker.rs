//! One thread's share of a scan: it has texts looked into and keeps what was found.

use crate::Place;
use crate::excerpt::{Excerpt, excerpts};
use crate::gather::Gathered;
use crate::look::Look;
use crate::origin::Origin;
use crate::position::{Before, Cursor};
use crate::progress::Progress;
use crate::report::{NotLookedInto, Why, is_packing};
use crate::settings::Settings;
use crate::suppress::{Asked, Line, allowed};
use crate::window::{Window, windows};
use portcullis_event::Span;
use portcullis_inspect::decode::{self, Reason, Seekable, Skipped};
use portcullis_inspect::purpose::Passages;
use portcullis_inspect::{Hit, Looked};
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
    /// Whether anything was found, or not looked into, since somebody asked.
    pub(crate) noticed: bool,
    /// How many places of one finding are kept.
    places: usize,
    /// Done since the progress was told.
    untold: (u64, u64),
}

/// What is read in one go, without windows. Most files are smaller.
pub(crate) const AT_ONCE: usize = 1024 * 1024;

/// So many parts of one text that were not looked into are listed.
const LISTED: usize = 100;

/// How much may be done before the progress is told.
const TELL: (u64, u64) = (256, 8 << 20);

impl<'a> Worker<'a> {
    pub(crate) fn new(shared: Shared<'a>) -> Self {
        Self {
            shared,
            gathered: Gathered::default(),
            noticed: false,
            places: shared.settings.limits.places,
            untold: (0, 0),
        }
    }

    /// A worker that keeps so many places of each finding.
    pub(crate) fn keeping(places: usize, shared: Shared<'a>) -> Self {
        Self { places, ..Self::new(shared) }
    }

    /// Has a text looked into that is all there.
    pub(crate) fn text(&mut self, text: &[u8], about: About<'_>) {
        let looked = self.shared.look.look(text, about.hint);
        self.looked(text, looked, about);
    }

    /// Keeps what was found in a text that is all there.
    pub(crate) fn looked(&mut self, text: &[u8], looked: Looked, about: About<'_>) {
        self.keep(&Window::whole(text), looked, about, |span, offset| (span, offset));
        self.done(text.len() as u64);
    }

    /// Has a text looked into that is read bit by bit. `buffer` is scratch space, or the beginning of the text.
    pub(crate) fn stream(&mut self, mut from: impl Read, buffer: &mut Vec<u8>, about: About<'_>) -> io::Result<()> {
        let wanted = (AT_ONCE + 1).saturating_sub(buffer.len()) as u64;
        from.by_ref().take(wanted).read_to_end(buffer)?;
        if buffer.len() <= AT_ONCE {
            self.text(buffer, about);
            return Ok(());
        }
        if decode::is_packed(buffer) {
            let mut all = Counted { inner: buffer.as_slice().chain(from), bytes: 0, failed: None };
            let looked = self.shared.look.look_stream(&mut all, about.hint);
            let (bytes, failed) = (all.bytes, all.failed.take());
            self.packed(looked, about);
            self.done(bytes);
            return failed.map_or(Ok(()), Err);
        }
        let reach = self.shared.look.reach();
        let bytes = windows(from, buffer, reach, |window| self.window(&window, about))?;
        self.done(bytes);
        Ok(())
    }

    /// Has something packed looked into that can be read from any place.
    pub(crate) fn packed_file(&mut self, file: &mut dyn Seekable, length: u64, about: About<'_>) {
        let looked = self.shared.look.look_packed(file, length, about.hint);
        self.packed(looked, about);
        self.done(length);
    }

    /// Keeps what was found in something packed: it has no line of its own.
    fn packed(&mut self, looked: Looked, about: About<'_>) {
        let span = Span { line: 1, column: 1, end_line: 1, end_column: 1 };
        self.noticed |= !looked.hits.is_empty();
        for hit in looked.hits {
            let settings = self.shared.settings;
            let fingerprint = settings.identity.fingerprint(&hit.rule, hit.value.expose());
            let introduced = (about.introduced)(&span);
            let place = Place {
                origin: (about.origin)(),
                span,
                offset: 0,
                introduced,
                excerpt: Excerpt::default(),
                purpose: None,
            };
            let (rule, value, origin) = (&hit.rule, hit.value.expose().as_str(), &place.origin);
            let suppressed =
                settings.suppressions.judge(&Asked { rule, fingerprint, value, origin, line: &Line::default });
            self.gathered.add((fingerprint, suppressed), hit, place, self.places);
        }
        self.skipped(looked.skipped, about);
    }

    /// Reports what was not looked into. What only looked as if it were packed, in a text, is none of it.
    fn skipped(&mut self, skipped: Vec<Skipped>, about: About<'_>) {
        let is_real = |it: &Skipped| it.why != Reason::Damaged || is_packing(&it.what);
        let mut real = skipped.into_iter().filter(|it| it.what.is_empty() || is_real(it));
        for Skipped { what, why: reason } in real.by_ref().take(LISTED) {
            self.not_looked_into((about.origin)(), Why::Inside { what, reason });
        }
        let more = real.count();
        if more > 0 {
            self.not_looked_into((about.origin)(), Why::More(more));
        }
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
        let look = self.shared.look;
        let looked = if window.is_whole() {
            look.look(window.text, about.hint)
        } else {
            look.look_part(window.text, about.hint)
        };
        self.keep(window, looked, about, place);
    }

    /// Keeps what was found in a part of a text.
    fn keep(
        &mut self,
        window: &Window<'_>,
        looked: Looked,
        about: About<'_>,
        place: impl Fn(Span, u64) -> (Span, u64),
    ) {
        self.skipped(looked.skipped, about);
        let mut hits = looked.hits;
        hits.sort_by_key(|hit| hit.span.start);
        let excerpts = self.excerpts(window, &hits);
        let mut excerpts = excerpts.into_iter();
        let hits = hits.into_iter().map(|hit| (hit, excerpts.next().unwrap_or_default()));
        let hits: Vec<_> = hits.filter(|(hit, _)| window.own.contains(&hit.span.start)).collect();
        self.noticed |= !hits.is_empty();
        let spans: Vec<Range<usize>> = hits.iter().map(|(hit, _)| hit.span.clone()).collect();
        let mut cursor = Cursor::new(window.text, window.before);
        // Of a part nobody knows what began before it.
        let passages = if window.is_whole() && !hits.is_empty() {
            Passages::of(window.text, about.hint)
        } else {
            Passages::default()
        };
        for (hit, excerpt) in hits {
            let purpose = passages.purpose(window.text, &hit.span);
            let span = cursor.span(&hit.span);
            let (line, previous) = cursor.line_and_previous();
            let settings = self.shared.settings;
            let fingerprint = settings.identity.fingerprint(&hit.rule, hit.value.expose());
            let (span, offset) = place(span, window.before.bytes + hit.span.start as u64);
            let introduced = (about.introduced)(&span);
            let place = Place { origin: (about.origin)(), span, offset, introduced, excerpt, purpose };
            let (rule, value, origin) = (&hit.rule, hit.value.expose().as_str(), &place.origin);
            let asked = Asked { rule, fingerprint, value, origin, line: &|| cursor.line(&hit.span, &spans) };
            let suppressed = allowed(rule, line, previous).or_else(|| settings.suppressions.judge(&asked));
            self.gathered.add((fingerprint, suppressed), hit, place, self.places);
        }
    }

    /// The lines that these lie on, if anybody wants to see them.
    fn excerpts(&self, window: &Window<'_>, hits: &[Hit]) -> Vec<Excerpt> {
        if self.shared.settings.excerpts { excerpts(window, hits) } else { Vec::new() }
    }

    /// Reports what could not be looked into.
    pub(crate) fn not_looked_into(&mut self, origin: Origin, why: Why) {
        self.noticed = true;
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

/// Counts what is read, and keeps the error that a decoder would take for damage.
struct Counted<R> {
    inner: R,
    bytes: u64,
    failed: Option<io::Error>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Ok(read) => {
                self.bytes += read as u64;
                Ok(read)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                let told = io::Error::from(error.kind());
                self.failed = Some(error);
                Err(told)
            }
        }
    }
}
