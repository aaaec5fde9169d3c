//! What cannot be cloned is given once: awaiting moves (K13).
struct Key;

async fn twice(task: groundup_task::Task<Key>) -> [Key; 2] {
    [task.await.unwrap(), task.await.unwrap()]
}

fn main() {}
