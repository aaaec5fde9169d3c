//! The words of other libraries lead to a page.
//!
//! The problem: a user searches the reference for a word of asyncio, tokio, trio or `futures`.
//! A `doc(alias)` leads from that word to the item that takes its place here.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `tidy.rs`.

use std::collections::BTreeSet;

use checks::repository::{FACADE, assert_none, rust_files};

use crate::exports::WORKSPACE;

/// Words for which this library has an item. Each is a name in the facade, or an alias.
const WORDS: [(&str, &[&str]); 4] = [
    (
        "asyncio",
        &[
            "Barrier",
            "BoundedSemaphore",
            "BrokenBarrierError",
            "CancelledError",
            "Condition",
            "Context",
            "ContextVar",
            "Event",
            "Future",
            "Handle",
            "InvalidStateError",
            "LifoQueue",
            "Lock",
            "PriorityQueue",
            "Queue",
            "QueueEmpty",
            "QueueFull",
            "QueueShutDown",
            "Runner",
            "Semaphore",
            "Task",
            "TaskGroup",
            "TimeoutError",
            "TimerHandle",
            "all_tasks",
            "as_completed",
            "call_at",
            "call_later",
            "call_soon",
            "call_soon_threadsafe",
            "copy_context",
            "create_task",
            "current_task",
            "ensure_future",
            "gather",
            "get_event_loop",
            "get_running_loop",
            "new_event_loop",
            "run",
            "run_coroutine_threadsafe",
            "shield",
            "sleep",
            "timeout",
            "wait",
            "wait_for",
            "FIRST_COMPLETED",
            "IncompleteReadError",
            "LimitOverrunError",
            "Process",
            "ProcessPoolExecutor",
            "Server",
            "StreamReader",
            "StreamWriter",
            "ThreadPoolExecutor",
            "Timeout",
            "ExceptionGroup",
            "KeyboardInterrupt",
            "IsolatedAsyncioTestCase",
            "add_reader",
            "add_signal_handler",
            "add_writer",
            "connect_read_pipe",
            "connect_write_pipe",
            "create_connection",
            "create_datagram_endpoint",
            "create_future",
            "create_server",
            "create_subprocess_exec",
            "create_subprocess_shell",
            "create_unix_server",
            "create_unix_connection",
            "getaddrinfo",
            "open_connection",
            "open_unix_connection",
            "remove_reader",
            "remove_signal_handler",
            "run_in_executor",
            "slow_callback_duration",
            "sock_accept",
            "sock_connect",
            "sock_recv",
            "sock_sendall",
            "start_server",
            "start_unix_server",
            "start_tls",
            "timeout_at",
            "to_thread",
        ],
    ),
    (
        "tokio",
        &[
            "AbortHandle",
            "CancellationToken",
            "JoinError",
            "JoinHandle",
            "JoinSet",
            "LocalSet",
            "Mutex",
            "Notify",
            "RecvError",
            "Runtime",
            "RwLock",
            "abort",
            "block_on",
            "broadcast",
            "is_finished",
            "join",
            "now",
            "oneshot",
            "select",
            "sleep_until",
            "spawn",
            "spawn_local",
            "start_paused",
            "task_local",
            "try_join",
            "watch",
            "yield_now",
            "AbortOnDropHandle",
            "Elapsed",
            "Handle",
            "MissedTickBehavior",
            "OnceCell",
            "TaskTracker",
            "TcpListener",
            "TcpStream",
            "UdpSocket",
            "UnixListener",
            "UnixStream",
            "advance",
            "ctrl_c",
            "interval",
            "interval_at",
            "mpsc",
            "pause",
            "signal",
            "spawn_blocking",
            "timeout",
            "try_recv",
            "try_send",
            "lookup_host",
            "OwnedSemaphorePermit",
            "test",
            "main",
        ],
    ),
    (
        "trio",
        &[
            "CapacityLimiter",
            "checkpoint",
            "fail_after",
            "fail_at",
            "move_on_after",
            "move_on_at",
            "nursery",
            "open_memory_channel",
            "open_nursery",
            "start_soon",
            "CancelScope",
            "Cancelled",
            "MockClock",
            "autojump_clock",
            "current_time",
            "from_thread",
            "sleep_until",
            "open_tcp_stream",
            "serve_tcp",
            "open_process",
            "run_process",
            "open_signal_receiver",
        ],
    ),
    (
        "futures and smol",
        &[
            "FuturesOrdered",
            "FuturesUnordered",
            "LocalExecutor",
            "LocalPool",
            "Shared",
            "buffer_unordered",
            "buffered",
            "for_each_concurrent",
            "join_all",
            "race",
            "scope",
            "select_all",
            "select_ok",
            "try_join_all",
            "zip",
            "AbortHandle",
            "RemoteHandle",
            "Timer",
            "block_on",
            "unblock",
            "select_biased",
            "select",
            "oneshot",
            "mpsc",
        ],
    ),
];

/// Returns the words of all `doc(alias)` attributes in a source.
fn aliases(text: &str) -> BTreeSet<String> {
    let attributes = text.split("#[doc(alias").skip(1);
    let words = attributes.flat_map(|rest| {
        let attribute = rest.split(")]").next().unwrap_or_default();
        attribute.split('"').skip(1).step_by(2)
    });
    words.map(str::to_string).collect()
}

#[test]
fn a_word_of_another_library_leads_to_an_item() {
    let public = WORKSPACE.public(FACADE.1);
    let names = public.keys().filter_map(|path| path.rsplit("::").next());
    let mut known: BTreeSet<String> = names.map(str::to_string).collect();
    for file in rust_files().iter().filter(|file| file.is_crate_source()) {
        known.extend(aliases(&file.text));
    }
    let mut unknown = Vec::new();
    for (library, words) in WORDS {
        let missing = words.iter().filter(|word| !known.contains(**word));
        unknown.extend(missing.map(|word| format!("{word} of {library}")));
    }
    assert_none("A search in the reference does not find:", &unknown);
}

#[test]
fn aliases_are_read_in_both_forms() {
    let one = concat!("#[doc", "(alias = \"abort\")]\n");
    let two = concat!(
        "#[doc",
        "(alias(\"fail_at\", \"move_on_at\"))]\npub fn f(a: &str) {}\n"
    );
    let found = aliases(&format!("{one}{two}"));
    assert_eq!(
        found.into_iter().collect::<Vec<_>>(),
        ["abort", "fail_at", "move_on_at"]
    );
}
