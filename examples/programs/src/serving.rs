//! Common to the servers: a port, Ctrl-C, SIGTERM, a line for an error.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;

use groundup::net::TcpListener;
use groundup::{Event, catch_cancel, current_task, shield, spawn_named};

use crate::failure::Failure;
use crate::output::{say, tell};
use crate::wget::signals::{TERM, on_first_of};

/// Runs a server in a task of its own until it ends, and sets its event at Ctrl-C or SIGTERM, so that it ends
/// in good order. A second Ctrl-C ends the process at once, also in the middle of a step.
///
/// A run cancels its main task at the first Ctrl-C, and arms the second. So the main task does nothing but
/// catch the cancel. A listener to the signal would take the first one from the run, and the second would be
/// the one that only cancels. SIGTERM, which containers and `systemd` send, cancels the main task, too. A
/// Ctrl-C after it cancels what the main task still awaits: the server.
///
/// # Errors
///
/// The failure of the server.
pub async fn until_ctrl_c<F>(server: impl FnOnce(Rc<Event>) -> F) -> Result<(), Failure>
where
    F: Future<Output = Result<(), Failure>> + 'static,
{
    if let Some(main) = current_task() {
        main.set_name("main");
        on_first_of(&TERM, move |_| _ = main.cancel());
    }
    let pressed = Rc::new(Event::new().named("Ctrl-C"));
    let server = spawn_named("the server", server(pressed.clone()));
    let ended = match catch_cancel(shield(server.clone())).await {
        Ok(ended) => ended,
        Err(_) => {
            pressed.set();
            server.await
        }
    };
    ended.unwrap_or_else(|error| Err(Failure::new(error.to_string())))
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
    say(format_args!(
        "{program} is at {scheme}://localhost:{port}/ and ends at Ctrl-C"
    ));
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
    let cause = cause.unwrap_or_default();
    tell(format_args!("{peer}: {error}{cause}\n"));
}
