/** Kysely over a pool of PostgreSQL connections: bigints as numbers, TLS as the URL says, nothing that waits for ever. */

import { type Dialect, PostgresDialect } from "kysely";
import pg from "pg";

const patience = 10_000;
const oids = { int8: 20, numeric: 1700 };

export function openPostgres(url: string, connections: number): pg.Pool {
  const address = new URL(url);
  // libpq's meaning of sslmode, which the URL's author had in mind: "require" encrypts, "verify-full" also looks at the certificate.
  if (address.searchParams.has("sslmode") && !address.searchParams.has("uselibpqcompat"))
    address.searchParams.set("uselibpqcompat", "true");
  // PgBouncer refuses start-up parameters that it does not know.
  const pooled = address.searchParams.get("pgbouncer") === "true";
  const pool = new pg.Pool({
    connectionString: address.href,
    max: connections,
    application_name: "gatehouse",
    connectionTimeoutMillis: patience,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    query_timeout: patience * 6,
    ...(pooled ? {} : { statement_timeout: patience * 3, idle_in_transaction_session_timeout: patience * 3 }),
    types: { getTypeParser },
  });
  // A connection that dies while idle is replaced when one is needed; that error has nobody to go to.
  pool.on("error", () => undefined);
  return pool;
}

export const postgresDialect = (pool: pg.Pool): Dialect => new PostgresDialect({ pool });

/** As pg's own, but that a bigint is a number: ours are all below 2^53. */
const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: "text" | "binary") => {
  if (oid === oids.int8 || oid === oids.numeric) return Number;
  return pg.types.getTypeParser(oid, format) as (value: string) => string;
};
