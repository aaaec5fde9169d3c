//! The tests of the views.
//!
//! `views` has each view of a small run, `bills` has blame and ledgers, `traces` has recorded runs, `props` has random events and
//! recorded runs beside a dull model, `scripts` has the code of the page, and `browser` drives the page
//! if there is a browser.
//!
//! Read next: `views.rs`.

mod bills;
mod browser;
mod events;
mod model;
mod moments;
mod props;
mod recorded;
mod scripts;
mod traces;
mod views;
