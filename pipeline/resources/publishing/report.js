"use strict";
// Everything that comes from articles is set as text, never as markup.
const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const [HEAD, REL, TAIL, NEG, ARTICLES, CONF, EVIDENCE] = [0, 1, 2, 3, 4, 5, 6];
const NAME = 0, TYPE = 1;
const number = (value) => value.toLocaleString("en");
const plural = (value, word) => `${number(value)} ${word}${value === 1 ? "" : "s"}`;
const relationName = (index) => data.relationNames[index].replaceAll("_", " ").toLowerCase();
const RELATION = Object.fromEntries(data.relationNames.map((name, index) => [name, index]));

function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("--")) made.style.setProperty(name, value);
    else if (name.includes("-") || name === "role" || name === "for" || name === "lang") made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children);
  return made;
}
const concept = (index) => element("span", { className: `c k${data.concepts[index][TYPE]}`, lang: "nl" }, data.concepts[index][NAME]);

// what is hovered or focused is explained
const tip = $("tip");
function explain(target, words) {
  const show = (event) => {
    tip.textContent = words;
    tip.hidden = false;
    const box = target.getBoundingClientRect();
    const x = event.clientX || box.left + box.width / 2, y = event.clientY || box.bottom;
    tip.style.left = `${Math.max(4, Math.min(x + 12, innerWidth - tip.offsetWidth - 4))}px`;
    tip.style.top = `${y + 16 + tip.offsetHeight > innerHeight ? y - tip.offsetHeight - 10 : y + 16}px`;
  };
  for (const name of ["pointerenter", "pointermove", "focus"]) target.addEventListener(name, show);
  for (const name of ["pointerleave", "blur"]) target.addEventListener(name, () => { tip.hidden = true; });
}
addEventListener("keydown", (event) => { if (event.key === "Escape") tip.hidden = true; });
addEventListener("click", () => { tip.hidden = true; }, true);

// bars: [label, count, denied, words, action]
function bars(place, rows, empty = "none") {
  place.replaceChildren();
  const most = Math.max(1, ...rows.map((row) => row.count));
  for (const row of rows) {
    const made = element(row.act ? "button" : "div", {
      className: "bar", "--w": `${(100 * row.count) / most}%`, "--n": `${(100 * (row.denied || 0)) / most}%`,
    }, element("span", {}, row.label), element("span", { className: "n" }, number(row.count)));
    if (row.act) { made.type = "button"; made.addEventListener("click", row.act); }
    if (row.words) explain(made, row.words);
    place.append(made);
  }
  if (!rows.length) place.append(element("p", { className: "soft small" }, empty));
}

// overview
const labels = { articles: "articles", words: "words", entities: "mentions", relations: "triples", statements: "statements", contested: "contested", rejected: "rejected inputs", reviewed: "reviewed" };
for (const [name, label] of Object.entries(labels)) {
  $("tiles").append(element("div", {}, element("dt", {}, label), element("dd", {}, number(data.counts[name]))));
}
if (data.shown < data.counts.statements) {
  $("cut").textContent = `Below are the ${number(data.shown)} statements that most articles make or contest, of ${number(data.counts.statements)}.`;
}
const simple = (pairs) => pairs.map(([label, count]) => ({ label: String(label).replaceAll("_", " ").toLowerCase(), count }));
bars($("relations"), data.relations.map(([name, affirmed, negated]) => ({
  label: relationName(RELATION[name]), count: affirmed + negated, denied: negated,
  words: `${number(affirmed)} affirmed, ${number(negated)} negated`, act: () => list({ relation: String(RELATION[name]) }),
})));
bars($("types"), data.types.map(([name, count]) => ({
  label: element("span", { className: `k${data.typeNames.indexOf(name)}` }, name.toLowerCase()), count,
  words: `${Math.round((100 * count) / data.counts.entities)} % of the mentions`,
})));
bars($("certainty"), simple(data.certainty));
if (data.reviewed.length) {
  const place = element("div");
  $("certainty").after(element("h3", {}, "Reviewed"), place);
  bars(place, simple(data.reviewed));
}
bars($("formats"), simple(data.formats));
if (data.genres.length) $("genres").before(element("h3", {}, "Genres"));
bars($("genres"), simple(data.genres), "");
bars($("rejected"), simple(data.rejected));
{
  const most = Math.max(1, ...data.bins), columns = element("div", { className: "hist" });
  data.bins.forEach((count, index) => {
    const from = index / data.bins.length, to = (index + 1) / data.bins.length;
    const column = element("button", { type: "button", "aria-label": `${from.toFixed(2)} to ${to.toFixed(2)}: ${plural(count, "triple")}` });
    column.style.height = `${(100 * count) / most}%`;
    explain(column, `${from.toFixed(2)}–${to.toFixed(2)}: ${plural(count, "triple")}`);
    column.addEventListener("click", () => list({ least: from.toFixed(2) }));
    if (!count) column.disabled = true;
    columns.append(column);
  });
  $("bins").append(columns, element("div", { className: "axis" }, ...["0", "0.25", "0.5", "0.75", "1"].map((label) => element("span", {}, label))));
}

