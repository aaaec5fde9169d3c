//! Floor 7: the loop as a future inside another runtime.
//!
//! A program of tokio or smol awaits [`run_in`], and groundup's tasks run among those of the
//! runtime, which is the *host*. The ready-made hosts need the features `tokio` and `smol`. Another
//! runtime is a host if it implements [`Host`].
//!
//! Invariant: these are public names of the crate `groundup-io`, whose page `host.rs` explains them.
//!
//! Read next: `net.rs`.

#[cfg(feature = "smol")]
#[doc(inline)]
pub use groundup_io::SmolHost;
#[cfg(feature = "tokio")]
#[doc(inline)]
pub use groundup_io::TokioHost;
#[doc(inline)]
pub use groundup_io::{Guest, Host, run_in};
