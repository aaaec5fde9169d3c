//! A cache with one flight a key, and a caller that times out.
//!
//! The flight of a key is a task, and all who ask for the key await clones of it behind a shield.
//! So a caller that gives up takes the flight from nobody, and its value is in the cache later.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::Hash;
use std::rc::Rc;
use std::time::Duration;

use groundup::{Task, TaskError, gather, shield, sleep, spawn, time, timeout};

struct Cache<K, V> {
    flights: RefCell<HashMap<K, Task<V>>>,
}

impl<K: Clone + Eq + Hash + 'static, V: Clone + 'static> Cache<K, V> {
    async fn get<F>(&self, key: K, load: impl FnOnce(K) -> F) -> Result<V, TaskError>
    where
        F: Future<Output = V> + 'static,
    {
        let begin = || spawn(load(key.clone()));
        let flight = self
            .flights
            .borrow_mut()
            .entry(key.clone())
            .or_insert_with(begin)
            .clone();
        let value = shield(flight).await;
        if value.is_err() {
            self.flights.borrow_mut().remove(&key); // the next caller tries again
        }
        value
    }
}

#[groundup::main(virtual_time)]
async fn main() -> anyhow::Result<()> {
    let flights = RefCell::default();
    let cache = Rc::new(Cache { flights });
    let second = Duration::from_secs(1);
    let load = async move |key: &str| {
        println!("{} s  loading {key}", time().as_secs());
        sleep(3 * second).await;
        format!("page of {key}")
    };
    let ask = |who: &'static str, after: u32, patience: u32| {
        let cache = cache.clone();
        async move {
            sleep(after * second).await;
            let page = timeout(patience * second, cache.get("home", load)).await;
            println!("{} s  {who}: {page:?}", time().as_secs());
        }
    };
    let callers = [
        ask("ann", 0, 9),
        ask("ben", 1, 1),
        ask("cleo", 2, 9),
        ask("dan", 7, 1),
    ];
    gather(callers).await?;
    Ok(())
}
