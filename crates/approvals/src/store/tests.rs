//! The store, attacked: by those who are in a hurry, and by those who write into the file.

use super::*;
use crate::{ActionHasher, ApprovalsError, End, Vote};
use portcullis_event::{AgentName, ApprovalStep, EventId, Timestamp, UserName};
use std::path::PathBuf;
use std::sync::Barrier;
use std::thread;

const HOUR: Duration = Duration::from_hours(1);
const KEY: [u8; 32] = [7; 32];

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("approvals.db")
    }

    fn store(&self) -> Store {
        Store::open(&self.file(), KEY).unwrap()
    }

    fn raw(&self) -> Connection {
        Connection::open(self.file()).unwrap()
    }
}

fn at(seconds: u64) -> Moment {
    Moment { boot: "boot".to_owned(), since_boot: seconds * 1_000_000, wall: Timestamp::from_micros(0) }
}

fn action(text: &str) -> ActionHash {
    ActionHasher::new("tool").part("input", text).finish()
}

fn request(text: &str) -> Request {
    Request {
        action: action(text),
        event: EventId::from_bytes([1; 16]),
        asked: Timestamp::from_micros(0),
        user: Some(UserName::parse("ada").unwrap()),
        agent: AgentName::parse("codex").unwrap(),
        session: "s-1".to_owned(),
        title: text.to_owned(),
        shown: Vec::new(),
        effects: Vec::new(),
        cwd: None,
        repository: None,
        environment: None,
        kind: "tool".to_owned(),
        reasons: Vec::new(),
        needed: 1,
        roles: vec!["approver".to_owned()],
        capability: None,
    }
}

fn vote() -> Vote {
    let by = UserName::parse("grace").unwrap();
    Vote { by, role: "approver".to_owned(), at: Timestamp::from_micros(0), note: None }
}

/// Asks for something that nobody has asked for yet, or not any more.
fn filed(store: &mut Store, request: Request, now: &Moment) -> Ticket {
    let filed = store.file(request, HOUR, now).unwrap();
    let Filed::New(ticket) = filed else { panic!("{filed:?}") };
    ticket
}

fn granted(store: &mut Store, text: &str, now: &Moment) -> Ticket {
    let ticket = filed(store, request(text), now);
    store.answer(ticket.grant(vote(), now, HOUR).unwrap()).unwrap()
}

#[test]
fn what_was_granted_passes_once_and_nothing_else_does() {
    let place = Place::new();
    let mut store = place.store();
    granted(&mut store, "make release", &at(0));
    for other in ["make release ", "make releasf", ""] {
        assert_eq!(store.claim(&action(other), "PreToolUse", &at(1)).unwrap(), None, "{other}");
    }
    let used = store.claim(&action("make release"), "PreToolUse", &at(1)).unwrap().unwrap();
    assert_eq!(used.state.word(), "used");
    for later in [1, 2, 4000] {
        assert_eq!(store.claim(&action("make release"), "PreToolUse", &at(later)).unwrap(), None);
    }
    filed(&mut store, request("make release"), &at(2));
}

#[test]
fn asking_again_gives_the_same_ticket_and_no_more_than_a_few_wait() {
    let place = Place::new();
    let mut store = place.store();
    let first = filed(&mut store, request("0"), &at(0));
    assert_eq!(store.file(request("0"), HOUR, &at(1)).unwrap(), Filed::Waits(first));
    for number in 1..MOST_WAITING {
        filed(&mut store, request(&number.to_string()), &at(0));
    }
    assert_eq!(store.file(request("more"), HOUR, &at(1)).unwrap(), Filed::TooMany(MOST_WAITING));
    let other = Request { session: "s-2".to_owned(), ..request("more") };
    filed(&mut store, other, &at(1));
    // The others ran out.
    filed(&mut store, request("yet more"), &at(3600));
}

#[test]
fn a_no_is_told_to_whoever_asks_the_same_again() {
    let place = Place::new();
    let mut store = place.store();
    let ticket = filed(&mut store, request("x"), &at(0));
    store.answer(ticket.refuse(vote(), &at(1)).unwrap()).unwrap();
    assert!(matches!(store.file(request("x"), HOUR, &at(2)).unwrap(), Filed::Refused(_)));
    assert_eq!(store.claim(&action("x"), "PreToolUse", &at(2)).unwrap(), None);
    filed(&mut store, request("x"), &at(3601));
}

