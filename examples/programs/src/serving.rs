//! Common to the servers: a port, Ctrl-C, and a line for an error.

use std::error::Error;
use std::io;
use std::net::SocketAddr;

use groundup::net::TcpListener;
use groundup::signal::{SignalKind, signal};

use crate::failure::Failure;

/// Listens for Ctrl-C from now on, and returns a future that is done when it comes.
///
/// # Errors
///
/// If the process has no descriptor left.
pub fn interrupt() -> Result<impl Future<Output = ()>, Failure> {
    let listening = signal(SignalKind::interrupt());
    let mut interrupts =
        listening.map_err(|error| Failure::new(format!("Ctrl-C cannot be awaited: {error}")))?;
    Ok(async move { drop(interrupts.recv().await) })
}

/// Listens at a port of this machine, and prints the URL, which begins with `scheme`.
///
/// # Errors
///
/// If there is no such port to listen at.
pub fn listen(port: u16, program: &str, scheme: &str) -> Result<TcpListener, Failure> {
    let listener = TcpListener::bind(([127, 0, 0, 1], port));
    let listener = listener.map_err(|error| no_port(&error, port, program))?;
    let port = listener.local_addr().map_or(port, |address| address.port());
    println!("{program} is at {scheme}://localhost:{port}/ and ends at Ctrl-C");
    Ok(listener)
}

/// Makes the failure of a program that cannot listen at its port.
pub fn no_port(error: &io::Error, port: u16, program: &str) -> Failure {
    Failure::new(match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "port {port} is in use: end the other program, or choose another port, as in `{program} {}`",
            port.wrapping_add(1).max(1024)
        ),
        io::ErrorKind::PermissionDenied => {
            format!("port {port} is for the system: choose one above 1023")
        }
        _ => format!("no port to listen at: {error}"),
    })
}

/// Prints an error of a connection, with its cause. One that had sent nothing when the server ended is
/// no error.
pub fn report(peer: Option<SocketAddr>, error: &(dyn Error + 'static)) {
    let own = error.downcast_ref::<io::Error>();
    if own.is_some_and(|error| error.kind() == io::ErrorKind::Interrupted) {
        return;
    }
    let peer = peer.map_or("the listener".into(), |peer| peer.to_string());
    let cause = error.source().map(|cause| format!(": {cause}"));
    eprintln!("{peer}: {error}{}", cause.unwrap_or_default());
}
