//! A promise is not its value (F13).
fn double(promise: groundup_task::Promise<u32>) -> u32 {
    promise * 2
}

fn main() {}
