//! Two handles of a task need two values: the value must be `Clone`.
//! A clone is never a handle of another kind.
struct Key;

fn both(task: &groundup_task::Task<Key>) -> groundup_task::Task<Key> {
    task.clone()
}

fn another(task: groundup_task::Task<Key>) {
    let other = task.clone();
    other.cancel();
}

fn main() {}
