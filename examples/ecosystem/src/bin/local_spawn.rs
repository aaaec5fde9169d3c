//! With `futures`: `LocalSpawn` for a handle of groundup's loop.
//!
//! A library that takes `&dyn LocalSpawn` can then spawn here. The handle keeps a loop; after the
//! loop is closed it refuses with the error of that trait.

use futures::future::LocalFutureObj;
use futures::task::{LocalSpawn, LocalSpawnExt, SpawnError};
use groundup::{LoopHandle, current_loop, sleep, time};
use std::time::Duration;

struct Spawner(LoopHandle);

impl LocalSpawn for Spawner {
    fn spawn_local_obj(&self, future: LocalFutureObj<'static, ()>) -> Result<(), SpawnError> {
        self.status_local()?;
        self.0.spawn(future).detach();
        Ok(())
    }

    fn status_local(&self) -> Result<(), SpawnError> {
        match self.0.is_closed() {
            true => Err(SpawnError::shutdown()),
            false => Ok(()),
        }
    }
}

/// A library that knows nothing of groundup.
async fn sum_of_squares(spawner: &impl LocalSpawn, most: u64) -> Result<u64, SpawnError> {
    let square = |number: u64| {
        spawner.spawn_local_with_handle(async move {
            sleep(Duration::from_secs(number)).await;
            number * number
        })
    };
    let squares: Vec<_> = (1..=most).map(square).collect::<Result<_, _>>()?;
    Ok(futures::future::join_all(squares).await.iter().sum())
}

fn main() -> anyhow::Result<()> {
    let (spawner, sum) = groundup::run_virtual(async {
        let spawner = Spawner(current_loop());
        let sum = sum_of_squares(&spawner, 4).await?;
        println!("{}  {sum}", time());
        anyhow::Ok((spawner, sum))
    })?;
    assert_eq!(sum, 30);
    println!("{}", spawner.spawn_local(async {}).unwrap_err());
    Ok(())
}
