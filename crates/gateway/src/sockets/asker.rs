//! Asks the road, and remembers what was denied a moment ago: a program that asks in a loop would otherwise have thousands of
//! equal records written.

use super::road::{Answer, Notice, Road};
use crate::egress::Denial;
use portcullis_event::Socket;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Most denials that are remembered at once. What does not fit is asked about again.
const MOST: usize = 256;

pub(crate) struct Asker {
    road: Arc<dyn Road>,
    window: Duration,
    denied: Mutex<Vec<Denied>>,
    told: Mutex<Vec<(Notice, Instant)>>,
}

/// Something that was denied, and how often again since.
struct Denied {
    asked: Socket,
    denial: Denial,
    until: Instant,
    again: u64,
}

impl Asker {
    pub(crate) fn new(road: Arc<dyn Road>, window: Duration) -> Self {
        Self { road, window, denied: Mutex::default(), told: Mutex::default() }
    }

    pub(crate) fn road(&self) -> &dyn Road {
        self.road.as_ref()
    }

    /// Whether this may happen.
    pub(crate) fn ask(&self, asked: &Socket) -> Answer {
        let now = Instant::now();
        self.tell_again(|denied| denied.until <= now);
        if let Some(known) = self.lock().iter_mut().find(|known| known.asked == *asked) {
            known.again += 1;
            return Answer::Deny(known.denial.clone());
        }
        let answer = self.road.ask(asked);
        if let Answer::Deny(denial) = &answer {
            let mut denied = self.lock();
            if denied.len() < MOST {
                let (asked, denial, until) = (asked.clone(), denial.clone(), now + self.window);
                denied.push(Denied { asked, denial, until, again: 0 });
            }
        }
        answer
    }

    /// Tells something, unless the same was told a moment ago.
    pub(crate) fn tell(&self, notice: &Notice) {
        let now = Instant::now();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.retain(|(_, until)| now < *until);
        if told.len() >= MOST || told.iter().any(|(known, _)| known == notice) {
            return;
        }
        told.push((notice.clone(), now + self.window));
        drop(told);
        self.road.told(notice);
    }

    /// Tells all that was not told yet.
    pub(crate) fn finish(&self) {
        self.tell_again(|_| true);
    }

    /// Forgets denials, and tells how often each came again.
    fn tell_again(&self, is_over: impl Fn(&Denied) -> bool) {
        let over: Vec<Denied> = self.lock().extract_if(.., |denied| is_over(denied)).collect();
        for Denied { asked, denial, again, .. } in over {
            if again > 0 {
                self.road.told(&Notice::Again { asked: Box::new(asked), denial, times: again });
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Denied>> {
        self.denied.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
