//! The program of the crawler.
//!
//! `crawler [--limit N] [--workers N] [--time-out SECONDS] [--trust PEM] [--page FILE] [URL]`
//!
//! Without a URL it crawls a small site of its own, on this machine.

use std::cell::Cell;
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use groundup::signal::SignalKind;
use groundup::trace::Recorder;
use groundup::{EventLoop, Runner, current_task};
use groundup_view::LEGEND;
use programs::arguments::{Usage, trusting};
use programs::crawler::site::start_site;
use programs::crawler::{Options, crawl, timeline};
use programs::failure::Failure;
use programs::http::connection::leave_look_ups;
use programs::http::url::Url;
use programs::output::print;
use programs::wget::signals::{TERM, end_by, has_done, on_first_of};

const USAGE: Usage = Usage {
    name: "crawler",
    takes: "[--limit N] [--workers N] [--time-out SECONDS] [--trust PEM] [--page FILE] [URL]",
    does: "Visits the pages of a site, and draws the run; without a URL, those of a site of its own.",
};

/// The signal that has ended the crawl, if there was one. Ctrl-C is not among them: it cancels each run.
type Signal = Rc<Cell<Option<SignalKind>>>;

async fn crawl_site(url: Option<Url>, options: Options, signal: Signal) -> Result<(), Failure> {
    if let Some(main) = current_task() {
        on_first_of(&TERM, move |kind| {
            signal.set(Some(kind));
            _ = main.cancel();
        });
    }
    let own = match &url {
        Some(_) => None,
        None => Some(
            start_site("127.0.0.1", 0)
                .await
                .map_err(|error| Failure::new(format!("the site cannot be served: {error}")))?,
        ),
    };
    let first = match (url, &own) {
        (Some(url), _) => url,
        (None, site) => {
            let port = site
                .as_ref()
                .map_or(80, |site| site.local_addrs()[0].port());
            Url::parse(&format!("http://127.0.0.1:{port}/"))?
        }
    };
    let only = Rc::new(Cell::new(None));
    let (visits, noted) = (Cell::new(0), only.clone());
    let left_out = crawl(first, options, move |visit| {
        print(format_args!("{visit}"))?;
        visits.update(|count| count + 1);
        noted.set(visit.failure().filter(|_| visits.get() == 1));
        Ok(())
    })
    .await?;
    if let Some(failure) = only.take() {
        let text = format!("the first page cannot be loaded: {failure}");
        return Err(Failure::new(text));
    }
    if left_out > 0 {
        print(format_args!(
            "{left_out} links lead beyond the limit: raise it with --limit"
        ))?;
    }
    Ok(())
}

fn run(signal: Signal) -> Result<(), Failure> {
    let mut options = Options {
        limit: 50,
        workers: 4,
        time_out: Duration::from_secs(10),
        tls: trusting(None)?,
    };
    let (mut url, mut page) = (None, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || USAGE.value(&argument, arguments.next());
        match argument.as_str() {
            "--limit" => options.limit = USAGE.at_least_one(&argument, &value()?)?,
            "--workers" => options.workers = USAGE.at_least_one(&argument, &value()?)?,
            "--time-out" => options.time_out = USAGE.time_out(&value()?)?,
            "--trust" => options.tls = trusting(Some(&PathBuf::from(value()?)))?,
            "--page" => page = Some(value()?),
            "--help" | "-h" => {
                return USAGE.help();
            }
            option if option.starts_with('-') => {
                return Err(USAGE.wrong(format_args!("{option:?} is no option")));
            }
            _ if url.is_some() => {
                return Err(USAGE.wrong(format_args!("{argument:?} is one URL too many")));
            }
            _ => url = Some(Url::parse(&argument)?),
        }
    }
    let log = Recorder::ring(100_000);
    let event_loop = EventLoop::builder().trace(log.clone()).build();
    leave_look_ups(&event_loop);
    let ran = Runner::with_loop(event_loop).run(crawl_site(url, options, signal.clone()));
    let ran = match ran {
        Ok(Err(failure)) => return Err(failure), // there is nothing to draw
        ran => ran,
    };
    // After Ctrl-C and SIGTERM, too.
    let timeline = timeline(&log.events());
    print(format_args!("\n{}{LEGEND}", timeline.text()))?;
    if let Some(file) = page {
        let written = std::fs::write(&file, timeline.page());
        written.map_err(|error| Failure::file(file.as_ref(), &error))?;
    }
    match (ran, signal.get()) {
        (Ok(end), _) => end,
        (Err(_), Some(kind)) => Err(Failure::new(has_done(kind))),
        (Err(error), None) => Err(Failure::run(&error)),
    }
}

fn main() -> ExitCode {
    let signal = Signal::default();
    let ended = USAGE.status(run(signal.clone()));
    signal.get().map_or(ended, end_by)
}
