//! The read model: what it shows while files appear, grow, turn over midnight, break and vanish,
//! and how little it reads for it.

use engine::{CheckName, Event, Mono, Status};
use store::{
    Disk as _, MemoryDisk, Store,
    read::{EventFilter, Page, Query, View, ledger},
};

use crate::stories::{
    DAY, HOUR, MINUTE, MONDAY, action, at, check, config, delivery, fold, lines, notice, ok, open,
    paths, segment, shared, start, stop,
};

fn view(disk: &MemoryDisk, now: i64) -> View {
    let mut view = View::open(paths(), shared(disk));
    view.refresh(at(now));
    view
}

fn all() -> Query {
    Query {
        from: at(0),
        until: at(i64::MAX),
        name: None,
        statuses: Vec::new(),
        events: Vec::new(),
        page: 1,
        per_page: 1_000,
    }
}

fn seqs(page: &Page) -> Vec<u64> {
    page.rows.iter().map(|event| event.seq).collect()
}

fn shown(view: &View) -> Vec<u64> {
    seqs(&view.page(&all()))
}

fn put(disk: &MemoryDisk, events: &[Event]) {
    disk.put(&paths().results, lines(events).as_bytes());
}

fn save(store: &mut Store, events: &[Event]) {
    events.iter().for_each(|event| store.record(event));
    store.sync(Mono(0)).unwrap();
}

/// Every minute a result, of three checks in turn; every tenth fails, the next recovers.
fn minutes(count: u64) -> Vec<Event> {
    let status = |seq| {
        if seq > 0 && seq % 10 == 0 { Status::Fail } else { Status::Ok }
    };
    let one = |seq: u64| {
        let name = ["api", "db", "queue"][usize::try_from(seq % 3).unwrap()];
        let millis = MONDAY + i64::try_from(seq).unwrap() * MINUTE;
        check(seq, millis, name, status(seq - 1), status(seq))
    };
    (1..=count).map(one).collect()
}

#[test]
fn nothing_there_is_an_empty_view_and_files_appear_in_it() {
    let disk = MemoryDisk::default();
    let mut view = view(&disk, MONDAY);
    assert_eq!((view.board().entries.len(), view.page(&all()).pages), (0, 1));
    assert!(!view.condition().state_present && view.condition().state_error.is_none());
    let (mut store, _) = open(&disk, MONDAY);
    let events = [config(1, MONDAY, &["api"], true), ok(2, MONDAY, "api")];
    save(&mut store, &events);
    store.close().unwrap();
    view.refresh(at(MONDAY + 1));
    assert_eq!((view.board(), shown(&view)), (&fold(&events), vec![2, 1]));
    assert!(view.condition().state_present);
}

#[test]
fn a_refresh_without_news_reads_nothing_and_with_news_only_what_is_new() {
    let disk = MemoryDisk::default();
    let (mut store, _) = open(&disk, MONDAY);
    save(&mut store, &minutes(10));
    store.tick(Mono(0));
    let mut view = view(&disk, MONDAY + HOUR);
    let (reads, version) = (view.reads(), view.version());
    (0..50).for_each(|n| view.refresh(at(MONDAY + HOUR + n)));
    assert_eq!((view.reads(), view.version()), (reads, version));
    save(&mut store, &minutes(11)[10..]);
    (0..50).for_each(|n| view.refresh(at(MONDAY + HOUR + n)));
    assert_eq!((view.reads(), view.version()), (reads + 1, version + 1));
    store.tick(Mono(5_000));
    (0..50).for_each(|n| view.refresh(at(MONDAY + HOUR + n)));
    assert_eq!((view.reads(), view.version()), (reads + 2, version + 2));
}

