// Draws one window of the lanes: bands, spans, arrows, the chain of causes, the cursor.
//
// A step moves the cursor and the chain, and nothing else. So the rest is drawn on a layer of its
// own, which stays until the window, the zoom, the filter or a colour changes.
//
// Invariant: the work is bounded by the window: by its rows and by its width.
"use strict";
const COLOURS = {};
function colours() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ["ink", "soft", "rule", "card", "band", "runs", "asleep", "waits", "ready", "late", "done", "bad", "wake", "chain", "cursor", "accent"]) COLOURS[name] = style.getPropertyValue(`--${name}`);
}

function draw(view) {
  const { canvas, scroller, run } = view, ratio = window.devicePixelRatio || 1;
  const w = scroller.clientWidth, h = Math.min(view.height, scroller.clientHeight || view.height);
  if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(h * ratio)) {
    canvas.width = w * ratio; canvas.height = h * ratio;
    canvas.style.width = `${w}px`; canvas.style.height = `${h}px`;
  }
  const left = scroller.scrollLeft, top = scroller.scrollTop;
  const clean = (canvas) => {
    const g = canvas.getContext("2d");
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, w, h);
    g.font = "12px system-ui, sans-serif";
    g.textBaseline = "middle";
    return g;
  };
  const window_ = { g: null, w, h, from: Math.max(0, view.event(left + view.names - view.room) - 1), to: Math.min(run.n, view.event(left + w) + 1),
    x: (event) => view.x(event) - left, y: (lane) => { const y = view.y(lane); return y < 0 ? y : y - top; },
    first: Math.max(0, Math.floor(top / ROW) - 1), last: Math.ceil((top + h) / ROW) };
  const seen = [w, h, ratio, left, top, view.layouts, view.app.heat, COLOURS.ink].join();
  if (view.seen !== seen) {
    view.seen = seen;
    view.layer ||= document.createElement("canvas");
    view.layer.width = canvas.width; view.layer.height = canvas.height;
    window_.g = clean(view.layer);
    bands(view, window_);
    for (let row = window_.first; row <= window_.last; row++) if (row > 0 && row <= view.rows.length) lane(view, window_, view.rows[row - 1]);
    loopRow(view, window_);
    if (window_.to - window_.from < 6000) arrows(view, window_);
  }
  const g = window_.g = clean(canvas);
  if (canvas.width && canvas.height) g.drawImage(view.layer, 0, 0, w, h);
  chain(view, window_);
  cursor(view, window_);
  names(view, window_, top);
}

// Instants, shaded in turn; their times above.
function bands(view, { g, w, h, from, to, x }) {
  const { run } = view;
  let free = view.names;
  for (let e = from; e < to;) {
    let after = e + 1;
    const instant = run.at[e], begins = e === 0 || run.at[e - 1] !== instant;
    // On a real clock each event has its own time: shade by what can be told apart.
    after = Math.min(to, Math.max(after, run.after(instant), view.event(view.x(e) + 2)));
    const begin = Math.max(x(e), view.names), width = x(after - 1) + view.room - begin;
    g.fillStyle = COLOURS.band;
    if (instant % 2 === 0 || view.scale) g.fillRect(begin, RULER, width, h);
    if (begins && x(e) >= free - 1) {
      g.fillStyle = COLOURS.rule;
      g.fillRect(x(e), RULER - 7, 1, h);
      g.fillStyle = COLOURS.soft;
      const label = run.label(instant);
      const width = g.measureText(label).width, place = Math.min(x(e) + 3, w - width - 4);
      if (place >= free - 1) g.fillText(label, place, 12);
      free = place + width + 11;
    }
    e = after;
  }
}

