//! CancellationGuard: cancels a token when it is dropped.
//!
//! The problem: a function starts tasks with a token, and leaves by an error or a panic. The tasks
//! must stop then, too.
//!
//! Invariant: a guard cancels its token at most once, and not after `disarm`.
//!
//! Read next: `channels.rs`.

use crate::signals::cancellation_token::CancellationToken;

impl CancellationToken {
    /// Makes a guard that cancels the token when it is dropped.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let stop = groundup::CancellationToken::new();
    /// drop(stop.clone().drop_guard());
    /// assert!(stop.is_cancelled());
    /// ```
    pub fn drop_guard(self) -> CancellationGuard {
        CancellationGuard { token: Some(self) }
    }
}

/// Cancels a token when it is dropped. Made by [`CancellationToken::drop_guard`].
#[derive(Debug)]
#[must_use = "the token is cancelled when the guard is dropped"]
pub struct CancellationGuard {
    /// The token, until `disarm`.
    token: Option<CancellationToken>,
}

impl CancellationGuard {
    /// Returns the token, which the drop of the guard does not cancel any more.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let guard = groundup::CancellationToken::new().drop_guard();
    /// assert!(!guard.disarm().is_cancelled());
    /// ```
    pub fn disarm(mut self) -> CancellationToken {
        self.token.take().expect("it is there until here")
    }
}

impl Drop for CancellationGuard {
    fn drop(&mut self) {
        if let Some(token) = &self.token {
            token.cancel();
        }
    }
}
