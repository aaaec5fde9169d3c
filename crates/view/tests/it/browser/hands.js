// What a person does to the page, and a report of what the page says.
const faults = [];
function check(fact, found, wanted) {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (a !== b && faults.length < 8) faults.push(`${fact}: ${a}, wanted ${b}`);
}
const press = (key, more = {}) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
const click = (id) => document.getElementById(id).click();
const text = (id) => document.getElementById(id).textContent;
const items = (id) => [...document.querySelectorAll(`#${id} li`)].map((li) => li.textContent);
function type(value) {
  const filter = document.getElementById("filter");
  filter.value = value;
  filter.dispatchEvent(new Event("input", { bubbles: true }));
}
function slide(value) {
  const slider = document.getElementById("slider");
  slider.value = value;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
}
function report(script) {
  // A page draws in the next frame, after the report. A fault of the drawing shows here.
  try { script(); app.views.forEach(draw); } catch (error) { faults.push(String(error.stack || error)); }
  const pre = document.createElement("pre");
  pre.id = "report";
  pre.textContent = faults.length ? faults.join("\n") : "ok";
  document.body.append(pre);
}
