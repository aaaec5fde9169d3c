// Forward by key and button, back by key and button, and by jumps.
const n = app.run.n;
const now = () => app.run.text(app.k[0]);
// All that the panels say of a moment.
const panels = () => ["now", "place", "why", "ready", "waits", "timers"].map(text).concat(document.querySelector("#rows [aria-selected=true]")?.textContent);
const forward = [];
press("Home");
check("moment", app.k[0], 0);
for (let k = 0; k <= n; k++) {
  check(`state ${k} forward`, now(), expected.states[k]);
  forward.push(panels());
  if (k % 2) click("next"); else press("ArrowRight");
}
check("end", [app.k[0], document.getElementById("next").disabled], [n, true]);
for (let k = n; k >= 0; k--) {
  check(`state ${k} back`, now(), expected.states[k]);
  check(`panels ${k} back`, panels(), forward[k]);
  if (k % 2) click("back"); else press("ArrowLeft");
}
for (const k of [n, 0, n >> 1, 1, n - 1]) {
  slide(k);
  check(`state ${k} by the slider`, now(), expected.states[k]);
  check(`panels ${k} by the slider`, panels(), forward[k]);
  check("slider says where it is", document.getElementById("slider").getAttribute("aria-valuetext").startsWith(`event ${k} of ${n}`), true);
}
for (let event = 0; event < n; event++) check(`chain of ${event}`, app.run.chain(event), expected.chains[event]);
