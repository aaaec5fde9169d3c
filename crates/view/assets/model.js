// A run as data: looks up the state at a moment, and the causes of an event.
//
// The problem: a reader goes forward, back, and anywhere. The page keeps no state that a step
// could spoil: spans are intervals of event numbers, and the state at a moment is a look at
// the spans around it.
//
// Invariant: state(k) depends on k and on the data alone. Its text is that of Rust's State.
"use strict";
const VERBS = "spawn name step yield wake done cancel make set call run drop arm fire disarm iteration park raise unpolled ?".split(" ");
const [SPAWN, STEP, WAKE, CANCEL, RUN, FIRE, ITERATION, PARK, UNPOLLED] = ["spawn", "step", "wake", "cancel", "run", "fire", "iteration", "park", "unpolled"].map((w) => VERBS.indexOf(w));
// How a sentence says a verb; any other verb gets an s.
const SAYS = { spawn: "is spawned", name: "is named", yield: "yields, waits", wake: "becomes ready, woken", done: "is done:", cancel: "is to be cancelled", call: "registers", raise: "reports:", unpolled: "has not polled its await of" };
const READY = 0, RUNS = 1, ASLEEP = 2, WAITS = 3;
// Numbers for one span, and for one thing.
const SPAN = 6, THING = 7;

// A list of differences as numbers; a text in it stands for itself.
function sums(list) {
  let before = 0;
  return list.map((number) => (typeof number === "string" ? number : (before += number)));
}
// The first of so many numbers for which a condition holds, which holds for all behind it.
function first(count, holds) {
  let low = 0, high = count;
  while (low < high) { const middle = (low + high) >> 1; if (holds(middle)) high = middle; else low = middle + 1; }
  return low;
}
// Compares two integers, each of them a number or a text.
function compare(a, b) {
  [a, b] = [BigInt(a), BigInt(b)];
  return a < b ? -1 : a > b ? 1 : 0;
}
// The units of the times that a page shows: nanoseconds in one of them, and decimals.
const SECONDS = [1e9, 3, "s"], LONG = [1e9, 6, "s"], MILLIS = [1e6, 3, "ms"], MICROS = [1e3, 3, "µs"];

// A time in seconds, exact, with at least three decimals, as in words.rs.
function seconds(ns) {
  const digits = String(ns % 1e9).padStart(9, "0").replace(/0+$/, "");
  return `${Math.floor(ns / 1e9)}.${digits.padEnd(3, "0")}`;
}

