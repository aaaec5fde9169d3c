//! Two handles that give the value need two values.
struct Key;

fn both(task: &groundup_task::Task<Key>) -> groundup_task::Task<Key> {
    task.clone()
}

fn main() {}
