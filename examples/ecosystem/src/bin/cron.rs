//! A week of cron jobs, on virtual time.
//!
//! Each job sleeps until its next time, an absolute one, so that nothing drifts. A run that is
//! still at work at the job's next time is not started twice: that time is left out.

use std::time::Duration;

use anyhow::bail;
use groundup::{Elapsed, Instant, gather, sleep, sleep_until, spawn_named, time, timeout};

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Prints a line that begins with the day of the week and the time of day.
fn say(text: &str) {
    let now = time().since_start().as_secs();
    let (day, hour) = (DAYS[(now / DAY % 7) as usize], now % DAY / HOUR);
    println!("{day} {hour:02}:00  {text}");
}

/// Returns the first of these days and hours that is not before `now`.
fn next(days: &[u64], hour: u64, now: Instant) -> Instant {
    let from_today = now.since_start().as_secs() / DAY..;
    from_today
        .filter(|day| days.contains(&(day % 7)))
        .map(|day| Instant::START + Duration::from_secs(day * DAY + hour * HOUR))
        .find(|time| *time >= now)
        .expect("a job has at least one day")
}

/// Runs a job on its days at an hour; each run takes some hours.
async fn job(name: &str, days: &[u64], hour: u64, takes: u64) {
    loop {
        sleep_until(next(days, hour, time())).await;
        say(&format!("{name} begins"));
        sleep(Duration::from_secs(takes * HOUR)).await;
        say(&format!("{name} ends"));
    }
}

#[groundup::main(virtual_time)]
async fn main() -> anyhow::Result<()> {
    let jobs = [
        spawn_named("report", job("report", &[0], 9, 1)),
        spawn_named("backup", job("backup", &[0, 2, 4], 3, 2)),
        spawn_named("long check", job("long check", &[4, 5, 6], 22, 30)),
    ];
    let week = Duration::from_secs(7 * DAY);
    let Err(Elapsed) = timeout(week, gather(jobs)).await else {
        bail!("a job has ended");
    };
    say("the week is over");
    Ok(())
}
