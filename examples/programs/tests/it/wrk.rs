//! The web server under the load of `wrk`.
//!
//! The short test runs with all others. The long one is ignored: `.ci/full` runs it.

use crate::setup::{has_peer, printed, start, with_patience};

const WGET: &str = env!("CARGO_BIN_EXE_wget");
const SERVER: &str = env!("CARGO_BIN_EXE_web_server");

/// Runs a test beside `wrk`, if it is there.
fn beside_wrk(test: impl Future<Output = ()>) {
    // `wrk -v` prints its version, and ends with 1.
    if has_peer("sh", &["-c", "command -v wrk"]) {
        with_patience(test);
    }
}

/// Loads the server with requests on some connections for some seconds. Each must be answered. Returns
/// their number.
async fn load(connections: u32, seconds: u32) -> u64 {
    let server = start(SERVER, &["0"]).await;
    let url = format!("http://127.0.0.1:{}/json", server.port);
    let arguments = [
        "-t1",
        &format!("-c{connections}"),
        &format!("-d{seconds}s"),
        "--timeout=60s", // else an answer that takes 2 s is an error
        &url,
    ];
    let came = printed("wrk", arguments).await;
    let lines = came.stdout.lines();
    let total = lines.clone().find(|line| line.contains(" requests in "));
    let total = total.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    let answered = total.unwrap_or_else(|| panic!("{}{}", came.stdout, came.stderr));
    let rate = lines.clone().find(|line| line.starts_with("Requests/sec"));
    println!("{connections} connections, {seconds} s: {answered} requests, {rate:?}");
    for wrong in ["Socket errors", "Non-2xx"] {
        assert!(!came.stdout.contains(wrong), "{}", came.stdout);
    }
    // The server is as it was: it counts, and ends in good order.
    let url = format!("http://127.0.0.1:{}/json", server.port);
    let came = printed(WGET, ["-O", "-", &url]).await;
    assert!(came.stdout.contains("\"answered\""), "{}", came.stdout);
    server.end().await;
    answered
}

#[test]
fn the_server_answers_wrk() {
    // Longer, if the machine has much to do.
    beside_wrk(async {
        let mut seconds = 1;
        while load(16, seconds).await < 100 {
            seconds *= 4;
        }
    });
}

#[test]
#[ignore = "takes 30 s: cargo test --release --manifest-path examples/programs/Cargo.toml --test it -- --ignored --nocapture wrk"]
fn the_server_answers_wrk_for_long() {
    beside_wrk(async { assert!(load(64, 30).await > 3000) });
}
