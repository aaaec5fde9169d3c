//! What each stage of the crawler costs, on a web of any size.

use std::rc::Rc;

use super::crawler_7_sockets;
use super::crawler_web::Web;
use super::{crawler_0_blocking, crawler_1_generators, crawler_2_interweaver, crawler_3_promises};
use super::{crawler_4_timers, crawler_5_gather, crawler_5_set, crawler_6_workers};
use groundup::EventLoop;

/// Runs a stage in a loop of its own, and prints what it has cost.
fn row(name: &str, fan: usize, stage: impl AsyncFnOnce(Rc<Web>)) {
    let event_loop = EventLoop::builder().virtual_time().build();
    let web = Web::new(fan);
    event_loop.run_until_complete(stage(web.clone())).unwrap();
    assert_eq!(
        web.read.get(),
        1 + fan + fan * fan,
        "each page is read once"
    );
    let (time, spent) = (event_loop.time().to_string(), event_loop.metrics());
    let (most, looks, steps) = (web.most.get(), web.looks.get(), spent.steps);
    let busy = spent.busy.as_secs_f64();
    println!("{name:<24}{time:>8}{busy:>8.3} s{looks:>7}{steps:>7}{most:>6}");
}

/// Prints a row for each stage.
pub(crate) fn table(fan: usize) {
    let pages = 1 + fan + fan * fan;
    let head = format!("{pages} pages");
    println!(
        "{head:<24}{:>8}{:>10}{:>7}{:>7}{:>6}",
        "time", "busy", "looks", "steps", "most"
    );
    row("0 blocking", fan, async |web| {
        crawler_0_blocking::crawl(&web)
    });
    row("1 generators", fan, async |web| {
        crawler_1_generators::crawl(&web)
    });
    row("2 interweaver", fan, async |web| {
        crawler_2_interweaver::crawl(&web)
    });
    row("3 promises", fan, async |web| {
        crawler_3_promises::crawl(&web).await
    });
    row("4 timers", fan, async |web| {
        crawler_4_timers::crawl(&web).await
    });
    row("5 gather, by levels", fan, async |web| {
        crawler_5_gather::crawl(&web).await
    });
    row("5 a growing set", fan, async |web| {
        crawler_5_set::crawl(&web).await
    });
    for most in [3, 10, 100] {
        row(&format!("6 {most} workers"), fan, async |web| {
            crawler_6_workers::crawl(&web, most).await;
        });
    }
    for most in [3, 10, 100] {
        row(&format!("7 {most} workers, sockets"), fan, async |web| {
            crawler_7_sockets::crawl(&web, most).await.unwrap();
        });
    }
}
