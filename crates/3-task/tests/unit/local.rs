//! Keys of task-local values do not come round.
//!
//! Invariant: no key is given twice, also after four billion.
//!
//! Read next: `src/handles/local.rs`.

use super::*;

#[test]
fn keys_after_four_billion_are_nobody_elses() {
    let scheduler = Scheduler::new().unwrap();
    let _entered = scheduler.enter().unwrap();
    let early: [Local<u32>; 4] = [const { Local::new() }; 4];
    for (local, value) in early.iter().zip(0..) {
        local.set(value);
    }
    KEYS.store(u64::from(u32::MAX) - 1, Ordering::Relaxed);
    let late: [Local<u32>; 8] = [const { Local::new() }; 8];
    for local in &late {
        assert_eq!(local.get(), None);
        local.set(99);
    }
    for (local, value) in early.iter().zip(0..) {
        assert_eq!(local.get(), Some(value));
    }
}