// statements, with their evidence behind a click
function statement(row) {
  const made = element("details", {}, element("summary", {},
    concept(row[HEAD]), element("span", { className: "rel" }, data.relationNames[row[REL]]), concept(row[TAIL]),
    row[NEG] ? element("span", { className: "no" }, " negated") : "",
    element("span", { className: "soft" }, `${plural(row[ARTICLES], "article")} · ${row[CONF].toFixed(2)}`)));
  made.addEventListener("toggle", () => { if (made.open && made.children.length === 1) made.append(evidence(row)); });
  return made;
}
function evidence(row) {
  const box = element("div");
  for (const [id, sentences, source, rule, confidence, certainty] of row[EVIDENCE]) {
    box.append(element("blockquote", {}, ...sentences.map((one) => element("p", { lang: "nl" }, one)),
      element("footer", {}, `${source} · ${certainty} · ${confidence.toFixed(2)} · ${rule} · ${id}`)));
  }
  if (row[ARTICLES] > row[EVIDENCE].length) box.append(element("p", { className: "soft small" }, `and ${plural(row[ARTICLES] - row[EVIDENCE].length, "more article")}`));
  return box;
}

// search
const relationSelect = $("relation");
data.relations.forEach(([name]) => relationSelect.append(element("option", { value: String(RELATION[name]) }, relationName(RELATION[name]))));
const STEP = 40;
let hits = [], shown = 0;
const fold = (words) => words.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
const folded = data.concepts.map((one) => fold(one[NAME]));
function search() {
  const words = fold($("words").value).split(/\s+/).filter(Boolean);
  const relation = relationSelect.value, polarity = $("polarity").value, least = Number($("least").value) || 0;
  hits = data.statements.filter((row) => {
    if (relation !== "" && row[REL] !== Number(relation)) return false;
    if (polarity !== "" && row[NEG] !== Number(polarity)) return false;
    if (row[CONF] < least) return false;
    const text = `${folded[row[HEAD]]} ${folded[row[TAIL]]}`;
    return words.every((word) => text.includes(word));
  });
  shown = 0;
  $("found").replaceChildren();
  $("hits").textContent = `${plural(hits.length, "statement")} of ${number(data.statements.length)}`;
  more();
}
function more() {
  const first = $("found").children.length;
  $("found").append(...hits.slice(shown, shown + STEP).map(statement));
  shown += STEP;
  $("more").hidden = shown >= hits.length;
  return first;
}
function list(wanted) {
  $("filters").reset();
  for (const [id, value] of Object.entries(wanted)) $(id).value = value;
  search();
  $("search").scrollIntoView();
  $("words").focus({ preventScroll: true });
}
$("filters").addEventListener("input", search);
$("filters").addEventListener("submit", (event) => event.preventDefault());
$("filters").addEventListener("reset", () => setTimeout(search));
$("more").addEventListener("click", () => { const first = more(); $("found").children[first].querySelector("summary").focus(); });