#[test]
fn a_yes_runs_out_and_no_clock_revives_it() {
    let place = Place::new();
    let mut store = place.store();
    granted(&mut store, "x", &at(10));
    let elsewhere = Moment { boot: "another".to_owned(), ..at(20) };
    for now in [at(3610), at(9), elsewhere] {
        assert_eq!(store.claim(&action("x"), "PreToolUse", &now).unwrap(), None, "{now:?}");
    }
    let gone = store.run_out(&at(3610)).unwrap();
    assert_eq!(gone.iter().map(|ticket| ticket.state.word()).collect::<Vec<_>>(), ["expired"]);
    assert_eq!(gone[0].notice(ApprovalStep::Expired).step, ApprovalStep::Expired);
    assert_eq!(store.run_out(&at(3611)).unwrap(), []);
    assert_eq!(store.claim(&action("x"), "PreToolUse", &at(20)).unwrap(), None, "it was written down as over");
}

#[test]
fn of_many_that_use_the_same_yes_at_once_one_passes() {
    let place = Place::new();
    for round in 0..8_u8 {
        let text = round.to_string();
        granted(&mut place.store(), &text, &at(0));
        let barrier = Barrier::new(8);
        let one = || {
            let mut store = place.store();
            barrier.wait();
            store.claim(&action(&text), "PreToolUse", &at(1)).unwrap().is_some()
        };
        let passed = thread::scope(|scope| {
            let all: Vec<_> = (0..8).map(|_| scope.spawn(one)).collect();
            all.into_iter().map(|it| it.join().unwrap()).filter(|it| *it).count()
        });
        assert_eq!(passed, 1);
    }
}

#[test]
fn two_answers_at_once_are_one_answer() {
    let place = Place::new();
    let mut store = place.store();
    let ticket = filed(&mut store, request("x"), &at(0));
    let (yes, no) = (ticket.clone().grant(vote(), &at(1), HOUR).unwrap(), ticket.refuse(vote(), &at(1)).unwrap());
    assert_eq!(store.answer(no).unwrap().state.word(), "refused");
    assert!(matches!(store.answer(yes), Err(ApprovalsError::Changed(_))));
}

#[test]
fn a_row_that_was_written_without_the_key_counts_for_nothing() {
    let place = Place::new();
    let mut store = place.store();
    let ticket = filed(&mut store, request("x"), &at(0));
    let granted = granted(&mut store, "y", &at(0));
    let raw = place.raw();
    let state = serde_json::to_string(&granted.state).unwrap();
    let attacks: [(&str, &[&dyn rusqlite::ToSql]); 5] = [
        // The yes of another ticket, with and without its seal.
        ("UPDATE ticket SET stage = 'granted', state = ?2 WHERE id = ?1", &[&ticket.id.to_string(), &state]),
        (
            "UPDATE ticket SET stage = 'granted', state = ?2, seal = (SELECT seal FROM ticket WHERE id = ?3) WHERE id = ?1",
            &[&ticket.id.to_string(), &state, &granted.id.to_string()],
        ),
        // The action of another ticket.
        ("UPDATE ticket SET action = ?2 WHERE id = ?1", &[&granted.id.to_string(), &action("x").to_string()]),
        ("UPDATE ticket SET seal = ?2 WHERE id = ?1", &[&granted.id.to_string(), &vec![0_u8; 32]]),
        ("UPDATE ticket SET revision = 99 WHERE id = ?1", &[&granted.id.to_string()]),
    ];
    for (sql, parameters) in attacks {
        raw.execute("SAVEPOINT attack", []).unwrap();
        assert_eq!(raw.execute(sql, parameters).unwrap(), 1, "{sql}");
        raw.execute("RELEASE attack", []).unwrap();
        assert_eq!(store.claim(&action("x"), "PreToolUse", &at(1)).unwrap(), None, "{sql}");
    }
    assert_eq!(store.claim(&action("y"), "PreToolUse", &at(1)).unwrap(), None, "what was changed is lost, not granted");
    assert!(matches!(store.ticket(granted.id, &at(1)), Err(ApprovalsError::Forged(_))));
    assert_eq!(store.open_ones(&at(1)).unwrap(), []);
}

#[test]
fn another_key_finds_nothing() {
    let place = Place::new();
    granted(&mut place.store(), "x", &at(0));
    let mut other = Store::open(&place.file(), [8; 32]).unwrap();
    assert_eq!(other.claim(&action("x"), "PreToolUse", &at(1)).unwrap(), None);
    assert_eq!(other.open_ones(&at(1)).unwrap(), []);
}

