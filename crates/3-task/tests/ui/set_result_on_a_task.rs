//! K06: the result of a task is the output of its future.
fn set(task: &groundup_task::Task<u32>) {
    task.set_result(5);
}

fn main() {}
