//! Imports as jobs: one at a time, over with the catalogue's change or not at all, and found when they are dead.

use domain::{FileRow, ImportId};
use futures_util::future::join_all;
use store::{AnotherRuns, Beat, ImportEnd, ImportJob, ImportRowFilter, ImportStatus, Progress, Source, Store, Verdict};
use uuid::Uuid;

use crate::hospital::{Hospital, act};
use crate::import::{product, rows};

async fn start(store: &Store, is_dry_run: bool) -> Result<ImportJob, AnotherRuns> {
    store.start_import(ImportId(Uuid::now_v7()), "register.csv", is_dry_run, &act(5)).await.unwrap()
}

async fn run(store: &Store, job: &ImportJob, rows: Vec<FileRow>) -> ImportEnd {
    store.import_as(job, Source::Regulator, rows, |_| true).await.unwrap()
}

async fn status(store: &Store, job: &ImportJob) -> ImportStatus {
    store.import_job(job.id).await.unwrap().unwrap().status
}

async fn medications(store: &Store) -> usize {
    store.all_medications_with_lot().await.unwrap().len()
}

async fn execute(hospital: &Hospital, statement: &str) {
    assert_eq!(testkit::sql::connect(&hospital.url).await.unwrap().execute(statement).await.unwrap(), 1);
}

fn file() -> Vec<FileRow> {
    let products: Vec<_> = (0..10).map(|number| product(&format!("30000000{number}"), "Produto")).collect();
    let mut file = rows(&products);
    file[4].content = Err("the name is too long".to_owned());
    file[5].content = Err("a\0b".to_owned());
    file
}

pub(crate) async fn an_import_and_its_end_are_one(hospital: Hospital) {
    let store = &hospital.store;
    let before = (medications(store).await, store.last_seq().await.unwrap());
    let dry = start(store, true).await.unwrap();
    assert_eq!((dry.status, dry.by.name.as_str(), dry.counts.is_none()), (ImportStatus::Running, "test", true));
    assert!(matches!(run(store, &dry, file()).await, ImportEnd::Done(_)));
    let dry = store.import_job(dry.id).await.unwrap().unwrap();
    assert_eq!((dry.status, dry.counts.clone().unwrap()[&Verdict::New]), (ImportStatus::Done, 8));
    assert_eq!((medications(store).await, store.last_seq().await.unwrap()), before, "a dry run changes nothing");

    let job = start(store, false).await.unwrap();
    store.import_is_read(job.id, "anvisa_register").await.unwrap();
    assert!(matches!(run(store, &job, file()).await, ImportEnd::Done(_)));
    let job = store.import_job(job.id).await.unwrap().unwrap();
    assert_eq!((job.status, job.dialect.as_deref()), (ImportStatus::Done, Some("anvisa_register")));
    assert_eq!((job.counts.clone(), job.progress), (dry.counts, Progress { done: 8, of: 8 }));
    assert!(job.ended_at.unwrap() >= job.started_at && job.has_rows);
    assert_eq!(medications(store).await, before.0 + 8);
    assert!(!store.end_import(job.id, ImportStatus::Failed, "too late").await.unwrap());
    assert!(!store.request_cancel(job.id).await.unwrap());

    // What each row did, in parts of any length.
    let all = store.import_rows(job.id, ImportRowFilter::default(), 100).await.unwrap();
    assert_eq!(all.iter().map(|row| row.row.line).collect::<Vec<_>>(), (2..12).collect::<Vec<_>>());
    for length in 1..=10 {
        let (mut read, mut after) = (Vec::new(), None);
        loop {
            let filter = ImportRowFilter { after, ..ImportRowFilter::default() };
            let part = store.import_rows(job.id, filter, length).await.unwrap();
            let Some(last) = part.last() else { break };
            assert!(part.len() as u64 <= length);
            after = Some(last.position);
            read.extend(part);
        }
        assert_eq!(read, all, "in parts of {length}");
    }
    let of = async |filter| {
        let rows = store.import_rows(job.id, filter, 100).await.unwrap();
        rows.into_iter().map(|row| (row.row.line, row.row.remarks)).collect::<Vec<_>>()
    };
    let remarks = [(6, vec!["the name is too long".to_owned()]), (7, vec!["a\u{fffd}b".to_owned()])];
    assert_eq!(of(ImportRowFilter { with_remarks: true, ..ImportRowFilter::default() }).await, remarks);
    assert_eq!(of(ImportRowFilter { verdict: Some(Verdict::Rejected), ..ImportRowFilter::default() }).await, remarks);
    assert_eq!(of(ImportRowFilter { verdict: Some(Verdict::New), ..ImportRowFilter::default() }).await.len(), 8);
}

