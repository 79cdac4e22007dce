/** The page at the root, as a browser shows it. */

import { chromium } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Running, startGateway } from "./e2e/gateway.ts";
import { describeWith } from "./services/need.ts";

await describeWith("chromium", "the page at the root", (executablePath) => {
  let gateway: Running;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.stop());

  it("says what this is and where to go, in light and dark, and loads nothing from elsewhere", async () => {
    const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    try {
      for (const colorScheme of ["light", "dark"] as const) {
        const page = await browser.newPage({ colorScheme, viewport: { width: 900, height: 700 } });
        const wrong: string[] = [];
        page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
        page.on("request", (request) => request.url().startsWith(gateway.url) || wrong.push(request.url()));
        await page.goto(gateway.url);
        expect(await page.getByRole("heading", { level: 1 }).textContent()).toContain("Gatehouse");
        expect(await page.locator("pre").textContent()).toContain(`curl ${gateway.url}/v1/chat/completions`);
        const links = await page.getByRole("link").evaluateAll((all) => all.map((link) => link.getAttribute("href")));
        for (const link of links) expect([200, 401]).toContain((await fetch(gateway.url + link)).status);
        const folder = process.env["SCREENSHOTS"];
        if (folder) await page.screenshot({ path: `${folder}/welcome-${colorScheme}.png` });
        expect(wrong.filter((text) => !text.includes("favicon"))).toEqual([]);
        await page.close();
      }
    } finally {
      await browser.close();
    }
  });
});
