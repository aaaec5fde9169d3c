//! A test returns nothing, or a `Result` without a value.

fn main() {
    groundup::run_test([], || async { 5 });
    groundup::run_test([], || async { Ok::<u8, String>(5) });
}
