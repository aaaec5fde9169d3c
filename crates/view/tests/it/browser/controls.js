// A wake back to its root, a filter, the axis, the lists.
const last = app.run.n - 1;
const wake = [...app.run.v.keys()].find((event) => VERBS[app.run.v[event]] === "wake");
slide(wake + 1);
check("now", text("now"), `${app.run.who(wake)} becomes ready, woken ${app.run.more(wake)}`);
const chain = app.run.chain(wake);
check("why", items("why").length, chain.length);
for (const event of chain.slice(1)) {
  press("c");
  check("the cause", app.k[0], event + 1);
}
check("at the root", document.getElementById("cause").disabled, true);
for (let i = 1; i < chain.length; i++) click("return");
check("back at the wake", app.k[0], wake + 1);
document.querySelector("#why li:last-child button").click();
check("a click on the root", app.k[0], chain[chain.length - 1] + 1);

const name = expected.labels[2];
type(name);
check("rows of the filter", app.views[0].rows.length, 1);
const field = document.getElementById("filter"), into = (key) => field.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
const here = app.k[0];
press("/");
into("c"); into("ArrowRight");
check("letters in the filter are no commands", [document.activeElement, app.k[0]].map((x) => x === field || x === here), [true, true]);
into("Enter");
check("Enter leaves the filter, which stays", [document.activeElement === field, field.value], [false, name]);
press("Home");
for (let i = 0; i < 5; i++) {
  press("ArrowRight");
  check("steps over other tasks", app.run.who(app.k[0] - 1), name);
}
const whos = new Set([...document.querySelectorAll("#rows .who")].map((cell) => cell.textContent));
check("the trace has the task alone", [...whos], [name]);
press("Escape");
check("all rows", app.views[0].rows.length, expected.labels.length);

press("t");
check("order", [document.getElementById("order").getAttribute("aria-pressed"), app.views[0].scale], ["true", 0]);
press("t");
check("time", app.views[0].scale > 0, true);
const before = app.views[0].width;
press("+"); press("+");
check("wider", app.views[0].width > before, true);
press("0");
check("fits again", Math.abs(app.views[0].width - before) < 20, true);

press("End");
check("the end", text("place").startsWith(`${last + 1} of ${last + 1}`), true);
const steps = [];
press("Home");
for (let i = 0; i < 4; i++) { press("ArrowRight", { shiftKey: true }); steps.push(VERBS[app.run.v[app.k[0] - 1]]); }
check("steps of tasks", steps, ["step", "step", "step", "step"]);
check("roles", ["trace", "now", "slider"].map((id) => document.getElementById(id).getAttribute(id === "now" ? "aria-live" : id === "trace" ? "role" : "aria-label")), ["listbox", "polite", "moment of the run"]);
const selected = document.querySelector("#rows [aria-selected=true]");
check("the trace follows", selected.id, document.getElementById("trace").getAttribute("aria-activedescendant"));
check("names nothing outside", [...document.querySelectorAll("[src], link")].length, 0);