function lane(view, { g, w, from, to, x, y }, number) {
  const { run, app } = view, { p, e, d } = run.lanes[number], middle = y(number);
  let low = 0, high = p.length / SPAN;
  while (low < high) { const m = (low + high) >> 1; if (p[m * SPAN + 1] < from) low = m + 1; else high = m; }
  const bar = (a, b, half, colour) => { g.fillStyle = colour; g.fillRect(a, middle - half, b - a, 2 * half); };
  const last = [-1, -1, -1, -1];
  for (let at = low * SPAN; at < p.length && p[at] <= to; at += SPAN) {
    const doing = p[at + 2], due = p[at + 5], begin = x(p[at]);
    let end = x(p[at + 1]);
    // A step that takes no time is a thin sign, or an overview would be one long step.
    const thin = doing === RUNS && end - begin < 1;
    if (doing === RUNS) end = Math.max(end, begin + (thin ? 1 : 2));
    if (end - begin < 1 && Math.floor(begin) === last[doing]) continue;
    last[doing] = Math.floor(begin);
    const a = Math.max(begin, view.names - 2), b = Math.min(end, w + 2);
    if (due && view.scale) bar(Math.max(view.names, view.at(due - 1, p[at]) - view.scroller.scrollLeft), a, 4, COLOURS.late);
    if (b <= a) continue;
    const late = due && !view.scale;
    bar(a, b, [4, thin ? 4.5 : 8, 1.5, 1.5][doing], late ? COLOURS.late : [COLOURS.ready, COLOURS.runs, COLOURS.asleep, COLOURS.waits][doing]);
    const heat = doing === RUNS && app.heat && run.hot.get(p[at]);
    // A strip beneath the step, which keeps its own colour. A hundredth of the most is no delay.
    if (heat && heat * 100 >= run.hottest) { g.fillStyle = `hsl(340 82% ${72 - 30 * Math.sqrt(heat / run.hottest)}%)`; g.fillRect(a, middle + 8, b - a, 3.5); }
  }
  if (e >= 0 && e >= from && e <= to) {
    g.beginPath();
    g.arc(x(e) + Math.min(view.room, 8) / 2, middle, 4.5, 0, 7);
    g.fillStyle = { returned: COLOURS.done, cancelled: COLOURS.ready }[d] || COLOURS.bad;
    if (d === "dropped") { g.strokeStyle = COLOURS.bad; g.stroke(); } else g.fill();
    if (d === "panicked") { g.fillStyle = COLOURS.card; g.fillRect(x(e) + Math.min(view.room, 8) / 2 - 1, middle - 3, 2, 6); }
  }
}

// The loop itself: parked, or at work; timers that fire, callbacks that run.
function loopRow(view, { g, w, from, to, x, y }) {
  const { run } = view, middle = y(-1);
  if (middle < 0) return;
  let last = -1;
  for (let e = from; e < to; e++) {
    const verb = run.v[e];
    if (verb !== PARK && verb !== FIRE && verb !== RUN && verb !== ITERATION) continue;
    const begin = Math.max(x(e), view.names), end = Math.min(x(e + 1), w);
    if (verb === PARK && end - begin < 1 && Math.floor(begin) === last) continue;
    if (verb === PARK) { g.fillStyle = COLOURS.asleep; g.fillRect(begin, middle - 0.75, Math.max(1, end - begin), 1.5); continue; }
    if (Math.floor(begin) === last) continue;
    last = Math.floor(begin);
    if (verb === ITERATION) { g.fillStyle = COLOURS.rule; g.fillRect(begin, middle - 6, 1, 12); continue; }
    g.fillStyle = verb === FIRE ? COLOURS.wake : COLOURS.runs;
    g.beginPath();
    const c = begin + Math.min(view.room, 8) / 2;
    g.moveTo(c, middle - 4); g.lineTo(c + 3.5, middle); g.lineTo(c, middle + 4); g.lineTo(c - 3.5, middle);
    g.fill();
  }
}

function line(g, x, a, b, colour, dashed) {
  const down = b > a ? 1 : -1, tip = b - 6 * down;
  g.strokeStyle = g.fillStyle = colour;
  g.lineWidth = dashed ? 1 : 1.75;
  g.setLineDash(dashed ? [3, 3] : []);
  g.beginPath(); g.moveTo(x, a + 7 * down); g.lineTo(x, tip - 5 * down); g.stroke();
  g.setLineDash([]);
  g.beginPath(); g.moveTo(x, tip); g.lineTo(x - 4, tip - 7 * down); g.lineTo(x + 4, tip - 7 * down); g.fill();
}

function arrows(view, { g, from, to, x, y }) {
  const { run } = view;
  for (let e = from; e < to; e++) {
    const verb = run.v[e];
    if (verb === UNPOLLED) unpolled(g, x(e), y(run.lane(e)), view.names);
    if (verb !== WAKE && verb !== SPAWN && verb !== CANCEL) continue;
    const cause = run.cause(e);
    if (cause < 0 || run.l[cause] === run.l[e]) continue;
    const a = y(run.lane(cause)), b = y(run.lane(e)), place = x(e) + view.room / 2;
    if (a < 0 || b < 0 || place < view.names) continue;
    line(g, place, a, b, verb === WAKE ? COLOURS.wake : verb === CANCEL ? COLOURS.bad : COLOURS.soft, verb === SPAWN);
  }
}

