//! Records how far the cancel of a scope has come, as one enum.
//!
//! The problem: a scope is cancelled while its region is suspended, is being polled, or was never
//! polled. The cancel may be taken back, go to the task or promise that the region awaits, come
//! back from there, or follow the errors of a group. Five bits store this. Eleven of their
//! combinations exist, and each has a name here. The moves have the numbers of `cancel.rs`.
//!
//! ```text
//!   Uncalled
//!      │ 1 ask
//!      v                set pending
//!     Due <───────────────────────────────> Pending
//!     │ ^ ^                 3 go              │ 13 take back
//!     │ │ │                                   v
//!     │ │ └────────── 1 ask, 14 again ────── Over <── 7 end ── Due, Forwarded
//!   2 │ │ 4, 14
//!     v │               set pending
//!   Forwarded <──────────────────> ForwardedAndPending
//!                           3 go              │ 13 take back
//!                                             v
//!                   Over <── 4 come back ── Recalled
//! ```
//!
//! In `Recalled` the awaited has a cancel that is no longer wanted here. Each state with a request
//! has a twin that follows the errors of a group (15): `DueAndFollows`, `PendingAndFollows`, ...
//!
//! | move | what happens | who does it |
//! |---|---|---|
//! | 1 ask | the scope is cancelled | `ask_scope` |
//! | set pending | the cancel waits for the next step of the task, and can be taken back until then | `may_be_revoked` |
//! | 3 go | the cancel is on its way: it can no longer be taken back | `forward_or_reach_in_scope` |
//! | 2 forward | the awaited task or promise is cancelled first | `forward_or_reach_in_scope` |
//! | 4 come back | the awaited has ended as cancelled, or has refused | `bring_back`, `refused` |
//! | 7 end | the region takes the cancel, or the awaited has caught it | `scope_due` |
//! | 13 take back | no cancel of the task is left | `uncancel` |
//! | 14 again | the owner of the cancel is dropped before its end (6, 14) | `request_again` |
//! | 15 follow, lead | a group returns errors before the cancel; or it does not | `give_back` |
//!
//! Invariants:
//! 1. Only a pending cancel is taken back.
//! 2. After the end of a request, the cancel is neither pending nor behind errors.
//!
//! Read next: `cancel/counts.rs`.

/// The scope was cancelled at least once.
const CALLED: u8 = 1 << 0;
/// A cancel is due in the region.
const REQUESTED: u8 = 1 << 1;
/// The cancel has had no effect yet and can still be taken back.
const PENDING: u8 = 1 << 2;
/// The cancel follows the errors that a group inside the region has returned.
const FOLLOWS: u8 = 1 << 3;
/// The cancel was handed on to an awaited task or promise, and is to come back from there.
const FORWARDED: u8 = 1 << 4;

/// The states of a scope's cancel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum ScopeState {
    /// The scope was never cancelled.
    #[default]
    Uncalled = 0,
    /// No cancel is on its way any more.
    Over = CALLED,
    /// The region takes the cancel in its next poll.
    Due = CALLED | REQUESTED,
    /// As `Due`, and the cancel can be taken back.
    Pending = CALLED | REQUESTED | PENDING,
    /// The awaited task or promise has the cancel, and has not ended yet.
    Forwarded = CALLED | REQUESTED | FORWARDED,
    /// `Forwarded`, and a second cancel is pending.
    ForwardedAndPending = CALLED | REQUESTED | FORWARDED | PENDING,
    /// The awaited task or promise has the cancel, but here it was taken back.
    Recalled = CALLED | FORWARDED,
    DueAndFollows = CALLED | REQUESTED | FOLLOWS,
    PendingAndFollows = CALLED | REQUESTED | PENDING | FOLLOWS,
    ForwardedAndFollows = CALLED | REQUESTED | FORWARDED | FOLLOWS,
    ForwardedPendingAndFollows = CALLED | REQUESTED | FORWARDED | PENDING | FOLLOWS,
}

