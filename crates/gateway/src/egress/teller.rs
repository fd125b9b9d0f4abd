//! Tells the road what happened: one thread, in order.
//!
//! A connection waits when too much is to be told already, so that nobody can have a refusal go untold by making noise. The
//! doors themselves wait for nobody.
//!
//! The same thing again within a moment is not told each time but counted, and the count is told when the moment is over.

use super::broker::Broker;
use super::road::Notice;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Most notices that wait to be told.
const WAITING: usize = 512;

/// Most notices of which repetitions are counted.
const MOST: usize = 4096;

/// How often it is looked whether a moment has passed, or everything is over.
const TICK: Duration = Duration::from_millis(100);

/// The same once it is nearly over.
const LAST_TICK: Duration = Duration::from_millis(1);

/// How long notices are gathered before they are told together.
const PAUSE: Duration = Duration::from_millis(5);

/// How long the end waits for connections to notice it: one may be held up by a name server or by a person.
const GRACE: Duration = Duration::from_secs(5);

/// Where notices are handed in.
#[derive(Debug)]
pub(crate) struct Notices {
    sender: SyncSender<Option<Notice>>,
    lost: AtomicU64,
}

/// Where they come out.
#[derive(Debug)]
pub(crate) struct Teller {
    receiver: Receiver<Option<Notice>>,
    repeated: Repeated,
}

pub(crate) fn notices(moment: Duration) -> (Notices, Teller) {
    let (sender, receiver) = sync_channel(WAITING);
    (Notices { sender, lost: AtomicU64::new(0) }, Teller { receiver, repeated: Repeated::new(moment) })
}

impl Notices {
    /// Has something told, for certain: it waits until there is room.
    pub(crate) fn tell(&self, notice: Notice) {
        // Nobody listens any more only when everything is over.
        self.sender.send(Some(notice)).ok();
    }

    /// Has something told if there is room; if not, only how much that was.
    pub(crate) fn mention(&self, notice: Notice) {
        if self.sender.try_send(Some(notice)).is_err() {
            self.lost.fetch_add(1, Relaxed);
        }
    }

    /// Says that the bell rings, so that nobody has to look.
    pub(crate) fn end(&self) {
        // If there is no room, there is no lack of reasons to look either.
        self.sender.try_send(None).ok();
    }
}

impl Teller {
    pub(crate) fn run(self, broker: Arc<Broker>) -> io::Result<JoinHandle<()>> {
        std::thread::Builder::new().name("egress-teller".to_owned()).spawn(move || self.work(&broker))
    }

    fn work(mut self, broker: &Broker) {
        let mut ending: Option<Instant> = None;
        loop {
            match self.receiver.recv_timeout(if ending.is_some() { LAST_TICK } else { TICK }) {
                Ok(notice) => {
                    self.tell_all(broker, notice);
                    if !broker.stop.rings() {
                        // Whoever tells something meanwhile need not wake anybody.
                        std::thread::sleep(PAUSE);
                    }
                }
                Err(RecvTimeoutError::Timeout) if ending.is_some_and(|end| Self::is_over(broker, end)) => break,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if broker.stop.rings() {
                ending = ending.or(Some(Instant::now() + GRACE));
            }
            self.catch_up(broker, Some(Instant::now()));
        }
        self.catch_up(broker, None);
    }

    /// Tells this and what waits behind it.
    fn tell_all(&mut self, broker: &Broker, first: Option<Notice>) {
        if let Some(notice) = first {
            self.tell(broker, &notice);
        }
        for _ in 0..WAITING {
            match self.receiver.try_recv() {
                Ok(Some(notice)) => self.tell(broker, &notice),
                Ok(None) => {}
                Err(_) => break,
            }
        }
    }

    fn is_over(broker: &Broker, end: Instant) -> bool {
        broker.counts.open.load(Relaxed) == 0 || Instant::now() >= end
    }

    fn tell(&mut self, broker: &Broker, notice: &Notice) {
        if self.repeated.is_new(notice, Instant::now()) {
            broker.road.told(notice, 1);
        }
    }

    fn catch_up(&mut self, broker: &Broker, now: Option<Instant>) {
        for (notice, times) in self.repeated.expire(now) {
            broker.road.told(&notice, times);
        }
        match broker.notices.lost.swap(0, Relaxed) {
            0 => {}
            count => broker.road.told(&Notice::Lost, count),
        }
    }
}

/// Counts what is repeated within a moment.
#[derive(Debug)]
struct Repeated {
    moment: Duration,
    known: HashMap<Notice, (Instant, u64)>,
    next: Option<Instant>,
}

impl Repeated {
    fn new(moment: Duration) -> Self {
        Self { moment, known: HashMap::new(), next: None }
    }

    /// Whether this was not told within the last moment. If it was, it is counted.
    fn is_new(&mut self, notice: &Notice, now: Instant) -> bool {
        let key = notice.alike();
        if let Some((_, again)) = self.known.get_mut(&key) {
            *again += 1;
            return false;
        }
        if self.known.len() < MOST && !matches!(notice, Notice::Closed { .. }) {
            let until = now + self.moment;
            self.next = self.next.or(Some(until));
            self.known.insert(key, (until, 0));
        }
        true
    }

    /// Forgets what is older than a moment as of `now`, or everything, and returns what was repeated and how often.
    fn expire(&mut self, now: Option<Instant>) -> Vec<(Notice, u64)> {
        if now.is_some_and(|now| self.next.is_none_or(|next| now < next)) {
            return Vec::new();
        }
        let over = self.known.extract_if(|_, (until, _)| now.is_none_or(|now| *until <= now));
        let repeated = over.filter_map(|(notice, (_, again))| (again > 0).then_some((notice, again))).collect();
        self.next = self.known.values().map(|(until, _)| *until).min();
        repeated
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::egress::Door;

    #[test]
    fn noise_is_lost_before_anything_else_is() {
        let (notices, teller) = notices(Duration::from_secs(3));
        (0..WAITING + 10).for_each(|_| notices.mention(Notice::Crowded { door: Door::Dns }));
        assert_eq!(notices.lost.load(Relaxed), 10);
        let telling = std::thread::spawn(move || notices.tell(notice("certain")));
        let told: Vec<Notice> = teller.receiver.iter().flatten().collect();
        telling.join().unwrap();
        assert_eq!((told.len(), told.last()), (WAITING + 1, Some(&notice("certain"))));
    }

    fn notice(why: &'static str) -> Notice {
        Notice::Malformed { door: Door::Proxy, why }
    }

    #[test]
    fn the_same_again_is_counted_and_told_when_the_moment_is_over() {
        let (mut repeated, start) = (Repeated::new(Duration::from_secs(3)), Instant::now());
        assert!(repeated.is_new(&notice("a"), start));
        assert!(repeated.is_new(&notice("b"), start));
        assert!(!repeated.is_new(&notice("a"), start));
        assert!(!repeated.is_new(&notice("a"), start));
        assert_eq!(repeated.expire(Some(start)), []);
        assert_eq!(repeated.expire(Some(start + Duration::from_secs(3))), [(notice("a"), 2)]);
        assert!(repeated.is_new(&notice("a"), start + Duration::from_secs(3)));
        assert_eq!(repeated.expire(None), []);
    }
}
