//! K13: awaiting moves, so a value that is not `Clone` comes out once.
struct Key;

async fn twice(task: groundup_task::Task<Key>) -> [Key; 2] {
    [task.await.unwrap(), task.await.unwrap()]
}

fn main() {}