// by condition
const CONDITION = data.typeNames.indexOf("CONDITION");
const around = data.concepts.map(() => []);
for (const row of data.statements) { around[row[HEAD]].push(row); around[row[TAIL]].push(row); }
const weight = (index) => around[index].reduce((sum, row) => sum + row[ARTICLES], 0);
const byWeight = data.concepts.map((_, index) => index).sort((a, b) => weight(b) - weight(a) || (folded[a] < folded[b] ? -1 : 1));
const conditions = byWeight.filter((index) => data.concepts[index][TYPE] === CONDITION);
$("conditions").append(...conditions.slice(0, 1500).map((index) => element("option", { value: data.concepts[index][NAME] })));
$("all").append(...byWeight.slice(0, 1500).map((index) => element("option", { value: data.concepts[index][NAME] })));
const PANELS = [
  ["What causes it", "CAUSES", TAIL], ["What relieves it", "TREATS", TAIL], ["What prevents it", "PREVENTS", TAIL],
  ["Its symptoms", "HAS_SYMPTOM", HEAD], ["Nutrients whose lack is blamed", "DEFICIENCY_CAUSES", TAIL],
  ["Whom to see", "CONSULT", HEAD], ["What is warned against", "CONTRAINDICATED_FOR", TAIL], ["What it leads to", "CAUSES", HEAD],
];
function condition(index) {
  $("which").value = data.concepts[index][NAME];
  $("whichsays").textContent = plural(around[index].length, "statement");
  $("panels").replaceChildren();
  for (const [title, relation, side] of PANELS) {
    const other = side === HEAD ? TAIL : HEAD, sums = new Map();
    for (const row of around[index]) {
      if (row[side] !== index || row[REL] !== RELATION[relation]) continue;
      const sum = sums.get(row[other]) || { rows: [], count: 0, denied: 0 };
      sum.rows.push(row); sum.count += row[ARTICLES]; sum.denied += row[NEG] ? row[ARTICLES] : 0;
      sums.set(row[other], sum);
    }
    if (!sums.size) continue;
    const card = element("div", { className: "card" }, element("h3", {}, title)), place = element("div"), below = element("div", { "aria-live": "polite" });
    const sorted = [...sums].sort((a, b) => b[1].count - a[1].count || (folded[a[0]] < folded[b[0]] ? -1 : 1));
    const draw = (limit) => {
      bars(place, sorted.slice(0, limit).map(([index, sum]) => ({
        label: concept(index), count: sum.count, denied: sum.denied,
        words: `${plural(sum.count - sum.denied, "article")} affirm it${sum.denied ? `, ${number(sum.denied)} deny it` : ""}\nchoose it for the evidence`,
        act: () => { below.replaceChildren(...sum.rows.map((row) => { const made = statement(row); made.open = true; return made; })); },
      })));
      if (sorted.length > limit) {
        const all = element("button", { type: "button" }, `all ${sorted.length}`);
        all.addEventListener("click", () => { draw(sorted.length); place.children[limit].focus(); });
        place.append(all);
      }
    };
    draw(8);
    card.append(place, below);
    $("panels").append(card);
  }
}
const byName = new Map();
for (const index of [...byWeight].reverse()) byName.set(folded[index], index);
const conditionByName = new Map();
for (const index of [...conditions].reverse()) conditionByName.set(folded[index], index);
$("which").addEventListener("focus", () => $("which").select());
$("which").addEventListener("change", () => {
  const index = conditionByName.get(fold($("which").value.trim())) ?? conditions.find((one) => folded[one].includes(fold($("which").value.trim())));
  if (index === undefined) $("whichsays").textContent = "no such condition in the statements of this page";
  else condition(index);
});
if (conditions.length) condition(conditions[0]);
else $("whichsays").textContent = "there are no conditions here";

