//! The web server under the load of `wrk`.
//!
//! The short test runs with all others. The long one is ignored: `.ci/full` runs it.

use std::time::Duration;

use groundup::{run, timeout};

use crate::setup::{has_peer, printed, start};

const WGET: &str = env!("CARGO_BIN_EXE_wget");
const SERVER: &str = env!("CARGO_BIN_EXE_web_server");

/// Loads the server with requests on some connections for some seconds. Each must be answered.
fn load(connections: u32, seconds: u32) {
    // `wrk -v` prints its version, and ends with 1.
    if !has_peer("sh", &["-c", "command -v wrk"]) {
        return;
    }
    let test = async {
        let server = start(SERVER, &["0"]).await;
        let url = format!("http://127.0.0.1:{}/json", server.port);
        let arguments = [
            "-t1",
            &format!("-c{connections}"),
            &format!("-d{seconds}s"),
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
        assert!(answered > 100 * u64::from(seconds), "{}", came.stdout);
        // The server is as it was: it counts, and ends in good order.
        let url = format!("http://127.0.0.1:{}/json", server.port);
        let came = printed(WGET, ["-O", "-", &url]).await;
        assert!(came.stdout.contains("\"answered\""), "{}", came.stdout);
        server.end().await;
    };
    let patience = Duration::from_secs(60 + u64::from(seconds));
    run(async { timeout(patience, test).await.expect("wrk does not end") });
}

#[test]
fn the_server_answers_wrk() {
    load(16, 1);
}

#[test]
#[ignore = "takes 30 s: cargo test --release --manifest-path examples/programs/Cargo.toml --test it -- --ignored --nocapture wrk"]
fn the_server_answers_wrk_for_long() {
    load(64, 30);
}
