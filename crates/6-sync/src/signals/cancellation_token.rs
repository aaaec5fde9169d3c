//! CancellationToken: a request to stop, for a tree of tasks.
//!
//! The problem: a program that stops has many tasks, and some of them belong together: the requests
//! of one connection, the connections of one server. The cancel of a task stops it wherever it
//! waits. A token asks: a task looks at it, or waits for it, where it can stop. A token has children,
//! and to cancel it cancels all tokens beneath, and none above.
//!
//! ```text
//!            server ── cancel ──> all tokens are cancelled
//!            /    \
//!    connection  connection ── cancel ──> this one, and the request
//!                     \
//!                   request
//! ```
//!
//! A token that is cancelled stays so. The tasks that wait go on one iteration later: first the
//! tasks that wait for this token, then the tasks of its children, and so on.
//!
//! Invariants:
//! 1. If a token is cancelled, so are all tokens beneath it, before any task is woken.
//! 2. A token of which no handle is left keeps no memory. Its children belong to the token above.
//!
//! Read next: `signals/cancellation_token/tree.rs`.

use std::fmt;
use std::rc::Rc;

use groundup_combinators::trace::Name;

use crate::signals::cancellation_token::tree::TokenNode;
use crate::signals::cancellation_token::wait::CancellationWait;
use crate::wait_list::Place;

pub(crate) mod guard;
mod tree;
pub(crate) mod wait;

/// Asks a tree of tasks to stop. Clones are handles of the same token.
///
/// ```
/// # mod groundup { pub use groundup_sync::{*, combinators::*, executor::*}; }
/// use groundup::{CancellationToken, gather, run_virtual, sleep, spawn};
/// use std::time::Duration;
///
/// run_virtual(async {
///     let server = CancellationToken::new();
///     let connections: Vec<_> = (1..=2)
///         .map(|number| {
///             let stop = server.child_token();
///             spawn(async move {
///                 stop.cancelled().await;
///                 format!("{number} has said goodbye") // clean-up may await
///             })
///         })
///         .collect();
///     sleep(Duration::from_secs(60)).await;
///     server.cancel();
///     let ends = gather(connections).await.unwrap();
///     assert_eq!(ends, ["1 has said goodbye", "2 has said goodbye"]);
/// });
/// ```
///
/// To stop a task wherever it waits, cancel the task. To stop it at the end of a scope or after a
/// time, use a task group or a timeout.
#[derive(Clone)]
pub struct CancellationToken {
    node: Rc<TokenNode>,
}

impl CancellationToken {
    /// Creates a token that is not cancelled, and has no token above it.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let token = groundup::CancellationToken::new();
    /// assert!(!token.is_cancelled());
    /// ```
    #[track_caller]
    #[expect(
        clippy::new_without_default,
        reason = "a token knows where it was made"
    )]
    pub fn new() -> Self {
        let node = Rc::new(TokenNode::new());
        CancellationToken { node }
    }

    /// Creates a token that is cancelled with this one. A child of a cancelled token is cancelled.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let server = groundup::CancellationToken::new();
    /// let (one, two) = (server.child_token(), server.child_token());
    /// one.cancel();
    /// assert!(!server.is_cancelled() && !two.is_cancelled());
    /// server.cancel();
    /// assert!(two.is_cancelled());
    /// ```
    #[track_caller]
    #[must_use]
    pub fn child_token(&self) -> Self {
        let node = Rc::new(TokenNode::new());
        node.join(&self.node);
        CancellationToken { node }
    }

    /// Names the token in traces, deadlock reports and explanations, if it has no name yet. Without
    /// a name it is called "cancellation token", and reports say where it was made.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let stop = groundup::CancellationToken::new().named("stop");
    /// assert_eq!(format!("{stop:?}"), "<CancellationToken stop [not cancelled]>");
    /// ```
    #[must_use]
    pub fn named(self, name: impl Into<Name>) -> Self {
        self.node.home.name_once(name.into());
        self
    }

    /// Cancels the token and all tokens beneath it, and wakes the tasks that wait for them. They run
    /// in the next iteration. Does nothing if the token is cancelled.
    pub fn cancel(&self) {
        self.node.cancel();
    }

    /// Returns true if the token is cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.node.is_cancelled()
    }

    /// Waits until the token is cancelled. Returns at once, without a suspension, if it is.
    ///
    /// # Cancel safety
    ///
    /// A wait that is dropped or cancelled leaves the token as it was.
    ///
    /// # Panics
    ///
    /// If a task of another loop has waited for this token.
    #[track_caller]
    pub fn cancelled(&self) -> CancellationWait<'_> {
        self.node.home.note_await(0);
        CancellationWait {
            node: &self.node,
            place: Place::default(),
        }
    }
}

impl fmt::Debug for CancellationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.is_cancelled() {
            true => "cancelled",
            false => "not cancelled",
        };
        write!(f, "<CancellationToken {} [{state}", self.node.home.name())?;
        match self.node.waiters.len() {
            0 => f.write_str("]>"),
            waiters => write!(f, ", waiters:{waiters}]>"),
        }
    }
}
