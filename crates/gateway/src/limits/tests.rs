use super::*;

/// Books whose clock is set by hand, and that remember what was written.
#[derive(Debug, Default)]
struct Notes(Mutex<(u64, Vec<Spent>, bool)>);

impl Notes {
    fn set_clock(&self, now: u64) {
        self.0.lock().unwrap().0 = now;
    }

    fn written(&self) -> Vec<Spent> {
        self.0.lock().unwrap().1.clone()
    }
}

impl Books for Notes {
    fn now(&self) -> u64 {
        self.0.lock().unwrap().0
    }

    fn keep(&self, spent: &[Spent], _: u64) -> io::Result<()> {
        let mut notes = self.0.lock().unwrap();
        if notes.2 {
            return Err(io::Error::other("the disk is full"));
        }
        notes.1 = spent.to_vec();
        Ok(())
    }
}

const DAY: u64 = 86_400;

fn limit(name: &str) -> Limit {
    Limit {
        name: name.to_owned(),
        models: Vec::new(),
        keys: Vec::new(),
        each: Each::All,
        requests: None,
        calls: None,
        tokens: None,
        cost: None,
    }
}

fn tokens(amount: u64) -> Limit {
    Limit { tokens: Some(Budget { amount, period: DAY }), ..limit("tokens") }
}

fn money(microdollars: u64) -> Limit {
    Limit { cost: Some(Budget { amount: microdollars, period: DAY }), ..limit("money") }
}

fn with(limits: Vec<Limit>, kept: Kept) -> (Arc<Limits>, Arc<Notes>) {
    let notes = Arc::new(Notes::default());
    notes.set_clock(10 * DAY);
    let prices = vec![Price {
        models: vec![Pattern::parse("a/*").unwrap()],
        input: 1_000_000,
        output: 2_000_000,
        cached: 0,
        written: 0,
    }];
    (Arc::new(Limits::new(limits, prices, Arc::clone(&notes) as _, kept)), notes)
}

fn fresh(limits: Vec<Limit>) -> (Arc<Limits>, Arc<Notes>) {
    with(limits, Kept::Known(Vec::new(), 0))
}

fn subject(key: &str, model: &str) -> Subject {
    Subject { key: Some(key.to_owned()), model: model.to_owned(), address: "127.0.0.1".to_owned() }
}

fn some(input: u64, output: u64) -> Tokens {
    Tokens { input, output, ..Tokens::default() }
}

fn begin(limits: &Arc<Limits>, estimate: u64) -> Result<Held, Over> {
    limits.begin(&subject("ci", "a/big"), Some(some(estimate, 0)))
}

#[test]
fn many_at_once_do_not_overspend_and_what_was_not_needed_comes_back() {
    let (limits, notes) = fresh(vec![tokens(100)]);
    let mut all: Vec<Held> = (0..4).map(|_| begin(&limits, 25).unwrap()).collect();
    let over = begin(&limits, 1).unwrap_err();
    assert_eq!((over.status, over.wait), (429, Some(Duration::from_secs(DAY))));
    assert_eq!(notes.written()[0].amount, 100);
    all.pop().unwrap().settle(some(2, 3));
    assert_eq!(notes.written()[0].amount, 80);
    // Never sent: nothing. Sent and forgotten: all of it.
    drop(all.pop());
    let mut sent = all.pop().unwrap();
    sent.leaves();
    drop(sent);
    all.pop().unwrap().settle_unknown(some(40, 0));
    assert_eq!(notes.written()[0].amount, 5 + 25 + 40);
    assert!(begin(&limits, 31).is_err() && begin(&limits, 30).is_ok());
}

#[test]
fn what_was_written_down_counts_after_a_start_and_a_clock_that_is_set_back_opens_nothing() {
    let (limits, notes) = fresh(vec![tokens(100)]);
    begin(&limits, 70).unwrap().settle(some(70, 0));
    let kept = || Kept::Known(notes.written(), 10 * DAY);
    let (again, clock) = with(vec![tokens(100)], kept());
    assert!(begin(&again, 31).is_err());
    clock.set_clock(9 * DAY);
    assert!(begin(&again, 31).is_err());
    let (after, clock) = with(vec![tokens(100)], kept());
    clock.set_clock(DAY);
    assert!(begin(&after, 31).is_err());
    clock.set_clock(11 * DAY);
    assert!(begin(&after, 100).is_ok());
}

#[test]
fn what_nobody_can_tell_counts_as_spent_until_the_next_day_and_is_not_written_over() {
    let (limits, notes) = with(vec![tokens(100)], Kept::Damaged);
    let over = begin(&limits, 1).unwrap_err();
    assert!(over.words.contains("nobody can tell"), "{}", over.words);
    assert!(notes.written().is_empty());
    notes.set_clock(11 * DAY);
    assert!(begin(&limits, 1).is_ok());
}

#[test]
fn what_can_not_be_written_down_does_not_leave() {
    let (limits, notes) = fresh(vec![tokens(100)]);
    notes.0.lock().unwrap().2 = true;
    assert_eq!(begin(&limits, 1).unwrap_err().status, 503);
    notes.0.lock().unwrap().2 = false;
    assert!(begin(&limits, 100).is_ok());
}

