//! A cache with one flight a key, and a caller that times out.
//!
//! The flight of a key is a task, and each caller awaits a clone of it behind a shield. So a caller
//! that gives up leaves the flight to the others, and the value is in the cache later.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use groundup::{Task, TaskError, join, shield, sleep, spawn, time, timeout};

struct Cache<K, V> {
    flights: RefCell<HashMap<K, Task<V>>>,
}

impl<K: Clone + Eq + Hash + 'static, V: Clone + 'static> Cache<K, V> {
    async fn get<F>(&self, key: K, load: impl FnOnce(K) -> F) -> Result<V, TaskError>
    where
        F: Future<Output = V> + 'static,
    {
        let flight = {
            let begin = || spawn(load(key.clone()));
            let mut flights = self.flights.borrow_mut();
            flights.entry(key.clone()).or_insert_with(begin).clone()
        };
        let number = flight.number();
        let value = shield(flight).await;
        if value.is_err() {
            // The next caller begins another flight.
            let mut flights = self.flights.borrow_mut();
            flights.retain(|_, flight| flight.number() != number);
        }
        value
    }
}

#[groundup::main(virtual_time)]
async fn main() -> anyhow::Result<()> {
    let flights = RefCell::default();
    let cache = Cache { flights };
    let second = Duration::from_secs(1);
    let load = async move |key: &str| {
        println!("{}  loading {key}", time());
        sleep(3 * second).await;
        format!("page of {key}")
    };
    let ask = async |(who, after, patience): (&str, u32, u32)| {
        sleep(after * second).await;
        let page = timeout(patience * second, cache.get("home", load)).await;
        println!("{}  {who}: {page:?}", time());
    };
    join([("ann", 0, 9), ("ben", 1, 1), ("cleo", 2, 9), ("dan", 7, 1)].map(ask)).await;
    Ok(())
}
