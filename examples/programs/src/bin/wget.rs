//! The program of the download, in one of three styles.
//!
//! `wget [--style callback|generator|async] [-O FILE] [--time-out SECONDS] [--trust PEM] URL`

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use programs::arguments::{seconds, trusting};
use programs::failure::Failure;
use programs::http::url::Url;
use programs::wget::download::Download;
use programs::wget::signals::end_by;
use programs::wget::{Style, Unsaved, run, tell};

const USAGE: &str = "usage: wget [--style callback|generator|async] [-O FILE] \
                     [--time-out SECONDS] [--trust PEM] URL";

fn wget() -> Result<(), Unsaved> {
    let usage = || Failure::new(USAGE);
    let (mut style, mut limit) = (Style::Async, Duration::from_secs(30));
    let (mut path, mut trusted, mut url) = (None, None, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(usage);
        match argument.as_str() {
            "--style" => {
                style = match value()?.as_str() {
                    "callback" => Style::Callback,
                    "generator" => Style::Generator,
                    "async" => Style::Async,
                    _ => return Err(usage().into()),
                }
            }
            "-O" => path = Some(PathBuf::from(value()?)),
            "--time-out" => limit = seconds(&value()?).ok_or_else(usage)?,
            "--trust" => trusted = Some(PathBuf::from(value()?)),
            option if option.starts_with('-') => return Err(usage().into()),
            _ if url.is_some() => return Err(usage().into()),
            _ => url = Some(Url::parse(&argument)?),
        }
    }
    let tls = trusting(trusted.as_deref())?;
    let url = url.ok_or_else(usage)?;
    run(style, Download::new(url, path.as_deref()), limit, &tls)
}

fn main() -> ExitCode {
    match wget() {
        Ok(()) => ExitCode::SUCCESS,
        Err(unsaved) => {
            tell(format_args!("wget: {unsaved}\n"));
            match unsaved {
                Unsaved::Failed(_) => ExitCode::FAILURE,
                Unsaved::Ended(signal) => end_by(signal),
            }
        }
    }
}
