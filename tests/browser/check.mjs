// Opens one page in Chromium and prints what it did as JSON: node check.mjs PAGE.html [--screenshots DIR] [--pdf FILE]
// It judges nothing; tests/integration/report/test_browser.py does. CHROMIUM names another browser than /usr/bin/chromium.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import puppeteer from "puppeteer-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WIDTHS = [1280, 390];
const SCHEMES = ["light", "dark"];
const MOST_STOPS = 2000;
const FLAGS = [
  "--no-sandbox", // Chromium refuses to run as root with it
  "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
];

// Notes all that a page loads, logs or asks until stop() is called: axe must run unwatched, it logs and tries things itself.
async function watch(page, url, seen) {
  const cdp = await page.createCDPSession();
  const on = (event, list, words) => cdp.on(event, (e) => { const said = words(e); if (said) list.push(said); });
  const asked = ({ request }) => (request.url === url || request.url.startsWith("data:") ? null : request.url);
  const printed = ({ args }) => args.map((a) => a.value ?? a.description ?? a.type).join(" ");
  const csp = ({ issue }) => issue.details.contentSecurityPolicyIssueDetails;
  on("Network.requestWillBeSent", seen.requests, asked);
  on("Network.webSocketCreated", seen.requests, (e) => e.url);
  on("Network.webTransportCreated", seen.requests, (e) => e.url);
  on("Page.windowOpen", seen.requests, (e) => `window ${e.url}`);
  on("Runtime.consoleAPICalled", seen.errors, (e) => ["error", "assert"].includes(e.type) && `console: ${printed(e)}`);
  on("Runtime.exceptionThrown", seen.errors, ({ exceptionDetails: e }) => `exception: ${e.exception?.description ?? e.text}`);
  on("Log.entryAdded", seen.errors, ({ entry }) => entry.level === "error" && `${entry.source}: ${entry.text} ${entry.url ?? ""}`);
  on("Audits.issueAdded", seen.errors, (e) => csp(e) && `policy: ${csp(e).violatedDirective} ${csp(e).blockedURL ?? "inline"}`);
  page.on("dialog", (dialog) => { seen.dialogs.push(`${dialog.type()}: ${dialog.message()}`); dialog.dismiss(); });
  await Promise.all(["Network", "Page", "Runtime", "Log", "Audits"].map((domain) => cdp.send(`${domain}.enable`)));
  return () => cdp.detach();
}

async function open(browser, url, seen, { width = WIDTHS[0], scheme = "light", scripts = true } = {}) {
  const page = await browser.newPage();
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([
    { name: "prefers-color-scheme", value: scheme },
    { name: "prefers-reduced-motion", value: "reduce" },
  ]);
  await page.setJavaScriptEnabled(scripts);
  const stop = await watch(page, url, seen);
  await page.goto(url, { waitUntil: "load" });
  await new Promise((done) => setTimeout(done, 200)); // what a script starts after load
  return { page, stop };
}

