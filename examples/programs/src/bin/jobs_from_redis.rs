//! The program that takes jobs from Redis.
//!
//! `jobs_from_redis [--rest SECONDS] URL [add JOB..]`
//!
//! With `add` it adds jobs, each `NAME[,MILLISECONDS[,FAILURES]]`, and ends. Otherwise it takes jobs until
//! Ctrl-C. tokio owns the thread: its signals and its Redis are awaited in tasks of a guest.

use std::process::ExitCode;
use std::time::Duration;

use groundup::host::{TokioHost, run_in};
use groundup::{Event, Selected, select_biased};
use programs::arguments::seconds;
use programs::failure::Failure;
use programs::jobs::queue::Queue;
use programs::jobs::work;
use redis::Client;
use tokio::signal::ctrl_c;

const USAGE: &str = "usage: jobs_from_redis [--rest SECONDS] URL [add JOB..]; a URL is like \
                     redis://127.0.0.1:6379";

/// What to do.
struct Options {
    client: Client,
    url: String,
    rest: Duration,
    added: Vec<String>,
}

fn options() -> Result<Options, Failure> {
    let usage = || Failure::new(USAGE);
    let (mut rest, mut url) = (Duration::from_secs(30), None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--rest" => {
                let value = arguments.next().ok_or_else(usage)?;
                rest = seconds(&value).ok_or_else(usage)?;
            }
            "add" if url.is_some() => break,
            option if option.starts_with('-') => return Err(usage()),
            _ if url.is_some() => return Err(usage()),
            _ => url = Some(argument),
        }
    }
    let url = url.ok_or_else(usage)?;
    let client = Client::open(url.as_str()).map_err(|_| usage())?;
    Ok(Options {
        client,
        url,
        rest,
        added: arguments.collect(),
    })
}

async fn add(options: Options) -> Result<(), Failure> {
    let mut queue = Queue::connect(&options.client, String::new(), options.rest).await?;
    for job in &options.added {
        queue.add(job).await?;
    }
    println!("{} jobs added", options.added.len());
    Ok(())
}

async fn take(options: Options) -> Result<(), Failure> {
    let url = &options.url;
    println!("jobs_from_redis takes jobs of {url} and ends at Ctrl-C");
    let interrupted = Event::new();
    let once = async {
        drop(ctrl_c().await); // an error ends the program, too
        println!("no more jobs are taken; Ctrl-C once more ends the program at once");
        interrupted.set();
    };
    let twice = async {
        interrupted.wait().await;
        drop(ctrl_c().await);
    };
    let working = work(&options.client, options.rest, once);
    let done = match select_biased((working, twice)).await {
        Selected::First(done) => done?,
        Selected::Second(()) => return Err(Failure::new("interrupted")),
    };
    let mut queue = Queue::connect(&options.client, String::new(), options.rest).await?;
    println!(
        "{done}; {} pending in all processes",
        queue.pending().await?
    );
    Ok(())
}

fn main() -> ExitCode {
    let ran = options().and_then(|options| {
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
    });
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("jobs_from_redis: {failure}");
            ExitCode::FAILURE
        }
    }
}
