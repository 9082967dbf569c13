"use strict";
// Filters the page and keeps the filter in the address. Without it the page shows everything.
(() => {
  const form = document.querySelector(".filter");
  const status = form.querySelector("[role=status]");
  const printed = document.querySelector(".filtered");
  const items = Array.from(document.querySelectorAll("[data-findings]"), (node) => {
    // The owner of an item stands above it, and its keys aren't shown.
    const owner = node.closest("section").querySelector(":scope > h3")?.textContent ?? "";
    const text = `${owner} ${node.dataset.keys ?? ""} ${node.textContent}`.toLowerCase();
    return { node, text, findings: node.dataset.findings.split(" ") };
  });
  const groups = Array.from(document.querySelectorAll("section")).filter((one) => one.querySelector("[data-findings]"));

  const filter = () => {
    const words = form.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const finding = form.finding.value;
    let shown = 0;
    for (const { node, text, findings } of items) {
      node.hidden = !words.every((word) => text.includes(word)) || (finding !== "" && !findings.includes(finding));
      shown += node.hidden ? 0 : 1;
    }
    for (const group of groups) group.hidden = !group.querySelector("[data-findings]:not([hidden])");
    status.textContent = shown < items.length ? `${shown} of ${items.length}` : "";
    const wanted = [words.join(" "), finding && form.finding.selectedOptions[0].textContent].filter(Boolean);
    printed.textContent = `Filtered by: ${wanted.join(", ")}. ${shown} of ${items.length} entries are shown.`;
    printed.hidden = wanted.length === 0;
  };

  const keep = () => {
    const wanted = new URLSearchParams(Array.from(new FormData(form)).filter(([, value]) => value !== ""));
    if (`${wanted}` || location.hash.includes("=")) history.replaceState(null, "", `#${wanted}`);
    filter();
  };

  // The address of a section has no "=". The browser goes there, and the filter stays.
  const restore = () => {
    if (!location.hash.includes("=")) return keep();
    const wanted = new URLSearchParams(location.hash.slice(1));
    form.words.value = wanted.get("words") ?? "";
    form.finding.value = wanted.get("finding") ?? "";
    if (form.finding.selectedIndex < 0) form.finding.value = "";
    filter();
  };

  const pages = document.querySelectorAll("details");
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = Array.from(pages).filter((page) => !page.open);
    for (const page of closed) page.open = true;
  });
  addEventListener("afterprint", () => {
    for (const page of closed) page.open = false;
  });
  addEventListener("hashchange", restore);
  form.addEventListener("input", keep);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(keep));
  form.hidden = false;
  restore();
})();