#[test]
fn two_hundred_refreshes_during_two_hundred_writes_all_parse() {
    let disk = MemoryDisk::default();
    let (mut store, _) = open(&disk, MONDAY);
    let mut view = view(&disk, MONDAY);
    let events: Vec<_> =
        (1..).zip(0..200).map(|(seq, n)| ok(seq, MONDAY + n * 10 * MINUTE, "api")).collect();
    for (count, event) in (1..).zip(&events) {
        store.record(event);
        store.tick(Mono(i64::try_from(count).unwrap() * 1_000));
        store.sync(Mono(0)).unwrap();
        view.refresh(event.ts);
        let condition = view.condition();
        assert_eq!((condition.unparsable, &condition.state_error), (0, &None));
        assert_eq!(&condition.results_error, &None);
        let newest: Vec<u64> = (1..=count).rev().take(145).collect();
        assert_eq!(shown(&view), newest);
    }
}

#[test]
fn midnight_passes_under_the_view_whether_it_looks_in_between_or_not() {
    for looks in [true, false] {
        let disk = MemoryDisk::default();
        let (mut store, _) = open(&disk, MONDAY);
        let evening = MONDAY + 23 * HOUR;
        save(&mut store, &[ok(1, evening, "api")]);
        let mut view = view(&disk, evening);
        save(&mut store, &[ok(2, evening + MINUTE, "api")]);
        if looks {
            disk.rename(&paths().results, &segment("2026-01-05.jsonl")).unwrap();
            view.refresh(at(evening + MINUTE));
            assert_eq!(shown(&view), [2, 1]);
            disk.rename(&segment("2026-01-05.jsonl"), &paths().results).unwrap();
        }
        save(&mut store, &[ok(3, evening + 2 * HOUR, "api")]);
        let reads = view.reads();
        view.refresh(at(evening + 2 * HOUR));
        assert_eq!(shown(&view), [3, 2, 1]);
        assert!(view.reads() - reads <= 3, "the day was not read again");
        save(&mut store, &[ok(4, evening + DAY, "api"), ok(5, evening + 3 * DAY, "api")]);
        view.refresh(at(evening + 3 * DAY));
        assert_eq!(shown(&view), [5]);
    }
}

#[test]
fn rows_of_a_file_that_was_renamed_after_the_refresh_are_still_found() {
    let disk = MemoryDisk::default();
    put(&disk, &minutes(30));
    let view = view(&disk, MONDAY + HOUR);
    disk.rename(&paths().results, &segment("2026-01-05.jsonl")).unwrap();
    put(&disk, &[ok(31, MONDAY + DAY, "api")]);
    assert_eq!(view.page(&all()).rows.len(), 30);
}

#[test]
fn deleted_cut_and_replaced_files_are_read_anew() {
    let disk = MemoryDisk::default();
    put(&disk, &minutes(9));
    let mut view = view(&disk, MONDAY + HOUR);
    let mut look = |change: &dyn Fn()| {
        change();
        view.refresh(at(MONDAY + HOUR));
        shown(&view)
    };
    let path = paths().results;
    assert_eq!(look(&|| put(&disk, &minutes(4))), [4, 3, 2, 1], "cut");
    assert_eq!(look(&|| put(&disk, &minutes(20)[9..])), (10..=20).rev().collect::<Vec<_>>());
    assert_eq!(look(&|| disk.replace(&path, lines(&minutes(2)).as_bytes()).unwrap()), [2, 1]);
    assert_eq!(look(&|| disk.remove(&path).unwrap()), [0; 0], "deleted");
    assert_eq!(look(&|| put(&disk, &minutes(3))), [3, 2, 1], "begun again");
}

#[test]
fn a_last_line_counts_once_its_newline_is_there() {
    let disk = MemoryDisk::default();
    let text = lines(&minutes(3));
    let mut view = view(&disk, MONDAY + HOUR);
    for len in 0..=text.len() {
        disk.put(&paths().results, &text.as_bytes()[..len]);
        view.refresh(at(MONDAY + HOUR));
        let whole = text.as_bytes()[..len].iter().filter(|byte| **byte == b'\n').count();
        assert_eq!((shown(&view).len(), view.condition().unparsable), (whole, 0));
    }
}

