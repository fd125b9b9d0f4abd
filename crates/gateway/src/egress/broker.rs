//! What all threads share.

use super::counts::Counters;
use super::descriptors;
use super::dns::names::Names;
use super::recent::Recent;
use super::refusal::Refusal;
use super::relay::Pipes;
use super::road::{Attempt, Notice, Road};
use super::settings::Settings;
use super::teller::{Notices, Teller, notices};
use crate::stop::Stop;
use crate::workers::Workers;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

/// Most pipes at once, each of a megabyte and two descriptors.
const PIPES: usize = 64;

pub(crate) struct Broker {
    pub(crate) road: Arc<dyn Road>,
    pub(crate) settings: Settings,
    pub(crate) stop: Arc<Stop>,
    pub(crate) counts: Counters,
    pub(crate) recent: Recent,
    pub(crate) notices: Notices,
    pub(crate) pipes: Pipes,
    pub(crate) names: Names,
    pub(crate) workers: Arc<Workers>,
}

impl Broker {
    pub(crate) fn new(road: Arc<dyn Road>, mut settings: Settings) -> io::Result<(Self, Teller)> {
        settings.connections = descriptors::room_for(settings.connections, PIPES);
        let (notices, teller) = notices(settings.recent);
        let recent = Recent::new(settings.recent);
        let stop = Arc::new(Stop::new()?);
        Ok((
            Self {
                road,
                settings,
                stop,
                counts: Counters::default(),
                recent,
                notices,
                pipes: Pipes::new(PIPES),
                names: Names::default(),
                workers: Arc::default(),
            },
            teller,
        ))
    }

    /// The attempt with the name in place of its stand-in: some programs look a name up and then ask a proxy for the address.
    pub(crate) fn meant(&self, mut attempt: Attempt) -> Attempt {
        if let Some(IpAddr::V4(address)) = attempt.host.address()
            && let Some(name) = self.names.name_of(address, Instant::now())
        {
            attempt.host = name;
        }
        attempt
    }

    /// Until when somebody may take to say what is wanted.
    pub(crate) fn opening_deadline(&self) -> Instant {
        Instant::now() + self.settings.opening
    }

    /// Counts and tells a refusal.
    pub(crate) fn refused(&self, attempt: &Attempt, refusal: &Refusal) {
        if refusal.is_denial() {
            self.counts.denied.fetch_add(1, Relaxed);
        }
        self.notices.tell(Notice::Refused { attempt: attempt.clone(), refusal: refusal.clone() });
    }
}

impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broker").field("settings", &self.settings).field("counts", &self.counts).finish_non_exhaustive()
    }
}
