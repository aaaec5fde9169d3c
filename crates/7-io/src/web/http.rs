//! hyper on the loop: a server, a client with a pool, and their parts.
//!
//! The problem: hyper knows HTTP, and nothing of sockets, timers and tasks. Its user implements four
//! traits of it: `Read` and `Write` for bytes, `Timer` for deadlines, `Executor` for tasks. Then hyper's own
//! server and client work.
//!
//! ```text
//!   HttpServer::serve(service, until)            Client (hyper-util)
//!     │ one task for each connection               │ a pool of connections
//!   hyper ── Executor ──> spawn                  HyperConnector ── a task ──> connects
//!     │   └─ Timer ─────> sleep_ticket             │
//!   HyperIo<TcpStream>                           HyperIo<WebStream>
//! ```
//!
//! Invariants:
//! 1. All of it happens in the running loop. The values are `Send` because hyper-util demands it, and
//!    nothing is sent.
//! 2. A connection that fails ends its own task, and the server goes on.
//!
//! Read next: `web/http/io.rs`.

mod connections;
pub(crate) mod connector;
pub(crate) mod executor;
mod incomer;
pub(crate) mod io;
mod prompt;
mod requests;
pub(crate) mod server;
pub(crate) mod timer;
