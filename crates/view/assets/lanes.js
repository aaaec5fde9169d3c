// Draws the lanes of a run on a canvas, as much of them as can be seen.
//
// The problem: a hundred thousand events do not fit a document as elements. One canvas of the
// size of the window stays in place while its scroller moves, and draws the visible part.
//
// x(event) = names + event * room + time * scale. On the axis of order the scale is zero; on the
// axis of time the room is small, so that the events of one instant keep their order.
//
// Invariant: drawing reads the run and changes nothing.
"use strict";
// A finger needs more room than a pointer.
const COARSE = matchMedia("(pointer:coarse)").matches, ROW = COARSE ? 40 : 24, RULER = 26, WIDEST = 8e6;

class Lanes {
  constructor(run, app, number) {
    Object.assign(this, { run, app, number, zoom: 1, pending: false, edge: -1, layouts: 0 });
    this.scroller = document.createElement("div");
    this.scroller.className = "scroller";
    this.scroller.append(this.spacer = document.createElement("div"));
    this.spacer.append(this.canvas = document.createElement("canvas"));
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", `${run.title || "run"}: lanes of ${run.lanes.length} tasks. The panels below have the same as text.`);
    this.scroller.addEventListener("scroll", () => this.redraw(), { passive: true });
    this.canvas.addEventListener("click", (event) => this.click(event));
    this.canvas.addEventListener("mousemove", (event) => this.point(event));
    // A page that is turned or resized still shows its moment.
    new ResizeObserver(() => {
      const before = this.across;
      this.layout();
      if (before !== (this.across = this.scroller.clientWidth)) this.show(app.k[number] - 1);
      this.redraw();
    }).observe(this.scroller);
  }
  layout() {
    const { run, app } = this, width = this.scroller.clientWidth || 800, n = Math.max(1, run.n);
    this.layouts++;
    this.rows = app.visible(run);
    const longest = this.rows.reduce((most, lane) => Math.max(most, run.lanes[lane].n.length), 6);
    this.names = Math.min(width < 500 ? 96 : 190, longest * 7.8 + 26);
    const free = Math.max(100, width - this.names - 44);
    if (app.axis === "order" || !run.end) {
      this.room = Math.min(60, Math.max(free / n, 7)) * this.zoom;
      if (this.fitted) this.room = free / n;
      this.scale = 0;
    } else {
      this.room = Math.min(5, 0.5 * free / n) * this.zoom;
      this.scale = Math.max(0, free - (this.room / this.zoom) * n) / run.end * this.zoom;
    }
    const most = (this.room * n + this.scale * run.end) / WIDEST;
    if (most > 1) { this.room /= most; this.scale /= most; }
    this.width = this.names + this.room * n + this.scale * run.end + 44;
    this.height = RULER + (this.rows.length + 1) * ROW + (this.edge >= 0 ? 22 : 6);
    this.spacer.style.width = `${Math.max(this.width, width)}px`;
    this.spacer.style.height = `${this.height}px`;
    this.row = new Map(this.rows.map((lane, row) => [lane, row + 1]));
    this.row.set(-1, 0);
  }
  x(event) { return this.names + event * this.room + this.run.clock(event) * this.scale; }
  y(lane) { const row = this.row.get(lane); return row === undefined ? -1 : RULER + (row + 0.5) * ROW; }
  // The first event at or right of a place.
  event(x) { return first(this.run.n, (event) => this.x(event) >= x); }
  // The place of a time in the gap before its first event.
  at(time, before) { return Math.max(this.names, this.x(before) - (this.run.clock(before) - time) * this.scale); }
  zoomBy(factor) {
    const { scrollLeft, clientWidth } = this.scroller, middle = this.event(scrollLeft + clientWidth / 2);
    this.fitted = factor === 0;
    this.zoom = factor ? Math.min(4000, Math.max(0.02, this.zoom * factor)) : 1;
    this.layout();
    this.scroller.scrollLeft = this.x(middle) - clientWidth / 2;
    this.redraw();
  }
  show(event) {
    const { scroller } = this, x = this.x(Math.max(0, event)), { scrollLeft, clientWidth } = scroller;
    if (x < scrollLeft + this.names + 20 || x > scrollLeft + clientWidth - 40) scroller.scrollLeft = x - this.names - (clientWidth - this.names) * 0.4;
    const y = event < 0 ? RULER : this.y(this.run.lane(event)), { scrollTop, clientHeight } = scroller;
    if (y > 0 && (y < scrollTop + RULER + ROW || y > scrollTop + clientHeight - ROW)) scroller.scrollTop = y - clientHeight / 2;
  }
  redraw() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => { this.pending = false; draw(this); });
  }
  place(event) {
    const box = this.canvas.getBoundingClientRect(), { scrollLeft, scrollTop } = this.scroller;
    const left = event.clientX - box.left, top = event.clientY - box.top;
    const row = Math.floor((top + scrollTop - RULER) / ROW);
    return { left, x: left + scrollLeft, lane: top < RULER ? undefined : row === 0 ? -1 : this.rows[row - 1] };
  }
  // A click on a name shows that task alone; any other click goes to the nearest event.
  click(event) {
    const { left, x, lane } = this.place(event), { run, app } = this;
    if (left < this.names) return lane >= 0 && app.only(run.lanes[lane].n);
    const near = this.event(x - this.room), own = (e) => lane === undefined || run.lane(e) === lane;
    for (let i = 0; i < 400; i++) {
      for (const e of [near - i, near + i]) if (e >= 0 && e < run.n && own(e) && Math.abs(this.x(e) + this.room / 2 - x) < 14 + this.room) return app.seek(e + 1, this.number);
    }
    app.seek(Math.min(run.n, near + 1), this.number);
  }
  point(event) {
    const { left, x, lane } = this.place(event);
    if (lane === undefined || lane < 0) return void (this.canvas.title = lane === -1 ? "the loop: parks, timers, callbacks" : "");
    const moment = this.event(x), doing = this.run.doing(lane, moment);
    this.canvas.title = left < this.names ? this.run.lanes[lane].n : doing && `${this.run.lanes[lane].n} ${doing}, ${this.run.when(Math.max(0, moment - 1))} ${this.run.unit[2]}`;
  }
}
