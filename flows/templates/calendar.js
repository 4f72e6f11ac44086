"use strict";
// Draws the calendar of the front door from the data within the page; asks nobody for anything.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const marks = { a: "", s: "?", d: "d", w: "w", r: "–", x: "×", q: "…", o: "o" };
  const DAY = 86400000, SHOWN = 42;
  const get = (id) => document.getElementById(id);
  const [find, order, columns, colours, earlier, later] = ["find", "order", "columns", "colours", "earlier", "later"].map(get);
  const head = document.querySelector("#grid thead"), body = document.querySelector("#grid tbody");
  const first = data.first === null ? 0 : Date.parse(`${data.first}T00:00:00Z`);
  const word = (at, options) => new Date(at).toLocaleDateString("en-GB", { timeZone: "UTC", ...options });
  const clean = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const count = (row, letters) => [...row[2]].filter((state) => letters.includes(state)).length;
  for (const row of data.people) {
    row.lacking = row[2] === "" ? Infinity : row[2].length - count(row, "a");
  }
  const isOwn = () => columns.value === "own";
  const isRate = () => colours.value === "rate";
  const between = (digit) => digit === "9" ? `${data.edges[8]} or more` : `${digit === "0" ? 0 : data.edges[digit - 1]} to ${data.edges[digit]}`;
  const width = () => Math.max(1, ...data.people.map((row) => (isOwn() ? 0 : row[1]) + row[2].length));
  let from = Math.max(0, width() - SHOWN), drawing = 0;

  const inOrder = () => {
    const key = { lacking: (row) => -row.lacking, tasks: (row) => -row[3], name: () => 0 }[order.value]
      || ((row) => -count(row, order.value));
    const asked = find.value.trim().toLowerCase();
    const keys = new Map(data.people.map((row) => [row, key(row)]));
    return data.people
      .filter((row) => row[0].toLowerCase().includes(asked))
      .sort((a, b) => (keys.get(a) < keys.get(b) ? -1 : keys.get(a) > keys.get(b) ? 1 : a[0].localeCompare(b[0], "en", { numeric: true })));
  };
  const rowText = (row, until) => {
    const name = row[4] ? `<a href="${clean(row[4])}">${clean(row[0])}</a>` : clean(row[0]);
    let text = `<tr><th scope="row" title="${clean(row[0])}">${name}</th><td class="count">${row[3] || ""}</td><td class="count">${row[2] === "" ? "all" : row.lacking}</td>`;
    for (let place = from; place < until; place++) {
      const state = row[2][place - (isOwn() ? 0 : row[1])];
      const rate = row[5][place - (isOwn() ? 0 : row[1])];
      if (!state) text += '<td class="n"></td>';
      else if (!isRate()) text += `<td class="n ${state}">${marks[state]}</td>`;
      else text += rate === "." ? '<td class="n none"></td>' : `<td class="n rate${rate}">${rate}</td>`;
    }
    return `${text}</tr>`;
  };
  const draw = () => {
    const rows = inOrder(), until = Math.min(width(), from + SHOWN), own = ++drawing;
    let text = '<tr><th scope="col">participant</th><th scope="col" class="c">to do</th><th scope="col" class="c">lacking</th>';
    for (let place = from; place < until; place++) {
      const at = first + place * DAY, day = new Date(at).getUTCDate();
      const told = isOwn() ? place + 1 : `${day === 1 || place === from ? `${word(at, { month: "short" })}<br>` : ""}${day}`;
      text += `<th scope="col">${told}</th>`;
    }
    head.innerHTML = `${text}</tr>`;
    body.replaceChildren();
    const more = (start) => {
      if (own !== drawing) return;
      body.insertAdjacentHTML("beforeend", rows.slice(start, start + 150).map((row) => rowText(row, until)).join(""));
      if (start + 150 < rows.length) setTimeout(more, 0, start + 150);
    };
    more(0);
    body.rowsOf = rows;
    earlier.disabled = from === 0;
    later.disabled = from + SHOWN >= width();
    get("shown").textContent = `${rows.length.toLocaleString("en")} of ${data.people.length.toLocaleString("en")} participants`;
  };
  const night = (cell) => {
    const row = body.rowsOf[cell.parentNode.rowIndex - 1], place = from + cell.cellIndex - 3;
    const state = row[2][place - (isOwn() ? 0 : row[1])];
    const at = first + (place + (isOwn() ? row[1] : 0)) * DAY;
    const rate = row[5][place - (isOwn() ? 0 : row[1])];
    return state ? { row, state, rate, at, date: new Date(at).toISOString().slice(0, 10) } : null;
  };
  const tell = (cell) => {
    const told = night(cell);
    if (!told) return;
    const link = told.row[4] ? "" : "; its page is not written yet";
    get("told").textContent = `${told.row[0]}, night of ${word(told.at, { weekday: "short", day: "numeric", month: "long", year: "numeric" })}: ${data.states[told.state]}${told.rate === "." ? "" : `, ${between(told.rate)} leg jumps an hour`}${link}`;
  };
  body.addEventListener("mouseover", (event) => event.target.matches("td.n") && tell(event.target));
  body.addEventListener("click", (event) => {
    const told = event.target.matches("td.n") && night(event.target);
    if (told && told.row[4]) location.href = `${told.row[4]}#${told.date}`;
    else if (told) tell(event.target);
  });
  find.addEventListener("input", draw);
  order.addEventListener("change", draw);
  colours.addEventListener("change", () => { get("rates").hidden = !isRate(); get("states").hidden = isRate(); draw(); });
  columns.addEventListener("change", () => { from = isOwn() ? 0 : Math.max(0, width() - SHOWN); draw(); });
  earlier.addEventListener("click", () => { from = Math.max(0, from - SHOWN + 7); draw(); });
  later.addEventListener("click", () => { from = Math.min(Math.max(0, width() - SHOWN), from + SHOWN - 7); draw(); });
  const old = (Date.now() - Date.parse(get("age").dataset.at)) / DAY;
  if (old > 1.5) get("age").textContent = `, ${Math.floor(old)} days ago: nothing has run since`;
  draw();
})();
