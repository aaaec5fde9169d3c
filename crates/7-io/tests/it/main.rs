//! The tests of floor 7.
