/** Describes suites that must hold on the embedded database and on PostgreSQL alike. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { Secret } from "../../src/canonical/secret.ts";
import { type Database, type DatabaseOptions, openDatabase } from "../../src/state/database/open.ts";
import { describeWith } from "./need.ts";

export interface Opened {
  /** The suite's database; opened before its first test. */
  readonly database: Database;
  /** How to open it once more. */
  readonly options: DatabaseOptions;
}

/** Every suite gets an empty database of its own; `await` it at the top of a test file. */
export const onBothEngines = async (title: string, suite: (opened: Opened) => void): Promise<void> => {
  describe(`${title}, embedded`, () => withDatabase(undefined, suite));
  await describeWith("postgres", `${title}, on PostgreSQL`, (at) => withDatabase(new Secret(at), suite));
};

const withDatabase = (url: Secret | undefined, suite: (opened: Opened) => void): void => {
  const dataDir = mkdtempSync(join(tmpdir(), "gatehouse-data-"));
  const options: DatabaseOptions = url ? { url, dataDir } : { dataDir };
  let database: Database | undefined;
  beforeAll(async () => {
    database = await openDatabase(options);
  });
  suite({
    get database() {
      if (!database) throw new Error("only tests may ask for the database");
      return database;
    },
    options,
  });
  afterAll(async () => {
    await database?.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
};
