//! Stand-ins: which address of 198.18.0.0/15 means which name.
//!
//! That network is set aside for measurements and is nobody's. There are many more names than addresses, so those that
//! were not used for the longest time are given to other names; but none that was used a short while ago, since a program
//! may still hold it. When all are held, new names have to wait: it is a flood, and the other side of it is that memory
//! has a bound.

use portcullis_event::Host;
use std::collections::{BTreeMap, HashMap};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The first stand-in. The addresses below are left to who runs the sandbox.
const FIRST: u32 = Ipv4Addr::new(198, 18, 1, 0).to_bits();

/// Most names at once.
const MOST: usize = 16 << 10;

/// How long a stand-in is kept for its name after it was used.
const KEPT: Duration = Duration::from_mins(5);

/// Whether an address can be a stand-in.
pub(crate) fn is_stand_in(address: Ipv4Addr) -> bool {
    matches!(address.octets(), [198, 18 | 19, _, _])
}

#[derive(Debug, Default)]
pub(crate) struct Names(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    by_name: HashMap<Arc<Host>, usize>,
    places: Vec<Place>,
    /// Places by when they were used last.
    oldest: BTreeMap<u64, usize>,
    /// Counts uses.
    uses: u64,
}

#[derive(Debug)]
struct Place {
    name: Arc<Host>,
    used: Instant,
    use_number: u64,
}

impl Names {
    /// The stand-in for a name; a new one if it has none. `None` if all are in use.
    pub(crate) fn stand_in(&self, name: &Host, now: Instant) -> Option<Ipv4Addr> {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = table.by_name.get(name).copied().or_else(|| table.give(name, now))?;
        table.touch(number, now);
        Some(Ipv4Addr::from_bits(FIRST + u32::try_from(number).ok()?))
    }

    /// The name that a stand-in means.
    pub(crate) fn name_of(&self, address: Ipv4Addr, now: Instant) -> Option<Host> {
        let number = usize::try_from(address.to_bits().checked_sub(FIRST)?).ok()?;
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        table.touch(number, now);
        table.places.get(number).map(|place| Host::clone(&place.name))
    }
}

impl Table {
    /// Gives a place to a name: a new one, or the one that was not used for the longest time.
    fn give(&mut self, name: &Host, now: Instant) -> Option<usize> {
        let name = Arc::new(name.clone());
        let number = if self.places.len() < MOST {
            self.uses += 1;
            self.places.push(Place { name: Arc::clone(&name), used: now, use_number: self.uses });
            self.places.len() - 1
        } else {
            let number = *self.oldest.values().next()?;
            let place = self.places.get_mut(number)?;
            if now.saturating_duration_since(place.used) < KEPT {
                return None;
            }
            self.by_name.remove(&std::mem::replace(&mut place.name, Arc::clone(&name)));
            number
        };
        self.by_name.insert(name, number);
        Some(number)
    }

    fn touch(&mut self, number: usize, now: Instant) {
        let Some(place) = self.places.get_mut(number) else { return };
        self.oldest.remove(&place.use_number);
        self.uses += 1;
        (place.used, place.use_number) = (now, self.uses);
        self.oldest.insert(self.uses, number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn name(number: usize) -> Host {
        Host::parse(&format!("n{number}.example")).unwrap()
    }

    #[test]
    fn a_name_keeps_its_stand_in_and_a_stand_in_its_name() {
        let (names, now) = (Names::default(), Instant::now());
        let first = names.stand_in(&name(1), now).unwrap();
        let second = names.stand_in(&name(2), now).unwrap();
        assert_ne!(first, second);
        assert!(is_stand_in(first) && is_stand_in(second));
        assert_eq!(names.stand_in(&name(1), now), Some(first));
        assert_eq!(names.name_of(second, now), Some(name(2)));
        assert_eq!(names.name_of(Ipv4Addr::new(198, 18, 0, 1), now), None);
        assert_eq!(names.name_of(Ipv4Addr::new(198, 19, 0, 1), now), None);
        assert_eq!(names.name_of(Ipv4Addr::new(8, 8, 8, 8), now), None);
    }

    #[test]
    fn a_flood_of_names_takes_nothing_from_those_in_use_and_has_a_bound() {
        let (names, start) = (Names::default(), Instant::now());
        let kept = names.stand_in(&name(0), start).unwrap();
        let all: HashSet<_> = (0..MOST).filter_map(|number| names.stand_in(&name(number), start)).collect();
        assert_eq!(all.len(), MOST);
        assert!(all.iter().all(|address| is_stand_in(*address)));
        assert_eq!(names.stand_in(&name(MOST), start), None);

        let later = start + KEPT;
        assert_eq!(names.name_of(kept, later), Some(name(0)), "its use is remembered");
        let new = names.stand_in(&name(MOST), later).unwrap();
        assert_eq!(names.name_of(new, later), Some(name(MOST)));
        assert_eq!(names.name_of(kept, later), Some(name(0)));
        let table = names.0.lock().unwrap();
        assert_eq!((table.by_name.len(), table.places.len(), table.oldest.len()), (MOST, MOST, MOST));
    }
}