pub(crate) async fn of_an_import_and_its_end_neither_is_there_alone(hospital: Hospital) {
    let store = &hospital.store;
    let before = (medications(store).await, store.last_seq().await.unwrap());
    let job = start(store, false).await.unwrap();
    let mut sql = testkit::sql::connect(&hospital.url).await.unwrap();
    // Something goes wrong where the job's rows are kept, and then after that.
    for table in ["import_runs", "admin_changes"] {
        sql.execute(&format!("ALTER TABLE {table} RENAME TO gone")).await.unwrap();
        store.import_as(&job, Source::Regulator, file(), |_| true).await.unwrap_err();
        sql.execute(&format!("ALTER TABLE gone RENAME TO {table}")).await.unwrap();
        assert_eq!(status(store, &job).await, ImportStatus::Running, "without {table}");
        assert_eq!((medications(store).await, store.last_seq().await.unwrap()), before, "without {table}");
    }
    assert!(matches!(run(store, &job, file()).await, ImportEnd::Done(_)));
    assert_eq!((medications(store).await, store.last_seq().await.unwrap()), (before.0 + 8, before.1 + 1));
}

pub(crate) async fn who_was_taken_for_dead_changes_nothing(hospital: Hospital) {
    let store = &hospital.store;
    let before = (medications(store).await, store.last_seq().await.unwrap());
    for is_dry_run in [false, true] {
        let job = start(store, is_dry_run).await.unwrap();
        execute(&hospital, "UPDATE imports SET status = 'interrupted' WHERE status = 'running'").await;
        assert_eq!(run(store, &job, file()).await, ImportEnd::Cancelled);
        assert_eq!(status(store, &job).await, ImportStatus::Interrupted);
        assert_eq!(store.beat(job.id, Progress { done: 1, of: 2 }).await.unwrap(), Beat::NotRunning);
        assert!(store.import_rows(job.id, ImportRowFilter::default(), 9).await.unwrap().is_empty());
    }
    assert_eq!((medications(store).await, store.last_seq().await.unwrap()), before);
}

pub(crate) async fn one_import_runs_at_a_time(hospital: Hospital) {
    let another = hospital.another_store().await;
    for _ in 0..5 {
        let starts = [&hospital.store, &another].into_iter().cycle().take(8).map(|store| start(store, false));
        let started = join_all(starts).await;
        let mut ones = started.iter().filter_map(|started| started.as_ref().ok());
        let (one, None) = (ones.next().unwrap(), ones.next()) else { panic!("two were started: {started:?}") };
        for other in started.iter().filter_map(|started| started.as_ref().err()) {
            assert_eq!(*other, AnotherRuns(one.id));
        }
        assert_eq!(another.running_import().await.unwrap().unwrap().id, one.id);
        assert!(another.end_import(one.id, ImportStatus::Failed, "no").await.unwrap());
    }
    assert_eq!(another.running_import().await.unwrap(), None);
    let first = another.import_jobs(None, 3).await.unwrap();
    let second = another.import_jobs(first.next.clone(), 3).await.unwrap();
    let listed: Vec<_> = first.items.iter().chain(&second.items).map(|job| job.started_at).collect();
    assert!(listed.len() == 5 && second.next.is_none() && listed.is_sorted_by(|a, b| a >= b), "{listed:?}");
    assert_eq!(first.items[0].reason.as_deref(), Some("no"));
}

pub(crate) async fn of_a_dead_import_nothing_is_heard(hospital: Hospital) {
    let (store, another) = (&hospital.store, hospital.another_store().await);
    let job = start(store, false).await.unwrap();
    let progress = Progress { done: 3, of: 4 };
    assert_eq!(store.beat(job.id, progress).await.unwrap(), Beat::GoOn);
    assert_eq!(another.import_job(job.id).await.unwrap().unwrap().progress, progress);
    assert!(another.request_cancel(job.id).await.unwrap());
    assert_eq!(store.beat(job.id, progress).await.unwrap(), Beat::Cancel);
    if store.is_shared() {
        assert!(!another.end_dead_import(job.id).await.unwrap(), "it was heard of a moment ago");
        execute(&hospital, "UPDATE imports SET beat_at = now() - interval '31 seconds'").await;
    }
    assert!(another.end_dead_import(job.id).await.unwrap());
    assert_eq!(status(store, &job).await, ImportStatus::Interrupted);
    assert!(!another.end_dead_import(job.id).await.unwrap(), "once");
    assert_eq!(store.beat(job.id, progress).await.unwrap(), Beat::NotRunning);
    assert!(start(store, false).await.is_ok(), "the next may begin");
}

pub(crate) async fn rows_are_kept_of_the_last_twenty_imports(hospital: Hospital) {
    let store = &hospital.store;
    let mut jobs = Vec::new();
    for number in 0..23 {
        let job = start(store, true).await.unwrap();
        if number == 10 {
            // One that did nothing takes nobody's place.
            assert!(store.end_import(job.id, ImportStatus::Cancelled, "").await.unwrap());
            continue;
        }
        run(store, &job, file()).await;
        jobs.push(job);
    }
    for (job, number) in jobs.iter().zip(0..) {
        let is_kept = number >= 2;
        let rows = store.import_rows(job.id, ImportRowFilter::default(), 100).await.unwrap();
        assert_eq!(rows.len(), if is_kept { 10 } else { 0 }, "import {number}");
        let job = store.import_job(job.id).await.unwrap().unwrap();
        assert_eq!((job.status, job.has_rows, job.counts.is_some()), (ImportStatus::Done, is_kept, true));
    }
    let runs = testkit::sql::connect(&hospital.url).await.unwrap().count("import_runs").await.unwrap();
    assert_eq!(runs, 20 * 4, "what follows and is the same is one");
}
