//! A task gives its value once, to one (K13).

async fn twice(task: groundup::Task<u32>) -> u32 {
    task.await.unwrap() + task.await.unwrap()
}

fn main() {
    groundup::run(async { twice(groundup::spawn(async { 1 })).await });
}
