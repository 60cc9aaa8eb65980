// Screenshots of the README: `node tests/browser/shots.mjs` draws parts of a planted page into docs/images/.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const page_ = pathToFileURL(join(root, "reports/planted/more-output.html")).href;
const parts = { short: ["#answers"], tells: ["#tells .finding", "#associations"] };

const folder = mkdtempSync(join(tmpdir(), "aishare-shots-"));
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  userDataDir: folder,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 1000, height: 1200 });
  await page.goto(page_);
  for (const [name, selectors] of Object.entries(parts)) {
    const boxes = await Promise.all(selectors.map(async (s) => (await page.$(s)).boundingBox()));
    const top = Math.min(...boxes.map((b) => b.y)), end = Math.max(...boxes.map((b) => b.y + b.height));
    const clip = { x: 0, y: top - 12, width: 1000, height: end - top + 24 };
    await page.screenshot({ path: join(root, `docs/images/${name}.png`), clip, captureBeyondViewport: true });
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
