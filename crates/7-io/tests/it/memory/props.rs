//! Connections in memory beside the system and beside the dullest models.
//!
//! Read next: `memory/props/alike.rs`.

mod alike;
mod conserved;
mod model;
mod paths;
