//! Floor 5: the children of a borrowing group use what lives around it.
//!
//! Its chapter: `crates/5-combinators/src/lib.rs`.

use std::cell::RefCell;
use std::time::Duration;

use groundup::prelude::*;
use groundup::{BorrowingGroup, GroupError, borrowing_group, run_virtual};

/// A kitchen that is neither cloned nor counted: its cooks borrow it.
struct Kitchen {
    log: RefCell<Vec<String>>,
}

impl Kitchen {
    fn say(&self, text: &str) {
        let line = format!("{}  {text}", time());
        println!("  {line}");
        self.log.borrow_mut().push(line);
    }

    async fn cook(&self, dish: &str, seconds: u64) -> Result<usize, String> {
        match catch_cancel(sleep(Duration::from_secs(seconds))).await {
            Ok(()) if dish == "soufflé" => return Err(format!("the {dish} has fallen")),
            Ok(()) => self.say(&format!("{dish} is served")),
            Err(cancelled) => {
                self.say(&format!("{dish} goes back"));
                cancelled.raise().await
            }
        }
        Ok(dish.len())
    }
}

/// Cooks all dishes, two at a time. Returns the total length of their names.
async fn menu(kitchen: &Kitchen, dishes: &[(&str, u64)]) -> Result<usize, GroupError<String>> {
    borrowing_group(async |group: BorrowingGroup<'_, String>| {
        group.set_limit(2);
        let mut served = Vec::new();
        for &(dish, seconds) in dishes {
            served.push(group.spawn(kitchen.cook(dish, seconds)));
        }
        let mut letters = 0;
        for dish in served {
            letters += dish.await; // the value itself: if it fails, the group ends here
        }
        Ok(letters)
    })
    .await
}

pub(crate) async fn program() {
    let log = RefCell::default();
    let kitchen = Kitchen { log };
    println!("two cooks, three dishes:");
    let letters = menu(&kitchen, &[("soup", 3), ("bread", 1), ("salad", 1)]).await;
    println!("  {:?} letters", letters.unwrap());
    println!("the first error stops the others:");
    let ended = menu(&kitchen, &[("soup", 3), ("soufflé", 1), ("salad", 1)]).await;
    println!("  {}", ended.unwrap_err());
    println!("{} lines in the log", kitchen.log.into_inner().len());
}

fn main() {
    run_virtual(program());
}