#[test]
fn lines_that_do_not_parse_are_counted_and_passed_over() {
    let disk = MemoryDisk::default();
    let foreign = r#"{"ts":"2026-01-05T00:00:00Z","seq":9,"event":"party"}"#;
    let partial = r#"{"ts":"2026-01-05T00:00:00Z","seq":9,"event":"check","name":"api"}"#;
    let text = format!("\n{}{foreign}\n{partial}\nrubbish\n\0\n", lines(&minutes(2)));
    disk.put(&paths().results, format!("{text}{}", lines(&minutes(3)[2..])).as_bytes());
    let view = view(&disk, MONDAY + HOUR);
    assert_eq!((shown(&view), view.condition().unparsable), (vec![3, 2, 1], 5));
}

#[test]
fn the_order_of_the_keys_does_not_matter() {
    let disk = MemoryDisk::default();
    let foreign = r#""type":"http","severity":"P1","attempts":1,"details":{"reason":"ok"},"#;
    let foreign = format!(
        "{{\"event\":\"check\",\"name\":\"api\",{foreign}\"status\":\"OK\",\"prev\":\"OK\",\
         \"seq\":8,\"latency_ms\":null,\"ts\":\"2026-01-05T05:30:00+05:30\"}}\n"
    );
    disk.put(&paths().results, foreign.as_bytes());
    assert_eq!(shown(&view(&disk, MONDAY + HOUR)), [8]);
    assert_eq!(open(&disk, MONDAY + HOUR).1.next_seq, 9);
}

#[test]
fn a_broken_state_leaves_the_last_good_board() {
    let disk = MemoryDisk::default();
    let (mut store, _) = open(&disk, MONDAY);
    save(&mut store, &minutes(3));
    store.close().unwrap();
    let mut view = view(&disk, MONDAY + HOUR);
    let good = disk.read(&paths().state).unwrap();
    disk.put(&paths().state, &good[..good.len() / 2]);
    view.refresh(at(MONDAY + HOUR));
    assert_eq!(view.board(), &fold(&minutes(3)));
    let error = view.condition().state_error.clone().unwrap();
    assert!(error.starts_with("/data/state.json cannot be read: it does not parse"), "{error}");
    disk.put(&paths().state, &good);
    view.refresh(at(MONDAY + HOUR));
    assert_eq!(view.condition().state_error, None);
    disk.remove(&paths().state).unwrap();
    view.refresh(at(MONDAY + HOUR));
    assert_eq!((view.board().entries.len(), view.condition().state_present), (0, false));
}

#[test]
fn a_line_older_than_a_day_is_not_shown() {
    let disk = MemoryDisk::default();
    let now = MONDAY + 2 * DAY;
    let ages = [DAY + 30 * MINUTE, DAY + MINUTE, DAY - MINUTE, HOUR];
    let events: Vec<_> = (1..).zip(ages).map(|(seq, age)| ok(seq, now - age, "api")).collect();
    put(&disk, &events);
    let mut view = view(&disk, now);
    assert_eq!((shown(&view), view.strip("api", 9).len()), (vec![4, 3], 2));
    view.refresh(at(now + 2 * MINUTE));
    assert_eq!((shown(&view), view.strip("api", 9).len()), (vec![4], 1));
    view.refresh(at(now + 9 * DAY));
    assert_eq!(shown(&view), [0; 0]);
}

#[test]
fn pages_are_cut_newest_first_and_never_beyond_the_last() {
    let disk = MemoryDisk::default();
    put(&disk, &minutes(25));
    let view = view(&disk, MONDAY + HOUR);
    let page = |page, per_page| {
        let page = view.page(&Query { page, per_page, ..all() });
        (page.total, page.page, page.pages, seqs(&page))
    };
    assert_eq!(page(1, 10), (25, 1, 3, (16..=25).rev().collect()));
    assert_eq!(page(3, 10), (25, 3, 3, (1..=5).rev().collect()));
    assert_eq!(page(99, 10), page(3, 10));
    assert_eq!(page(0, 0), (25, 1, 25, vec![25]));
}

