//! The pages of the web server, but the live one.

use groundup::web::hyper::{Response, StatusCode};
use groundup::{all_tasks, current_loop, time};

use super::Site;

/// The head of each page: it loads nothing else.
pub const HEAD: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
  :root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
  body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem; }
  h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin-top: 2rem; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line);
           vertical-align: top; overflow-wrap: anywhere; }
  th { font-weight: 600; } td:first-child { font-variant-numeric: tabular-nums; opacity: .6; } th { white-space: nowrap; }
  code { font-size: .9em; } .picture { overflow-x: auto; } .quiet { opacity: .7; font-size: .9rem; }
</style>
"#;

/// Returns the first page.
pub fn front() -> String {
    format!(
        "{HEAD}<title>A web server on groundup</title>
<h1>A web server on groundup</h1>
<p>One loop on one thread serves this page, and these:</p>
<ul>
  <li><a href=\"/tasks\">/tasks</a>: the tasks of the server, and what each of them waits for</li>
  <li><a href=\"/slow\">/slow</a>: an answer of the kitchen, which takes 3 s and has one pan</li>
  <li><a href=\"/json\">/json</a>: some numbers, for a program</li>
</ul>
<p>Open /tasks in one window and /slow in two others. The second order waits for the pan, and /tasks says
which order has it.</p>
"
    )
}

/// Returns the numbers of the server as JSON.
pub fn report(site: &Site) -> String {
    let metrics = current_loop().metrics();
    format!(
        "{{\"seconds\": {:.3}, \"answered\": {}, \"open\": {}, \"tasks\": {}, \"iterations\": {}, \
         \"steps\": {}, \"busy_seconds\": {:.3}}}\n",
        time().since_start().as_secs_f64(),
        site.answered.get(),
        site.open.get(),
        all_tasks().len(),
        metrics.iterations,
        metrics.steps,
        metrics.busy.as_secs_f64(),
    )
}

/// Makes an answer of plain text.
pub fn text(status: StatusCode, text: String) -> Response<String> {
    response(status, "text/plain; charset=utf-8", text)
}

/// Makes an answer of HTML.
pub fn html(text: String) -> Response<String> {
    response(StatusCode::OK, "text/html; charset=utf-8", text)
}

/// Makes an answer of JSON.
pub fn json(text: String) -> Response<String> {
    response(StatusCode::OK, "application/json", text)
}

fn response(status: StatusCode, kind: &'static str, text: String) -> Response<String> {
    let response = Response::builder()
        .status(status)
        .header("content-type", kind)
        .header("cache-control", "no-store");
    response.body(text).expect("the headers are headers")
}
