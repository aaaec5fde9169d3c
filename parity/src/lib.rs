//! Two interpreters, one program: does groundup do what asyncio does?
#![forbid(unsafe_code)]

pub mod command;
pub mod dice;
pub mod difference;
mod edits;
pub mod generator;
pub mod golden;
pub mod live;
mod phrases;
pub mod printer;
pub mod program;
pub mod reader;
pub mod referee;
pub mod shrinker;
pub mod side;
mod statements;
mod words;