/// The moves of the table above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScopeMove {
    Ask,
    SetPending,
    Go,
    Forward,
    ComeBack,
    End,
    TakeBack,
    Again,
    /// The cancel goes behind the errors of a group.
    Follow,
    /// The cancel goes behind no errors.
    Lead,
}

impl ScopeState {
    /// Returns the state after a move.
    ///
    /// | | ask | set pending | go | forward | come back | end | take back | again |
    /// |---|---|---|---|---|---|---|---|---|
    /// | `Uncalled` | `D` | - | - | - | - | - | - | `D` |
    /// | `Over` | `D` | - | - | - | - | - | - | `D` |
    /// | `Due` (`D`) | - | `P` | - | `F` | - | `Over` | - | - |
    /// | `Pending` (`P`) | - | - | `D` | `F+P` | - | `Over` | `Over` | - |
    /// | `Forwarded` (`F`) | - | `F+P` | - | - | `D` | `Over` | - | `D` |
    /// | `F+P` | - | - | `F` | - | `P` | `Over` | `R` | `P` |
    /// | `Recalled` (`R`) | `F` | - | - | - | `Over` | - | - | `D` |
    ///
    /// (`-`: nothing changes.) A twin that follows errors moves as the state that does not, to
    /// a twin; its end and its taking back lead to `Over` and `Recalled`, which have none.
    /// `Follow` and `Lead` go from one twin to the other.
    pub(crate) const fn after(self, change: ScopeMove) -> ScopeState {
        let bits = self as u8;
        let requested = bits & REQUESTED != 0;
        ScopeState::unpack(match change {
            ScopeMove::Ask => bits | CALLED | REQUESTED,
            ScopeMove::Again => (bits | CALLED | REQUESTED) & !FORWARDED,
            ScopeMove::Forward if requested => bits | FORWARDED,
            ScopeMove::ComeBack => bits & !FORWARDED,
            ScopeMove::End if requested => CALLED,
            ScopeMove::TakeBack if bits & PENDING != 0 => bits & (CALLED | FORWARDED),
            ScopeMove::SetPending if requested => bits | PENDING,
            ScopeMove::Go => bits & !PENDING,
            ScopeMove::Follow if requested => bits | FOLLOWS,
            ScopeMove::Lead => bits & !FOLLOWS,
            _ => bits,
        })
    }

    /// Reads a state from its bits.
    const fn unpack(bits: u8) -> ScopeState {
        use ScopeState::*;
        const OVER: u8 = Over as u8;
        const RECALLED: u8 = Recalled as u8;
        const DUE: u8 = Due as u8;
        const WAITING: u8 = Pending as u8;
        const AWAY: u8 = Forwarded as u8;
        let follows = bits & FOLLOWS != 0;
        match (bits & !FOLLOWS, follows) {
            (0, _) => Uncalled,
            (OVER, _) => Over,
            (RECALLED, _) => Recalled,
            (DUE, false) => Due,
            (DUE, true) => DueAndFollows,
            (WAITING, false) => Pending,
            (WAITING, true) => PendingAndFollows,
            (AWAY, false) => Forwarded,
            (AWAY, true) => ForwardedAndFollows,
            (_, false) => ForwardedAndPending,
            (_, true) => ForwardedPendingAndFollows,
        }
    }

    /// Returns true if a cancel is due in the region.
    pub(crate) const fn is_requested(self) -> bool {
        self as u8 & REQUESTED != 0
    }

    /// Returns true if the awaited task or promise has the cancel.
    pub(crate) const fn is_forwarded(self) -> bool {
        self as u8 & FORWARDED != 0
    }

    /// Returns true if a cancel is due in the region, and follows the errors of a group.
    pub(crate) const fn follows(self) -> bool {
        self as u8 & FOLLOWS != 0
    }
}
