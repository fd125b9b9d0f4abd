//! Whatever is asked, the index answers as a loop over all records would.

use crate::plain::{Log, all_pages, built, expected, expected_bars, folder};
use portcullis_event::{
    AbsPath, Actor, Agent, AgentName, Confidence, Decision, Event, EventId, Facets, File, FileOp, Finding, FindingKind,
    FindingNotice, Host, Incident, IncidentStep, KINDS, Llm, LlmOp, Mode, ModelId, Net, NetOp, Note, Process,
    ProcessOp, Record, Redaction, Rest, RuleId, SCHEMA_VERSION, SessionId, Severity, Timestamp, Tool, ToolName, ToolOp,
    TraceId, UserName, Verdict,
};
use portcullis_event::{Body, Coverage};
use portcullis_ledger::index::{Index, Query, Split, Width};
use portcullis_testkit::records::{any_record, any_severity, any_verdict, sample};
use portcullis_testkit::text::any_text;
use proptest::prelude::*;
use proptest::sample::select;

const PATHS: &[&str] = &["/", "/srv", "/srv/app", "/srv/app/main.rs", "/srv/apple/main.rs", "/home/ann/a b"];
const HOSTS: &[&str] = &["github.com", "api.github.com", "evilgithub.com", "com", "10.0.0.1", "0.0.1.example", "::1"];
const NAMES: &[&str] = &["ann", "bob", "Ann"];
const TEXTS: &[&str] = &["cargo test", "Cargo build --release", "git push", "car", "été \"quoted\"", "", "main"];
const ASKED: &[&str] =
    &["cargo", "car*", "CARGO build", "main rs", "git* push", "\"", "OR", "*", "été", "c* t*", "zebra"];

/// A few hours around a change of the day, so that many records share a minute.
fn any_time() -> impl Strategy<Value = i64> + Clone {
    prop_oneof![0..4_i64, 0..300_i64, -20_000..20_000_i64]
        .prop_map(|seconds| 1_790_035_200_000_000 + seconds * 1_000_000)
}

fn path() -> impl Strategy<Value = AbsPath> {
    select(PATHS).prop_map(|path| AbsPath::parse(path).unwrap())
}

fn host() -> impl Strategy<Value = Host> {
    select(HOSTS).prop_map(|host| Host::parse(host).unwrap())
}

fn text() -> impl Strategy<Value = String> {
    select(TEXTS).prop_map(str::to_owned)
}

fn body() -> impl Strategy<Value = Body> {
    let file = (select(&[FileOp::Read, FileOp::Write][..]), path()).prop_map(|(op, path)| File::new(op, path).into());
    let net = host().prop_map(|host| Net::new(NetOp::Request, host).into());
    let note = text().prop_map(|text| Note::new(text).into());
    let process = text().prop_map(|text| {
        let argv = text.split(' ').map(str::to_owned).collect();
        Process { argv, ..Process::new(ProcessOp::Start) }.into()
    });
    let tool = (select(NAMES), prop::collection::vec(path(), 0..3), prop::collection::vec(host(), 0..2)).prop_map(
        |(name, paths, hosts)| Tool { paths, hosts, ..Tool::new(ToolOp::Call, ToolName::parse(name).unwrap()) }.into(),
    );
    let llm = select(NAMES).prop_map(|rule| {
        let redactions = vec![Redaction { rule: rule.to_owned(), count: 1, rest: Rest::new() }];
        Llm { redactions, ..Llm::new(LlmOp::Request, "local", ModelId::parse("m").unwrap()) }.into()
    });
    let notice = finding().prop_map(|finding| {
        FindingNotice { finding, by: "scan".to_owned(), introduced: None, rest: Rest::new() }.into()
    });
    let incident = text().prop_map(|name| Incident::new(IncidentStep::Opened, name).into());
    prop_oneof![file, net, note, process, tool, llm, notice, incident]
}

