//! The programs as users run them, and their parts in memory.

mod arguments;
mod browser;
mod chat;
mod closed_output;
mod crawler;
mod curl;
mod echo;
mod nginx;
mod peers;
mod redis;
mod setup;
mod sigterm;
mod web_program;
mod web_server;
mod wget;
mod wrk;

#[path = "../../../ecosystem/tests/support/patience.rs"]
mod patience;
#[path = "../../../ecosystem/tests/support/peer.rs"]
mod peer;
#[path = "../../../ecosystem/tests/support/refusing.rs"]
mod refusing;
