/** Every store on the rack finds what is there, says nothing of what is not, and fails where it cannot look. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readFile } from "../files.ts";
import { secretStores } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "secrets-"));
afterAll(() => rmSync(folder, { recursive: true }));
const there = join(folder, "there");
const large = join(folder, "large");
writeFileSync(there, "  hush \n");
writeFileSync(large, "x".repeat(100_000));

const env = { A: "a", EMPTY: "", B_FILE: there, C_FILE: join(folder, "gone"), D_FILE: large };
const read = (id: string, name: string) =>
  secretStores
    .find((store) => store.id === id)
    ?.create({ env, readFile })
    .read(name);

describe("secrets", () => {
  it.each([
    ["environment", "A", "a"],
    ["environment", "EMPTY", ""],
    ["environment", "B", "hush"],
    ["environment", "C", undefined],
    ["environment", "NONE", undefined],
    ["environment", "constructor", undefined],
    ["environment", "__proto__", undefined],
    ["file", there, "hush"],
    ["file", there.slice(1), "hush"],
    ["file", join(folder, "gone"), undefined],
  ])("of the %s: %s", async (id, name, value) => {
    expect(await read(id, name)).toBe(value);
  });

  it.each([
    ["environment", "D"],
    ["file", large],
    ["file", folder],
    ["file", "/dev/zero"],
  ])("that cannot be read are an error: %s %s", async (id, name) => {
    await expect(read(id, name)).rejects.toThrow();
  });

  it("in a named pipe that nobody writes to are not waited for", async () => {
    const pipe = join(folder, "pipe");
    execFileSync("sh", ["-c", 'mkfifo "$0"', pipe]);
    await expect(read("file", pipe)).rejects.toThrow("pipe");
  });

  it("are referred to in different ways", () => {
    const prefixes = secretStores.map(({ prefix }) => prefix);
    expect(prefixes.some((prefix) => prefixes.some((other) => other !== prefix && other.startsWith(prefix)))).toBe(
      false,
    );
  });
});