fn finding() -> impl Strategy<Value = Finding> {
    (select(NAMES), any_severity(), text(), prop::option::of(path())).prop_map(|(rule, severity, message, path)| {
        Finding {
            rule: RuleId::parse(rule).unwrap(),
            kind: FindingKind::Code,
            severity,
            confidence: Confidence::Low,
            message,
            path,
            span: None,
            field: None,
            fingerprint: None,
            cwe: None,
            replaced: false,
            rest: Rest::new(),
        }
    })
}

fn actor() -> impl Strategy<Value = Actor> {
    let agent = (select(NAMES), prop::option::of(select(NAMES))).prop_map(|(name, session)| {
        Agent::new(AgentName::parse(name).unwrap(), session.map(|session| SessionId::parse(session).unwrap()))
    });
    let human = prop::option::of(select(NAMES)).prop_map(|name| name.map(|name| UserName::parse(name).unwrap()));
    (human, prop::collection::vec(agent, 0..3)).prop_map(|(human, agents)| Actor { human, agents, ..Actor::default() })
}

fn id(number: u8) -> EventId {
    EventId::from_bytes([number; 16])
}

fn small_record() -> impl Strategy<Value = Vec<u8>> {
    let labels = (any_severity(), any_verdict(), select(&[Mode::Observe, Mode::Enforce][..]));
    let ids = (0_u8..8, prop::option::of(0_u8..3));
    (any_time(), actor(), body(), labels, ids, prop::collection::vec(finding(), 0..2)).prop_map(
        |(time, actor, body, (severity, verdict, mode), (number, trace), findings)| {
            let mut event = Event::new(id(number), Timestamp::from_micros(time), actor, body);
            event.class.severity = severity;
            event.trace = trace.map(|trace| TraceId::from_bytes([trace; 16]));
            let mut decision = Decision::strictest(mode, "p", vec![], vec![]);
            decision.verdict = verdict;
            let record = Record {
                v: SCHEMA_VERSION,
                event,
                findings,
                coverage: Coverage::default(),
                decision,
                rest: Rest::new(),
            };
            record.encode().unwrap()
        },
    )
}

/// What may lie in a log: mostly records, now and then something else, or a gap that retention left.
fn small_log(most: usize) -> impl Strategy<Value = Log> {
    let entry = prop_oneof![20 => small_record(), 1 => Just(b"{\"v\":1}".to_vec()), 1 => Just(Vec::new())];
    prop::collection::vec(entry, 1..most).prop_map(Log::new)
}

/// Seldom present, so that questions of many shapes still find something.
fn seldom<S: Strategy + 'static>(strategy: S) -> impl Strategy<Value = Option<S::Value>>
where
    S::Value: Clone + std::fmt::Debug,
{
    prop::option::weighted(0.15, strategy)
}

fn any_query() -> impl Strategy<Value = Query> {
    let kind = prop_oneof![4 => select(KINDS), 1 => select(&["unreadable", "dropped"][..])].prop_map(str::to_owned);
    let op = select(&["read", "write", "request", "start", "opened", "call"][..]).prop_map(str::to_owned);
    let who = (seldom(select(NAMES)), seldom(select(NAMES)), seldom(select(NAMES)));
    let what = (
        prop_oneof![3 => Just(vec![]), 1 => prop::collection::vec(kind, 1..4)],
        seldom(op),
        prop_oneof![3 => Just(vec![]), 1 => prop::collection::vec(any_verdict(), 1..3)],
        seldom(any_severity()),
    );
    let r#where = (seldom(host()), seldom(path()), seldom(select(NAMES)), seldom(select(NAMES)));
    let text = prop_oneof![6 => Just(String::new()), 2 => select(ASKED).prop_map(str::to_owned), 1 => any_text()];
    let ids = (seldom(0_u8..8), seldom(0_u8..3));
    let when = (seldom(any_time()), seldom(any_time()), seldom(0..60_u64), seldom(0..60_u64));
    let page = (any::<bool>(), select(&[0_usize, 1, 2, 3, 7, 1000][..]));
    (who, what, r#where, text, ids, when, page).prop_map(|(who, what, place, text, ids, when, page)| Query {
        since: when.0.map(Timestamp::from_micros),
        until: when.1.map(Timestamp::from_micros),
        actor: who.0.map(|name| UserName::parse(name).unwrap()),
        agent: who.1.map(|name| AgentName::parse(name).unwrap()),
        session: who.2.map(|name| SessionId::parse(name).unwrap()),
        kinds: what.0,
        op: what.1,
        verdicts: what.2,
        severity_at_least: what.3,
        host: place.0,
        path: place.1,
        tool: place.2.map(|name| ToolName::parse(name).unwrap()),
        rule: place.3.map(|name| RuleId::parse(name).unwrap()),
        text,
        id: ids.0.map(id),
        trace: ids.1.map(|number| TraceId::from_bytes([number; 16])),
        newest_first: page.0,
        limit: page.1,
        before: when.2,
        after: when.3,
    })
}

