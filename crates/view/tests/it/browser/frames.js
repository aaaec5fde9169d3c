// Shows one document after the other, as large as the window, and keeps the report of each.
function show(index) {
  if (index === documents.length) return;
  const frame = document.createElement("iframe");
  frame.style = "border: 0; position: fixed; inset: 0; width: 100%; height: 100%";
  frame.srcdoc = documents[index];
  frame.onload = () => {
    const report = frame.contentDocument.getElementById("report");
    const pre = document.createElement("pre");
    pre.textContent = report ? report.textContent : `no report of document ${index}`;
    frame.remove();
    document.body.append(pre);
    show(index + 1);
  };
  document.body.append(frame);
}
show(0);
