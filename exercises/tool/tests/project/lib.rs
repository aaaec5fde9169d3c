//! A floor for the tests of the tool: two functions to write.

/// Adds.
pub fn add(a: u32, b: u32) -> u32 {
    a + b
}

/// Doubles.
pub fn double(a: u32) -> u32 {
    add(a, a)
}
