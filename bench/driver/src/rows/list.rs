//! All rows, in the order of the table.
//!
//! Invariants: the ones of `rows.rs`. The aims are the ratios that the design of the loop
//! promises. A budget is 1.05 of the instructions that are reached. Rows that wait for a clock
//! or a thread have some room more, since their counts differ from run to run. A run of our system measures
//! 60 ms or more. It is less in timer_fire_1k, where the loop mostly sleeps, and in deep_frames, where a run
//! of the peers takes a hundred times as long.
//!
//! Read next: `systems.rs`.

use super::Aim::{OfLimit, OfPeer};
use super::Kind::{
    Callbacks, Children, Generators, InPlace, Memory, Sharing, Sockets, Tasks, Threads, Timers,
};
use super::Unit::{Bytes, Wall};
use super::{Row, row};

const K: u64 = 1_000;
const M: u64 = 1_000_000;

#[rustfmt::skip]
pub(crate) const ROWS: &[Row] = &[
    row("spawn_join", Tasks, "spawn 100,000 tasks that return a number, then await each")
        .sizes(&[100 * K], 12).aim(OfPeer(0.80)).budget(419.3, (10 * K, 2)).scales("spawn_join"),
    row("spawn_batch", Tasks, "spawn 1,000 tasks that return a number, then await each")
        .runs("spawn_join").sizes(&[K], 1200).aim(OfPeer(0.80)).budget(379.5, (K, 20)),
    row("yield_many", Tasks, "1,000 tasks that wake themselves, in turn")
        .sizes(&[M], 8).aim(OfPeer(0.55)).budget(111.4, (200 * K, 2)).scales("yield_ring"),
    row("yield_one", Tasks, "one task that wakes itself")
        .sizes(&[M], 5).aim(OfPeer(0.60)).budget(143.4, (100 * K, 2)),
    row("hand_off", Tasks, "two tasks that wake each other through a stored waker")
        .sizes(&[M], 5).aim(OfPeer(0.60)).budget(176.0, (100 * K, 2)),
    row("wake_ready", Tasks, "a wake of a task that is ready already")
        .sizes(&[M], 20).aim(OfPeer(1.10)).budget(34.3, (100 * K, 2)),
    row("one_shot", Tasks, "set a value that a spawned task waits for, then await the task")
        .sizes(&[K], 500).aim(OfPeer(0.75)).budget(1215.1, (K, 20)),

    row("call_soon_chain", Callbacks, "a callback that schedules the next (peers: a task)")
        .sizes(&[M], 2).aim(OfPeer(0.60)).budget(278.9, (10 * K, 2)),
    row("call_soon_fanout", Callbacks, "1,000,000 callbacks scheduled before the first runs (peers: tasks)")
        .sizes(&[M], 2).aim(OfPeer(0.90)).budget(262.4, (10 * K, 2)).scales("call_soon_fanout"),
    row("spawn_chain", Callbacks, "a task that spawns the next and is not awaited")
        .sizes(&[M], 2).aim(OfPeer(1.00)).budget(327.2, (10 * K, 2)),
    row("spawn_fanout", Callbacks, "1,000,000 tasks spawned before the first runs, not awaited")
        .sizes(&[M], 2).aim(OfPeer(1.00)).budget(331.2, (10 * K, 2)),

    row("timer_set_cancel", Timers, "set 1,000,000 sleeps of 1 to 10,000 ms, then drop them all")
        .sizes(&[M], 2).aim(OfPeer(0.60)).budget(779.5, (10 * K, 2)).scales("timer_set_cancel"),
    row("timer_drop", Timers, "set a sleep of 1 to 10,000 ms and drop it, then the next")
        .sizes(&[M], 2).aim(OfPeer(0.45)).budget(365.5, (10 * K, 2)),
    row("timer_fire_1k", Timers, "one of 1,000 sleeps that end within 200 ms, real clock, CPU time")
        .runs("timer_fire").sizes(&[K], 6).aim(OfPeer(0.75)).budget(1789.0, (K, 2)),
    row("timer_fire_10k", Timers, "one of 10,000 sleeps that end within 200 ms, real clock, CPU time")
        .runs("timer_fire").sizes(&[10 * K], 6).aim(OfPeer(0.75)).budget(1640.0, (10 * K, 2)),
    row("timer_fire_100k", Timers, "one of 100,000 sleeps that end within 200 ms, real clock, CPU time")
        .runs("timer_fire").sizes(&[100 * K], 2).aim(OfPeer(0.60)).budget(1790.1, (100 * K, 2)),
    row("timer_virtual", Timers, "one of 100,000 sleeps that end within 200 ms of virtual time")
        .sizes(&[100 * K], 3).aim(OfPeer(0.27)).budget(1467.1, (10 * K, 2)).scales("timer_virtual"),
    row("sleep_virtual", Timers, "1,000 tasks that sleep again and again under virtual time")
        .sizes(&[M], 1).aim(OfPeer(0.27)).budget(902.3, (100 * K, 2)),
    row("timeout", Timers, "a timeout of an hour around a future that yields once")
        .sizes(&[M], 1).aim(OfPeer(0.60)).budget(1011.2, (10 * K, 2)),

    row("gather", Children, "10,000 children that yield three times; all results, in order")
        .sizes(&[10 * K], 100).aim(OfPeer(0.70)).budget(952.4, (10 * K, 2)).scales("gather"),
    row("wait_first_1k", Children, "wait for the first of 1,000 until none is left; they end in order")
        .runs("wait_first").sizes(&[K], 1000).aim(OfPeer(0.55)).budget(1375.8, (K, 20)).python(K),
    row("wait_first", Children, "wait for the first of 10,000 until none is left; they end in order")
        .sizes(&[10 * K], 100).aim(OfPeer(0.55)).budget(1446.1, (10 * K, 2)).python(K),
    row("wait_first_100k", Children, "wait for the first of 100,000 until none is left; they end in order")
        .runs("wait_first").sizes(&[100 * K], 10).aim(OfPeer(0.55)).budget(1451.4, (30 * K, 2)).python(K),
    row("wait_first_shuffled_1k", Children, "wait for the first of 1,000 until none is left; they end shuffled")
        .runs("wait_first_shuffled").sizes(&[K], 1000).aim(OfPeer(0.55)).budget(1452.0, (K, 20)).python(K),
    row("wait_first_shuffled", Children, "wait for the first of 10,000 until none is left; they end shuffled")
        .sizes(&[10 * K], 100).aim(OfPeer(0.55)).budget(1525.8, (10 * K, 2)).python(K)
        .scales("wait_first_shuffled"),
    row("wait_first_shuffled_100k", Children, "wait for the first of 100,000 until none is left; they end shuffled")
        .runs("wait_first_shuffled").sizes(&[100 * K], 10).aim(OfPeer(0.55)).budget(1533.3, (30 * K, 2)).python(K),
    row("wait_first_yields", Children, "wait for the first of 10,000 until none is left; they yield 1 to 100 times")
        .sizes(&[10 * K], 10).aim(OfPeer(0.85)).budget(7502.8, (5 * K, 2)).python(K),
    row("as_completed_1k", Children, "take one of 1,000 children as they end; they end in order")
        .runs("as_completed").sizes(&[K], 1000).aim(OfPeer(0.55)).budget(1231.4, (K, 20)),
    row("as_completed", Children, "take one of 10,000 children as they end; they end in order")
        .sizes(&[10 * K], 100).aim(OfPeer(0.55)).budget(1312.4, (10 * K, 2)),
    row("as_completed_100k", Children, "take one of 100,000 children as they end; they end in order")
        .runs("as_completed").sizes(&[100 * K], 10).aim(OfPeer(0.55)).budget(1318.5, (30 * K, 2)),
    row("as_completed_shuffled_1k", Children, "take one of 1,000 children as they end; they end shuffled")
        .runs("as_completed_shuffled").sizes(&[K], 1000).aim(OfPeer(0.55)).budget(1286.6, (K, 20)),
    row("as_completed_shuffled", Children, "take one of 10,000 children as they end; they end shuffled")
        .sizes(&[10 * K], 100).aim(OfPeer(0.55)).budget(1371.0, (10 * K, 2))
        .scales("as_completed_shuffled"),
    row("as_completed_shuffled_100k", Children, "take one of 100,000 children as they end; they end shuffled")
        .runs("as_completed_shuffled").sizes(&[100 * K], 10).aim(OfPeer(0.55)).budget(1378.7, (30 * K, 2)),

    row("join", InPlace, "10,000 futures that yield three times; all outputs, in order")
        .sizes(&[10 * K], 100).aim(OfPeer(1.00)).budget(549.9, (10 * K, 2)).scales("join"),
    row("unordered", InPlace, "take one of 10,000 futures as they end; they end in order")
        .sizes(&[10 * K], 100).aim(OfPeer(1.00)).budget(586.6, (10 * K, 2)),
    row("unordered_shuffled", InPlace, "take one of 10,000 futures as they end; they end shuffled")
        .sizes(&[10 * K], 100).aim(OfPeer(1.00)).budget(586.6, (10 * K, 2)),
    row("unordered_shuffled_100k", InPlace, "take one of 100,000 futures as they end; they end shuffled")
        .runs("unordered_shuffled").sizes(&[100 * K], 10).aim(OfPeer(1.00)).budget(586.5, (30 * K, 2)),
    row("select2", InPlace, "the first of two, one of which yields once; fair: either may be polled first")
        .sizes(&[M], 4).aim(OfPeer(0.95)).budget(277.8, (50 * K, 2)),
    row("select2_ready", InPlace, "the first of two, one of which is ready; fair: either may be polled first")
        .sizes(&[M], 20).aim(OfPeer(1.10)).budget(49.4, (50 * K, 2)),
    row("select2_biased", InPlace, "the first of two, one of which yields once; biased: it is polled first")
        .sizes(&[M], 5).aim(OfPeer(0.95)).budget(219.1, (50 * K, 2)),
    row("select2_biased_ready", InPlace, "the first of two, one of which is ready; biased: it is polled first")
        .sizes(&[M], 40).aim(OfPeer(1.10)).budget(15.8, (50 * K, 2)),

    row("queue_pingpong", Sharing, "a message to another task or back, through queues of capacity 1")
        .sizes(&[200 * K], 10).aim(OfPeer(0.70)).budget(385.1, (20 * K, 2)),
    row("queue_stream_1", Sharing, "an item from one task to another, through a queue of capacity 1")
        .sizes(&[200 * K], 5).aim(OfPeer(0.80)).budget(691.2, (20 * K, 2)),
    row("queue_stream_16", Sharing, "an item from one task to another, through a queue of capacity 16")
        .sizes(&[500 * K], 15).aim(OfPeer(0.80)).budget(145.6, (50 * K, 2)),
    row("queue_stream_1024", Sharing, "an item from one task to another, through a queue of capacity 1024")
        .sizes(&[M], 10).aim(OfPeer(0.80)).budget(109.9, (50 * K, 2)),
    row("oneshot", Sharing, "spawn a task that sends one value, and await the value (one_shot: a promise)")
        .sizes(&[200 * K], 5).aim(OfPeer(0.50)).budget(835.9, (20 * K, 2)),
    row("lock", Sharing, "acquire and release a lock that is free")
        .sizes(&[M], 30).aim(OfPeer(0.60)).budget(36.8, (50 * K, 2)),
    row("lock_contended", Sharing, "acquire a lock that ten tasks want, yield, and release it")
        .sizes(&[100 * K], 20).aim(OfPeer(0.45)).budget(514.1, (20 * K, 2)),
    row("semaphore", Sharing, "take and give back a permit that is free")
        .sizes(&[M], 20).aim(OfPeer(0.80)).budget(38.9, (50 * K, 2)),
    row("semaphore_contended", Sharing, "take the one permit that ten tasks want, yield, and give it back")
        .sizes(&[100 * K], 20).aim(OfPeer(1.00)).budget(490.0, (20 * K, 2)),

    row("cross_thread_wake", Threads, "from a task to a thread and back")
        .sizes(&[50 * K], 1).unit(Wall).aim(OfPeer(0.90)).budget(1327.0, (5 * K, 2)).varies(),
    row("remote_wake", Threads, "a thread wakes 1,000 tasks, again and again; per wake")
        .sizes(&[K], 1000).unit(Wall).aim(OfPeer(0.50)).budget(251.3, (K, 20)),

    row("blocking_batch", Threads, "start 1,000 jobs on threads, then await each; per job")
        .sizes(&[K], 150).unit(Wall).aim(OfPeer(1.05)).budget(1805.0, (K, 4)),
    row("blocking_batch_defaults", Threads, "blocking_batch on the pool that each runtime comes with, of up to 512 threads")
        .sizes(&[K], 150).unit(Wall).aim(OfPeer(0.20)).budget(1805.0, (K, 4))
        .runs("blocking_batch").against("blocking_batch_defaults"),
    row("blocking_seq", Threads, "start a job on a thread and await it, then the next")
        .sizes(&[K], 20).unit(Wall).aim(OfPeer(1.05)).budget(3034.5, (K, 4)).varies(),

    row("tcp_echo_64", Sockets, "64 bytes through loopback to another task and back, on each of 64 connections")
        .sizes(&[64 * K], 3).aim(OfPeer(0.97)).budget(1235.1, (25_600, 2)),
    row("tcp_echo_1", Sockets, "64 bytes through loopback to another task and back, on one connection")
        .sizes(&[20 * K], 3).aim(OfPeer(0.97)).budget(2244.9, (2 * K, 2)),
    row("tcp_echo_64_uring", Sockets, "tcp_echo_64 beside loops on io_uring")
        .sizes(&[64 * K], 3).budget(1235.1, (25_600, 2)).runs("tcp_echo_64").against("tcp_echo_64_uring"),
    row("tcp_echo_1_uring", Sockets, "tcp_echo_1 beside loops on io_uring")
        .sizes(&[20 * K], 3).budget(2244.9, (2 * K, 2)).runs("tcp_echo_1").against("tcp_echo_1_uring"),
    row("http_hello", Sockets, "a request to a server on hyper and its response, on each of 64 connections")
        .sizes(&[32 * K], 3).aim(OfPeer(1.00)).budget(6793.2, (6_400, 2)),

    row("idle_task", Memory, "a waiting task that holds 64 bytes; the worst of three sizes near 10^6")
        .sizes(&[600 * K, M, 1_050 * K], 1).unit(Bytes).aim(OfPeer(1.00)).budget(171.5, (M, 1)).python(100 * K),
    row("timer", Memory, "one of 1,000,000 armed sleeps, in a box")
        .sizes(&[M], 1).unit(Bytes).aim(OfPeer(0.55)).budget(67.3, (M, 1)),

    row("deep_await", Generators, "resume a task at the bottom of 100 async calls")
        .sizes(&[100 * K], 2).aim(OfPeer(1.05)).budget(2930.2, (5 * K, 2)),
    row("deep_frames", Generators, "resume a task at the bottom of 100 generator calls (peers: deep_await)")
        .sizes(&[100 * K], 5).aim(OfPeer(0.05)).budget(176.7, (50 * K, 2)).against("deep_await"),
    row("generator_sum", Generators, "one value of a generator (limit: of a machine by hand)")
        .sizes(&[10 * M], 10).aim(OfLimit(1.00)).budget(7.4, (M, 2)),
    row("interleave", Generators, "one value of 1,000 generators in turn (limit: a deque of iterators)")
        .sizes(&[10 * M], 9).aim(OfLimit(0.70)).budget(12.7, (M, 2)),
    row("async_generator", Generators, "one value of an async block that yields")
        .sizes(&[M], 20).budget(50.4, (10 * K, 2)),
];
