// The first moment, the legend, the times, the delays.
check("the circle is shown", app.state(0).circles.length > 0, expected.circle);
check("the moment", app.k[0] > 0, expected.circle);
check("the reason for it", text("gap") !== "", expected.circle);
const absent = [...document.querySelectorAll(".legend [data-kind]")].filter((key) => key.hidden).map((key) => key.dataset.kind);
check("no key of", absent, expected.absent);
check("shaded delays", [app.heat, document.getElementById("blame").getAttribute("aria-pressed")], [expected.shaded, String(expected.shaded)]);
press("End");
const times = [...document.querySelectorAll("#why time, #rows time")].map((time) => time.textContent);
const odd = times.filter((time) => !new RegExp(`^\\d+\\.\\d{${expected.decimals}}$`).test(time));
check("times of one form", odd, []);
check("their unit", document.querySelector("#h-trace small").textContent, `times in ${expected.unit}`);
check("the axis says what it is", document.getElementById("scale").textContent.includes("To scale"), app.axis === "time");
