// Shows one document after the other in a frame of this size, and keeps the report of each.
function show(index) {
  if (index === documents.length) return;
  const frame = document.createElement("iframe");
  frame.style = "border: 0; position: fixed; left: 0; top: 0";
  [frame.width, frame.height] = size;
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