#[test]
fn a_model_without_a_price_is_not_asked_under_a_budget_of_money() {
    let (limits, notes) = fresh(vec![money(50)]);
    let over = limits.begin(&subject("ci", "b/other"), Some(some(1, 1))).unwrap_err();
    assert!(over.status == 403 && over.words.contains("models = [\"b/other\"]"), "{}", over.words);
    // 10 in and 20 out at one and two dollars for a million are 50 millionths of a dollar.
    let held = limits.begin(&subject("ci", "A/Big"), Some(some(10, 20))).unwrap();
    assert_eq!(held.cost(some(10, 20)), Some(50));
    assert!(begin(&limits, 1).is_err());
    held.settle(Tokens { input: 10, cached: 10, written: 0, output: 5 });
    assert_eq!(notes.written()[0].amount, 10 * price::UNITS);
    // What costs nothing is not asked about.
    assert!(limits.begin(&subject("ci", "b/other"), None).is_ok());
}

#[test]
fn a_request_that_one_rule_refuses_is_counted_by_none() {
    let rate = |count| Some(Rate::new(count, Duration::from_hours(1), count));
    let first = Limit { requests: rate(3), ..limit("first") };
    let second = Limit { requests: rate(1), each: Each::Model, ..limit("second") };
    let (limits, _) = fresh(vec![first, second]);
    let ask = |model: &str| limits.begin(&subject("ci", model), None);
    assert!(ask("a/one").is_ok());
    let over = ask("A/ONE").unwrap_err();
    assert!(over.words.contains("`second`") && over.wait.is_some_and(|wait| wait > Duration::from_secs(3500)));
    assert!(ask("a/two").is_ok() && ask("a/three").is_ok());
    assert!(ask("a/four").unwrap_err().words.contains("`first`"));
}

#[test]
fn each_key_is_counted_apart_and_whoever_shows_none_together() {
    let rule = Limit { calls: Some(Rate::new(1, Duration::from_hours(1), 1)), each: Each::Key, ..limit("calls") };
    let (limits, _) = fresh(vec![rule]);
    let none = Subject { key: None, ..subject("", "a/b") };
    assert!(limits.call(&subject("one", "a/b")).is_ok() && limits.call(&subject("two", "a/b")).is_ok());
    assert!(limits.call(&subject("one", "a/b")).is_err());
    assert!(limits.call(&none).is_ok() && limits.call(&none).unwrap_err().words.contains("shows no key"));
}

#[test]
fn thousands_of_models_that_nobody_has_leave_no_trace_but_one() {
    let (limits, notes) = fresh(vec![Limit { each: Each::Model, ..tokens(1000) }]);
    for number in 0..2_000 {
        begin_of(&limits, &format!("a/made-up-{number}"), 1).unwrap().settle(some(0, 0));
    }
    assert!(notes.written().is_empty());
    for number in 0..2_000 {
        // Those that find no place share one.
        if let Ok(held) = begin_of(&limits, &format!("a/real-{number}"), 1) {
            held.settle(some(2, 0));
        }
    }
    assert!(notes.written().len() <= 1025, "{}", notes.written().len());
    assert!(begin_of(&limits, "a/real-100000", 1).is_err());
}

fn begin_of(limits: &Arc<Limits>, model: &str, estimate: u64) -> Result<Held, Over> {
    limits.begin(&subject("ci", model), Some(some(estimate, 0)))
}

#[test]
fn other_rules_go_on_from_what_those_of_the_same_name_have_counted() {
    let (limits, notes) = fresh(vec![tokens(100)]);
    let held = begin(&limits, 60).unwrap();
    // The same name with more, one that is new, and then none at all.
    let other = Limit { each: Each::All, ..Limit { name: "other".to_owned(), ..tokens(1000) } };
    limits.change(vec![other, tokens(150)], Vec::new(), None);
    assert!(begin(&limits, 91).is_err() && begin(&limits, 90).is_ok());
    limits.change(Vec::new(), Vec::new(), None);
    assert!(begin(&limits, 1_000_000).is_ok());
    held.settle(some(70, 0));
    limits.change(vec![tokens(100)], Vec::new(), None);
    assert!(begin(&limits, 31).is_err() && begin(&limits, 30).is_ok());
    assert_eq!(notes.written()[0].amount, 70);
}

#[test]
fn a_budget_that_is_made_for_another_stretch_of_time_is_not_stuck_in_the_old_one() {
    let hourly = |period| Limit { tokens: Some(Budget { amount: 100, period }), ..limit("tokens") };
    let (limits, notes) = fresh(vec![hourly(3600)]);
    notes.set_clock(10 * DAY + 13 * 3600);
    begin(&limits, 100).unwrap().settle(some(100, 0));
    limits.change(vec![hourly(DAY)], Vec::new(), None);
    assert!(begin(&limits, 1).is_err());
    notes.set_clock(11 * DAY);
    assert!(begin(&limits, 100).is_ok());
}