class Run {
  constructor(data) {
    Object.assign(this, data);
    this.n = this.at.length;
    for (const column of ["ns", "at", "it"]) this[column] = sums(this[column]);
    this.odds = new Map();
    for (let i = 0; i < this.odd.length; i += 2) this.odds.set(this.odd[i], this.odd[i + 1]);
    for (const { p } of this.lanes) {
      for (let i = 0, before = 0; i < p.length; i += SPAN) {
        p[i] += before;
        before = p[i + 1] += p[i];
      }
    }
    this.hot = new Map();
    for (let i = 0; i < this.heat.length; i += 2) this.hot.set(this.heat[i], this.heat[i + 1]);
    this.longest = this.lanes.reduce((most, { n }) => Math.max(most, n.length), 1);
    this.hottest = 1;
    for (const heat of this.hot.values()) this.hottest = Math.max(this.hottest, heat);
    const whole = this.ns.every((ns) => typeof ns !== "number" || ns % 1e6 === 0);
    this.unit = whole ? SECONDS : this.end >= 1e9 ? LONG : this.end >= 1e6 ? MILLIS : MICROS;
  }
  // A time as the page shows it: all times of a run in one unit, with as many decimals. A time
  // that a script cannot count comes as a text in seconds.
  shown(ns, text) {
    const [size, places, unit] = this.unit;
    if (typeof ns === "number" && Number.isSafeInteger(ns)) return (ns / size).toFixed(places);
    return unit === "s" ? text : `${text} s`;
  }
  long(ns, text) { const shown = this.shown(ns, text); return shown.endsWith("s") ? shown : `${shown} ${this.unit[2]}`; }
  label(instant) { const odd = this.odds.get(instant); return this.shown(odd ? "" : this.ns[instant], odd); }
  when(event) { return event < this.n ? this.label(this.at[event]) : this.shown(this.end, this.ending); }
  // What the legend explains: the kinds of shapes that the run has.
  kinds() {
    const kinds = new Set(this.hot.size ? ["heat"] : []);
    for (const { p, e, d } of this.lanes) {
      if (e >= 0) kinds.add(d);
      for (let i = 0; i < p.length; i += SPAN) {
        kinds.add(["ready", "runs", "asleep", "waits"][p[i + 2]]);
        if (p[i + 5]) kinds.add("late");
      }
    }
    for (let event = 0; event < this.n; event++) {
      const verb = this.v[event], cause = this.cause(event);
      if (cause >= 0) kinds.add("chain");
      kinds.add({ [FIRE]: "fires", [RUN]: "calls", [ITERATION]: "round", [UNPOLLED]: "unpolled" }[verb]);
      if (cause >= 0 && this.l[cause] !== this.l[event]) kinds.add(verb === WAKE ? "wake" : verb === SPAWN ? "spawn" : verb === CANCEL ? "cancel" : "");
    }
    return this.closes() ? kinds.add("circle") : kinds;
  }
  // Whether some wait closes a circle. A chain of waits is followed for a thousand tasks.
  closes() {
    const waits = [];
    this.lanes.forEach(({ p }, lane) => {
      for (let i = 0; i < p.length; i += SPAN) if (p[i + 4]) waits.push([p[i], p[i + 1], lane, p[i + 4] - 1]);
    });
    const now = new Map();
    return waits.sort((a, b) => a[0] - b[0]).some(([from, to, lane, target]) => {
      now.set(lane, [to, target]);
      for (let steps = 0; steps < 1000 && target !== lane; steps++) {
        const next = now.get(target);
        if (!next || next[0] <= from) return false;
        target = next[1];
      }
      return target === lane;
    });
  }
  // The time of an event, as text and as a number of nanoseconds; the end for a later one.
  time(event) { return event < this.n ? this.stamp(this.at[event]) : this.ending; }
  stamp(instant) { return this.odds.get(instant) || seconds(this.ns[instant]); }
  clock(event) { return event < this.n ? this.ns[this.at[event]] : this.end; }
  // The first event after an instant.
  after(instant) { return first(this.n, (event) => this.at[event] > instant); }
  lane(event) { return this.l[event] - 1; }
  who(event) { return this.l[event] ? this.lanes[this.l[event] - 1].n : "the loop"; }
  more(event) { return this.words[this.w[event]]; }
  // The details of an event as the page shows them: a deadline in the unit of all times.
  told(event) {
    const deadline = /^(timer#\d+ at|on time|until) (\d+\.\d{3,})$/.exec(this.more(event));
    return deadline ? `${deadline[1]} ${this.long(Math.round(deadline[2] * 1e9), deadline[2])}` : this.more(event);
  }
  cause(event) { return this.c[event] ? event - this.c[event] : -1; }
  chain(event) {
    const chain = [];
    for (let e = event; e >= 0; e = this.cause(e)) chain.push(e);
    return chain;
  }
  // The place in p of the span of a lane at a moment, or -1.
  span(lane, moment) {
    const p = this.lanes[lane].p;
    let low = 0, high = p.length / SPAN;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (p[middle * SPAN] < moment) low = middle + 1; else high = middle;
    }
    const at = (low - 1) * SPAN;
    return at >= 0 && moment <= p[at + 1] ? at : -1;
  }
  state(k) {
    const state = { k, running: -1, ready: [], waits: [], timers: [], pending: [], ended: 0, parked: null };
    const targets = new Map();
    this.lanes.forEach((lane, number) => {
      const at = this.span(number, k);
      if (at < 0) { state.ended += lane.e >= 0 && lane.e < k; return; }
      const [from, , doing, word, target] = lane.p.slice(at, at + SPAN);
      if (doing === RUNS && state.running < 0) state.running = number;
      if (doing === READY) state.ready.push({ lane: number, from });
      if (doing === WAITS) {
        state.waits.push({ from: number, to: target - 1, what: this.words[word] + this.unpolled(from, k), circle: false });
        if (target) targets.set(number, target - 1);
      }
    });
    state.ready.sort((a, b) => a.from - b.from);
    state.circles = this.circles(targets);
    const within = new Set(state.circles.flat());
    for (const wait of state.waits) wait.circle = within.has(wait.from);
    for (let i = 0; i < this.things.length && this.things[i + 3] < k; i += THING) {
      if (k > this.things[i + 4]) continue;
      const [kind, number, owner, , , ns, word] = this.things.slice(i, i + THING);
      const thing = { name: `${["timer", "promise", "callback"][kind]}#${number}`, number, owner: owner - 1, ns, at: kind ? "" : this.words[word] };
      (kind ? state.pending : state.timers).push(thing);
    }
    state.timers.sort((a, b) => compare(a.ns, b.ns) || compare(a.number, b.number));
    if (k > 0 && this.v[k - 1] === PARK) state.parked = this.more(k - 1);
    return state;
  }
  // Each task waits for one other at most, so a walk ends, or comes to a lane again.
  circles(targets) {
    const seen = new Map(), circles = [];
    for (const start of [...targets.keys()].sort((a, b) => a - b)) {
      const path = [];
      let lane = start;
      while (lane !== undefined && !seen.has(lane)) {
        seen.set(lane, start);
        path.push(lane);
        lane = targets.get(lane);
      }
      const from = seen.get(lane) === start ? path.indexOf(lane) : -1;
      if (from >= 0) circles.push(path.slice(from));
    }
    return circles;
  }
  circle(lanes) { return [...lanes, lanes[0]].map((lane) => this.lanes[lane].n).join(" -> "); }
  doing(lane, k) {
    const at = this.span(lane, k), { p, e, d } = this.lanes[lane];
    if (at < 0) return e >= 0 && e < k ? `has ended, ${d}` : "";
    return ["is ready", "runs", "sleeps until ", "waits for "][p[at + 2]] + (p[at + 2] > RUNS ? this.words[p[at + 3]] + this.unpolled(p[at], k) : "");
  }
  // Promises that are set, and whose awaits the step before a span has not polled. The events follow its yield.
  unpolled(from, k) {
    let text = "";
    for (let e = from + 1; e < k && this.v[e] === UNPOLLED && this.l[e] === this.l[from]; e++) text += `; ${this.more(e)} is set, but its await was not polled`;
    return text;
  }
  // The state as text, line by line as Rust's State displays it.
  text(k) {
    const state = this.state(k), lines = [];
    lines.push(k ? `after event ${k}, at ${this.time(k - 1)}, iteration ${this.it[k - 1]}` : "before the first event");
    this.lanes.forEach((lane, number) => {
      const doing = this.doing(number, k);
      if (doing) lines.push(`${lane.n}: ${doing}`);
    });
    if (state.ready.length) lines.push("ready: " + state.ready.map(({ lane }) => this.lanes[lane].n).join(", "));
    for (const { name, at, owner } of [...state.timers, ...state.pending]) {
      lines.push(name + (at && ` at ${at}`) + (owner < 0 ? "" : `, of ${this.lanes[owner].n}`));
    }
    for (const circle of state.circles) lines.push("a circle: " + this.circle(circle));
    if (state.parked !== null) lines.push(`the loop waits ${state.parked}`.trim());
    return lines.join("\n") + "\n";
  }
  sentence(event) {
    if (event < 0) return ["", this.n ? `Nothing has happened yet: ▶ or the key → goes to the first of ${this.n.toLocaleString("en")} events.` : "Nothing has happened."];
    const more = this.told(event), verb = VERBS[this.v[event]];
    const alone = { iteration: `begins iteration ${this.it[event]}`, park: more ? `parks ${more}` : "parks until something outside wakes it" };
    return [this.who(event), alone[verb] || `${SAYS[verb] || `${verb}s`} ${more}`.trim()];
  }
}
