//! What a server offers, ruled about: what is approved passes, what is new is a matter of policy, what changed one of a person.

use super::offers::{Beside, Offered};
use super::pins::{By, Pins};
use super::road::{ServerRoad, config, digits, locked};
use crate::commands::hook::words;
use portcullis_approvals::Shown;
use portcullis_event::{ConfigOp, Coverage, Enforcement, Finding, Recorded};
use portcullis_gateway::mcp::{Offer, Standing};

/// More than this is not shown to a person at once.
const LONGEST_SHOWN: usize = 48 << 10;

impl ServerRoad {
    /// Whether something new may be used, as policy has it.
    fn first_use(&self, offer: &Offered, findings: Vec<Finding>) -> Recorded {
        let mut config = config(ConfigOp::Load, "mcp-offer", &offer.called(&self.server));
        config.hash = Some(digits(&offer.hash));
        self.gate.pass_inspected(self.event(config), findings, Coverage::default())
    }

    /// How each offer stands. What only a person may let through is left for later.
    pub(super) fn standings(
        &self,
        offers: &[Offer<'_>],
        pins: &mut Pins,
    ) -> (Vec<Option<Standing>>, Vec<(usize, Offered)>) {
        let (mut standings, mut waiting) = (Vec::new(), Vec::new());
        for (at, offer) in offers.iter().enumerate() {
            let Some(offered) = Offered::read(offer) else {
                standings.push(Some(Standing::Blocked("Portcullis: its definition can't be read".to_owned())));
                continue;
            };
            let standing = match offered.beside(pins, self.locked.as_ref()) {
                Beside::Same => Some(Standing::Approved),
                Beside::New => self.new_one(&offered, pins),
                Beside::Changed => {
                    let mut config = config(ConfigOp::Drift, "mcp-offer", &offered.called(&self.server));
                    config.hash = Some(digits(&offered.hash));
                    drop(self.gate.pass(self.event(config)).enforce());
                    None
                }
            };
            if standing == Some(Standing::Approved) {
                locked(&self.definitions).insert(offered.name.clone(), digits(&offered.hash));
            }
            if standing.is_none() {
                waiting.push((at, offered));
            }
            standings.push(standing);
        }
        (standings, waiting)
    }

    fn new_one(&self, offered: &Offered, pins: &mut Pins) -> Option<Standing> {
        let Some(scanner) = self.scanner() else {
            return Some(Standing::Blocked("Portcullis: nobody can look into it".to_owned()));
        };
        let enforcement = self.first_use(offered, offered.findings(scanner)).enforce();
        match &enforcement {
            Enforcement::Allow(_) | Enforcement::AllowWithChanges(..) => {
                pins.offers.insert(offered.key.clone(), offered.pinned(By::FirstUse));
                Some(Standing::Approved)
            }
            Enforcement::Ask(..) => None,
            Enforcement::Deny(_) => Some(Standing::Blocked(words::stopping(&enforcement).unwrap_or_default())),
        }
    }

    /// Asks a person about what waits, as much together as they can be shown at once.
    pub(super) fn ask_about(
        &self,
        mut waiting: Vec<(usize, Offered)>,
        pins: &mut Pins,
        standings: &mut [Option<Standing>],
    ) {
        while !waiting.is_empty() {
            let mut length = 0;
            let fit = waiting.iter().take_while(|(_, offered)| {
                length += offered.difference(pins).len();
                length <= LONGEST_SHOWN
            });
            let rest = waiting.split_off(fit.count().max(1));
            let shown = waiting
                .iter()
                .map(|(_, offered)| Shown { name: offered.described(&self.server), text: offered.difference(pins) });
            let config = config(ConfigOp::Change, "mcp-offers", &self.server);
            let answer = self.asks_a_person(config, "offers what nobody has approved", &shown.collect::<Vec<_>>());
            for (at, offered) in std::mem::replace(&mut waiting, rest) {
                let standing = match &answer {
                    Ok(()) => {
                        pins.offers.insert(offered.key.clone(), offered.pinned(By::Person));
                        locked(&self.definitions).insert(offered.name.clone(), digits(&offered.hash));
                        Standing::Approved
                    }
                    Err(words) => Standing::Blocked(words.clone()),
                };
                if let Some(place) = standings.get_mut(at) {
                    *place = Some(standing);
                }
            }
        }
    }
}
