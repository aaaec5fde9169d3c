//! Runs: a program prints, waits and fails as under its attribute.

use std::time::Duration;

use book::programs::source::{Places, listing, title};
use book::programs::stage::{Order, play, print};
use book::programs::{Main, Program};
use groundup::{catch_cancel, sleep, spawn};

fn looped(main: fn() -> book::programs::Looped) -> Program {
    Program {
        name: "test",
        main: Main::Looped(main),
    }
}

#[test]
fn lines_have_the_time_and_the_event_at_which_they_were_printed() {
    let program = looped(|| {
        Box::pin(async {
            print(format_args!("one "));
            sleep(Duration::from_secs(2)).await;
            print(format_args!("line\nand\n"));
            Ok(())
        })
    });
    let run = play(&program, Order::Fifo).unwrap();
    assert_eq!(run.text(), "one line\nand\n");
    let times: Vec<u64> = run.said.iter().map(|said| said.time).collect();
    assert_eq!(times, [0, 2_000_000_000]);
    assert!(run.said[0].after < run.said[1].after);
    assert_eq!(run.elapsed, 2_000_000_000);
    assert_eq!(
        play(&program, Order::Fifo).unwrap(),
        run,
        "a run is the same every time"
    );
}

#[test]
fn a_program_ends_as_under_its_attribute() {
    let left = looped(|| {
        Box::pin(async {
            let task = spawn(async {
                let _ = catch_cancel(std::future::pending::<()>()).await;
                print(format_args!("cleaned up\n"));
            });
            task.detach();
            groundup::yield_now().await;
            Ok(())
        })
    });
    assert_eq!(play(&left, Order::Fifo).unwrap().text(), "cleaned up\n");
    let failed = looped(|| Box::pin(async { Err("no water".into()) }));
    assert_eq!(
        play(&failed, Order::Fifo).unwrap().text(),
        "Error: no water\n"
    );
    let stuck = looped(|| Box::pin(async { std::future::pending().await }));
    let text = play(&stuck, Order::Fifo).unwrap().text();
    assert!(text.starts_with("panicked: deadlock"), "{text}");
}

#[test]
fn a_seed_reaches_a_loop_of_the_stage_only() {
    let plain = Program {
        name: "plain",
        main: Main::Plain(|| Ok(())),
    };
    assert!(play(&plain, Order::Seed(1)).is_err());
    let order = looped(|| {
        Box::pin(async {
            for name in ["a", "b", "c", "d"] {
                spawn(async move { print(format_args!("{name}")) }).detach();
            }
            for _ in 0..8 {
                groundup::yield_now().await;
            }
            print(format_args!("\n"));
            Ok(())
        })
    });
    assert_eq!(play(&order, Order::Fifo).unwrap().text(), "abcd\n");
    let orders = (0..8).map(|seed| play(&order, Order::Seed(seed)).unwrap().text());
    assert!(orders.into_iter().any(|text| text != "abcd\n"));
}

#[test]
fn a_place_is_that_of_the_listing() {
    let text = "//! A title.\n//!\n//! More.\n\nuse x;\n\npub async fn main() {\n    f();\n}\n";
    assert_eq!(title(text), "A title");
    let listing = listing(text);
    assert_eq!(
        listing,
        "use x;\n\n#[groundup::main(virtual_time)]\nasync fn main() {\n    f();\n}\n"
    );
    let places = Places::of("p", text);
    let folder = env!("CARGO_MANIFEST_DIR");
    let told = places.tidied(&format!(
        "at {folder}/programs/p.rs:8:5, and {folder}/programs/p.rs:5:1"
    ));
    assert_eq!(told, "at src/main.rs:5:5, and src/main.rs:1:1");
    assert_eq!(listing.lines().nth(4), Some("    f();"), "line 5");
}

#[test]
fn a_module_that_programs_share_is_a_file_beside_the_copy() {
    let text = "//! A title.\n\nuse super::shop::{Ask, ask};\n\npub fn main() {\n    super::shop::open();\n}\n";
    let listing = listing(text);
    assert_eq!(
        listing,
        "mod shop;\n\nuse shop::{Ask, ask};\n\nfn main() {\n    shop::open();\n}\n"
    );
    let told =
        Places::of("p", text).tidied(&format!("{}/programs/p.rs:6:5", env!("CARGO_MANIFEST_DIR")));
    assert_eq!(told, "src/main.rs:6:5");
}
