//! Every way that a ticket can go, and some that it can't.

use super::*;
use proptest::prelude::*;

const HOUR: Duration = Duration::from_hours(1);

fn at(micros: u64) -> Moment {
    Moment { boot: "boot".to_owned(), since_boot: micros, wall: Timestamp::from_micros(0) }
}

fn vote(by: &str) -> Vote {
    let by = UserName::parse(by).unwrap();
    Vote { by, role: "approver".to_owned(), at: Timestamp::from_micros(0), note: None }
}

fn requested(needed: u32) -> State {
    State::requested(NonZeroU32::new(needed).unwrap(), Window::starting(&at(0), HOUR))
}

fn waiting(state: State) -> Waiting {
    let State::Waiting(waiting) = state else { panic!("it is {}", state.word()) };
    waiting
}

#[test]
fn one_person_is_one_voice() {
    let state = waiting(requested(2)).grant(vote("ada"), &at(1), HOUR).unwrap();
    let still = waiting(state);
    assert_eq!(still.missing(), 1);
    assert_eq!(still.clone().grant(vote("ada"), &at(2), HOUR), Err(NotCounted::Twice));
    assert_eq!(still.grant(vote("grace"), &at(2), HOUR).unwrap().word(), "granted");
}

#[test]
fn a_no_is_enough_whoever_said_yes_before() {
    let state = waiting(requested(2)).grant(vote("ada"), &at(1), HOUR).unwrap();
    let closed = waiting(state).refuse(vote("grace"));
    assert_eq!((closed.end, closed.votes.len()), (End::Refused, 1));
    assert!(closed.is_told(&at(3)));
}

#[test]
fn a_use_passes_each_hook_event_of_one_call_once() {
    let State::Granted(granted) = waiting(requested(1)).grant(vote("ada"), &at(1), HOUR).unwrap() else { panic!() };
    let used = granted.used("preToolUse", &at(2));
    assert_eq!(used.clone().passes_again("preToolUse", &at(3)), None);
    let again = used.clone().passes_again("permissionRequest", &at(3)).unwrap();
    assert_eq!(again.passes_again("permissionRequest", &at(4)), None);
    let late = at(2 + u64::try_from(ONE_CALL.as_micros()).unwrap());
    assert_eq!(used.passes_again("permissionRequest", &late), None);
}

/// What is tried on a ticket.
#[derive(Debug, Clone)]
enum Try {
    Grant(u8),
    Refuse(u8),
    Use,
    Revoke(u8),
    Wait(u64),
    TurnBack(u64),
    Restart,
}

fn any_try() -> impl Strategy<Value = Try> {
    prop_oneof![
        (0..4_u8).prop_map(Try::Grant),
        (0..4_u8).prop_map(Try::Refuse),
        Just(Try::Use),
        (0..4_u8).prop_map(Try::Revoke),
        (0..4_000_000_000_u64).prop_map(Try::Wait),
        (0..4_000_000_000_u64).prop_map(Try::TurnBack),
        Just(Try::Restart),
    ]
}

fn tried(state: State, what: &Try, now: &mut Moment) -> State {
    let person = |number: &u8| vote(["ada", "grace", "alan", "edsger"][usize::from(*number)]);
    match what {
        Try::Wait(micros) => now.since_boot += micros,
        Try::TurnBack(micros) => now.since_boot = now.since_boot.saturating_sub(*micros),
        Try::Restart => now.boot.push('+'),
        Try::Grant(_) | Try::Refuse(_) | Try::Use | Try::Revoke(_) => {}
    }
    match (state.at(now), what) {
        (State::Waiting(it), Try::Grant(by)) => it.clone().grant(person(by), now, HOUR).unwrap_or(State::Waiting(it)),
        (State::Waiting(it), Try::Refuse(by)) => State::Closed(it.refuse(person(by))),
        (State::Waiting(it), Try::Revoke(by)) => State::Closed(it.revoke(person(by))),
        (State::Granted(it), Try::Use) => State::Closed(it.used("PreToolUse", now)),
        (State::Granted(it), Try::Revoke(by)) => State::Closed(it.revoke(person(by))),
        (state, _) => state,
    }
}

proptest! {
    #[test]
    fn nothing_is_used_without_enough_different_people_and_nothing_that_is_over_comes_back(
        needed in 1..4_u32,
        tries in prop::collection::vec(any_try(), 0..40),
    ) {
        let (mut state, mut now, mut uses) = (requested(needed), at(0), 0);
        for what in &tries {
            let before = state.clone();
            state = tried(state, what, &mut now);
            if let State::Closed(closed) = &before {
                prop_assert_eq!(&state, &State::Closed(closed.clone()), "what is over stays as it is");
            } else if matches!(&state, State::Closed(closed) if closed.end == End::Used) {
                uses += 1;
                prop_assert!(matches!(before, State::Granted(_)), "only a yes is used");
            }
            if matches!(&state, State::Granted(_)) || uses > 0 {
                let mut people: Vec<&UserName> = state.votes().iter().map(|vote| &vote.by).collect();
                people.sort();
                people.dedup();
                prop_assert!(people.len() >= needed as usize);
            }
            prop_assert!(uses <= 1);
        }
    }

    #[test]
    fn it_reads_back_as_it_is_written(needed in 1..4_u32, tries in prop::collection::vec(any_try(), 0..10)) {
        let mut now = at(0);
        let state = tries.iter().fold(requested(needed), |state, what| tried(state, what, &mut now));
        let text = serde_json::to_string(&state).unwrap();
        prop_assert_eq!(serde_json::from_str::<State>(&text).unwrap(), state);
    }
}
