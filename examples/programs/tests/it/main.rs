//! The programs as users run them, and their parts in memory.

mod chat;
mod crawler;
mod echo;
mod nginx;
mod peers;
mod redis;
mod setup;
mod web_server;
mod wget;
mod wrk;
