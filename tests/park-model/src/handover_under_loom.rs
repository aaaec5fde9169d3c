//! The hand-over of jobs in every order that loom can tell apart.
//!
//! Invariant: the programs are small: two workers and two jobs.
//!
//! Read next: `handover_under_shuttle.rs`, larger programs and chosen orders.

crate::handover_models::surroundings!(loom);

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
crate::handover_models::programs!(loom, whole, super::handover);
crate::handover_models::programs!(loom, token, super::ended_with_a_token::handover);
crate::handover_models::programs!(loom, two_steps, super::queued_in_two_steps::handover);
crate::handover_models::programs!(loom, silent, super::shut_down_silently::handover);
crate::handover_models::programs!(loom, early, super::ended_before_the_queue::handover);

fn check(program: impl Fn() + Send + Sync + 'static) {
    loom::model(program);
}

/// Checks all orders in which a thread is interrupted twice at most.
fn check_larger(program: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(program);
}

#[test]
fn one_worker_runs_each_job_once() {
    check(|| whole::jobs_run_once(1, 2, false));
}

#[test]
fn two_workers_run_each_job_once() {
    check_larger(|| whole::jobs_run_once(2, 2, false));
}

#[test]
fn a_worker_that_ends_when_it_is_idle_leaves_no_job() {
    check(|| whole::jobs_run_once(1, 2, true));
}

#[test]
fn a_job_beside_a_shutdown_is_run_or_refused() {
    check(|| whole::shut_down_beside(1, 2));
}

#[test]
fn a_job_is_run_or_taken_out() {
    check(|| whole::taken_out_beside(1));
}

#[test]
fn ending_with_a_token_loses_a_job() {
    must_fail(
        "handover_under_loom::ending_with_a_token_loses_a_job",
        || {
            check(|| token::jobs_run_once(1, 2, true));
        },
    );
}

#[test]
fn queueing_in_two_steps_loses_a_job() {
    must_fail(
        "handover_under_loom::queueing_in_two_steps_loses_a_job",
        || {
            check(|| two_steps::jobs_run_once(1, 2, true));
        },
    );
}

#[test]
fn a_silent_shutdown_never_ends() {
    must_fail("handover_under_loom::a_silent_shutdown_never_ends", || {
        check(|| silent::jobs_run_once(1, 1, false));
    });
}

#[test]
fn ending_before_the_queue_loses_a_job() {
    must_fail(
        "handover_under_loom::ending_before_the_queue_loses_a_job",
        || {
            check(|| early::jobs_run_once(1, 2, false));
        },
    );
}