/// Fills an index in steps, so that it has several runs and some that were merged.
fn built_in_steps(path: &std::path::Path, log: &Log, step: usize) -> Index {
    let mut index = Index::open(path).unwrap();
    for shown in (0..log.records.len()).step_by(step).chain([log.records.len()]) {
        log.shown.set(shown);
        index.catch_up(log, &mut |_, _| {}).unwrap();
    }
    index
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_question_is_answered_as_a_loop_over_all_records_would(
        log in small_log(120), step in 1_usize..60, queries in prop::collection::vec(any_query(), 60), work in select(&[0_u64, 60_000, u64::MAX][..]),
    ) {
        let (_folder, path) = folder();
        let index = built_in_steps(&path, &log, step).with_work_limit(work);
        for query in &queries {
            let wanted = expected(&log, query);
            prop_assert_eq!(&all_pages(&index, query).unwrap(), &wanted, "{:?}", query);
            let count = index.count(query).unwrap();
            let found = wanted.len() as u64;
            let right = if count.complete { count.found == found } else { work < u64::MAX && count.found <= found };
            prop_assert!(right, "{:?} for {:?}", count, query);
        }
    }

    #[test]
    fn charts_agree_with_counting_though_clocks_go_backwards(log in small_log(150), step in 1_usize..80, since in any_time(), until in any_time()) {
        let (_folder, path) = folder();
        let index = built_in_steps(&path, &log, step);
        for width in [Width::Minute, Width::Hour, Width::Day] {
            for split in [Split::Kind, Split::Verdict, Split::Agent] {
                let bars = index.histogram(Timestamp::from_micros(since), Timestamp::from_micros(until), width, split).unwrap();
                prop_assert_eq!(bars, expected_bars(&log, since, until, width, split));
            }
        }
    }

    #[test]
    fn any_record_is_found_by_whatever_it_can_be_searched_by(records in prop::collection::vec(any_record(), 1..6), texts in prop::collection::vec(any_text(), 6)) {
        let log = Log::new(records.iter().map(|record| record.encode().unwrap()).collect());
        let (_folder, path) = folder();
        let index = built(&path, &log);
        let mut queries: Vec<Query> = texts.into_iter().map(|text| Query { text, ..Query::default() }).collect();
        for record in &records {
            let (facets, event) = (Facets::of(record), &record.event);
            let some = Query::default;
            queries.extend(facets.paths.iter().map(|it| Query { path: Some((*it).clone()), ..some() }));
            queries.extend(facets.hosts.iter().map(|it| Query { host: Some((*it).clone()), ..some() }));
            queries.extend(facets.tools.iter().map(|it| Query { tool: Some((*it).clone()), ..some() }));
            queries.extend(facets.words.iter().map(|it| Query { text: (*it).to_owned(), ..some() }));
            queries.extend(event.actor.agents.iter().map(|it| Query { agent: Some(it.name.clone()), session: it.session.clone(), ..some() }));
            queries.push(Query { id: Some(event.id), trace: event.trace, actor: event.actor.human.clone(), kinds: vec![event.what.kind().to_owned()], ..some() });
            queries.push(Query { since: Some(event.time), ..some() });
        }
        for query in &queries {
            prop_assert_eq!(all_pages(&index, query).unwrap(), expected(&log, query), "{:?}", query);
        }
    }
}

