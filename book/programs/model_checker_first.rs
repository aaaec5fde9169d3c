//! The example `first_explorer` of the test kit.

#[path = "../../crates/testkit/examples/first_explorer.rs"]
mod first_explorer;

pub fn main() {
    first_explorer::main();
}
