//! A handle gives the value once; a value without `Clone` has one handle.

struct Key;

async fn twice(task: groundup::Task<Key>) -> [Key; 2] {
    [task.await.unwrap(), task.await.unwrap()]
}

fn main() {
    groundup::run(async { twice(groundup::spawn(async { Key })).await });
}
