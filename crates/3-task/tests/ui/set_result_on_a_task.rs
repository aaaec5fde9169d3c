//! The result of a task is what its future returns (K06).
fn set(task: &groundup_task::Task<u32>) {
    task.set_result(5);
}

fn main() {}