#[test]
fn a_row_says_what_the_record_says() {
    let log = Log::new(KINDS.iter().map(|kind| sample(kind).encode().unwrap()).collect());
    let (_folder, path) = folder();
    let rows = built(&path, &log).query(&Query { newest_first: false, ..Query::default() }).unwrap().rows;
    assert_eq!(rows.iter().map(|row| row.kind.as_str()).collect::<Vec<_>>(), KINDS);
    let (row, record) = (&rows[1], sample(KINDS[1]));
    let event = &record.event;
    assert_eq!((row.index, row.segment, row.offset), (1, 0, 100));
    assert_eq!((row.id, row.time, row.severity), (Some(event.id), event.time, Severity::Low));
    assert_eq!((row.verdict, row.mode, row.op.as_deref()), (Some(Verdict::Allow), Some(Mode::Enforce), Some("write")));
    let who = [&row.actor, &row.agent, &row.session].map(|name| name.as_deref().unwrap());
    assert_eq!(who, ["ada", "claude-code", "s-42"]);
    assert_eq!(row.summary, "/srv/app/src/main.rs");
}

#[test]
fn a_record_that_cant_be_read_is_listed_and_stops_nothing() {
    let good = sample("note").encode().unwrap();
    let log = Log::new(vec![good.clone(), b"\xff\x00 not json".to_vec(), b"{\"v\":1}".to_vec(), good, vec![]]);
    let (_folder, path) = folder();
    let mut index = Index::open(&path).unwrap();
    let done = index.catch_up(&log, &mut |_, _| {}).unwrap();
    assert_eq!((done.added, done.unreadable, done.through), (5, 2, 5));
    let rows = index.query(&Query { kinds: vec!["unreadable".to_owned()], ..Query::default() }).unwrap().rows;
    let found: Vec<_> = rows.iter().map(|row| (row.index, row.summary.as_str(), row.verdict, row.time)).collect();
    let time = sample("note").event.time;
    assert_eq!(found, [(2, "7 bytes that are no record", None, time), (1, "11 bytes that are no record", None, time)]);
}

#[test]
fn a_path_of_many_thousand_names_is_indexed_in_time_that_grows_with_its_length() {
    let deep = AbsPath::parse(&"/a".repeat(50_000)).unwrap();
    let mut record = sample("file");
    record.event.what = File::new(FileOp::Read, deep.clone()).into();
    let (_folder, path) = folder();
    let index = built(&path, &Log::new(vec![record.encode().unwrap()]));
    for path in [deep, AbsPath::parse(&"/a".repeat(20_000)).unwrap()] {
        assert_eq!(index.query(&Query { path: Some(path), ..Query::default() }).unwrap().rows.len(), 1);
    }
}

#[test]
fn a_search_that_is_cut_short_says_where_to_go_on_and_still_finds_everything() {
    let log = Log::new((0..300).map(|_| sample("file").encode().unwrap()).collect());
    let (_folder, path) = folder();
    let index = built_in_steps(&path, &log, 10).with_work_limit(0);
    for newest_first in [true, false] {
        let query = Query { text: "ma*".to_owned(), newest_first, ..Query::default() };
        let page = index.query(&query).unwrap();
        assert!(page.rows.len() < 100 && page.next.is_some());
        assert_eq!(all_pages(&index, &query).unwrap(), expected(&log, &query));
        assert!(!index.count(&query).unwrap().complete);
    }
}