// graph: the neighbours of a concept, laid out by springs from fixed places, so that the picture is always the same
const SVG = "http://www.w3.org/2000/svg", picture = $("picture");
const svg = (tag, attributes, ...children) => {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
};
let view = { x: 0, y: 0, scale: 1 }, past = [], centre = null;
const wide = () => picture.clientWidth || 800, high = () => picture.clientHeight || 600;
const look = () => picture.setAttribute("viewBox", [view.x - wide() / 2 / view.scale, view.y - high() / 2 / view.scale, wide() / view.scale, high() / view.scale].join(" "));
function neighbourhood(middle) {
  const chosen = new Set([middle]), most = Math.max(14, Math.min(36, Math.round((wide() * high()) / 18000)));
  const near = (index) => around[index].map((row) => (row[HEAD] === index ? row[TAIL] : row[HEAD]));
  const first = [...new Set(near(middle))].sort((a, b) => weight(b) - weight(a));
  for (const index of first.slice(0, Math.ceil(most * 0.7))) chosen.add(index);
  for (const index of first) for (const other of near(index)) if (chosen.size < most && around[other].length > 2) chosen.add(other);
  return [...chosen];
}
function layout(nodes, edges) {
  const stretch = Math.sqrt(wide() / high()), unit = Math.max(0.5, Math.min(1, wide() / 900));
  const place = new Map(nodes.map((index, i) => [index, i ? { x: Math.cos(i * 2.4) * (60 + i * 8) * unit * stretch, y: (Math.sin(i * 2.4) * (60 + i * 8) * unit) / stretch } : { x: 0, y: 0 }]));
  for (let round = 0; round < 220; round++) {
    const force = new Map(nodes.map((index) => [index, { x: 0, y: 0 }]));
    for (let i = 0; i < nodes.length; i++) for (let j = i + 1; j < nodes.length; j++) {
      const a = place.get(nodes[i]), b = place.get(nodes[j]);
      const dx = a.x - b.x || 0.1, dy = a.y - b.y || 0.1, far = Math.max(dx * dx + dy * dy, 60), push = (26000 * unit ** 3) / far / Math.sqrt(far);
      force.get(nodes[i]).x += dx * push; force.get(nodes[i]).y += dy * push;
      force.get(nodes[j]).x -= dx * push; force.get(nodes[j]).y -= dy * push;
    }
    for (const { from, to } of edges) {
      const a = place.get(from), b = place.get(to), dx = b.x - a.x, dy = b.y - a.y, length = Math.hypot(dx, dy) || 1, pull = (length - 110 * unit) * 0.006;
      force.get(from).x += (dx / length) * pull * 8; force.get(from).y += (dy / length) * pull * 8;
      force.get(to).x -= (dx / length) * pull * 8; force.get(to).y -= (dy / length) * pull * 8;
    }
    const cool = 1 - round / 240;
    nodes.forEach((index, i) => {
      if (!i) return;
      const p = place.get(index), f = force.get(index), size = Math.hypot(f.x, f.y) || 1, step = Math.min(size, 14) * cool;
      p.x += (f.x / size) * step - (p.x * 0.004) / stretch; p.y += (f.y / size) * step - p.y * 0.004 * stretch;
    });
  }
  return place;
}
function draw(middle, remember = true) {
  if (remember && centre !== null && centre !== middle) past.push(centre);
  $("back").disabled = !past.length;
  centre = middle;
  $("centre").textContent = data.concepts[middle][NAME];
  $("node").value = data.concepts[middle][NAME];
  const nodes = neighbourhood(middle), inside = new Set(nodes), lines = new Map();
  for (const index of nodes) for (const row of around[index]) {
    if (row[HEAD] !== index || !inside.has(row[TAIL])) continue;
    const key = `${row[HEAD]} ${row[TAIL]}`, line = lines.get(key) || { from: row[HEAD], to: row[TAIL], rows: [] };
    line.rows.push(row);
    lines.set(key, line);
  }
  const edges = [...lines.values()], place = layout(nodes, edges), xs = nodes.map((index) => place.get(index).x), ys = nodes.map((index) => place.get(index).y);
  view = { x: (Math.min(...xs) + Math.max(...xs)) / 2, y: (Math.min(...ys) + Math.max(...ys)) / 2,
    scale: Math.min(1.4, wide() / (Math.max(...xs) - Math.min(...xs) + 130), high() / (Math.max(...ys) - Math.min(...ys) + 80)) };
  const drawn = edges.map(({ from, to, rows }) => {
    const a = place.get(from), b = place.get(to), articles = rows.reduce((sum, row) => sum + row[ARTICLES], 0);
    const line = svg("line", { x1: a.x, y1: a.y, x2: b.x, y2: b.y, "stroke-width": 1 + Math.min(5, Math.log2(articles)), class: rows.every((row) => row[NEG]) ? "no" : "" });
    explain(line, rows.map((row) => `${data.concepts[from][NAME]} ${relationName(row[REL])} ${data.concepts[to][NAME]}${row[NEG] ? " (negated)" : ""}: ${plural(row[ARTICLES], "article")}`).join("\n"));
    return line;
  });
  const dots = nodes.map((index, i) => {
    const p = place.get(index), [name, type] = data.concepts[index], size = i ? 5 + Math.min(9, Math.sqrt(weight(index))) : 15;
    const label = svg("text", { x: p.x, y: p.y + size + 12, "text-anchor": "middle", lang: "nl" }, name.length > 26 ? `${name.slice(0, 25)}…` : name);
    const made = svg("g", { class: "node", tabindex: "0", role: "button", "aria-label": `${name}, ${plural(around[index].length, "statement")}` },
      svg("circle", { cx: p.x, cy: p.y, r: size, class: `f${type}` }), label);
    made.addEventListener("click", () => { if (!moved) draw(index); });
    made.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      draw(index);
      picture.querySelector(".node").focus();
    });
    explain(made, `${name}\n${around[index].slice(0, 5).map((row) => `${data.concepts[row[HEAD]][NAME]} ${relationName(row[REL])} ${data.concepts[row[TAIL]][NAME]}${row[NEG] ? " (negated)" : ""}`).join("\n")}`);
    return made;
  });
  picture.replaceChildren(...drawn, ...dots);
  look();
}
let moved = false, grip = null;
picture.addEventListener("pointerdown", (event) => { grip = { x: event.clientX, y: event.clientY }; moved = false; });
addEventListener("pointermove", (event) => {
  if (!grip) return;
  const ratio = 1 / view.scale;
  if (Math.hypot(event.clientX - grip.x, event.clientY - grip.y) < 4 && !moved) return;
  moved = true;
  view.x -= (event.clientX - grip.x) * ratio; view.y -= (event.clientY - grip.y) * ratio;
  grip = { x: event.clientX, y: event.clientY };
  look();
});
addEventListener("pointerup", () => { grip = null; });
const zoom = (by) => { view.scale = Math.max(0.3, Math.min(6, view.scale * by)); look(); };
picture.addEventListener("wheel", (event) => { event.preventDefault(); zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15); }, { passive: false });
picture.addEventListener("keydown", (event) => {
  if (event.key === "+" || event.key === "=") zoom(1.2);
  if (event.key === "-") zoom(1 / 1.2);
});
$("zoomin").addEventListener("click", () => zoom(1.3));
$("zoomout").addEventListener("click", () => zoom(1 / 1.3));
$("back").addEventListener("click", () => { if (past.length) draw(past.pop(), false); });
addEventListener("resize", look);
$("node").addEventListener("focus", () => $("node").select());
$("node").addEventListener("change", () => { const index = byName.get(fold($("node").value.trim())); if (index !== undefined) draw(index); });
$("key").append(...data.typeNames.map((name, index) => element("span", {}, element("i", { className: `b${index}` }), name.toLowerCase())));
if (byWeight.length) draw(conditions[0] ?? byWeight[0]);

