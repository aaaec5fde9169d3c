//! The program of the download, in one of three styles.
//!
//! `wget [--style callback|generator|async] [-O FILE] [--time-out SECONDS] [--trust PEM] URL`

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use programs::arguments::{Usage, trusting};
use programs::http::url::Url;
use programs::output::tell;
use programs::wget::download::Download;
use programs::wget::signals::end_by;
use programs::wget::{Style, Unsaved, run};

const USAGE: Usage = Usage {
    name: "wget",
    takes: "[--style callback|generator|async] [-O FILE] [--time-out SECONDS] [--trust PEM] URL",
    does: "Saves a page of the web in a file. -O - prints it instead.",
};

fn wget() -> Result<(), Unsaved> {
    let (mut style, mut limit) = (Style::Async, Duration::from_secs(30));
    let (mut path, mut trusted, mut url) = (None, None, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || USAGE.value(&argument, arguments.next());
        match argument.as_str() {
            "--style" => {
                let value = value()?;
                style = match value.as_str() {
                    "callback" => Style::Callback,
                    "generator" => Style::Generator,
                    "async" => Style::Async,
                    _ => {
                        let why = "it is callback, generator or async";
                        return Err(USAGE.wrong(format!("--style {value:?}: {why}")).into());
                    }
                }
            }
            "-O" => path = Some(PathBuf::from(value()?)),
            "--time-out" => limit = USAGE.time_out(&value()?)?,
            "--trust" => trusted = Some(PathBuf::from(value()?)),
            "--help" | "-h" => {
                return Ok(USAGE.help()?);
            }
            option if option.starts_with('-') => {
                return Err(USAGE.wrong(format!("{option:?} is no option")).into());
            }
            _ if url.is_some() => {
                let why = format!("{argument:?} is one URL too many");
                return Err(USAGE.wrong(why).into());
            }
            _ => url = Some(Url::parse(&argument)?),
        }
    }
    let tls = trusting(trusted.as_deref())?;
    let url = url.ok_or_else(|| USAGE.wrong("the URL is missing"))?;
    run(style, Download::new(url, path.as_deref()), limit, &tls)
}

fn main() -> ExitCode {
    match wget() {
        Ok(()) => ExitCode::SUCCESS,
        Err(Unsaved::Failed(failure)) => USAGE.status(Err(failure)),
        Err(Unsaved::Ended(signal)) => {
            tell(format_args!("wget: {}\n", Unsaved::Ended(signal)));
            end_by(signal)
        }
    }
}
