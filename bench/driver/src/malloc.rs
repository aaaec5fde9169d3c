//! The settings of malloc in a measured process.
//!
//! ```text
//!   Malloc::Kept       free memory stays in the process        the loops are compared
//!   Malloc::Defaults   glibc gives it back and maps it again   page faults in many rounds
//! ```
//!
//! Under the defaults a system that keeps its own memory does not pay for these faults, and
//! the ratio measures malloc.
//!
//! Invariants: the settings of the caller's environment do not count. Memory itself is
//! always measured with the defaults, as programs have them.
//!
//! Read next: `process.rs`.

use std::process::Command;

use crate::rows::Unit;

/// The settings of malloc in a measured process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Malloc {
    /// Memory that a program frees stays in its process, and large blocks come from there.
    Kept,
    /// The defaults of glibc.
    Defaults,
}

/// The variables with which glibc's malloc neither trims nor maps.
const THRESHOLDS: [(&str, &str); 2] = [
    ("MALLOC_TRIM_THRESHOLD_", "1099511627776"),
    ("MALLOC_MMAP_THRESHOLD_", "4294967296"),
];

impl Malloc {
    /// Returns the settings for a row of this unit. Memory is always measured with the
    /// defaults: a block that malloc keeps would count for the next one, too.
    pub(crate) fn for_unit(self, unit: Unit) -> Malloc {
        match unit {
            Unit::Bytes => Malloc::Defaults,
            Unit::Cpu | Unit::Wall => self,
        }
    }

    /// Sets the variables of a program's environment.
    pub(crate) fn apply(self, command: &mut Command) {
        for (name, value) in THRESHOLDS {
            match self {
                Malloc::Kept => command.env(name, value),
                Malloc::Defaults => command.env_remove(name),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::command;

    #[test]
    fn malloc_is_set_for_every_program_and_not_inherited() {
        let vars = |malloc| {
            let command = command(&vec!["program".into()], malloc, &[]);
            let vars = command
                .get_envs()
                .filter(|(name, _)| *name != "RUST_BACKTRACE");
            vars.map(|(_, value)| value.is_some()).collect::<Vec<_>>()
        };
        assert_eq!(vars(Malloc::Kept), [true, true]);
        assert_eq!(vars(Malloc::Defaults), [false, false]);
        assert_eq!(Malloc::Kept.for_unit(Unit::Bytes), Malloc::Defaults);
    }
}