#[test]
fn filters_by_name_status_kind_and_time_combine() {
    let disk = MemoryDisk::default();
    let mut events = minutes(60);
    let end = MONDAY + 61 * MINUTE;
    events.extend([notice(61, end, "api"), delivery(62, end, "api", 61, true)]);
    events.push(action(63, end, "db", engine::event::ActionResult::Ok));
    events.extend([start(64, end), stop(65, end), config(66, end, &["api"], false)]);
    put(&disk, &events);
    let view = view(&disk, end);
    let ask = |query: Query| seqs(&view.page(&query));
    let of = |filters: &[EventFilter]| ask(Query { events: filters.to_vec(), ..all() });
    assert_eq!(of(&[EventFilter::Checks]).len(), 60);
    assert_eq!(of(&[EventFilter::Changes]), [60, 51, 50, 41, 40, 31, 30, 21, 20, 11, 10]);
    assert_eq!(of(&[EventFilter::Notices, EventFilter::Deliveries]), [62, 61]);
    assert_eq!(of(&[EventFilter::Actions]), [63]);
    assert_eq!(of(&[EventFilter::System]), [66, 65, 64]);
    let api = Query { name: Some("api".to_owned()), ..all() };
    assert_eq!(ask(api.clone()).len(), 22);
    assert_eq!(ask(Query { statuses: vec![Status::Fail], ..api.clone() }), [60, 30]);
    let (from, until) = (at(MONDAY + 30 * MINUTE), at(MONDAY + 36 * MINUTE));
    assert_eq!(ask(Query { from, until, ..api }), [36, 33, 30]);
    assert_eq!(ask(Query { from, until, ..all() }), [36, 35, 34, 33, 32, 31, 30]);
    assert_eq!(ask(Query { from: until, until: from, ..all() }), [0; 0]);
    assert_eq!(ask(Query { name: Some("nobody".to_owned()), ..all() }), [0; 0]);
}

#[test]
fn a_strip_is_the_last_cycles_oldest_first() {
    let disk = MemoryDisk::default();
    put(&disk, &minutes(60));
    let view = view(&disk, MONDAY + 2 * HOUR);
    let cells = view.strip("api", 3);
    let minute = |cell: &store::read::StripCell| (cell.ts.as_millis() - MONDAY) / MINUTE;
    assert_eq!(cells.iter().map(minute).collect::<Vec<_>>(), [54, 57, 60]);
    assert_eq!(
        (cells[0].status, cells[0].latency_ms, cells[0].attempts),
        (Status::Ok, Some(54), 1)
    );
    assert_eq!((cells[2].status, cells[2].latency_ms, cells[2].attempts), (Status::Fail, None, 2));
    assert_eq!((view.strip("api", 999).len(), view.strip("nobody", 3).len()), (20, 0));
}

#[test]
fn times_out_of_order_are_filtered_all_the_same() {
    let disk = MemoryDisk::default();
    let times = [0, HOUR, 2 * HOUR, HOUR / 2, 3 * HOUR];
    let events: Vec<_> = (1..).zip(times).map(|(seq, by)| ok(seq, MONDAY + by, "api")).collect();
    put(&disk, &events);
    let view = view(&disk, MONDAY + 4 * HOUR);
    let query = Query { from: at(MONDAY + HOUR / 2), until: at(MONDAY + HOUR), ..all() };
    let page = view.page(&query);
    assert_eq!((page.total, seqs(&page)), (2, vec![4, 2]));
}

#[test]
fn the_condition_tells_of_the_last_start_stop_and_configurations() {
    let disk = MemoryDisk::default();
    let events = [
        start(1, MONDAY),
        config(2, MONDAY + 1, &["api"], true),
        config(3, MONDAY + 2, &[], false),
        stop(4, MONDAY + 3),
    ];
    put(&disk, &events);
    let mut view = view(&disk, MONDAY + HOUR);
    let brief = |view: &View| {
        let condition = view.condition().clone();
        let config = condition.config.map(|(ts, loaded)| (ts.as_millis() - MONDAY, loaded.ok));
        let accepted = condition.accepted.map(|(ts, _)| ts.as_millis() - MONDAY);
        let started = condition.started.map(|ts| ts.as_millis() - MONDAY);
        (config, accepted, started, condition.stopped.map(|(_, reason)| reason))
    };
    let expected = (Some((2, false)), Some(1), Some(0), Some("SIGTERM".to_owned()));
    assert_eq!(brief(&view), expected);
    assert_eq!(view.condition().last_event_at, Some(at(MONDAY + 3)));
    let later = [&events[..], &[start(5, MONDAY + 9)]].concat();
    put(&disk, &later);
    view.refresh(at(MONDAY + HOUR));
    assert_eq!(brief(&view), (Some((2, false)), Some(1), Some(9), None));
}

