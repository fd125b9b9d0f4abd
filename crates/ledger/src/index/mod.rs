//! The searchable copy of the log. It can be thrown away and built again.
//!
//! It is not the truth: that is the log, which can be proven. It holds no private content, only what events can be
//! searched by. It is a SQLite file that many processes share; readers never wait.
//!
//! Rows lie in a table by their number. Everything else is one inverted index of our own, kept in tables: each filter
//! value and each word has a list or bitmap of the records that it occurs in, so that any combination of filters is an
//! intersection of sets. SQLite's own full-text index was measured first: two terms that each occur in half of ten
//! million records and never meet took it 180 ms, as did a short prefix; here they take well under ten.

mod catch_up;
mod dictionary;
mod error;
mod facts;
mod merge;
mod names;
mod place;
mod posting;
mod query;
mod rollup;
mod row;
mod run;
mod search;
mod set;
mod source;
mod sql;
mod state;
mod summary;
mod term;
mod times;
mod words;

pub use catch_up::CaughtUp;
pub use error::IndexError;
pub use facts::{DROPPED, UNREADABLE};
pub use place::Replaced;
pub use query::{Count, LARGEST_PAGE, Page, Query, Row};
pub use rollup::{Bar, Split, Width};
pub use source::{Located, Source};

use error::Inner;
use names::Names;
use place::Place;
use portcullis_event::Timestamp;
use rusqlite::Connection;
use search::Search;
use state::State;
use std::path::Path;
use term::Terms;

/// An open index.
#[derive(Debug)]
pub struct Index {
    place: Place,
    terms: Terms,
    names: Names,
    most_work: u64,
    replaced: Option<Replaced>,
}

impl Index {
    /// Opens the index at `path`, or makes a new one. A file that is no index of this version is put out of the way;
    /// [`Index::replaced`] then says why.
    pub fn open(path: &Path) -> Result<Self, IndexError> {
        let mut place = Place::open(path)?;
        let key = match state::term_key(&place.connection) {
            Err(Inner::Damage(damage)) => {
                place.replace(Replaced::Damaged(damage.to_string()))?;
                state::term_key(&place.connection)
            }
            known => known,
        };
        let key = key.map_err(|error| error.at(&place.path))?;
        let replaced = place.replaced.take();
        Ok(Self { place, terms: Terms::new(&key), names: Names::default(), most_work: search::WORK, replaced })
    }

    /// How much work an answer may cost before it is cut short, in nominal nanoseconds.
    #[must_use]
    pub fn with_work_limit(mut self, nanoseconds: u64) -> Self {
        self.most_work = nanoseconds;
        self
    }

    /// Why the index that was here before was thrown away, if it was.
    pub fn replaced(&self) -> Option<&Replaced> {
        self.replaced.as_ref()
    }

    /// How many records it holds: those before this number.
    pub fn indexed_through(&self) -> Result<u64, IndexError> {
        self.read(|connection| Ok(State::read(connection)?.through))
    }

    /// Adds what the log has and the index has not. `progress` is called with how many records are done and how many
    /// there are. An index of another log, or one that turns out to be damaged, is thrown away and built anew; a log
    /// that went back is an error.
    pub fn catch_up<S: Source>(
        &mut self,
        source: &S,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<CaughtUp, IndexError> {
        if !self.place.is_current() || self.place.is_marked() {
            self.start_over(Replaced::Damaged("found while searching".to_owned()))?;
        }
        let known = self.read(|connection| Ok(State::read(connection)?.identity));
        if matches!(&known, Ok(Some(known)) if *known != source.identity()) {
            self.start_over(Replaced::OtherLog)?;
        }
        match self.advance(source, progress) {
            Err(IndexError::Damaged { what, .. }) => {
                self.start_over(Replaced::Damaged(what))?;
                self.advance(source, progress)
            }
            other => other,
        }
    }

    fn advance<S: Source>(&mut self, source: &S, progress: &mut dyn FnMut(u64, u64)) -> Result<CaughtUp, IndexError> {
        catch_up::catch_up(&mut self.place, &mut self.names, &self.terms, source, progress)
    }

    /// Throws everything away; the next [`Index::catch_up`] builds it anew.
    pub fn rebuild(&mut self) -> Result<(), IndexError> {
        self.start_over(Replaced::Asked)
    }

    fn start_over(&mut self, why: Replaced) -> Result<(), IndexError> {
        self.place.replace(why)?;
        self.names.clear();
        let key = state::term_key(&self.place.connection).map_err(|error| error.at(&self.place.path))?;
        self.terms = Terms::new(&key);
        self.replaced = self.place.replaced.take().or(self.replaced.take());
        Ok(())
    }

    /// A page of the records that match.
    pub fn query(&self, query: &Query) -> Result<Page, IndexError> {
        self.read(|connection| Search::new(connection, query, self.most_work).page(&self.terms))
    }

    /// How many records match, whatever the limit of `query`.
    pub fn count(&self, query: &Query) -> Result<Count, IndexError> {
        self.read(|connection| Search::new(connection, query, self.most_work).count(&self.terms))
    }

    /// The bars of a chart of `since` to `until`. Bars that the range cuts are whole.
    pub fn histogram(
        &self,
        since: Timestamp,
        until: Timestamp,
        width: Width,
        split: Split,
    ) -> Result<Vec<Bar>, IndexError> {
        self.read(|connection| rollup::histogram(connection, since, until, width, split))
    }

    /// Runs `ask` on a state of the index that does not change underneath it.
    fn read<T>(&self, ask: impl FnOnce(&Connection) -> Result<T, Inner>) -> Result<T, IndexError> {
        let answer = self
            .place
            .connection
            .unchecked_transaction()
            .map_err(Inner::from)
            .and_then(|transaction| ask(&transaction));
        answer.map_err(|error| {
            let error = error.at(&self.place.path);
            if matches!(error, IndexError::Damaged { .. }) {
                self.place.mark_damaged();
            }
            error
        })
    }
}
