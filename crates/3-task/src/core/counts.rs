//! Counts the occupants of the slots, by kind and state.
//!
//! The problem: a program that has come to rest holds no task, no promise and no callback. A count that
//! each spawn and each end kept up to date would cost every program instructions. A test asks
//! once, so the count is made when it is asked for, by a look at the slots.
//!
//! | occupant | not ended | ended, its end not looked at | ended and seen |
//! |---|---|---|---|
//! | task | `tasks` | `unread` | - |
//! | promise | `promises` | `unread` | - |
//! | callback | `callbacks` | - | - |
//!
//! Invariant: one look at each block of slots that is in use, and no occupant is changed.
//!
//! Read next: `core/moving.rs`.

use groundup_interweave::trace::{Access, Counts, Touched};

use crate::core::Core;
use crate::store::key::Mark;

impl Core {
    /// Counts the occupants of the slots, and the reasons.
    pub(crate) fn counts(&self) -> Counts {
        self.touch(Touched::Everything, Access::Write);
        let mut counts = Counts::default();
        self.slots.look(|_, slot| {
            let (promise, callback) = (slot.has(Mark::Promise), slot.has(Mark::Callback));
            let kind = match (slot.is_done(), promise) {
                (true, _) if callback || slot.has(Mark::Seen) => return,
                (true, _) => {
                    counts.errors += usize::from(slot.failed_unseen());
                    &mut counts.unread
                }
                (false, true) => &mut counts.promises,
                (false, false) if callback => &mut counts.callbacks,
                (false, false) => &mut counts.tasks,
            };
            *kind += 1;
        });
        counts.reasons = self.own_reasons();
        counts
    }
}
