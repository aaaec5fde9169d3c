//! Breaks four protocols, for the tests that must fail.
//!
//! The problem: a checker that finds nothing proves little until it has found an error.
//! So this script changes one thing in the source that floor 3, 5 or 6 compiles, and the
//! models must find the error.
//!
//! Invariant: a change that does not match the source stops the build. So a broken form
//! cannot silently become a correct one.
//!
//! Read next: `src/models.rs`.

use std::{env, fs, path::Path};

const SOURCE: &str = "../../crates/3-task/src/mailbox/park.rs";
/// The woken list of floor 5. It imports the types of the standard library, which the checkers
/// replace: its imports are changed, and nothing else.
const WOKEN: &str = "../../crates/5-combinators/src/members/woken.rs";
/// The imports of `woken.rs`, and those of a checker.
const IMPORTS: (&str, &str) = (
    "use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};",
    "use self::std_sync::{AtomicBool, Mutex, MutexGuard, Ordering};
use std::sync::{Arc, PoisonError};",
);
/// The broken forms of the woken list.
const WOKEN_FORMS: &[(&str, &str, &str)] = &[
    (
        // The waking thread has found the future listed; the poll does not see its value.
        "woken_stored",
        "self.listed.swap(false, Ordering::AcqRel);",
        "self.listed.store(false, Ordering::Release);",
    ),
    (
        // The future is polled before its wakes are listed again.
        "woken_never_reset",
        "self.listed.swap(false, Ordering::AcqRel);",
        "",
    ),
    (
        // The swap of the owner's thread acquires nothing.
        "woken_relaxed",
        "self.listed.swap(false, Ordering::AcqRel);",
        "self.listed.swap(false, Ordering::Release);",
    ),
];
/// The source that uses `park.rs`; it is taken unchanged.
const STATION: &str = "../../crates/3-task/src/mailbox/lent_mailbox.rs";

