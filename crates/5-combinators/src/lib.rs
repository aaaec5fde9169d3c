//! Floor 5 of groundup: everything that waits for several things at once.
#![forbid(unsafe_code)]
pub use groundup_executor as executor;
pub use groundup_executor::{generator, interweave, task, trace};

mod as_completed;
mod gather;
mod join;
mod places;
mod race;
mod select;
mod shield;
mod task_group;
mod timeout;
mod turns;
mod wait;

pub use as_completed::{AsCompleted, AsCompletedTimeout, Completed, as_completed};
pub use gather::{
    Cancellable, Gather, GatherError, GatherHandle, GatherOutcomes, Gathered, Many, Members,
    Outcomes, TryGathered, Tuple, gather, gather_tuple, try_gather,
};
pub use join::{JoinAll, TryJoinAll, join, try_join};
pub use places::IntoPlaces;
pub use race::{IntoContenders, Race, RaceOk, race, race_ok};
pub use select::{Select, Selected, select};
pub use shield::{Shield, shield};
pub use task_group::{
    Child, ChildEnded, ChildError, GroupClosed, GroupError, TaskGroup, cancellable_group,
    task_group,
};
pub use timeout::{Deadline, DeadlineError, Elapsed, Timeout, timeout, timeout_at, wait_for};
pub use wait::{MemberId, ReturnWhen, SetWait, Wait, WaitSet, Waitable, wait};
