//! `close`, and the clean-up that every end runs.

use groundup::generator::{Generator, generator};

/// Prints when it is dropped: Rust's `finally`.
struct CleanUp(&'static str);

impl Drop for CleanUp {
    fn drop(&mut self) {
        println!("clean up {}", self.0);
    }
}

pub fn main() {
    for name in ["left alone", "begun", "finished"] {
        let mut shop = generator(move |co| async move {
            let _clean_up = CleanUp(name);
            co.yield_("open").await;
        });
        if name != "left alone" {
            println!("{:?}", shop.resume(()));
        }
        if name == "finished" {
            println!("{:?}", shop.resume(()));
        }
        drop(shop); // closes it
        println!("{name} is dropped");
    }
}
