"use strict";
// Sorting and filtering of the matrix. Without it the page is a plain table.
(() => {
  const table = document.querySelector("table");
  const body = table.tBodies[0];
  const rows = Array.from(body.rows, (row) => ({
    row,
    text: row.textContent.toLowerCase(),
    kinds: row.dataset.findings.split(" ").filter(Boolean),
  }));
  const controls = document.querySelector(".controls");
  const words = document.getElementById("words");
  const kind = document.getElementById("kind");
  const shown = document.getElementById("shown");
  const collator = new Intl.Collator("en", { numeric: true });
  const tiles = [];

  const fits = ({ text, kinds }, wanted) =>
    wanted.every((word) => text.includes(word)) &&
    (kind.value === "" || (kind.value === "*" ? kinds.length > 0 : kinds.includes(kind.value)));

  const filter = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const one of rows) {
      one.row.hidden = !fits(one, wanted);
      count += one.row.hidden ? 0 : 1;
    }
    shown.textContent = `${count} of ${rows.length} lines`;
    for (const [button, of] of tiles) button.setAttribute("aria-pressed", String(kind.value === of));
  };

  for (const tile of document.querySelectorAll(".tile[data-kind]")) {
    const button = document.createElement("button");
    const of = tile.dataset.kind;
    button.type = "button";
    button.append(...tile.childNodes);
    tile.append(button);
    tiles.push([button, of]);
    button.addEventListener("click", () => {
      kind.value = kind.value === of ? "" : of;
      filter();
    });
    kind.append(new Option(of.replaceAll("-", " "), of));
  }

  const headings = Array.from(table.tHead.rows[0].cells);
  headings.forEach((heading, column) => {
    // The words stay beside the button: in print a browser repeats the one on every sheet, and not the other.
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-label", `Sort by ${heading.textContent}`);
    heading.append(button);
    button.addEventListener("click", () => {
      const down = heading.getAttribute("aria-sort") === "ascending";
      headings.forEach((other) => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", down ? "descending" : "ascending");
      const value = ({ row }) => row.cells[column].dataset.sort;
      const order = (left, right) => {
        const [a, b] = [value(left), value(right)];
        // What is empty stands last either way.
        if (a === "" || b === "") return (a === "") - (b === "");
        return down ? collator.compare(b, a) : collator.compare(a, b);
      };
      body.append(...rows.slice().sort(order).map(({ row }) => row));
    });
  });

  words.addEventListener("input", filter);
  kind.addEventListener("change", filter);
  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.addEventListener("reset", () => setTimeout(filter));
  controls.hidden = false;
  filter();
})();
