//! K13: a task whose value is not `Clone` can be awaited once, since awaiting moves.
struct Key;

async fn twice(task: groundup_task::Task<Key>) -> [Key; 2] {
    [task.await.unwrap(), task.await.unwrap()]
}

fn main() {}
