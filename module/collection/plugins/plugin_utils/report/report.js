// SPDX-License-Identifier: GPL-3.0-or-later
"use strict";
(() => {
  const $ = id => document.getElementById(id), list = $("list");
  document.documentElement.classList.add("on");
  const all = $("openall");
  if (all) all.addEventListener("click", () => {
    const open = all.textContent == "Open all";
    document.querySelectorAll("#controls details").forEach(d => d.open = open);
    all.textContent = open ? "Close all" : "Open all";
  });
  // A link to a control, by its key or its number: it and what it is folded into are opened.
  function unfold(name) {
    const e = $("c-" + name) || [...document.querySelectorAll("details.crow")].find(d => d.dataset.id == name);
    if (!e) return;
    for (let p = e; p; p = p.parentElement.closest("details")) p.open = true;
    e.scrollIntoView();
  }
  function anchor() { try { return decodeURIComponent(location.hash.slice(1)); } catch { return ""; } }
  if (!list) {
    const jump = () => { const t = anchor(); if (t.startsWith("c-")) unfold(t.slice(2)); };
    addEventListener("hashchange", jump);
    return jump();
  }

  const D = JSON.parse($("data").textContent), K = D.controls.length, PAGE = 100, N = D.names.length;
  const why = D.why.split("\n"), plans = D.plans.split("\n"), failed = new Map(D.failed);
  const fails = new Uint16Array(N), waits = new Uint16Array(N), waived = new Uint16Array(N), lost = new Uint8Array(N), pass = new Uint8Array(N);
  for (let h = 0, p = 0; h < N; h++) for (let c = 0; c < K; c++, p++) switch (D.rows[p]) {
    case "f": fails[h]++; break;
    case "r": case "b": waits[h]++; break;
    case "w": waived[h]++; break;
    case "p": pass[h] = 1; break;
    case "x": lost[h] = 1;
  }
  if (!K) lost.fill(1);                                  // no host gave a result
  const ill = h => failed.has(h) || fails[h] || waits[h], rank = h => ill(h) ? 0 : lost[h] ? 1 : pass[h] ? 3 : 2;
  const order = Uint32Array.from({length: N}, (_, i) => i).sort((a, b) => rank(a) - rank(b) ||
    failed.has(b) - failed.has(a) || fails[b] - fails[a] || waits[b] - waits[a] || a - b);
  const WORD = {f: "fails", r: "waits for a restart", b: "waits for a reboot", w: "waived", t: "not testable"};
  const MARK = {p: [13, 3], f: [0, 16], r: [5, 11], b: [5, 11], w: [0, 4], t: [7, 2]};
  let shown = [], page = 0, cause = -1;

  const el = (tag, cls, text) => {
    const e = document.createElement(tag);
    if (cls) e.className = cls;
    if (text != null) e.textContent = text;
    return e;
  };
  const row = h => D.rows.substr(h * K, K);
  function strip(m) {
    const ns = "http://www.w3.org/2000/svg", s = document.createElementNS(ns, "svg"), paths = {};
    for (let i = 0, x = 1.5; i < K; i++, x += 3.5) {
      if (D.breaks.includes(i)) x += 6;
      const at = MARK[m[i]], k = m[i] == "b" ? "r" : m[i];
      if (at) paths[k] = (paths[k] || "") + `M${x} ${at[0]}v${at[1]}`;
    }
    s.setAttribute("class", "strip");
    s.setAttribute("viewBox", `0 0 ${D.width} 16`);
    s.setAttribute("preserveAspectRatio", "none");
    s.setAttribute("aria-hidden", "true");
    for (const k in paths) {
      const p = document.createElementNS(ns, "path");
      p.setAttribute("class", "s-" + k);
      p.setAttribute("d", paths[k]);
      s.append(p);
    }
    return s;
  }
  function runs(ids) {                                   // 1.1.3 1.1.4 1.1.5 2.2 -> 1.1.3–5 2.2
    const out = [];
    for (const id of ids) {
      const p = id.lastIndexOf("."), head = id.slice(0, p), n = /^\d+$/.test(id.slice(p + 1)) ? +id.slice(p + 1) : NaN;
      const o = out[out.length - 1];
      if (o && o.head == head && (n - o.last == 0 || n - o.last == 1)) o.last = n;
      else out.push({head, id, first: n, last: n});
    }
    return out.map(o => Object.is(o.first, o.last) ? o.id : `${o.head}.${o.first}–${o.last}`).join(" ");
  }
  function line(h) {
    const d = el("details", "hrow"), s = el("summary"), m = row(h);
    s.append(el("span", "name", D.names[h]), el("span", "g sub", D.groups[D.group[h]]));
    if (lost[h]) s.append(el("span", "mute", "no result"), el("span"), el("span", "sub reason", D.facts[D.fact[h]]));
    else {
      const ids = [];
      for (let i = 0; i < K; i++) if (m[i] == "f") ids.push(D.controls[i][0]);
      s.append(el("span", fails[h] ? "num f" : "mute", fails[h] || "–"), el("span", "r", waits[h] || ""), strip(m),
        el("span", "ids", (failed.has(h) ? "run failed " : "") + runs(ids)));
      s.setAttribute("aria-label", `${D.names[h]}: ${failed.has(h) ? "run failed, " : ""}` +
        `${fails[h]} fail, ${waits[h]} wait, ${waived[h]} waived`);
    }
    d.append(s);
    d.addEventListener("toggle", () => { if (d.open && d.lastChild == s) d.append(detail(h)); });
    return d;
  }
  // What was found on a host: findings with one cause are one entry.
  function detail(h) {
    const box = el("div", "in");
    box.append(el("p", "sub", D.facts[D.fact[h]]));
    if (failed.has(h)) box.append(el("p", "f", "The run failed: " + failed.get(h)));
    const causes = why[h] ? why[h].split(",").map(i => D.causes[i]) : [], groups = new Map();
    for (const k of "frbwt") for (const c of causes) if (c[1] == k) {
      const key = JSON.stringify([k, c[5], c[7], c[8]]);
      groups.has(key) ? groups.get(key).push(c) : groups.set(key, [c]);
    }
    for (const same of groups.values()) {
      const [control, k, wanted, configured, effective, reason, where, remedy, waiver] = same[0];
      const entry = el("div", "why"), b = el("div"), v = el("div", "vals"), t = el("div");
      t.append(el("code", "mute", runs(same.map(c => D.controls[c[0]][0]))), " ",
        el("span", "name", same.length > 1 ? `${same.length} controls, one cause` : D.controls[control][1]));
      b.append(t, el("div", "", reason));
      const value = (label, x) => {
        if (x == null || x === "") return;
        const s = el("span", "", label);
        s.append(el("code", "", x));
        v.append(s);
      };
      if (same.length == 1) { value("wanted ", wanted); value("in the file ", configured); value("in force ", effective); }
      value("", where);
      if (waiver >= 0) v.append(el("span", "", (k == "w" ? "" : "waiver expired: ") + D.waivers[waiver]));
      if (remedy && same.length == 1) v.append(el("span", "", remedy));
      b.append(v);
      entry.append(el("span", "num " + k, WORD[k]), b);
      box.append(entry);
    }
    if (lost[h]) return box;
    const steps = plans[h] ? plans[h].split(",") : [], entry = el("div", "why"), b = el("div");
    steps.forEach((i, n) => b.append(el("div", "", `${n + 1}. ${D.sentences[i]}`)));
    if (!steps.length) b.append("nothing");
    entry.append(el("span", "num", D.applied ? "harden did" : "harden will"), b);
    box.append(entry);
    return box;
  }
  function draw() {
    const part = document.createDocumentFragment(), pages = Math.max(1, Math.ceil(shown.length / PAGE));
    for (const h of shown.slice(page * PAGE, (page + 1) * PAGE)) part.append(line(h));
    if (!shown.length) part.append(el("p", "sub", "No host matches. Clear the filters to see all."));
    list.replaceChildren(part);
    const c = D.causes[cause];
    $("count").textContent = `${shown.length.toLocaleString("en")} of ${N.toLocaleString("en")} hosts` +
      (c ? ` with ${D.controls[c[0]][0]}: ${c[5]}` : "");
    $("where").textContent = `page ${page + 1} of ${pages}`;
    $("prev").disabled = !page;
    $("next").disabled = page + 1 >= pages;
    $("pager").style.display = pages > 1 ? "" : "none";
  }
  function filter() {
    const q = $("q").value.trim().toLowerCase(), state = $("st").value, group = $("gr").value;
    const ids = new Set(D.controls.flatMap((c, i) => c[0] == q || c[2] == q ? [i] : []));
    const hit = q ? D.causes.map(c => c[5].toLowerCase().includes(q)) : [];
    const has = (h, t) => why[h] && why[h].split(",").some(t), m = h => D.rows.substr(h * K, K);
    const states = {need: h => ill(h) || lost[h], f: h => fails[h] || failed.has(h), w: h => waived[h], x: h => lost[h],
      rb: h => waits[h] && !fails[h] && !failed.has(h), ok: h => rank(h) == 3, un: h => rank(h) == 2, "": () => true};
    shown = Array.from(order).filter(h => states[state](h) && (group == "" || D.group[h] == group) &&
      (cause < 0 || has(h, i => i == cause)) && (!q || D.names[h].toLowerCase().includes(q) ||
        (ids.size ? [...ids].some(i => "frb".includes(m(h)[i])) : has(h, i => hit[i]))));
    page = 0;
    draw();
  }
  function choose(q, state, which) {
    $("q").value = q; $("st").value = state; $("gr").value = ""; cause = which;
    filter();
  }
  function jump() {
    const t = anchor();
    if (t.startsWith("c-")) return unfold(t.slice(2));
    if (!t.startsWith("host=")) return;
    choose("", "", -1);
    const h = D.names.indexOf(t.slice(5));
    if (h < 0) return choose(t.slice(5), "", -1);
    shown = [h];
    draw();
    $("q").value = D.names[h];
    list.querySelector("details").open = true;
    $("hosts").scrollIntoView();
  }
  let timer;
  $("q").addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(filter, 120); });
  $("st").addEventListener("change", filter);
  $("gr").addEventListener("change", filter);
  $("filters").addEventListener("submit", e => e.preventDefault());
  $("clear").addEventListener("click", () => choose("", "need", -1));
  for (const [id, by] of [["prev", -1], ["next", 1]])
    $(id).addEventListener("click", () => { page += by; draw(); $("hosts").scrollIntoView(); });
  document.addEventListener("click", e => {
    const b = e.target.closest("[data-reason],[data-st]");
    if (!b) return;
    choose("", b.dataset.st || "", b.dataset.reason ? +b.dataset.reason : -1);
    $("hosts").scrollIntoView();
  });
  addEventListener("hashchange", jump);
  addEventListener("beforeprint", () => {
    const part = document.createDocumentFragment();
    for (const h of shown.slice(0, 500)) part.append(line(h));
    list.replaceChildren(part);
  });
  addEventListener("afterprint", draw);
  filter();
  jump();
})();
