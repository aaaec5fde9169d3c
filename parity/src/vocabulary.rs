//! The vocabulary of random programs: which constructs they may use.
//!
//! Invariants
//! 1. A construct that is left out is in no program.
//!
//! Read next: `generator.rs`.

use crate::kinds::Kind;

/// What random programs are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    /// The highest floor of groundup they may need: 4 leaves out whatever waits
    /// for several things, and groups and deadlines with it.
    pub floor: u32,
    /// Constructs to leave out, in small letters. The reasons of cancels are left
    /// out unless they are asked for: which of several reasons survives depends in
    /// CPython on who looks first, and is held by the scenarios alone.
    pub without: Vec<String>,
}

impl Default for Vocabulary {
    fn default() -> Self {
        Vocabulary {
            floor: 5,
            without: vec!["reasons".to_string()],
        }
    }
}

impl Vocabulary {
    pub(crate) fn has(&self, kind: Kind) -> bool {
        self.allows(&format!("{kind:?}").to_lowercase())
    }

    pub(crate) fn allows(&self, construct: &str) -> bool {
        !self.without.iter().any(|left_out| left_out == construct)
    }
}