/// The broken forms: name, text in the source, text in its place.
const FORMS: &[(&str, &str, &str)] = &[
    (
        // The mailbox is emptied before the state is reset: a message that arrives in
        // between loses its notification.
        "emptied_first",
        "        self.state.swap(AWAKE, Ordering::AcqRel);
        self.messages.lock().take(into);",
        "        self.messages.lock().take(into);
        self.state.swap(AWAKE, Ordering::AcqRel);",
    ),
    (
        // Two steps where one is needed: a notification between them is overwritten.
        "looked_then_slept",
        "        self.state
            .compare_exchange(change.0, change.1, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()",
        "        let awake = self.state.load(Ordering::Acquire) == change.0;
        if awake {
            self.state.store(change.1, Ordering::Release);
        }
        awake",
    ),
    (
        // If two threads notify at once, both or neither may see that the loop sleeps.
        "rang_in_two_steps",
        "        self.state.swap(NOTIFIED, Ordering::AcqRel) == PARKED",
        "        let before = self.state.load(Ordering::Acquire);
        self.state.store(NOTIFIED, Ordering::Release);
        before == PARKED",
    ),
    (
        // The notification comes before the message is in the mailbox.
        "rang_before_posting",
        "        {
            let mut messages = self.messages.lock();",
        "        let asleep = self.notify();
        {
            let mut messages = self.messages.lock();",
    ),
    (
        // The thread looks whether the loop was notified before the message is in the mailbox.
        "looked_before_posting",
        "        {
            let mut messages = self.messages.lock();",
        "        let asked = self.asked();
        {
            let mut messages = self.messages.lock();",
    ),
    (
        // The loop may close, and another one open, before the message is stored.
        "admitted_outside",
        "            let mut messages = self.messages.lock();
            if !admit() {
                return Err(message);
            }",
        "            if !admit() {
                return Err(message);
            }
            let mut messages = self.messages.lock();",
    ),
    (
        // Messages that the loop has not read are left for the next loop.
        "shut_unread",
        "        messages.take(&mut left);",
        "        if left.capacity() > 0 {
            messages.take(&mut left);
        }",
    ),
    (
        // A loop that wakes resets the state and does not look into the mailbox.
        "rose_deaf",
        "        let change = (PARKED, AWAKE);
        let _ =
            self.state
                .compare_exchange(change.0, change.1, Ordering::AcqRel, Ordering::Acquire);",
        "        self.state.store(AWAKE, Ordering::Release);",
    ),
];

/// The end of a post, which two of the forms change, too.
const END: &str = "Ok(!self.asked() && self.notify())";

/// The source of the hand-over of jobs to the workers of a pool.
const HANDOVER: &str = "../../crates/6-sync/src/threads/handover.rs";
/// The list that it uses; it is taken unchanged.
const JOB_LIST: &str = "../../crates/6-sync/src/threads/job_list.rs";

/// Its broken forms.
const HANDOVER_FORMS: &[(&str, &str, &str)] = &[
    (
        // A worker whose time is over does not look whether a job was reserved for it.
        "ended_with_a_token",
        "            if state.tokens > 0 {
                state.tokens -= 1;
                return true;
            }
            if state.closing || late {",
        "            if late {
                state.idle = state.idle.saturating_sub(1);
                return false;
            }
            if state.tokens > 0 {
                state.tokens -= 1;
                return true;
            }
            if state.closing {",
    ),
    (
        // The state of the pool is read, and the job is queued in a second step.
        "queued_in_two_steps",
        "        let number = state.jobs.push(job, label);
        let enough = state.jobs.len() <= state.idle + state.tokens;",
        "        let coming = state.idle + state.tokens;
        drop(state);
        let mut state = self.state.lock();
        let number = state.jobs.push(job, label);
        let enough = state.jobs.len() <= coming;",
    ),
    (
        // A shutdown that wakes no idle worker.
        "shut_down_silently",
        "        self.state.lock().closing = true;
        self.wake.notify_all();",
        "        self.state.lock().closing = true;",
    ),
    (
        // A wait that is given up is told between its look and its sleep.
        "looked_without_the_lock",
        "        drop(self.state.lock()); // a thread that has just asked waits by now\n",
        "",
    ),
    (
        // A worker that ends at a shutdown before it looks into the queue.
        "ended_before_the_queue",
        "            if let Some((number, label, job)) = state.jobs.pop() {",
        "            if !state.closing
                && let Some((number, label, job)) = state.jobs.pop()
            {",
    ),
    (
        // A worker that was notified does not notify the next one, and there are more jobs.
        "passed_no_token_on",
        "                self.notify_idle(state);
                return Some(job);",
        "                return Some(job);",
    ),
];

/// The source of the queue between loops.
const CHANNEL: &str = "../../crates/6-sync/src/fleet/channel.rs";
/// Its imports of the floor, and those of a checker. Its imports of the crate's other folders are
/// changed, and nothing else.
const CHANNEL_IMPORTS: (&str, &str) = ("use crate::threads::", "use super::");
/// Its broken forms.
const CHANNEL_FORMS: &[(&str, &str, &str)] = &[
    (
        // A get finds no item, and enters the line in a second step.
        "entered_in_two_steps",
        "            None => (Found::Waits, enter(getters, place, fresh), None),",
        "            None => {
                drop(state);
                let mut state = self.state.lock();
                let stale = enter(&mut state.getters, place, fresh);
                drop(state);
                drop(stale);
                return (Found::Waits, None);
            }",
    ),
    (
        // A getter that leaves keeps the notice that it has.
        "left_with_its_notice",
        "        let passes_on = notified && !state.items.is_empty();",
        "        let passes_on = notified && state.shut;",
    ),
    (
        // A shutdown forgets the getters.
        "shut_silently",
        "        let mut woken = state.getters.take_all();",
        "        let mut woken = Vec::new();",
    ),
    (
        // An item is taken out, and no putter is told of the room.
        "took_silently",
        "                (Found::Done(item), stale, first(putters))",
        "                (Found::Done(item), stale, None)",
    ),
];

fn main() {
    println!("cargo::rerun-if-changed={SOURCE}");
    println!("cargo::rerun-if-changed=build.rs");
    let source = fs::read_to_string(SOURCE).expect("floor 3 is beside this package");
    let out = env::var("OUT_DIR").expect("cargo says where to put things");
    for (name, right, wrong) in FORMS {
        assert_eq!(
            source.matches(right).count(),
            1,
            "park.rs no longer has what {name} breaks: mend the form in build.rs"
        );
        let mut broken = source.replace(right, wrong);
        assert!(source.contains(END), "mend the end of a post in build.rs");
        match *name {
            "rang_before_posting" => broken = broken.replace(END, "Ok(asleep)"),
            "looked_before_posting" => broken = broken.replace(END, "Ok(!asked && self.notify())"),
            _ => {}
        }
        write(Path::new(&out), name, &broken);
    }
    println!("cargo::rerun-if-changed={WOKEN}");
    let woken = fs::read_to_string(WOKEN).expect("floor 5 is beside this package");
    assert!(woken.contains(IMPORTS.0), "mend the imports in build.rs");
    let woken = woken.replace(IMPORTS.0, IMPORTS.1);
    write(Path::new(&out), "woken", &woken);
    for (name, right, wrong) in WOKEN_FORMS {
        assert_eq!(woken.matches(right).count(), 1, "mend {name} in build.rs");
        write(Path::new(&out), name, &woken.replace(right, wrong));
    }
    println!("cargo::rerun-if-changed={STATION}");
    let lent_mailbox = fs::read_to_string(STATION).expect("floor 3 is beside this package");
    write(Path::new(&out), "lent_mailbox", &lent_mailbox);
    println!("cargo::rerun-if-changed={HANDOVER}");
    let handover = fs::read_to_string(HANDOVER).expect("floor 6 is beside this package");
    write(Path::new(&out), "unchanged", &handover);
    for (name, right, wrong) in HANDOVER_FORMS {
        assert_eq!(
            handover.matches(right).count(),
            1,
            "handover.rs no longer has what {name} breaks: mend the form in build.rs"
        );
        write(Path::new(&out), name, &handover.replace(right, wrong));
    }
    println!("cargo::rerun-if-changed={CHANNEL}");
    let channel = fs::read_to_string(CHANNEL).expect("floor 6 is beside this package");
    let imports = channel.matches(CHANNEL_IMPORTS.0).count();
    assert_eq!(imports, 2, "mend the imports in build.rs");
    let channel = channel.replace(CHANNEL_IMPORTS.0, CHANNEL_IMPORTS.1);
    write(Path::new(&out), "channel", &channel);
    for (name, right, wrong) in CHANNEL_FORMS {
        assert_eq!(channel.matches(right).count(), 1, "mend {name} in build.rs");
        write(Path::new(&out), name, &channel.replace(right, wrong));
    }
    println!("cargo::rerun-if-changed={JOB_LIST}");
    let job_list = fs::read_to_string(JOB_LIST).expect("floor 6 is beside this package");
    write(Path::new(&out), "job_list", &job_list);
}

/// Writes a source to be included, without its `//!` lines, which an included file cannot have.
fn write(out: &Path, name: &str, source: &str) {
    let kept = source.lines().filter(|line| !line.starts_with("//!"));
    let text = kept.collect::<Vec<_>>().join("\n");
    fs::write(out.join(format!("{name}.rs")), text).expect("it can be written");
}
