//! The program of the web server.
//!
//! `web_server [PORT] [--tls CERTIFICATE KEY]`: port 8080 if none is given. Ctrl-C or SIGTERM ends it.

use std::fs::read_to_string;
use std::process::ExitCode;
use std::rc::Rc;

use groundup::trace::Recorder;
use groundup::web::futures_rustls::TlsAcceptor;
use groundup::web::tls_acceptor;
use groundup::{Event, EventLoop, Runner};
use programs::arguments::Usage;
use programs::failure::Failure;
use programs::output::say;
use programs::serving::{listen, until_ctrl_c};
use programs::web_server::{EVENTS, Site, serve};

const USAGE: Usage = Usage {
    name: "web_server",
    takes: "[PORT] [--tls CERTIFICATE KEY]",
    does: "Serves pages at a port of this machine, 8080 if none is given, or 8443 with TLS. Ctrl-C or SIGTERM ends it.",
};

async fn run(
    port: u16,
    tls: Option<TlsAcceptor>,
    log: Recorder,
    pressed: Rc<Event>,
) -> Result<(), Failure> {
    let scheme = if tls.is_some() { "https" } else { "http" };
    let listener = listen(port, "web_server", scheme)?;
    let site = Rc::new(Site::new(log));
    let state = site.clone();
    let until = async move {
        pressed.wait().await;
        let open = state.open();
        say(format_args!(
            "{open} open; the server ends after them, or at once if you press Ctrl-C again"
        ));
    };
    serve(listener, site, tls, until).await;
    say(format_args!("the server has ended"));
    Ok(())
}

fn acceptor(certificate: &str, key: &str) -> Result<TlsAcceptor, Failure> {
    let read =
        |path: &str| read_to_string(path).map_err(|error| Failure::new(format!("{path}: {error}")));
    let made = tls_acceptor(&read(certificate)?, &read(key)?);
    made.map_err(|error| Failure::new(format!("{certificate} and {key}: {error}")))
}

fn start() -> Result<(), Failure> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut tls = None;
    if let Some(at) = arguments.iter().position(|argument| argument == "--tls") {
        tls = match arguments.drain(at..).collect::<Vec<_>>().as_slice() {
            [_, certificate, key] => Some(acceptor(certificate, key)?),
            _ => return Err(USAGE.wrong("--tls: it takes two files, a certificate and its key")),
        };
    }
    let usual = if tls.is_some() { 8443 } else { 8080 };
    let Some(port) = USAGE.port(&arguments, usual)? else {
        return Ok(());
    };
    let log = Recorder::ring(EVENTS);
    let event_loop = EventLoop::builder().trace(log.clone()).build();
    let served = until_ctrl_c(|pressed| run(port, tls, log, pressed));
    let ran = Runner::with_loop(event_loop).run(served);
    ran.unwrap_or_else(|error| Err(Failure::run(&error)))
}

fn main() -> ExitCode {
    USAGE.status(start())
}
