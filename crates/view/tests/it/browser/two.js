// Both runs: where they part, and a step of one moves the other.
check("boxes", document.querySelectorAll(".run").length, 2);
check("the parting is shown first", app.k, [expected.parting[0] + 1, app.links[0][expected.parting[0] + 1]]);
press("End");
check("the other run follows", app.k[1], app.links[0][app.runs[0].n]);
press("d");
check("the first difference", app.k[0], expected.parting[0] + 1);
press("x");
check("the other run", [app.active, document.querySelectorAll(".run")[1].classList.contains("active")], [1, true]);
press("d");
check("its first difference", app.k[1], expected.parting[1] + 1);
check("differences", items("diff").length > 2, true);
for (let i = 0; i < 30; i++) {
  press("ArrowRight");
  const [e, o] = [app.k[1] - 1, app.k[0] - 1];
  if (app.run.l[e] && app.links[1][e + 1] !== app.links[1][e]) check("the same task", app.runs[0].l[o] > 0, true);
}
