//! F13: a promise is not its value.
fn double(promise: groundup_task::Promise<u32>) -> u32 {
    promise * 2
}

fn main() {}
