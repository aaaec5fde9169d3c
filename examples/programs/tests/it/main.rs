//! The programs, as a user would run them, and their parts on a network in memory.

mod chat;
mod crawler;
mod peers;
mod setup;
mod web_server;
mod wget;
