//! The program of the echo server: `echo_server [PORT]`.
//!
//! It serves at port 7007 if none is given. Ctrl-C or SIGTERM ends it.

use std::process::ExitCode;
use std::rc::Rc;

use groundup::{Event, Runner};
use programs::arguments::Usage;
use programs::echo::serve;
use programs::failure::Failure;
use programs::output::say;
use programs::serving::{no_port, until_ctrl_c};

const USAGE: Usage = Usage {
    name: "echo_server",
    takes: "[PORT]",
    does: "Sends each line back, at a port of this machine, 7007 if none is given. Ctrl-C or SIGTERM ends it.",
};

async fn echo(port: u16, pressed: Rc<Event>) -> Result<(), Failure> {
    let begun = |port| {
        say(format_args!(
            "echo_server is at port {port}: try `nc localhost {port}`; it ends at Ctrl-C"
        ));
    };
    let until = async {
        pressed.wait().await;
        say(format_args!(
            "the server ends; Ctrl-C once more ends it at once"
        ));
    };
    let served = serve(port, begun, until).await;
    served.map_err(|error| no_port(&error, port, "echo_server"))?;
    say(format_args!("no client is left"));
    Ok(())
}

fn run() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(port) = USAGE.port(&arguments, 7007)? else {
        return Ok(());
    };
    let ran = Runner::new().run(until_ctrl_c(|pressed| echo(port, pressed)));
    ran.unwrap_or_else(|error| Err(Failure::run(&error)))
}

fn main() -> ExitCode {
    USAGE.status(run())
}
