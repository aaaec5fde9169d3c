//! The hand-over of jobs in many orders, chosen at random.
//!
//! Invariant: the same programs as under loom, with more workers and jobs.
//!
//! Read next: `crates/6-sync/src/threads/pool.rs`, where the hand-over is used.

crate::handover_models::surroundings!(shuttle);

#[allow(dead_code)] // the models need not all of it
#[path = "../../../crates/6-sync/src/threads/handover.rs"]
mod handover;
#[allow(dead_code)]
#[path = "../../../crates/6-sync/src/threads/job_list.rs"]
mod job_list;

use crate::models::must_fail;

crate::handover_models::broken!(
    ended_with_a_token,
    queued_in_two_steps,
    shut_down_silently,
    ended_before_the_queue
);
crate::handover_models::programs!(shuttle, whole, super::handover);
crate::handover_models::programs!(shuttle, token, super::ended_with_a_token::handover);
crate::handover_models::programs!(shuttle, two_steps, super::queued_in_two_steps::handover);
crate::handover_models::programs!(shuttle, silent, super::shut_down_silently::handover);
crate::handover_models::programs!(shuttle, early, super::ended_before_the_queue::handover);

/// Number of orders that are tried, unless `PARK_MODEL_ORDERS` sets another.
const ORDERS: usize = 2_000;

fn check(program: impl Fn() + Send + Sync + std::panic::UnwindSafe + 'static) {
    let asked = std::env::var("PARK_MODEL_ORDERS").ok();
    let orders = asked.map_or(ORDERS, |asked| asked.parse().expect("a number of orders"));
    let program = std::sync::Arc::new(program);
    let again = program.clone();
    shuttle::check_random(move || again(), orders);
    shuttle::check_pct(move || program(), orders, 3);
}

#[test]
fn one_worker_runs_each_job_once() {
    check(|| whole::jobs_run_once(1, 4, false));
}

#[test]
fn three_workers_run_each_job_once() {
    check(|| whole::jobs_run_once(3, 5, false));
}

#[test]
fn a_worker_that_ends_when_it_is_idle_leaves_no_job() {
    check(|| whole::jobs_run_once(2, 5, true));
}

#[test]
fn a_job_beside_a_shutdown_is_run_or_refused() {
    check(|| whole::shut_down_beside(2, 4));
}

#[test]
fn a_job_is_run_or_taken_out() {
    check(|| whole::taken_out_beside(2));
}

#[test]
fn ending_with_a_token_loses_a_job() {
    must_fail(
        "handover_under_shuttle::ending_with_a_token_loses_a_job",
        || {
            check(|| token::jobs_run_once(1, 2, true));
        },
    );
}

#[test]
fn queueing_in_two_steps_loses_a_job() {
    must_fail(
        "handover_under_shuttle::queueing_in_two_steps_loses_a_job",
        || {
            check(|| two_steps::jobs_run_once(1, 2, true));
        },
    );
}

#[test]
fn a_silent_shutdown_never_ends() {
    must_fail(
        "handover_under_shuttle::a_silent_shutdown_never_ends",
        || {
            check(|| silent::jobs_run_once(1, 1, false));
        },
    );
}

#[test]
fn ending_before_the_queue_loses_a_job() {
    must_fail(
        "handover_under_shuttle::ending_before_the_queue_loses_a_job",
        || {
            check(|| early::jobs_run_once(1, 2, false));
        },
    );
}