// An await that was woken, and that the step has not polled: a red cross on the step.
function unpolled(g, x, y, names) {
  if (y < 0 || x < names) return;
  g.strokeStyle = COLOURS.bad;
  g.lineWidth = 2;
  g.beginPath(); g.moveTo(x - 4, y - 4); g.lineTo(x + 4, y + 4); g.moveTo(x - 4, y + 4); g.lineTo(x + 4, y - 4); g.stroke();
}

// The causes of the present event, back to the root.
function chain(view, { g, x, y }) {
  const { run, app } = view, k = app.k[view.number];
  if (k === 0) return;
  g.strokeStyle = g.fillStyle = COLOURS.chain;
  g.lineWidth = 2;
  g.beginPath();
  let before = null;
  const dots = [];
  for (const event of run.chain(k - 1).slice(0, 3000)) {
    const b = y(run.lane(event)), a = x(event) + view.room / 2;
    if (b < 0) continue;
    // From the effect to the lane of its cause, then back in time along that lane.
    if (before) { g.moveTo(...before); g.lineTo(before[0], b); g.lineTo(a, b); }
    dots.push(before = [a, b]);
  }
  g.stroke();
  for (const [a, b] of dots) { g.beginPath(); g.arc(a, b, 3, 0, 7); g.fill(); }
}

function cursor(view, { g, h, x, y }) {
  const { run, app } = view, k = app.k[view.number], place = k ? x(k - 1) + view.room / 2 : x(0) - 3;
  if (view.edge >= 0) {
    const at = x(Math.min(view.edge, run.n)) + view.room / 2;
    g.fillStyle = COLOURS.bad; g.globalAlpha = 0.9;
    g.fillRect(at - 1, RULER, 2, h);
    g.globalAlpha = 1;
  }
  g.fillStyle = COLOURS.cursor;
  g.globalAlpha = 0.13;
  g.fillRect(place - Math.max(view.room, 5) / 2, RULER, Math.max(view.room, 5), h);
  g.globalAlpha = 1;
  g.fillRect(place - 0.75, RULER - 6, 1.5, h);
  g.beginPath(); g.moveTo(place - 5, RULER - 9); g.lineTo(place + 5, RULER - 9); g.lineTo(place, RULER - 2); g.fill();
  if (view.edge >= 0) {
    const at = x(Math.min(view.edge, run.n)) + view.room / 2;
    g.fillStyle = COLOURS.card; g.fillRect(at + 2, h - 19, 62, 17);
    g.fillStyle = COLOURS.bad; g.fillText("runs part", at + 6, h - 10);
  }
  // Who waits for whom at this moment.
  // A circle is drawn last, and the way up goes around the way down.
  for (const { from, to, circle } of [...app.state(view.number).waits].sort((a, b) => a.circle - b.circle)) {
    const a = y(from), b = to < 0 ? -1 : y(to);
    if (a < 0 || b < 0) continue;
    const out = place + 10 + Math.min(60, Math.abs(b - a) * 0.35) + (b < a) * 12, tip = b > a ? -5 : 5;
    g.strokeStyle = g.fillStyle = circle ? COLOURS.bad : COLOURS.waits;
    g.lineWidth = circle ? 2.5 : 1.75;
    g.beginPath(); g.moveTo(place + 2, a); g.bezierCurveTo(out, a, out, b + tip, place + 8, b + tip / 2); g.stroke();
    g.beginPath(); g.moveTo(place + 2, b); g.lineTo(place + 10, b - 4); g.lineTo(place + 10, b + 4); g.fill();
  }
}

function names(view, { g, w, h, y, first, last }, top) {
  const { run, app } = view, k = app.k[view.number], here = k ? run.lane(k - 1) : -2;
  g.fillStyle = COLOURS.card;
  g.fillRect(0, 0, view.names - 4, h);
  if (top > 0) g.fillRect(0, 0, w, 3);
  g.fillStyle = COLOURS.rule;
  g.fillRect(view.names - 4, 0, 1, h);
  g.fillStyle = COLOURS.soft;
  if (run.n) g.fillText(`in ${run.unit[2]}`, 10, 12);
  for (let row = Math.max(0, first); row <= Math.min(last, view.rows.length); row++) {
    const number = row ? view.rows[row - 1] : -1, middle = y(number);
    if (middle < RULER / 2) continue;
    let label = row ? run.lanes[number].n : "loop";
    if (label.length > 60) label = label.slice(0, 60);
    g.font = number === here ? "600 12px system-ui, sans-serif" : "12px system-ui, sans-serif";
    while (g.measureText(label).width > view.names - 22 && label.length > 1) label = label.slice(0, -2) + "…";
    g.fillStyle = number === here ? COLOURS.accent : row ? COLOURS.ink : COLOURS.soft;
    g.fillText(label, 10, middle);
  }
}
