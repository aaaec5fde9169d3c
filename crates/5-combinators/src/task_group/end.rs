//! End of a group: the value of its body, the errors, or a cancel.
//!
//! The problem: at the end of a group four things may be there at once: the value or the error of
//! the body, the errors of the children, and a cancel that the group has caught. One of them
//! leaves the group, and none of the others may be lost in silence.
//!
//! ```text
//!   children or body failed    Err(Children(errors)); a cancel from outside follows them
//!   a cancel from outside      goes on outward; the value of the body is dropped
//!   the group's own cancel     Err(Cancelled), if the body has no value
//!   otherwise                  Ok(value)
//! ```
//!
//! Invariant: errors leave the group before a cancel.
//!
//! Read next: `task_group/stage.rs`.

use groundup_executor::task::{CancelScope, Cancelled, EachTold, RaiseCancelled, Told};

use crate::task_group::error::{ChildError, ChildErrors, GroupError};

/// How the body of a group has ended.
pub(super) enum BodyEnd<R, E> {
    Value(Told<R>),
    Error(Told<E>),
    /// A cancel has ended it. The group holds this cancel.
    Cancelled,
}

impl<R, E> BodyEnd<R, E> {
    /// Takes the end of a body that has returned.
    pub(super) fn returned(result: Result<R, E>) -> Self {
        match result {
            Ok(value) => BodyEnd::Value(Told::new(value)),
            Err(error) => BodyEnd::Error(Told::new(error)),
        }
    }

    /// Returns true if the body has returned a value.
    pub(super) fn is_value(&self) -> bool {
        matches!(self, BodyEnd::Value(_))
    }
}

/// Holds all that a group has after its last child.
pub(super) struct GroupEnd<R, E> {
    pub(super) body: BodyEnd<R, E>,
    /// The errors of the children, in the order of their ends.
    pub(super) errors: EachTold<ChildError<E>>,
    /// The cancel that the group has caught.
    pub(super) caught: Option<RaiseCancelled>,
    /// True if the group itself has caused this cancel.
    pub(super) own: bool,
}

impl<R, E> GroupEnd<R, E> {
    /// Returns the value or the errors, or lets the caught cancel go on outward. A cancel whose
    /// address is the task or another scope goes on; any other one goes on unless it is the group's
    /// own.
    pub(super) async fn settle(self, scope: &CancelScope) -> Result<R, GroupError<E>> {
        let caught = self.caught;
        let outward = caught.and_then(|caught| caught.beyond(scope.ticket(), self.own));
        let mut errors = self.errors;
        let value = match self.body {
            BodyEnd::Value(value) => Some(value),
            BodyEnd::Error(error) => {
                errors.extend(Some(ChildError::Failed(error.into_inner())));
                None
            }
            BodyEnd::Cancelled => None,
        };
        let Some(errors) = ChildErrors::new(errors) else {
            return match outward {
                Some(cancelled) => match cancelled.await {},
                None => value.map(Told::into_inner).ok_or(GroupError::Cancelled),
            };
        };
        let_cancel_follow(outward, scope);
        Err(GroupError::Children(errors))
    }
}

/// Gives the outward cancel back behind the errors that the group returns: it is delivered at the
/// next suspension. If there is none, but cancels count on the task, an echo follows the errors: a
/// cancel without an address stands for those. asyncio's group cancels its task anew for this.
fn let_cancel_follow(outward: Option<RaiseCancelled>, scope: &CancelScope) {
    let cancel = outward.unwrap_or_else(|| Cancelled::default().hold());
    cancel.follow(scope.cancelling() > 0);
}