// Helpers that run in the page. A CSS-like name and the first words tell a reader which element is meant.
const inPage = () => {
  window.nameOf = (e) => {
    const label = (e.getAttribute("aria-label") ?? e.textContent).trim().replace(/\s+/g, " ").slice(0, 40);
    return `${e.localName}${e.id ? `#${e.id}` : ""}${[...e.classList].map((c) => `.${c}`).join("")} "${label}"`;
  };
  window.lookOf = (e) => {
    const s = getComputedStyle(e);
    const outline = s.outlineStyle === "none" || parseFloat(s.outlineWidth) === 0 ? "none" : s.outline;
    return [outline, s.boxShadow, s.border, s.backgroundColor, s.textDecoration, s.stroke, s.fill].join("|");
  };
  window.shown = (e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  // Of a group of radio buttons Tab reaches one, by design.
  window.tabbable = () => [...document.querySelectorAll("*")].filter(
    (e) => e.tabIndex >= 0 && shown(e) && !e.matches(":disabled, [type=radio], [inert], [inert] *"));
};

const unfold = () => document.querySelectorAll("details").forEach((e) => { e.open = true; });

// Pixels by which the page is wider than the window, and the elements that stick out without a scroller of their own.
const overflow = () => {
  const root = document.documentElement;
  const held = (e) => e && e !== document.body && (getComputedStyle(e).overflowX !== "visible" || held(e.parentElement));
  const out = [...document.body.querySelectorAll("*")].filter(
    (e) => e.getBoundingClientRect().right > root.clientWidth + 0.5 && !held(e.parentElement));
  const pixels = root.scrollWidth - root.clientWidth;
  return { pixels, elements: pixels > 0 ? out.slice(0, 5).map(nameOf) : [] };
};

async function view(browser, url, seen, width, scheme, screenshots) {
  const { page, stop } = await open(browser, url, seen, { width, scheme });
  await page.evaluate(inPage);
  const folded = await page.evaluate(overflow);
  if (screenshots) {
    const name = `${basename(url, ".html")}-${width}-${scheme}.png`;
    await page.screenshot({ path: join(screenshots, name), fullPage: true });
  }
  await page.evaluate(unfold);
  const unfolded = await page.evaluate(overflow);
  await stop();
  await page.evaluate(AXE); // not a script tag: the page's policy forbids it
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations", "incomplete"] }));
  await page.close();
  const axe = found.violations.map(({ id, impact, help, nodes }) => (
    { id, impact, help, nodes: nodes.length, targets: nodes.slice(0, 3).map((n) => n.target.join(" ")) }));
  const unsure = found.incomplete.map((rule) => `${rule.id}: ${rule.nodes.length}`);
  return { axe, unsure, overflow: folded.pixels > unfolded.pixels ? folded : unfolded };
}

// Walks the page with Tab from its top to its end, and folds and unfolds each summary on the way with Enter.
async function keyboard(browser, url, seen) {
  const { page, stop } = await open(browser, url, seen);
  await page.evaluate(inPage);
  const details = await page.evaluate(() => {
    window.reached = new Set();
    window.plain = new Map([...document.querySelectorAll("*")].map((e) => [e, lookOf(e)]));
    return document.querySelectorAll("details").length;
  });
  const path = { stops: 0, details, unseen: [], unmarked: [], stuck: [], missed: [], endless: true };
  while (path.stops < MOST_STOPS) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const e = document.activeElement;
      if (!e || e === document.body || reached.has(e)) return null;
      reached.add(e);
      const box = e.getBoundingClientRect();
      const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
      const fold = e.localName === "summary" ? e.parentElement : null;
      return {
        name: nameOf(e), seen: shown(e) && inside && box.width > 1 && box.height > 1,
        marked: plain.get(e) !== lookOf(e), open: fold?.open ?? null,
      };
    });
    if (!at) { path.endless = false; break; }
    path.stops += 1;
    if (!at.seen) path.unseen.push(at.name);
    if (!at.marked) path.unmarked.push(at.name);
    for (let was = at.open, left = was ? 2 : 1; was !== null && left > 0; left -= 1, was = !was) {
      await page.keyboard.press("Enter"); // an open one twice: it is left open, so that the walk goes through it
      const now = await page.evaluate(() => document.activeElement.parentElement.open);
      if (now === was) path.stuck.push(at.name);
    }
  }
  path.missed = await page.evaluate(() => tabbable().filter((e) => !reached.has(e)).map(nameOf));
  path.closed = await page.evaluate(() => document.querySelectorAll("details:not([open])").length);
  await stop();
  await page.close();
  return path;
}

// All that can be read, with or without scripts: folded parts unfolded, line by line.
async function text(browser, url, seen, scripts) {
  const { page, stop } = await open(browser, url, seen, { scripts });
  await page.evaluate(unfold);
  const words = await page.evaluate(() => document.body.innerText);
  await stop();
  await page.close();
  return words.split("\n").map((line) => line.replace(/\s+/g, " ").trim()).filter(Boolean);
}

async function pdf(browser, url, seen, file) {
  const { page, stop } = await open(browser, url, seen);
  const bytes = Buffer.from(await page.pdf({ format: "A4", printBackground: true, preferCSSPageSize: true }));
  if (file) writeFileSync(file, bytes);
  await page.emulateMediaType("print");
  const folded = await page.evaluate(() => [...document.querySelectorAll("details")].filter(
    (e) => [...e.children].some((c) => c.localName !== "summary" && !c.checkVisibility())).length);
  await stop();
  await page.close();
  const pages = bytes.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0;
  return { bytes: bytes.length, pages, folded };
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { screenshots: { type: "string" }, pdf: { type: "string" } },
  });
  if (positionals.length !== 1) throw new Error("usage: node check.mjs PAGE.html [--screenshots DIR] [--pdf FILE]");
  if (values.screenshots) mkdirSync(values.screenshots, { recursive: true });
  const url = pathToFileURL(resolve(positionals[0])).href;
  // puppeteer adds --headless=new and a fresh profile, which it removes again.
  const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, args: FLAGS });
  const seen = { requests: [], errors: [], dialogs: [] };
  try {
    const views = {};
    for (const width of WIDTHS) {
      for (const scheme of SCHEMES) views[`${width}-${scheme}`] = await view(browser, url, seen, width, scheme, values.screenshots);
    }
    const path = await keyboard(browser, url, seen);
    const [on, off] = [await text(browser, url, seen, true), await text(browser, url, seen, false)];
    const without = (lines, others) => { const there = new Set(others); return lines.filter((line) => !there.has(line)); };
    const texts = { on: on.join("\n").length, off: off.join("\n").length, only_on: without(on, off), only_off: without(off, on) };
    const printed = await pdf(browser, url, seen, values.pdf);
    const once = Object.fromEntries(Object.entries(seen).map(([kind, said]) => [kind, [...new Set(said)]]));
    const report = { page: basename(positionals[0]), browser: await browser.version(), ...once, views, keyboard: path, text: texts, pdf: printed };
    console.log(JSON.stringify(report, null, 1));
  } finally {
    await browser.close();
  }
}

main().catch((error) => { console.error(`check.mjs: ${error.message}`); process.exitCode = 1; });
