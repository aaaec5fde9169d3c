//! Floor 4 of groundup: time and the event loop.
#![forbid(unsafe_code)]
pub use groundup_task as task;
pub use groundup_task::{generator, interweave, trace};

mod alarm;
mod builder;
mod current;
mod driver;
mod error;
mod event_loop;
mod iteration;
mod ladder;
mod main_task;
mod observation;
mod remote;
mod remote_task;
mod run;
mod running_loop;
mod scheduling;
mod sleep;
mod timer;
mod timers;

pub use alarm::Alarm;
pub use builder::Builder;
pub use driver::{Driver, Parked, ThreadPark, Virtual};
pub use error::RunError;
pub use event_loop::EventLoop;
pub use remote::{LoopClosed, Remote, remote};
pub use remote_task::{RemoteError, RemoteTask};
pub use run::{Runner, run};
pub use running_loop::{
    all_tasks, call_at, call_later, call_soon, current_task, iteration, spawn, spawn_later, stop,
    time,
};
pub use sleep::{Sleep, block, sleep, sleep_until};
pub use timer::TimerHandle;
