//! The tests of the views.
//!
//! `views` has each view of a small run, `traces` has recorded runs, `props` has random events
//! beside a dull model, and `browser` drives the page if there is a browser.
//!
//! Read next: `views.rs`.

mod browser;
mod events;
mod model;
mod props;
mod recorded;
mod traces;
mod views;
