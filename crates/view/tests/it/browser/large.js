// The document stays small, and each action ends.
check("events", app.run.n, expected.events);
const small = () => check("elements", document.querySelectorAll("*").length < 800, true);
slide(50000);
small();
for (let i = 0; i < 50; i++) press("ArrowRight");
check("steps", app.k[0], 50050);
for (let i = 0; i < 100; i++) press("ArrowLeft");
check("steps back", app.k[0], 49950);
const { scroller } = app.views[0];
press("+"); press("+"); press("+"); press("t");
for (const part of [0.1, 0.9, 0.5]) {
  scroller.scrollLeft = scroller.scrollWidth * part;
  draw(app.views[0]);
}
document.getElementById("trace").scrollTop = 1e6;
traceRows(app, false);
small();
press("End");
check("the end", app.k[0], app.run.n);
