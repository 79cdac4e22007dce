/** What opening a database promises. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { describeWith } from "../../../test/services/need.ts";
import { Secret } from "../../canonical/secret.ts";
import { openDatabase } from "./open.ts";

const folders: string[] = [];
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), "gatehouse-open-"));
  folders.push(made);
  return made;
};
afterAll(() => {
  for (const made of folders) rmSync(made, { recursive: true, force: true });
});

describe("the embedded database", () => {
  it("is for its owner's eyes only", async () => {
    const dataDir = join(folder(), "new");
    const database = await openDatabase({ dataDir });
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    for (const end of ["", "-wal", "-shm"])
      expect(statSync(join(dataDir, `gatehouse.sqlite${end}`)).mode & 0o777).toBe(0o600);
    await database.close();
  });

  it("belongs to one gateway at a time, and is free when that one is gone", async () => {
    const dataDir = folder();
    const database = await openDatabase({ dataDir });
    await expect(openDatabase({ dataDir })).rejects.toThrow(/in use by another gateway.*--data-dir/);
    await database.close();
    await (await openDatabase({ dataDir })).close();
  });
});

it.each(["mysql://host/name", "postgres//host", "file:x.db"])("refuses the address %s with a remedy", async (url) => {
  await expect(openDatabase({ url: new Secret(url), dataDir: folder() })).rejects.toThrow(/postgres:\/\/user/);
});

await describeWith("postgres", "PostgreSQL", (at) => {
  it("is brought to shape once, by however many start at the same moment", async () => {
    const url = new Secret(at);
    const databases = await Promise.all([1, 2, 3, 4].map(() => openDatabase({ url, dataDir: folder() })));
    const made = await databases[0]?.db.selectFrom("changes").selectAll().execute();
    expect(made).toEqual([]);
    await Promise.all(databases.map((database) => database.close()));
  });
});