#[test]
fn a_checker_that_stopped_days_ago_is_still_known() {
    let disk = MemoryDisk::default();
    let (mut store, _) = open(&disk, MONDAY);
    let first = [start(1, MONDAY), config(2, MONDAY, &["api"], true)];
    save(&mut store, &first);
    (3..2_000).for_each(|seq| {
        store.record(&ok(seq, MONDAY + i64::try_from(seq).unwrap() * 2 * MINUTE, "api"));
    });
    save(&mut store, &[stop(2_000, MONDAY + 3 * DAY)]);
    let view = view(&disk, MONDAY + 9 * DAY);
    assert_eq!(shown(&view), [0; 0]);
    let condition = view.condition();
    assert_eq!(condition.started, Some(at(MONDAY)));
    assert_eq!(condition.accepted.as_ref().map(|(ts, _)| *ts), Some(at(MONDAY)));
    assert_eq!(condition.stopped, Some((at(MONDAY + 3 * DAY), "SIGTERM".to_owned())));
}

#[test]
fn a_lone_results_json_of_older_tools_is_shown_until_there_is_a_journal() {
    let disk = MemoryDisk::default();
    disk.put(&paths().legacy(), lines(&minutes(3)).as_bytes());
    let mut view = view(&disk, MONDAY + HOUR);
    assert_eq!(shown(&view), [3, 2, 1]);
    put(&disk, &[ok(4, MONDAY + HOUR, "api")]);
    view.refresh(at(MONDAY + HOUR));
    assert_eq!(shown(&view), [4]);
}

#[test]
fn the_ledger_is_what_was_sent_done_and_changed_for_one_check_over_all_days() {
    let disk = MemoryDisk::default();
    let (mut store, _) = open(&disk, MONDAY);
    let events = [
        check(1, MONDAY, "api", Status::Ok, Status::Fail),
        notice(2, MONDAY, "api"),
        notice(3, MONDAY, "api-2"),
        ok(4, MONDAY + DAY, "api"),
        delivery(5, MONDAY + DAY, "api", 2, false),
        action(6, MONDAY + 2 * DAY, "api", engine::event::ActionResult::Failed),
        check(7, MONDAY + 2 * DAY, "api-2", Status::Ok, Status::Fail),
    ];
    save(&mut store, &events);
    let ask = |name, limit| {
        let found = ledger(&paths(), &disk, name, limit);
        found.into_iter().map(|event| event.seq).collect::<Vec<_>>()
    };
    assert_eq!((ask("api", 99), ask("api", 2)), (vec![6, 5, 2, 1], vec![6, 5]));
    assert_eq!((ask("api-2", 99), ask("", 99)), (vec![7, 3], vec![]));
}

#[test]
fn a_view_that_follows_shows_what_a_new_one_shows() {
    let disk = MemoryDisk::default();
    let (mut store, _) = open(&disk, MONDAY);
    let choices: Vec<_> =
        (0..150_u8).map(|n| (n.wrapping_mul(71), i64::from(n) * MINUTE)).collect();
    let mut following = view(&disk, MONDAY);
    for event in crate::stories::history(&choices) {
        store.record(&event);
        store.sync(Mono(0)).unwrap();
        following.refresh(event.ts);
        let fresh = view(&disk, event.ts.as_millis());
        assert_eq!(shown(&following), shown(&fresh));
        let names = ["api", "db", "queue"].map(CheckName::new);
        let strip = |view: &View| names.each_ref().map(|name| view.strip(name.as_str(), 50));
        assert_eq!(strip(&following), strip(&fresh));
        assert_eq!(following.condition().config, fresh.condition().config);
    }
}
