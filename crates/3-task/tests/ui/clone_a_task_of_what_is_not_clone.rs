//! Two handles of a task need two values, so the value must be `Clone`.
struct Key;

fn both(task: &groundup_task::Task<Key>) -> groundup_task::Task<Key> {
    task.clone()
}

fn main() {}
