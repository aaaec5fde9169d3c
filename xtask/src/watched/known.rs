//! The tests that differ if every loop is in debug mode.
//!
//! The problem: debug mode adds reports and words, and a test that compares a text without them fails.
//! Such a test is right, and so is the report. Each entry here says why.
//!
//! Invariant: a circle of `CIRCLES` and a loop of `IDLE` were looked at, and none of their tasks could go on.
//!
//! Read next: `mutants.rs`.

/// A test, and why it is not as it is without debug mode.
#[derive(Debug)]
pub struct Known {
    /// The package, without `groundup-`.
    pub package: &'static str,
    /// The test, as the test harness names it.
    pub test: &'static str,
    /// The reason.
    pub why: &'static str,
}

/// A test that compares a text, to which debug mode adds places of awaits and names.
const fn text(package: &'static str, test: &'static str) -> Known {
    let why = "compares a text that has more words in debug mode";
    Known { package, test, why }
}

/// A test that allows no report, or counts reports, where debug mode has one more.
const fn reports(package: &'static str, test: &'static str) -> Known {
    let why =
        "counts the reports, and debug mode tells of slow steps, unread results and pending tasks";
    Known { package, test, why }
}

/// A test that closes a loop with tasks in it, and expects no report of the close, or another one first.
const fn pending(package: &'static str, test: &'static str) -> Known {
    let why = "expects no report of a close, and debug mode reports each task that was pending";
    Known { package, test, why }
}

/// A test that counts clock reads, timers or parks, of which debug mode needs some.
const fn clock(package: &'static str, test: &'static str) -> Known {
    let why = "counts clock reads, timers or parks, and debug mode looks at the clock";
    Known { package, test, why }
}

/// A test with tasks that wait for each other.
const fn circle(package: &'static str, test: &'static str) -> Known {
    let why = "has tasks that wait for each other, or one that waits for itself";
    Known { package, test, why }
}

