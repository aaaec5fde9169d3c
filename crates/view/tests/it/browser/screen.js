// One screen: its size, its colours, the widths of all parts, the contrast of all words.
const root = document.documentElement, [width, height] = expected.size;
check("the screen", [innerWidth, innerHeight, matchMedia("(prefers-color-scheme: dark)").matches], [width, height, expected.dark]);
check("what is too wide for nothing", [root.scrollWidth > 0, root.clientWidth > width - 20], [true, true]);

const visible = (element) => element.checkVisibility() && element.getClientRects().length > 0;
function fits(when) {
  check(`wider than the screen ${when}`, Math.max(root.scrollWidth, document.body.scrollWidth) <= root.clientWidth, true);
  const outside = [...document.querySelectorAll("button, input, h1, h2")].filter(visible).filter((control) => {
    const { left, right } = control.getBoundingClientRect();
    return !control.closest("#trace, #lines") && (left < 0 || right > root.clientWidth);
  });
  check(`outside the screen ${when}`, outside.map((control) => control.id || control.textContent), []);
}

// The brightness of a colour, and the contrast of two: WCAG 2, 1.4.3.
const parts = (colour) => colour.match(/[\d.]+/g).map(Number);
function brightness(colour) {
  const [r, g, b] = parts(colour).map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function behind(element) {
  for (let e = element; e; e = e.parentElement) {
    const colour = getComputedStyle(e).backgroundColor, alpha = parts(colour)[3];
    if (alpha === undefined || alpha === 1) return colour;
  }
  return "rgb(255, 255, 255)";
}
function contrast(element) {
  const [a, b] = [getComputedStyle(element).color, behind(element)].map(brightness).sort((a, b) => b - a);
  return (a + 0.05) / (b + 0.05);
}
function readable(when) {
  const words = [...document.body.querySelectorAll("*")].filter((element) => {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    return own && !["SCRIPT", "STYLE"].includes(element.tagName) && visible(element) && !element.closest("button:disabled");
  });
  check(`words ${when}`, words.length > 20, true);
  const pale = words.filter((element) => contrast(element) < 4.5);
  check(`pale words ${when}`, pale.slice(0, 5).map((element) => `${element.tagName}#${element.id}.${element.className} ${element.textContent.slice(0, 30)} ${contrast(element).toFixed(2)}`), []);
}

const paper = brightness(getComputedStyle(document.body).backgroundColor);
check("the paper", [paper < 0.1, paper > 0.8], [expected.dark, !expected.dark]);
const n = app.run.n;
for (const k of [0, 1, n >> 2, n >> 1, n]) {
  slide(k);
  app.views.forEach(draw);
  fits(`at ${k}`);
  readable(`at ${k}`);
}
press("t"); press("+");
fits("after a zoom");
type("no task has such a long name, and the filter has to keep its place");
fits("under a filter");
