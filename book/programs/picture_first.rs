//! The example `first_view` of the views.

#[path = "../../crates/view/examples/first_view.rs"]
mod first_view;

pub fn main() {
    first_view::main().expect("it is a trace");
}