/// The tests that fail.
pub const FAILS: [Known; 67] = [
    text(
        "executor",
        "event_loop::testing::tests::a_test_that_goes_on_after_so_many_jumps_fails_and_says_where_its_tasks_wait",
    ),
    text("executor", "explain::a_chain_of_tasks"),
    text("executor", "explain::all_waits_are_told_at_any_time"),
    text(
        "executor",
        "explain::explain_follows_the_waits_to_their_end",
    ),
    text("executor", "explain::tasks_that_wait_for_each_other"),
    text("executor", "explain::things_that_the_loop_knows_little_of"),
    clock(
        "executor",
        "fairness::a_busy_loop_reads_the_clock_once_in_64_steps_and_never_without_a_timer",
    ),
    clock(
        "executor",
        "fairness::t06_steps_that_become_long_are_noticed_and_so_are_those_that_become_short",
    ),
    clock(
        "executor",
        "fairness::t06_the_longer_the_steps_the_oftener_the_clock_is_read",
    ),
    clock(
        "executor",
        "outside::t06_a_busy_loop_glances_every_64_steps_and_reads_no_clock_for_that",
    ),
    reports(
        "executor",
        "panics::a_foreign_waker_whose_drop_panics_does_not_stop_the_close",
    ),
    reports(
        "executor",
        "panics::a_result_whose_drop_panics_does_not_take_anything_with_it",
    ),
    reports(
        "executor",
        "panics::drops_that_panic_at_the_close_are_reported_and_the_rest_is_dropped",
    ),
    clock("executor", "remote::a_plain_waker_wakes_a_loop_that_sleeps"),
    reports(
        "executor",
        "rules_loop::l26_who_says_how_slow_is_slow_is_told_what_is",
    ),
    clock(
        "executor",
        "trace::a_sink_that_comes_late_has_numbers_for_what_is_there",
    ),
    reports(
        "executor",
        "trace::what_is_left_ends_when_the_loop_is_closed",
    ),
    clock("executor", "trace::without_a_sink_no_event_reads_the_clock"),
    text(
        "combinators",
        "deadlocks::a_stream_is_named_only_while_its_reader_waits",
    ),
    text(
        "combinators",
        "deadlocks::a_stream_whose_read_was_given_up_is_not_named",
    ),
    text(
        "combinators",
        "deadlocks::everything_that_a_task_waits_for_is_named",
    ),
    text(
        "combinators",
        "deadlocks::one_thing_that_is_known_among_several",
    ),
    text(
        "combinators",
        "deadlocks::the_waits_of_the_children_of_a_borrowing_group_are_named",
    ),
    reports(
        "combinators",
        "foreign::a_reader_behind_a_waker_that_panics_is_woken",
    ),
    reports(
        "combinators",
        "groups::a_panic_of_a_child_is_told_once_when_its_group_is_given_up",
    ),
    reports(
        "combinators",
        "misuse::a_child_that_panics_is_news_and_no_harm",
    ),
    reports(
        "combinators",
        "misuse::a_task_given_twice_runs_once_and_each_has_its_value",
    ),
    reports(
        "combinators",
        "rules::wait::w03_nobody_is_cancelled_and_nothing_is_raised",
    ),
    text(
        "sync",
        "circles::a_circle_is_named_wherever_the_second_wait_stands",
    ),
    text(
        "sync",
        "circles::a_lock_that_was_passed_to_a_future_of_an_ended_task_is_told",
    ),
    text("sync", "circles::a_wait_that_is_over_is_not_named"),
    text(
        "sync",
        "circles::explain_follows_each_kind_of_wait_and_says_the_circle",
    ),
    text(
        "sync",
        "circles::the_task_that_adopts_a_guard_is_the_holder",
    ),
    text(
        "sync",
        "circles::the_whole_report_of_a_circle_through_a_group",
    ),
    text(
        "sync",
        "deadlocks::a_consumer_is_led_to_a_producer_that_lives_and_may_put",
    ),
    text(
        "sync",
        "deadlocks::a_consumer_that_waited_before_the_first_item_learns_of_the_producer_that_has_ended",
    ),
    text(
        "sync",
        "deadlocks::a_consumer_that_waits_for_ever_is_led_to_the_task_that_put_last",
    ),
    text(
        "sync",
        "deadlocks::a_lock_that_was_passed_to_a_wait_that_is_not_polled_is_told",
    ),
    text(
        "sync",
        "deadlocks::a_read_that_was_let_in_and_is_not_polled_is_told",
    ),
    text(
        "sync",
        "deadlocks::a_reader_that_waits_to_write_and_a_task_that_ended_inside_are_told",
    ),
    text(
        "sync",
        "deadlocks::a_report_names_the_writer_or_the_reader_that_has_been_inside_longest",
    ),
    text(
        "sync",
        "deadlocks::a_task_that_ended_holding_a_lock_is_told",
    ),
    text("sync", "deadlocks::each_object_is_named"),
    text(
        "sync",
        "deadlocks::explain_follows_a_lock_to_the_wait_of_its_holder",
    ),
    text("sync", "deadlocks::the_circle_of_the_philosophers_is_named"),
    text("sync", "gallery::hang_01_two_locks_in_both_orders"),
    text("sync", "gallery::hang_02_two_tasks_await_each_other"),
    text("sync", "gallery::hang_04_a_queue_whose_producer_has_ended"),
    text("sync", "gallery::hang_05_a_promise_that_no_code_can_set"),
    text(
        "sync",
        "gallery::hang_06_a_lock_is_passed_to_an_await_that_is_not_polled",
    ),
    text(
        "sync",
        "gallery::hang_07_a_stream_whose_items_are_not_polled",
    ),
    text("sync", "gallery::hang_08_a_guard_that_is_never_dropped"),
    text("sync", "gallery::hang_09_a_circle_beside_tasks_that_go_on"),
    text("sync", "gallery::hang_10_a_future_that_keeps_no_waker"),
    text(
        "sync",
        "gallery::hang_11_a_race_of_promises_and_a_gather_of_children_that_hang",
    ),
    text(
        "sync",
        "once_cells::a_report_names_the_task_that_makes_the_value",
    ),
    text(
        "sync",
        "owned::the_report_follows_an_owned_guard_to_the_task_that_adopts_it",
    ),
    Known {
        package: "sync",
        test: "places::a_loop_that_is_not_watched_notes_nothing",
        why: "asks for a loop that is not watched, and debug mode watches each",
    },
    text(
        "sync",
        "standing::a_circle_through_the_producer_of_a_queue_under_a_deadline_is_not_reported",
    ),
    pending(
        "sync",
        "threads::ends::a_loop_that_closes_drops_the_jobs_that_have_not_begun",
    ),
    pending(
        "sync",
        "threads::ends::a_loop_that_closes_under_a_job_names_it_and_the_job_runs_on",
    ),
    pending(
        "sync",
        "threads::ends::the_close_of_a_loop_shuts_its_pool_down_also_if_the_program_keeps_it",
    ),
    text("io", "a_wait_for_a_signal_says_so"),
    pending("io", "guests::a_clean_up_names_the_tasks_that_go_on"),
    pending(
        "io",
        "writers::a_writer_may_be_dropped_by_the_close_of_its_loop",
    ),
    clock(
        "groundup",
        "differences::a_busy_loop_reads_the_clock_between_every_step_and_every_64th",
    ),
    text("groundup", "errors::unwrap_prints_the_report_of_a_deadlock"),
];

/// The tests whose loops report a circle, which is one.
pub const CIRCLES: [Known; 4] = [
    circle("executor", "explain::tasks_that_wait_for_each_other"),
    circle(
        "combinators",
        "deadlocks::a_circle_goes_through_a_gather_and_a_gather_in_a_gather",
    ),
    circle("sync", "gallery::hang_09_a_circle_beside_tasks_that_go_on"),
    circle("sync", "places::the_place_of_each_primitive_is_told"),
];

/// The tests whose loops report that they are idle, and are. The time after which such a loop reports is
/// longer than nearly every test waits.
pub const IDLE: [Known; 0] = [];
