//! The parts of wget, the crawler, the three servers and the jobs.
//!
//! The programs in `bin/` read the command line and call this library, so that tests can call it, too.
//! A reader begins with `wget`: one download in three styles.
#![forbid(unsafe_code)]

pub mod arguments;
pub mod chat;
pub mod crawler;
pub mod echo;
pub mod failure;
pub mod http;
pub mod jobs;
pub mod output;
pub mod serving;
pub mod web_server;
pub mod wget;