// conflicts
{
  const pairs = new Map();
  for (const row of data.statements) {
    const key = `${row[HEAD]} ${row[REL]} ${row[TAIL]}`, both = pairs.get(key) || [];
    both[row[NEG]] = row;
    pairs.set(key, both);
  }
  const contested = [...pairs.values()].filter((both) => both[0] && both[1]);
  contested.sort((a, b) => Math.min(b[0][ARTICLES], b[1][ARTICLES]) - Math.min(a[0][ARTICLES], a[1][ARTICLES]) || b[0][ARTICLES] + b[1][ARTICLES] - a[0][ARTICLES] - a[1][ARTICLES]);
  for (const [yes, no] of contested.slice(0, 300)) {
    const made = element("details", {}, element("summary", {},
      concept(yes[HEAD]), element("span", { className: "rel" }, data.relationNames[yes[REL]]), concept(yes[TAIL]),
      element("span", { className: "soft" }, `${number(yes[ARTICLES])} affirm, ${number(no[ARTICLES])} deny`)));
    made.addEventListener("toggle", () => {
      if (made.open && made.children.length === 1) made.append(element("div", {}, element("h3", {}, "Affirmed"), evidence(yes), element("h3", {}, "Denied"), evidence(no)));
    });
    $("conflictlist").append(made);
  }
  if (!contested.length) $("conflictlist").append(element("p", { className: "soft" }, "No article denies what another affirms."));
}

for (const [rule, count, confidence, negated] of data.rules) {
  $("rulelist").append(element("tr", {}, element("td", {}, rule), element("td", {}, number(count)), element("td", {}, confidence.toFixed(2)), element("td", {}, number(negated))));
}
search();
