// Keys, decisions in the background, and choosing in the text. Every page works without this script: what is pressed here are the page's own buttons and links.
"use strict";
(() => {
  const root = document.documentElement, body = document.body, data = body.dataset;
  const words = JSON.parse(data.words), types = JSON.parse(data.types), relations = JSON.parse(data.relations);
  const $ = (what, inside = document) => inside.querySelector(what);
  const $$ = (what, inside = document) => [...inside.querySelectorAll(what)];
  const card = () => $("#card");
  const say = (key, names = {}) => Object.entries(names).reduce((text, [name, value]) => text.replace(`{${name}}`, value), words[key]);
  const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");
  root.classList.add("js");

  // What just happened, for eyes and for screen readers.
  let fading = 0;
  function tell(text, refused = false) {
    const status = $("#status");
    status.textContent = text;
    status.classList.toggle("refused", refused);
    status.classList.remove("gone");
    clearTimeout(fading);
    fading = setTimeout(() => status.classList.add("gone"), refused ? 9000 : 2600);
  }

  // The outbox: forms in the order in which they were sent. One stays until the program says that it is saved, also over a reload of the page.
  const BOX = "review-outbox";
  const read = () => { try { return JSON.parse(sessionStorage.getItem(BOX)) || []; } catch { return []; } };
  let outbox = read(), sending = false, wait = 500, timer = 0;
  const then = new Map();
  function keep() {
    try { sessionStorage.setItem(BOX, JSON.stringify(outbox)); } catch { /* full or forbidden: the list in memory is still sent */ }
    const late = outbox.filter((one) => one.tries > 0).length;
    $("#unsaved").hidden = late === 0;
    $("#unsaved span").textContent = late === 0 ? "" : late === 1 ? words.waiting_one : say("waiting_many", { n: late });
  }
  function send(address, fields, done) {
    const item = { id: newKey(), address, fields, tries: 0 };
    if (done) then.set(item.id, done);
    outbox.push(item);
    keep();
    flush();
  }
  async function flush() {
    clearTimeout(timer);
    if (sending || outbox.length === 0) return;
    sending = true;
    const item = outbox[0];
    const result = await post(item);
    sending = false;
    if (result === null) {
      item.tries += 1;
      keep();
      timer = setTimeout(flush, wait);
      wait = Math.min(wait * 2, 5000);
      return;
    }
    wait = 500;
    outbox.shift();
    keep();
    const done = then.get(item.id);
    then.delete(item.id);
    if (result.error) tell(say("refused", { message: result.error }), true);
    else if (result.progress) showProgress(result.progress);
    if (done) done(result);
    flush();
  }
  async function post(item) {
    const stop = new AbortController(), limit = setTimeout(() => stop.abort(), 15000);
    try {
      const answer = await fetch(item.address, {
        method: "POST", credentials: "same-origin", redirect: "error", signal: stop.signal,
        headers: { Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ ...item.fields, csrf: data.csrf }),
      });
      const found = await answer.json();
      if (found.csrf) data.csrf = found.csrf; // the program was started anew
      if (found.csrf || answer.status >= 500) return null;
      return found;
    } catch { return null; } finally { clearTimeout(limit); }
  }
  const settled = () => new Promise((ready) => { const look = () => (outbox.length === 0 ? ready() : setTimeout(look, 20)); look(); });
  addEventListener("beforeunload", (event) => { if (outbox.some((one) => one.tries > 0)) event.preventDefault(); });
  $("#unsaved button").addEventListener("click", () => { wait = 500; flush(); });
  addEventListener("online", flush);

  function showProgress(progress) {
    for (const place of $$("[data-progress]")) place.textContent = progress[place.dataset.progress] ?? "";
    const bar = $(".progress > progress");
    if (bar) { bar.max = Number(progress.max); bar.value = Number(progress.value); }
  }

  // The next card is asked for while this one is read.
  let ahead = null;
  const query = () => data.query;
  function partOf(address) {
    const url = new URL(address, location.origin);
    url.searchParams.set("part", "card");
    return url;
  }
  async function load(address) {
    for (let pause = 300; ; pause = Math.min(pause * 2, 4000)) {
      try {
        const answer = await fetch(partOf(address), { credentials: "same-origin", headers: { Accept: "text/html" } });
        const html = await answer.text();
        if (answer.status < 500) return new DOMParser().parseFromString(html, "text/html").querySelector("#card");
      } catch { /* not there at the moment */ }
      tell(words.offline, true);
      await new Promise((ready) => setTimeout(ready, pause));
    }
  }
  const nextAddress = () => {
    const url = new URL("/next" + query(), location.origin);
    if (card()?.dataset.triple) url.searchParams.set("after", card().dataset.triple);
    return url.pathname + url.search;
  };
  function prefetch() {
    const here = card();
    ahead = null;
    if (data.page !== "queue" || !here?.dataset.triple || "readOnly" in data) return;
    const address = nextAddress();
    ahead = settled().then(() => load(address)); // what is not saved yet would come again at the end of the queue
  }
  // Keys that were pressed while the next card was not there yet belong to no card.
  let moving = false;
  async function move(getting, push = true) {
    moving = true;
    const next = await getting;
    moving = false;
    if (!next) { location.reload(); return; }
    show(next, push);
  }
  function show(next, push) {
    stopPicking();
    card().replaceWith(next);
    scrollTo(0, 0);
    const what = next.dataset.summary;
    document.title = document.title.replace(/^.* – /, (what || $("#statement")?.textContent.trim() || "") + " – ");
    if (push && data.page === "queue") history.pushState({}, "", next.dataset.address + query());
    next.focus({ preventScroll: true });
    ready(next);
  }
  async function onward() {
    const here = card().dataset.triple;
    let next = ahead ? await ahead : null;
    // The one ahead may be this one again, where it was the last; or the end, where something was not yet saved.
    if (!next || next.dataset.triple === here || !next.dataset.triple) {
      await settled();
      next = await load(nextAddress());
    }
    return next;
  }
  addEventListener("popstate", () => { if (data.page === "queue") move(load(location.pathname + location.search), false); });

  function fieldsOf(form, button) {
    const fields = Object.fromEntries(new FormData(form));
    if (button?.name) fields[button.name] = button.value;
    delete fields.csrf;
    return { ...fields, key: newKey() };
  }
  document.addEventListener("submit", (event) => {
    const form = event.target, kind = form.dataset.act;
    if (!kind || form.method !== "post") return;
    event.preventDefault();
    if (moving) return;
    const button = event.submitter, fields = fieldsOf(form, button), address = new URL(form.action).pathname + new URL(form.action).search;
    const what = card()?.dataset.summary || "";
    if (kind === "decide" || kind === "adjudicate") {
      const label = button ? $("span", button)?.textContent : "";
      send(address, fields);
      tell(`${label}: ${what} · ${words.undo_hint}`);
      move(kind === "decide" ? onward() : settled().then(() => load("/disputes")));
    } else if (kind === "edit") {
      send(address, fields, (result) => { if (!result.error) { tell(`${words.edited}: ${what} · ${words.undo_hint}`); move(onward()); } });
    } else if (kind === "undo") {
      send(address, fields, (result) => {
        if (result.error) return;
        if (!result.to) { tell(words.nothing_to_undo); return; }
        tell(words.undone);
        if (data.page === "queue" && result.to.startsWith("/triple/")) move(load(result.to));
        else if (data.page === "queue" && card()?.dataset.article && result.to.startsWith("/article/")) move(load(card().dataset.address), false);
        else location.assign(result.to);
      });
    } else if (kind === "complete") {
      send(address, fields, (result) => { if (!result.error) { tell(words.completed); location.reload(); } });
    }
  });
  function refresh() {
    if (data.page === "queue") move(load(card().dataset.address + query()), false);
    else location.reload();
  }

  // A list to choose from, by number.
  function choose(title, options, chosen) {
    const dialog = $("#choose");
    $("h2", dialog).textContent = title;
    $(".choices", dialog).replaceChildren(...options.map(([value, label], index) => {
      const button = document.createElement("button"), key = document.createElement("kbd"), text = document.createElement("span");
      button.type = "button";
      button.dataset.keys = String(index + 1);
      key.textContent = String(index + 1);
      text.textContent = label;
      button.append(key, text);
      button.addEventListener("click", () => { dialog.close(); chosen(value); });
      return button;
    }));
    dialog.showModal();
    $(".choices button", dialog)?.focus();
  }
  const fitting = (head, tail) => relations.filter((one) => one.heads.includes(head) && one.tails.includes(tail));

  // Choosing entities in the text.
  let picking = null;
  const entities = () => $$(".reading mark[data-entity]");
  function pick(steps, done) {
    stopPicking();
    picking = { steps, chosen: [], done };
    card().classList.add("picks");
    for (const mark of entities()) { mark.tabIndex = 0; mark.setAttribute("role", "button"); }
    ask();
    ($(".evidence mark[data-entity]") || entities()[0])?.focus();
  }
  function ask() { explain(picking.steps[picking.chosen.length], words.pick_help); }
  function explain(text, help) {
    const place = $(".picking");
    if (!place) return;
    place.hidden = !text;
    place.textContent = text || "";
    if (text) { const more = document.createElement("small"); more.textContent = help; place.append(more); tell(text); }
  }
  function stopPicking() {
    if (!picking && !selecting) return;
    picking = null;
    selecting = null;
    card()?.classList.remove("picks");
    for (const mark of entities()) { mark.removeAttribute("tabindex"); mark.removeAttribute("role"); mark.classList.remove("chosen"); }
    explain("", "");
    getSelection().removeAllRanges();
  }
  function picked(mark) {
    mark.classList.add("chosen");
    picking.chosen.push(mark);
    if (picking.chosen.length < picking.steps.length) { ask(); step(1, mark); return; }
    const { chosen, done } = picking;
    stopPicking();
    done(...chosen);
  }
  function step(by, from = document.activeElement) {
    const all = entities();
    all[(all.indexOf(from) + by + all.length) % all.length]?.focus();
  }
  function addTriple(head, tail) {
    const options = fitting(head.dataset.type, tail.dataset.type);
    if (options.length === 0) { tell(words.no_relation, true); return; }
    choose(`${head.textContent} … ${tail.textContent}: ${words.choose_relation}`, options.map((one) => [one.value, one.label]), (relation) => {
      const fields = { reviewer: data.reviewer, key: newKey(), head: head.dataset.entity, tail: tail.dataset.entity, relation };
      send(articleAddress("triple"), fields, (result) => { if (!result.error) { tell(`${words.added} · ${words.undo_hint}`); refresh(); } });
    });
  }
  const articleAddress = (what) => `/article/${encodeURIComponent(card().dataset.article)}/${what}`;
  function edit(fields) {
    const form = $("form[data-act=edit].quick");
    const address = new URL(form.action).pathname + new URL(form.action).search;
    const what = card().dataset.summary;
    send(address, { ...fieldsOf(form), ...fields }, (result) => { if (!result.error) { tell(`${words.edited}: ${what} · ${words.undo_hint}`); move(onward()); } });
  }
  document.addEventListener("click", (event) => {
    const mark = event.target.closest?.("mark[data-entity]");
    if (!mark || "readOnly" in data || String(getSelection()).length || !$("[data-do=add-triple]")) return;
    if (!picking) { pick([words.pick_head, words.pick_tail], addTriple); }
    picked(mark);
  });

  // Choosing words in the text: positions count characters of the article, as the program does, and not units of UTF-16.
  let selecting = null;
  function allWords() {
    const found = [];
    for (const block of $$(".reading [data-start]")) {
      for (const match of block.textContent.matchAll(/[\p{L}\p{N}]+(?:['’\-][\p{L}\p{N}]+)*/gu)) found.push({ block, start: match.index, end: match.index + match[0].length });
    }
    return found;
  }
  function pointIn(block, position) {
    const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(), left = position; node; left -= node.length, node = walker.nextNode()) if (left <= node.length) return [node, left];
    return [block, 0];
  }
  function select(first, last) {
    const list = selecting.words;
    if (list[first].block !== list[last].block) return;
    Object.assign(selecting, { first, last });
    const [from, to] = [Math.min(first, last), Math.max(first, last)];
    const range = document.createRange();
    range.setStart(...pointIn(list[from].block, list[from].start));
    range.setEnd(...pointIn(list[to].block, list[to].end));
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    tell(String(selection));
    const place = range.getBoundingClientRect();
    if (place.top < 60 || place.bottom > innerHeight - 200) scrollBy(0, place.top - innerHeight / 2);
  }
  function selectWords() {
    if (selectionPlace()) { askType(); return; }
    stopPicking();
    const list = allWords();
    if (list.length === 0) return;
    const proof = $(".reading .evidence")?.closest("[data-start]");
    selecting = { words: list, first: 0, last: 0 };
    const start = Math.max(0, list.findIndex((one) => one.block === proof));
    document.activeElement?.blur();
    explain(words.pick_words, words.pick_words_help);
    select(start, start);
  }
  function selectionPlace() {
    const selection = getSelection();
    if (selection.isCollapsed || selection.rangeCount === 0) return null;
    const range = selection.getRangeAt(0);
    const blockOf = (node) => (node.nodeType === Node.TEXT_NODE ? node.parentElement : node).closest(".reading [data-start]");
    const block = blockOf(range.startContainer);
    if (!block || block !== blockOf(range.endContainer)) return null;
    const before = document.createRange();
    before.selectNodeContents(block);
    before.setEnd(range.startContainer, range.startOffset);
    const lead = Array.from(before.toString()).length, text = Array.from(range.toString());
    const blank = (one) => /\s/u.test(one);
    const front = text.findIndex((one) => !blank(one));
    if (front < 0) return null;
    const size = text.length - [...text].reverse().findIndex((one) => !blank(one));
    const start = Number(block.dataset.start) + lead;
    return { start: start + front, end: start + size, text: text.slice(front, size).join("") };
  }
  function askType() {
    const place = selectionPlace();
    if (!place) return;
    choose(`“${place.text}”: ${words.choose_type}`, Object.entries(types), (type) => {
      stopPicking();
      const fields = { reviewer: data.reviewer, key: newKey(), start: place.start, end: place.end, type };
      send(articleAddress("entity"), fields, (result) => { if (!result.error) { tell(`${words.added}: ${place.text} · ${words.undo_hint}`); refresh(); } });
    });
  }
  document.addEventListener("selectionchange", () => {
    if (selecting || picking || "readOnly" in data) return;
    const place = $("[data-do=add-entity]") ? selectionPlace() : null;
    $("[data-do=add-entity]")?.classList.toggle("primary", place !== null);
  });

  // What buttons of the script do.
  const actions = {
    help: () => $("#help").showModal(),
    back: () => move(settled().then(() => load("/previous" + query()))),
    relation: () => {
      const { headType, tailType, relation } = card().dataset;
      const options = fitting(headType, tailType).filter((one) => one.value !== relation);
      if (options.length === 0) { tell(words.no_relation, true); return; }
      choose(words.choose_relation, options.map((one) => [one.value, one.label]), (value) => edit({ relation: value }));
    },
    head: () => pick([words.pick_head], (mark) => edit({ head: mark.dataset.entity })),
    tail: () => pick([words.pick_tail], (mark) => edit({ tail: mark.dataset.entity })),
    "add-triple": () => pick([words.pick_head, words.pick_tail], addTriple),
    "add-entity": selectWords,
  };
  document.addEventListener("mousedown", (event) => { if (event.target.closest("[data-do=add-entity]")) event.preventDefault(); }); // keeps the selection
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-do]");
    if (!button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const act = actions[button.dataset.do];
    if (!act || (button.dataset.do === "back" && data.page !== "queue")) return;
    event.preventDefault();
    if (!moving) act();
  });

  const typing = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const dialog = $("dialog[open]"), at = event.target instanceof Element ? event.target : body;
    if (event.key === "Escape") {
      if (dialog) return;
      const open = $("details[open]:not(.section)");
      if (open) { open.open = false; $("summary", open).focus(); }
      if (typing(at)) at.blur();
      stopPicking();
      return;
    }
    if (typing(at)) return;
    if (picking && !dialog) {
      const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (by) { event.preventDefault(); step(by); return; }
      if ((event.key === "Enter" || event.key === " ") && at.matches("mark")) { event.preventDefault(); picked(at); return; }
      if (event.key !== "?" && event.key !== "z") return;
    }
    if (selecting && !dialog) {
      const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 8, ArrowUp: -8 }[event.key];
      if (by) {
        event.preventDefault();
        const last = Math.min(Math.max(selecting.last + by, 0), selecting.words.length - 1);
        select(event.shiftKey ? selecting.first : last, last);
      } else if (event.key === "Enter" || event.key === "m") { event.preventDefault(); askType(); }
      return;
    }
    if ((event.key === "Enter" || event.key === " ") && at.closest("a, button, summary, mark")) return;
    if (event.repeat) return; // a key that is held decides once
    const scope = dialog || document;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const target = $$(`[data-keys~="${CSS.escape(key)}"]`, scope).find((one) => !one.disabled && !one.closest("fieldset:disabled") && (dialog || !one.closest("dialog")));
    if (!target) return;
    event.preventDefault();
    if (moving) return;
    if (key === "/" && data.page === "search") { $("input[name=text]").focus(); return; }
    target.click();
    if (target.matches("summary")) {
      const first = $("button, input:not([type=hidden]), select", target.parentElement);
      if (target.parentElement.open) first?.focus();
    }
  });
  document.addEventListener("click", (event) => {
    for (const open of $$("details.menu[open], details.filter[open], details.wrong[open], details.edit[open]")) if (!open.contains(event.target)) open.open = false;
  });

  function ready(place) {
    for (const mark of $$("mark.head, mark.tail", place)) { mark.scrollIntoView({ block: "nearest" }); break; }
    prefetch();
  }
  if (card()) ready(card());
  keep();
  if (outbox.length) { for (const one of outbox) one.tries = Math.max(one.tries, 1); keep(); flush(); }
})();
