// The panels: the present moment as text, for every reader and every screen.
//
// The problem: a picture needs eyes and a pointer. Everything that the lanes show of a moment is
// here as lists: the event, its causes, the ready queue, the waits, the timers, the trace.
//
// Invariant: a text of the run enters the document as text, never as markup.
"use strict";
const LINE = COARSE ? 40 : 22, MOST = 100;
const $ = (id) => document.getElementById(id);

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function list(id, items, none) {
  const shown = items.slice(0, MOST).map((item) => {
    const li = element("li", item.text, item.bad ? { class: "bad" } : {});
    if (item.more) li.append(item.more);
    return li;
  });
  if (items.length > MOST) shown.push(element("li", `and ${items.length - MOST} more`, { class: "none" }));
  if (!items.length) shown.push(element("li", none, { class: "none" }));
  $(id).replaceChildren(...shown);
}

function panels(app) {
  const run = app.run, k = app.k[app.active], state = app.state(app.active), name = (lane) => run.lanes[lane].n;
  const [who, does] = run.sentence(k - 1);
  $("now").replaceChildren(element("b", who), ` ${does}`);
  $("slider").max = run.n;
  $("slider").value = k;
  $("slider").setAttribute("aria-valuetext", `event ${k} of ${run.n}: ${who} ${does}`);
  const of = `${k.toLocaleString("en")} of ${run.n.toLocaleString("en")}`;
  $("place").textContent = k ? `${of} · ${run.when(k - 1)} ${run.unit[2]} · iteration ${run.it[k - 1]}` : of;
  $("first").disabled = $("back").disabled = k === 0;
  $("last").disabled = $("next").disabled = k === run.n;
  $("cause").disabled = k === 0 || run.cause(k - 1) < 0;
  $("return").disabled = !app.visited.length;
  why(app, run, k);
  list("ready", state.ready.map(({ lane }) => ({ text: name(lane) })), state.running < 0 ? "empty" : `empty; ${name(state.running)} runs`);
  const circles = state.circles.map((circle) => ({ text: "a circle: " + circle.map(name).concat(name(circle[0])).join(" → "), bad: true }));
  const waits = state.waits.map(({ from, what, circle }) => ({ text: `${name(from)} waits for ${what}`, bad: circle || what.includes("was not polled") }));
  list("waits", circles.concat(waits), "no task waits for another");
  const owner = (thing) => (thing.owner < 0 ? "" : ` · ${name(thing.owner)}`);
  const things = [...state.timers.map((t) => ({ text: `${t.name} at ${run.long(t.ns, t.at)}${owner(t)}` })), ...state.pending.map((t) => ({ text: t.name + owner(t) }))];
  if (state.parked !== null) things.unshift({ text: `the loop waits ${run.told(k - 1)}` });
  list("timers", things, "none");
  document.querySelectorAll("#lines li").forEach((li, number) => li.classList.toggle("after", run.marks[number][0] > k));
  traceRows(app);
}

// A row that leads to a moment.
function step(time, text, act) {
  const li = element("li"), button = element("button");
  button.append(element("time", time), element("span", text));
  button.addEventListener("click", act);
  li.append(button);
  return li;
}

function why(app, run, k) {
  const chain = k ? run.chain(k - 1) : [], shown = chain.length > 40 ? [...chain.slice(0, 30), -1, ...chain.slice(-9)] : chain;
  const items = shown.map((event) => {
    if (event < 0) return element("li", `… ${chain.length - 39} more …`, { class: "none" });
    const li = step(run.when(event), run.sentence(event).join(" "), () => app.visit(event + 1));
    if (event === chain[chain.length - 1] && chain.length > 1) li.querySelector("span").classList.add("root");
    return li;
  });
  $("why").replaceChildren(...(items.length ? items : [element("li", "the run has not begun", { class: "none" })]));
}

// The trace: as many rows as can be seen.
function traceRows(app, follow = true) {
  const run = app.run, k = app.k[app.active], box = $("trace"), shown = app.listed();
  const at = shown ? lowest(shown, k - 1) : k - 1, count = shown ? shown.length : run.n, height = box.clientHeight || 250;
  $("rows").style.height = `${Math.min(count * LINE, WIDEST)}px`;
  if (follow) {
    const y = at * LINE;
    if (y < box.scrollTop + LINE || y > box.scrollTop + height - 3 * LINE) box.scrollTop = y - height / 2;
  }
  const from = Math.max(0, Math.floor(box.scrollTop / LINE) - 2), to = Math.min(count, from + Math.ceil(height / LINE) + 5), rows = [];
  let longest = 5;
  for (let row = from; row < to; row++) {
    const event = shown ? shown[row] : row;
    const line = element("div", undefined, { role: "option", id: `e${event}`, class: event >= k ? "line after" : "line", "aria-selected": event === k - 1, "aria-setsize": count, "aria-posinset": row + 1 });
    line.style.top = `${row * LINE}px`;
    const cell = (name, text, kind) => line.append(element(name, text, { class: kind }));
    longest = Math.max(longest, run.when(event).length);
    cell("time", run.when(event), "t"); cell("span", run.it[event], "it"); cell("span", VERBS[run.v[event]], "verb");
    cell("span", run.l[event] ? run.who(event) : "-", "who"); cell("span", run.told(event), "more");
    line.addEventListener("click", () => app.seek(event + 1));
    rows.push(line);
  }
  document.body.style.setProperty("--t", `${longest}ch`);
  document.body.style.setProperty("--w", `${run.longest}ch`);
  $("rows").replaceChildren(...rows);
  box.setAttribute("aria-activedescendant", k ? `e${k - 1}` : "");
}

// The place of an event in a list of events, or of the one before it.
function lowest(events, event) { return first(events.length, (place) => events[place] > event) - 1; }

// What does not depend on the moment.
function reports(app) {
  const run = app.run;
  const unit = run.unit[2];
  $("facts").textContent = `${run.facts} · ${run.long(run.end, run.ending)}`;
  for (const id of ["h-why", "h-trace"]) $(id).querySelector("small").textContent = `times in ${unit}`;
  // A run that ends in a circle opens there, and says so.
  const still = run.start ? "The tasks of a circle wait for each other, so the page opens at the end of the run. « goes to its beginning." : "";
  $("gap").textContent = run.gap || still;
  $("gap").className = run.gap ? "warning" : "soft";
  $("gap").hidden = !$("gap").textContent;
  const most = Math.max(1, ...run.bill.map((charge) => charge[3]));
  $("bill").replaceChildren(...run.bill.map(([by, to, time, ns]) => {
    const li = element("li"), bar = element("i");
    bar.style.width = `${100 * ns / most}%`;
    li.append(bar, `${by} delayed ${to} by ${run.long(ns, time)}`);
    return li;
  }));
  $("said").hidden = !run.marks.length;
  $("lines").replaceChildren(...run.marks.map(([moment, time, text]) => step(run.shown(Math.round(Number(time) * 1e9), time), text, () => app.visit(moment))));
  if (!run.bill.length) list("bill", [], "no task was delayed");
  list("ledger", run.ledger.map(([text, balanced]) => ({ text, bad: !balanced })), "nothing began");
}