#[test]
fn the_file_is_for_its_owner_alone_and_links_are_not_followed() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    granted(&mut place.store(), "x", &at(0));
    for entry in std::fs::read_dir(place.0.path()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0, "{}", path.display());
    }
    std::fs::set_permissions(place.file(), std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(Store::open(&place.file(), KEY), Err(ApprovalsError::Open { .. })));
    let link = place.0.path().join("link.db");
    std::os::unix::fs::symlink(place.file(), &link).unwrap();
    assert!(matches!(Store::open(&link, KEY), Err(ApprovalsError::Open { .. })));
}

#[test]
fn a_file_that_is_something_else_is_refused_and_left_alone() {
    let place = Place::new();
    let bytes = b"this is a diary and no database, and it is long enough to be taken for one".repeat(20);
    std::fs::write(place.file(), &bytes).unwrap();
    std::fs::set_permissions(place.file(), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    assert!(Store::open(&place.file(), KEY).is_err());
    assert_eq!(std::fs::read(place.file()).unwrap(), bytes);
    std::fs::remove_file(place.file()).unwrap();
    drop(place.store());
    place.raw().pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(Store::open(&place.file(), KEY), Err(ApprovalsError::Foreign { .. })));
}

/// Puts tickets there as the store would, in one go: every other one is over.
fn fill(store: &mut Store, count: u64) {
    let transaction = store.connection.transaction().unwrap();
    for number in 1..=count {
        let session = format!("s-{}", number / 8);
        let state = State::requested(NonZeroU32::MIN, Window::starting(&at(0), HOUR));
        let request = Request { session, ..request(&number.to_string()) };
        let ticket = Ticket { id: free_id(&transaction).unwrap(), revision: number, request, state };
        let ticket = if number % 2 == 0 { ticket.refuse(vote(), &at(0)).unwrap().ticket } else { ticket };
        Row::sealed(&ticket, &store.key).unwrap().insert(&transaction).unwrap();
    }
    transaction.commit().unwrap();
}

#[test]
fn ten_thousand_tickets_are_answered_like_one_and_old_ones_are_forgotten() {
    let place = Place::new();
    let mut store = place.store();
    fill(&mut store, 10_000);
    assert_eq!(store.open_ones(&at(1)).unwrap().len(), 5000);
    let more = granted(&mut store, "the last one", &at(1));
    assert_eq!(store.since(more.revision - 1, &at(1)).unwrap(), [more]);
    assert!(store.claim(&action("the last one"), "PreToolUse", &at(2)).unwrap().is_some());
    assert_eq!(store.run_out(&at(4000)).unwrap().len(), 5000);
    for number in 0..FORGET_EVERY {
        filed(&mut store, Request { session: number.to_string(), ..request(&format!("new {number}")) }, &at(4000));
    }
    let kept: i64 = place.raw().query_row("SELECT count(*) FROM ticket", [], |row| row.get(0)).unwrap();
    assert!(kept <= i64::try_from(MOST_KEPT + 2 * FORGET_EVERY).unwrap(), "{kept}");
}

#[test]
fn more_than_anybody_could_read_is_not_filed() {
    let place = Place::new();
    let mut store = place.store();
    fill(&mut store, MOST_OPEN * 2);
    let another = Request { session: "s-new".to_owned(), ..request("one more") };
    assert_eq!(store.file(another, HOUR, &at(1)).unwrap(), Filed::TooMany(0));
}

#[test]
fn two_people_are_two_names() {
    let place = Place::new();
    let mut store = place.store();
    let ticket = filed(&mut store, Request { needed: 2, ..request("x") }, &at(0));
    let half = store.answer(ticket.grant(vote(), &at(1), HOUR).unwrap()).unwrap();
    assert_eq!(store.claim(&action("x"), "PreToolUse", &at(2)).unwrap(), None);
    assert!(matches!(half.clone().grant(vote(), &at(2), HOUR), Err(ApprovalsError::NotCounted(_))));
    let other = Vote { by: UserName::parse("alan").unwrap(), ..vote() };
    let answered = half.grant(other, &at(2), HOUR).unwrap();
    let notice = answered.notice();
    assert_eq!((notice.step, notice.role.as_deref()), (ApprovalStep::Granted, Some("approver")));
    store.answer(answered).unwrap();
    let used = store.claim(&action("x"), "PreToolUse", &at(3)).unwrap().unwrap();
    assert!(matches!(used.state, State::Closed(closed) if closed.end == End::Used && closed.votes.len() == 2));
}

