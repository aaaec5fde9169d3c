//! The program that takes jobs from Redis.
//!
//! `jobs_from_redis [--rest SECONDS] URL [add JOB..]`
//!
//! With `add` it adds jobs, each `NAME[,MILLISECONDS[,FAILURES]]`, and ends. Otherwise it takes jobs until
//! Ctrl-C or SIGTERM. tokio owns the thread: its signals and its Redis are awaited in tasks of a guest.

use std::future::pending;
use std::process::ExitCode;
use std::time::Duration;

use groundup::host::{TokioHost, run_in};
use groundup::{Event, Selected, race, select_biased};
use programs::arguments::{Usage, seconds};
use programs::failure::Failure;
use programs::jobs::queue::Queue;
use programs::jobs::work;
use programs::output::say;
use redis::Client;
use tokio::signal::ctrl_c;
use tokio::signal::unix::{SignalKind, signal};

const USAGE: Usage = Usage {
    name: "jobs_from_redis",
    takes: "[--rest SECONDS] URL [add JOB..]",
    does: "Takes jobs from the Redis at a URL such as redis://127.0.0.1:6379, until Ctrl-C or SIGTERM.\n\
           With add, it adds jobs, each NAME[,MILLISECONDS[,FAILURES]], and ends.\n\
           A job that nobody has touched for --rest SECONDS, 30 if it is not given, is taken again.",
};

/// What to do.
struct Options {
    client: Client,
    url: String,
    rest: Duration,
    added: Vec<String>,
}

/// Reads the command line. Returns `None` if it has printed the help instead.
fn options() -> Result<Option<Options>, Failure> {
    let (mut rest, mut url, mut added) = (Duration::from_secs(30), None, Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--rest" => {
                let value = USAGE.value(&argument, arguments.next())?;
                let why = format_args!("--rest {value:?}: it is a number of seconds");
                rest = seconds(&value).ok_or_else(|| USAGE.wrong(why))?;
            }
            "--help" | "-h" => return USAGE.help().map(|()| None),
            "add" if url.is_some() => {
                added.extend(arguments);
                if added.is_empty() {
                    return Err(USAGE.wrong("add: a job is missing behind it"));
                }
                break;
            }
            option if option.starts_with('-') => {
                return Err(USAGE.wrong(format_args!("{option:?} is no option")));
            }
            _ if url.is_some() => {
                let why = format_args!("{argument:?} is neither an option nor `add`");
                return Err(USAGE.wrong(why));
            }
            _ => url = Some(argument),
        }
    }
    let url = url.ok_or_else(|| USAGE.wrong("the URL is missing"))?;
    let client = Client::open(url.as_str()).map_err(|_| {
        USAGE.wrong(format_args!(
            "{url:?} is no URL of a Redis: one is like redis://127.0.0.1:6379"
        ))
    })?;
    Ok(Some(Options {
        client,
        url,
        rest,
        added,
    }))
}

async fn add(options: Options) -> Result<(), Failure> {
    let mut queue = Queue::connect(&options.client, String::new(), options.rest).await?;
    for job in &options.added {
        queue.add(job).await?;
    }
    say(format_args!("{} jobs added", options.added.len()));
    Ok(())
}

/// Waits for Ctrl-C or SIGTERM. An error ends the program, too.
async fn asked_to_end() {
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signals) => _ = signals.recv().await,
            Err(_) => pending().await, // SIGTERM does what it does to each program
        }
    };
    race((async { drop(ctrl_c().await) }, terminated)).await;
}

async fn take(options: Options) -> Result<(), Failure> {
    let url = &options.url;
    say(format_args!(
        "jobs_from_redis takes jobs of {url} and ends at Ctrl-C"
    ));
    let interrupted = Event::new();
    let once = async {
        asked_to_end().await;
        say(format_args!(
            "no more jobs are taken; Ctrl-C once more ends the program at once"
        ));
        interrupted.set();
    };
    let twice = async {
        interrupted.wait().await;
        asked_to_end().await;
    };
    let working = work(&options.client, options.rest, once);
    let done = match select_biased((working, twice)).await {
        Selected::First(done) => done?,
        Selected::Second(()) => return Err(Failure::new("interrupted")),
    };
    let mut queue = Queue::connect(&options.client, String::new(), options.rest).await?;
    let pending = queue.pending().await?;
    say(format_args!("{done}; {pending} pending in all processes"));
    Ok(())
}

fn main() -> ExitCode {
    USAGE.status(options().and_then(|options| {
        let Some(options) = options else {
            return Ok(());
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = runtime.map_err(|error| Failure::new(format!("no runtime: {error}")))?;
        runtime.block_on(run_in(TokioHost::new(), async move {
            match options.added.is_empty() {
                true => take(options).await,
                false => add(options).await,
            }
        }))
    }))
}
