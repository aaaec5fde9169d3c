//! The pages of the web server, but the live one.

use groundup::web::hyper::{Response, StatusCode};
use groundup::{all_tasks, current_loop, time};

use super::Site;

/// The head of each page: it loads nothing else.
pub const HEAD: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<style>
  :root { color-scheme: light dark; --paper: light-dark(#fbfaf8, #15171a); --ink: light-dark(#1e2024, #e4e4e1);
          --quiet: light-dark(#5f646b, #9aa0a8); --line: light-dark(#dcd9d3, #363a41); --accent: light-dark(#2457a8, #8ab4f8);
          --edge: light-dark(#0002, #000c); }
  body { font: 16px/1.5 system-ui, sans-serif; background: var(--paper); color: var(--ink);
         margin: 1.5rem auto 3rem; max-width: 62rem; padding: 0 1rem; }
  h1 { font-size: 1.35rem; margin: 0 0 .5rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
  p, ul { max-width: 44rem; } a { color: var(--accent); } li { margin: .3rem 0; }
  .quiet { color: var(--quiet); font-size: .9rem; } .quiet a { white-space: nowrap; }
  table { border-collapse: collapse; width: 100%; font-size: .9375rem; }
  th, td { text-align: left; padding: .3rem 1rem .3rem 0; border-bottom: 1px solid var(--line);
           vertical-align: top; overflow-wrap: anywhere; text-wrap: pretty; }
  th { color: var(--quiet); font-weight: 600; white-space: nowrap; }
  .tasks td:nth-child(1) { color: var(--quiet); font-variant-numeric: tabular-nums; width: 2.5rem; }
  .tasks td:nth-child(2) { font-weight: 600; width: 9rem; min-width: 5.5rem; }
  /* A narrow screen has each wait below its task, in the whole width. */
  @media (max-width: 40rem) {
    .tasks, .tasks tbody { display: block; }
    .tasks tr { display: grid; grid-template-columns: 2.4rem 1fr; padding: .4rem 0; border-bottom: 1px solid var(--line); }
    .tasks th, .tasks td { border: 0; padding: 0; }
    .tasks :is(th, td):nth-child(3) { grid-column: 2; }
  }
  /* A shadow at an edge says that there is more behind it. */
  .picture { overflow-x: auto; background:
      linear-gradient(90deg, var(--paper) 35%, transparent) 0 0 / 3rem 100% no-repeat local,
      linear-gradient(270deg, var(--paper) 35%, transparent) 100% 0 / 3rem 100% no-repeat local,
      linear-gradient(90deg, var(--edge), transparent) 0 0 / .9rem 100% no-repeat scroll,
      linear-gradient(270deg, var(--edge), transparent) 100% 0 / .9rem 100% no-repeat scroll; }
  .picture svg { display: block; width: 100%; min-width: 60rem; }
  .legend { display: flex; flex-wrap: wrap; gap: .2rem 1rem; max-width: none; }
  .legend svg { width: .85rem; height: .85rem; vertical-align: -.1rem; overflow: visible; }
  :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
  /* A finger needs more room than the words of a link have. */
  @media (pointer: coarse) { a { position: relative; } a::after { content: ""; position: absolute; inset: -.65rem -.3rem; } }
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
<p>Open /tasks in one window, and /slow in two others. The second order waits for the pan, and /tasks says
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
