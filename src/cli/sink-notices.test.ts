/** What `check` says of where records are to go. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { catalogueFor, readConfig } from "./compose.ts";
import { sinkNotices } from "./sink-notices.ts";

const folder = mkdtempSync(join(tmpdir(), "gatehouse-sinks-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function told(callback: string, options: Readonly<Record<string, string>>) {
  const lines = [
    "model_list: []",
    "litellm_settings:",
    `  callbacks: [${callback}]`,
    "callback_settings:",
    `  ${callback}:`,
    ...Object.entries(options).map(([name, value]) => `    ${name}: ${value}`),
  ];
  const path = join(folder, "config.yaml");
  writeFileSync(path, `${lines.join("\n")}\n`);
  const { config, placeOf } = await readConfig(path, folder, catalogueFor({}));
  return sinkNotices(config, placeOf);
}

it("an address that is none, a header that is none and a file that cannot be are told with line and remedy", async () => {
  writeFileSync(join(folder, "file"), "");
  for (const [callback, name, value, path] of [
    ["webhook", "endpoint", "collector.example", "endpoint"],
    ["webhook", "endpoint", "ftp://collector.example/x", "endpoint"],
    ["otel", "endpoint", '"http://"', "endpoint"],
    ["file", "path", folder, "path"],
    ["file", "path", join(folder, "file", "below", "records"), "path"],
  ] as const) {
    const [notice, ...more] = await told(callback, { [name]: value });
    expect(more).toEqual([]);
    expect(notice).toMatchObject({
      severity: "error",
      path: `callback_settings.${callback}.${path}`,
      line: 6,
      file: join(folder, "config.yaml"),
      message: expect.stringMatching(/\S/),
      remedy: expect.stringMatching(/\S/),
    });
  }
  // The file's own headers are checked when it is read, those of the environment are not.
  process.env["GENERIC_LOGGER_HEADERS"] = "x bad=secret-1,x-good=%E2%82%AC-secret-2,x-fine=1";
  const wrong = await told("webhook", { endpoint: "https://collector.example" });
  delete process.env["GENERIC_LOGGER_HEADERS"];
  expect(wrong.map(({ path, line }) => [path, line])).toEqual([
    ["callback_settings.webhook.headers.x bad", 5],
    ["callback_settings.webhook.headers.x-good", 5],
  ]);
  expect(JSON.stringify(wrong)).not.toContain("secret");
});

it("there is nothing to say of what is right", async () => {
  expect(await told("webhook", { endpoint: "https://collector.example", headers: '{"x-key": "1"}' })).toEqual([]);
  expect(await told("file", { path: join(folder, "new", "records.ndjson") })).toEqual([]);
});
