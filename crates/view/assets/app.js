// The page: one moment, two runs at most, and the controls that move it.
//
//   slider, keys, buttons, clicks ──► seek(moment) ──► panels, lanes
//
// Invariant: only seek, focus and the settings change what is shown.
"use strict";
class App {
  constructor(data) {
    this.runs = data.runs.map((run) => new Run(run));
    Object.assign(this, { links: data.links, parting: data.parting, active: 0, axis: data.axis, filter: [], visited: [], states: [] });
    this.k = this.runs.map((run) => run.start);
    // Delays of microseconds are on every real clock: they are shaded if the reader asks.
    this.heat = this.runs.some((run) => run.hottest >= 1e6 && run.hottest * 100 >= run.end);
    const kinds = new Set(this.runs.flatMap((run) => [...run.kinds()]));
    document.querySelectorAll(".legend [data-kind]").forEach((key) => { key.hidden = !kinds.has(key.dataset.kind); });
    colours();
    this.views = this.runs.map((run, number) => this.box(run, number));
    this.filtered();
    $("sums").classList.toggle("wide", !data.parting);
    if (data.parting) {
      $("parting").hidden = $("more-keys").hidden = $("differ").hidden = false;
      this.views.forEach((view, number) => { view.edge = data.parting[number]; });
      list("diff", data.diff.map((text) => ({ text })), "none");
    }
    this.listen();
    this.settings();
    this.focus(0);
    if (data.parting) this.part(); else this.seek(this.k[0]);
  }
  get run() { return this.runs[this.active]; }
  box(run, number) {
    const view = new Lanes(run, this, number), box = element("section", undefined, { class: "run", "aria-label": run.title || "run" });
    if (this.runs.length > 1) {
      const head = element("h2"), button = element("button", run.title || ["first run", "second run"][number]);
      button.addEventListener("click", () => this.focus(number));
      head.append(button);
      box.append(head);
      $("runs").classList.add("two");
    }
    box.append(view.scroller);
    $("runs").append(box);
    return view;
  }
  state(number) {
    const k = this.k[number];
    if (!this.states[number] || this.states[number].k !== k) this.states[number] = this.runs[number].state(k);
    return this.states[number];
  }
  seek(moment, number = this.active) {
    if (number !== this.active) this.focus(number);
    this.k[number] = Math.min(this.run.n, Math.max(0, moment));
    const other = 1 - number;
    if (this.runs[other]) this.k[other] = this.links[number][this.k[number]];
    this.views.forEach((view, run) => { view.show(this.k[run] - 1); view.redraw(); });
    panels(this);
  }
  // Goes to a cause, and remembers the way back.
  visit(moment) { this.visited.push(this.k[this.active]); this.seek(moment); }
  cause() { const k = this.k[this.active], cause = k ? this.run.cause(k - 1) : -1; if (cause >= 0) this.visit(cause + 1); }
  back() { if (this.visited.length) this.seek(this.visited.pop()); }
  // The next event in a direction: of the shown tasks, or a step of one of them.
  step(direction, steps) {
    const run = this.run;
    let k = this.k[this.active] + direction;
    while (k > 0 && k < run.n && !(this.shows(run, k - 1) && (!steps || run.v[k - 1] === STEP))) k += direction;
    this.seek(k);
  }
  shows(run, event) { return !this.filter.length || (run.l[event] > 0 && this.matches(run, run.lane(event))); }
  matches(run, lane) { const name = run.lanes[lane].n.toLowerCase(); return !this.filter.length || this.filter.some((term) => name.includes(term)); }
  visible(run) { return run.lanes.map((_, lane) => lane).filter((lane) => this.matches(run, lane)); }
  // The events of the shown tasks; null for all events.
  listed() {
    if (!this.filter.length) return null;
    const run = this.run;
    if (this.cache?.run !== run) {
      this.cache = { run, events: [] };
      for (let event = 0; event < run.n; event++) if (this.shows(run, event)) this.cache.events.push(event);
    }
    return this.cache.events;
  }
  only(name) { $("filter").value = $("filter").value === name ? "" : name; this.filtered(); this.seek(this.k[this.active]); }
  filtered() {
    this.filter = $("filter").value.toLowerCase().split(",").map((term) => term.trim()).filter(Boolean);
    this.cache = null;
    for (const view of this.views) { view.layout(); view.redraw(); }
  }
  settings() {
    $("time").setAttribute("aria-pressed", this.axis === "time");
    $("order").setAttribute("aria-pressed", this.axis === "order");
    $("blame").setAttribute("aria-pressed", this.heat);
    $("time").disabled = this.runs.every((run) => !run.end);
    $("blame").hidden = this.runs.every((run) => !run.hot.size);
    $("scale").textContent = this.axis === "order" || $("time").disabled ? "Each event has the same room." : "To scale between events; each event adds some room.";
    document.querySelector("[data-kind=heat]").hidden = !this.heat || $("blame").hidden;
    for (const view of this.views) { view.layout(); view.redraw(); }
  }
  turn(axis) { this.axis = axis; this.settings(); this.seek(this.k[this.active]); }
  focus(number) {
    this.active = number;
    this.visited = [];
    this.cache = null;
    document.querySelectorAll(".run").forEach((box, run) => box.classList.toggle("active", run === number && this.runs.length > 1));
    reports(this);
    panels(this);
  }
  part() { const at = this.parting[this.active]; this.seek(Math.min(at, this.run.n - 1) + 1); }
  zoom(factor) { for (const view of this.views) view.zoomBy(factor); }
  listen() {
    const on = (id, act) => $(id).addEventListener("click", act), end = () => this.seek(this.run.n);
    on("first", () => this.seek(0)); on("last", end); on("back", () => this.step(-1)); on("next", () => this.step(1));
    on("cause", () => this.cause()); on("return", () => this.back()); on("parting", () => this.part());
    on("time", () => this.turn("time")); on("order", () => this.turn("order"));
    on("in", () => this.zoom(1.6)); on("out", () => this.zoom(1 / 1.6)); on("fit", () => this.zoom(0));
    on("blame", () => { this.heat = !this.heat; this.settings(); });
    $("slider").addEventListener("input", () => this.seek(Number($("slider").value)));
    $("filter").addEventListener("input", () => { this.filtered(); panels(this); });
    $("trace").addEventListener("scroll", () => traceRows(this, false), { passive: true });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { colours(); this.settings(); });
    const keys = {
      ArrowLeft: (e) => this.step(-1, e.shiftKey), ArrowRight: (e) => this.step(1, e.shiftKey), Home: () => this.seek(0), End: end,
      ArrowUp: () => this.step(-1), ArrowDown: () => this.step(1), c: () => this.cause(), r: () => this.back(), t: () => this.turn(this.axis === "time" && !$("order").disabled ? "order" : $("time").disabled ? "order" : "time"),
      "+": () => this.zoom(1.6), "=": () => this.zoom(1.6), "-": () => this.zoom(1 / 1.6), 0: () => this.zoom(0), b: () => $("blame").click(),
      "/": () => $("filter").focus(), Enter: () => $("filter").blur(), Escape: () => { $("filter").value = ""; $("filter").blur(); this.filtered(); panels(this); },
      d: () => this.parting && this.part(), x: () => this.runs[1] && this.focus(1 - this.active),
    };
    document.addEventListener("keydown", (event) => {
      const typing = event.target.id === "filter", act = keys[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey || typing !== (event.key === "Enter") && event.key !== "Escape") return;
      event.preventDefault();
      act(event);
    });
  }
}

const app = new App(JSON.parse($("data").textContent));
