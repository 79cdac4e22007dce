/** What the suites may rely on when they ask for a service. */
import pg from "pg";
import { expect, it } from "vitest";
import { describeWith, find } from "./need.ts";

await describeWith("postgres", "PostgreSQL for the tests", (at) => {
  it("is there, and empty", async () => {
    const client = new pg.Client({ connectionString: at });
    await client.connect();
    const { rows } = await client.query("select count(*)::int as many from pg_tables where schemaname = 'public'");
    await client.end();
    expect(rows).toEqual([{ many: 0 }]);
  });

  it("gives every suite a database of its own", async () => {
    expect(await find("postgres")).not.toEqual({ at });
  });
});

await describeWith("redis", "Redis for the tests", (at) => {
  it("has an address", () => {
    expect(new URL(at).protocol).toMatch(/^rediss?:$/);
  });
});

it("says why there is no service that nobody knows", async () => {
  expect(await find("oracle" as "redis")).toEqual({ missing: "there is no such service" });
});
