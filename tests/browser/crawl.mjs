// Walks a site by clicking every link of every page in Chromium and prints what happened as JSON: node crawl.mjs INDEX-URL
// Folders below INDEX-URL are kinds of pages; the first page of each kind is looked at by axe, wide and narrow, light and
// dark, with everything unfolded. It judges nothing; tests/integration/fleet/test_browser_site.py does.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import puppeteer from "puppeteer-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const FLAGS = [
  "--no-sandbox", // Chromium refuses to run as root with it
  "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
];
const PATIENCE = 20_000;
const bare = (url) => url.split("#")[0];

// Notes every request that leaves `root` and every error; the last outcome of a click arrives at `told`.
async function watched(browser, root, seen, folder) {
  const page = await browser.newPage();
  await page.emulateMediaFeatures([{ name: "prefers-reduced-motion", value: "reduce" }]); // a page that scrolls is missed
  const cdp = await page.createCDPSession();
  const state = { page, told: () => {} }, icon = root.startsWith("http") ? new URL("/favicon.ico", root).href : null;
  cdp.on("Network.requestWillBeSent", ({ request }) => {
    // Our pages bring an icon; for a JSON file in a tab the browser asks for one by itself, when it has time to.
    const own = request.url.startsWith(root) || request.url.startsWith("data:") || request.url === icon;
    if (!own) seen.outside.push(request.url);
  });
  cdp.on("Network.responseReceived", ({ type, response }) => {
    if (type === "Document" && response.status >= 400) state.told({ dead: `${response.status}` });
  });
  cdp.on("Page.frameNavigated", ({ frame }) => {
    if (!frame.parentId) state.told(frame.unreachableUrl ? { dead: "unreachable" } : { at: frame.url });
  });
  cdp.on("Page.downloadProgress", ({ state: how }) => {
    if (how !== "inProgress") state.told(how === "completed" ? { saved: true } : { dead: "not saved" });
  });
  const printed = ({ args }) => args.map((a) => a.value ?? a.description ?? a.type).join(" ");
  cdp.on("Runtime.consoleAPICalled", (e) => { if (["error", "assert"].includes(e.type)) seen.errors.push(printed(e)); });
  cdp.on("Runtime.exceptionThrown", ({ exceptionDetails: e }) => seen.errors.push(e.exception?.description ?? e.text));
  cdp.on("Log.entryAdded", ({ entry }) => { if (entry.level === "error" && entry.url !== icon) seen.errors.push(`${entry.text} ${entry.url ?? ""}`); });
  await Promise.all(["Network", "Page", "Runtime", "Log"].map((domain) => cdp.send(`${domain}.enable`)));
  await cdp.send("Page.setDownloadBehavior", { behavior: "allow", downloadPath: folder });
  return state;
}

const opened = async (page, url) => {
  await page.goto(url, { waitUntil: "load" });
  await page.evaluate(() => document.querySelectorAll("details").forEach((e) => { e.open = true; }));
};

// One click with the mouse, and what became of it.
async function clicked(state, place) {
  const outcome = new Promise((done) => {
    state.told = done;
    setTimeout(() => done({ dead: "nothing happened" }), PATIENCE).unref();
  });
  const link = (await state.page.$$("a[href]"))[place];
  await link.click();
  const found = await outcome;
  state.told = () => {};
  return found;
}

async function crawl(browser, start, root, seen, folder) {
  const state = await watched(browser, root, seen, folder);
  const queue = [start];
  for (const url of queue) {
    await opened(state.page, url);
    const links = await state.page.evaluate(() => [...document.querySelectorAll("a[href]")].map((e) => e.href));
    seen.pages[url] = [...new Set(links.map(bare))].filter((target) => target !== url);
    for (const [place, link] of links.entries()) {
      if (bare(link) === url) { // to a part of this page
        await (await state.page.$$("a[href]"))[place].click();
        const there = await state.page.evaluate(() => document.getElementById(decodeURIComponent(location.hash.slice(1))) !== null);
        if (!there || state.page.url() !== link) seen.dead.push(`${url} → ${link}: no such part`);
        seen.clicks += 1;
        continue;
      }
      if (links.findIndex((other) => bare(other) === bare(link)) !== place) continue;
      const { dead, at } = await clicked(state, place);
      seen.clicks += 1;
      if (dead || (at && bare(at) !== bare(link))) seen.dead.push(`${url} → ${link}: ${dead ?? at}`);
      else {
        seen.reached.push(bare(link));
        if (link.endsWith(".html") && !queue.includes(bare(link))) queue.push(bare(link));
      }
      if (at || dead) await opened(state.page, url);
    }
  }
  await state.page.close();
}

async function look(browser, url, seen, width, scheme) {
  const page = await browser.newPage();
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await opened(page, url);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await page.evaluate(AXE); // not a script tag: the page's policy forbids it
  // What does not depend on colours is the same in the dark.
  const asked = scheme === "dark" ? { runOnly: ["color-contrast", "link-in-text-block"] } : {};
  const { violations } = await page.evaluate((only) => axe.run(document, { ...only, resultTypes: ["violations"] }), asked);
  await page.close();
  const view = `${url} ${width} ${scheme}`;
  seen.views.push(view);
  if (wide > 0) seen.overflow.push(`${view}: ${wide} px`);
  for (const { id, nodes } of violations) seen.axe.push(`${view}: ${id} at ${nodes[0].target.join(" ")}`);
}

async function main() {
  const { positionals } = parseArgs({ allowPositionals: true });
  if (positionals.length !== 1) throw new Error("usage: node crawl.mjs INDEX-URL");
  const [start] = positionals, root = start.slice(0, start.lastIndexOf("/") + 1);
  const seen = { pages: {}, reached: [], dead: [], outside: [], errors: [], clicks: 0, views: [], axe: [], overflow: [] };
  const folder = mkdtempSync(join(tmpdir(), "aishare-crawl-"));
  // puppeteer adds --headless=new and a fresh profile, which it removes again.
  const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, args: FLAGS });
  try {
    await crawl(browser, start, root, seen, folder);
    const kinds = new Map(Object.keys(seen.pages).map((url) => [url.slice(root.length).split("/").slice(0, -1)[0] ?? "", url]));
    const views = [[1280, "light"], [1280, "dark"], [390, "light"], [390, "dark"]];
    if (start.startsWith("file:")) {
      for (const url of kinds.values()) for (const view of views) await look(browser, url, seen, ...view);
    }
    for (const key of ["outside", "errors", "reached"]) seen[key] = [...new Set(seen[key])];
    console.log(JSON.stringify(seen, null, 1));
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error) => { console.error(`crawl.mjs: ${error.stack}`); process.exitCode = 1; });
