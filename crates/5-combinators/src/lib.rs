//! Floor 5 of groundup: everything that waits for several things at once.
#![forbid(unsafe_code)]
pub use groundup_executor as executor;
pub use groundup_executor::{generator, interweave, task, trace};

mod as_completed;
mod buffered;
mod flight;
mod gather;
mod gather_error;
mod iterables;
mod join;
mod map;
mod maybe_async;
mod members;
mod merge;
mod outer;
mod places;
mod pump;
mod race;
mod run_on;
mod running;
mod select;
mod shield;
mod table;
mod task_group;
mod timeout;
mod together;
mod turns;
mod wait;
mod zip;

pub use as_completed::{AsCompleted, AsCompletedTimeout, Completed, as_completed};
pub use buffered::{Buffered, buffer_unordered, buffered};
pub use gather::{
    Gather, GatherHandle, GatherOutcomes, Gathered, Outcomes, TryGathered, gather, gather_tuple,
    try_gather,
};
pub use gather_error::{Cancellable, GatherError};
pub use iterables::Iterables;
pub use join::{JoinAll, TryJoinAll, join, try_join};
pub use map::{AsyncMap, async_map};
pub use maybe_async::{MaybeAsync, plain};
pub use members::{Many, Members, Tuple};
pub use merge::{IntoStreams, Merge, merge};
pub use places::IntoPlaces;
pub use race::{IntoContenders, Race, RaceOk, race, race_ok};
pub use run_on::RunOn;
pub use select::{Select, Selected, select};
pub use shield::{Shield, shield};
pub use table::{CANCEL_TABLE, CancelRow, Fate, Mishap, cancel_table};
pub use task_group::{
    Child, ChildEnded, ChildError, GroupClosed, GroupError, TaskGroup, cancellable_group,
    task_group,
};
pub use timeout::{Deadline, DeadlineError, Elapsed, Timeout, timeout, timeout_at, wait_for};
pub use wait::{MemberId, ReturnWhen, SetWait, Wait, WaitSet, Waitable, wait};
pub use zip::{Zip, Zippable, zip};
