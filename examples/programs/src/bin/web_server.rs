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
use programs::failure::Failure;
use programs::serving::{listen, until_ctrl_c};
use programs::web_server::{EVENTS, Site, serve};

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
        println!("{open} open; the server ends after them, or at once if you press Ctrl-C again");
    };
    serve(listener, site, tls, until).await;
    println!("the server has ended");
    Ok(())
}

fn acceptor(certificate: &str, key: &str) -> Result<TlsAcceptor, Failure> {
    let read =
        |path: &str| read_to_string(path).map_err(|error| Failure::new(format!("{path}: {error}")));
    let made = tls_acceptor(&read(certificate)?, &read(key)?);
    made.map_err(|error| Failure::new(format!("{certificate} and {key}: {error}")))
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (port, tls) = match arguments[..] {
        [] => (Ok(8080), None),
        ["--tls", certificate, key] => (Ok(8443), Some((certificate, key))),
        [port] => (port.parse(), None),
        [port, "--tls", certificate, key] => (port.parse(), Some((certificate, key))),
        _ => ("".parse(), None),
    };
    let Ok(port) = port else {
        eprintln!("usage: web_server [PORT] [--tls CERTIFICATE KEY]");
        return ExitCode::FAILURE;
    };
    let log = Recorder::ring(EVENTS);
    let event_loop = EventLoop::builder().trace(log.clone()).build();
    let ran = tls
        .map(|(certificate, key)| acceptor(certificate, key))
        .transpose()
        .and_then(|tls| {
            let served = until_ctrl_c(|pressed| run(port, tls, log, pressed));
            let ran = Runner::with_loop(event_loop).run(served);
            ran.unwrap_or_else(|error| Err(Failure::run(&error)))
        });
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("web_server: {failure}");
            ExitCode::FAILURE
        }
    }
}