fn alike(text: &str) -> Request {
    let scope = ActionHasher::new("capability").part("program", "make").finish();
    let capability = Some(crate::Capability { scope, label: "make".to_owned() });
    Request { capability, ..request(text) }
}

/// A yes to all that are alike, so often.
fn all_alike(store: &mut Store, text: &str, uses: u32) -> ActionHash {
    let request = alike(text);
    let scope = request.capability.as_ref().unwrap().scope;
    let ticket = filed(store, request, &at(0));
    let answered = ticket.grant(vote(), &at(0), HOUR).unwrap();
    let answered = answered.and_all_alike(NonZeroU32::new(uses).unwrap(), &at(0), HOUR).unwrap();
    assert_eq!(answered.notice().rest["uses"], uses.min(crate::MOST_USES));
    store.answer(answered).unwrap();
    scope
}

#[test]
fn a_yes_to_all_that_are_alike_is_used_up_runs_out_and_is_taken_back() {
    let place = Place::new();
    let mut store = place.store();
    let scope = all_alike(&mut store, "x", 2);
    let left: Vec<Option<u32>> =
        (0..4).map(|_| store.claim_like(&scope, &at(1)).unwrap().map(|it| it.left())).collect();
    assert_eq!(left, [Some(2), Some(1), None, None]);
    assert!(store.claim(&action("x"), "PreToolUse", &at(1)).unwrap().is_some(), "its own call passes as well");

    all_alike(&mut store, "y", 1000);
    assert_eq!(store.allowances(&at(1)).unwrap()[0].left(), crate::MOST_USES);
    assert_eq!(store.claim_like(&action("y"), &at(1)).unwrap(), None, "another scope");
    assert_eq!(store.claim_like(&scope, &at(3600)).unwrap(), None);
    assert_eq!(store.allowances(&at(3600)).unwrap(), []);
    let id = store.allowances(&at(1)).unwrap()[0].ticket;
    assert!(store.revoke_like(id).unwrap() && !store.revoke_like(id).unwrap());
    assert_eq!(store.claim_like(&scope, &at(1)).unwrap(), None);
}

#[test]
fn what_is_like_nothing_or_needs_more_people_is_granted_alone() {
    let place = Place::new();
    let mut store = place.store();
    let uses = NonZeroU32::new(5).unwrap();
    let alone = filed(&mut store, request("x"), &at(0)).grant(vote(), &at(0), HOUR).unwrap();
    assert_eq!(alone.and_all_alike(uses, &at(0), HOUR), None);
    let two = filed(&mut store, Request { needed: 2, ..alike("y") }, &at(0));
    assert_eq!(two.grant(vote(), &at(0), HOUR).unwrap().and_all_alike(uses, &at(0), HOUR), None);
    let no = filed(&mut store, alike("z"), &at(0)).refuse(vote(), &at(0)).unwrap();
    assert_eq!(no.and_all_alike(uses, &at(0), HOUR), None);
}

#[test]
fn an_allowance_that_was_written_without_the_key_counts_for_nothing() {
    let place = Place::new();
    let mut store = place.store();
    let scope = all_alike(&mut store, "x", 2);
    let raw = place.raw();
    let more = |from: &str, to: &str| {
        raw.execute("UPDATE allowance SET body = replace(body, ?1, ?2)", [from, to]).unwrap();
    };
    more("\"left\":2", "\"left\":99");
    assert_eq!(store.claim_like(&scope, &at(1)).unwrap(), None);
    more("\"left\":99", "\"left\":2");
    raw.execute("UPDATE allowance SET scope = ?1", [action("z").to_string()]).unwrap();
    assert_eq!(store.claim_like(&action("z"), &at(1)).unwrap(), None, "the column alone says nothing");
    raw.execute("UPDATE allowance SET scope = ?1", [scope.to_string()]).unwrap();
    assert!(store.claim_like(&scope, &at(1)).unwrap().is_some());
}

#[test]
fn what_a_session_asked_for_ends_with_it() {
    let place = Place::new();
    let mut store = place.store();
    filed(&mut store, request("x"), &at(0));
    granted(&mut store, "y", &at(0));
    let other = filed(&mut store, Request { session: "s-2".to_owned(), ..request("z") }, &at(0));
    assert_eq!(store.end("s-1").unwrap().len(), 2);
    assert_eq!(store.end("s-1").unwrap(), []);
    assert_eq!(store.claim(&action("y"), "PreToolUse", &at(1)).unwrap(), None);
    assert_eq!(store.open_ones(&at(1)).unwrap(), [other]);
}
