/** Kysely over node:sqlite: one connection, prepared statements kept, every transaction a writer from its first word. */

import { chmodSync, closeSync, openSync } from "node:fs";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";

const patience = 5000;
const mostStatements = 200;

/**
 * WAL, so that readers and the writer do not wait for each other. synchronous=NORMAL: whatever was committed survives the death of the
 * process (it is in the kernel's hands) and no file is ever corrupted; only a power cut may take the last moments, and an fsync on every
 * commit would cost each batch of the log, and the event loop at each change of a key, several milliseconds.
 */
export function openSqlite(path: string): DatabaseSync {
  // SQLite gives its -wal and -shm files the rights of the main file.
  closeSync(openSync(path, "a", 0o600));
  chmodSync(path, 0o600);
  const database = new DatabaseSync(path, { timeout: patience, enableForeignKeyConstraints: true });
  // Larger pages and rarer checkpoints than usual: the log is written far more often than it is read.
  database.exec("pragma page_size = 8192; pragma wal_autocheckpoint = 2000; pragma cache_size = -8000");
  database.exec(
    "pragma journal_mode = wal; pragma synchronous = normal; pragma temp_store = memory; pragma trusted_schema = off",
  );
  return database;
}

export function sqliteDialect(database: DatabaseSync): Dialect {
  return {
    createAdapter: () => new Adapter(),
    createDriver: () => createDriver(database),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

/** A migration is one transaction here too: SQLite can undo changes of tables. */
class Adapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

function createDriver(database: DatabaseSync): Driver {
  const connection = createConnection(database);
  const execute = async (text: string): Promise<void> => {
    await connection.executeQuery(CompiledQuery.raw(text));
  };
  return {
    init: () => Promise.resolve(),
    acquireConnection: () => Promise.resolve(connection),
    // "immediate": a reader that becomes a writer in the middle would fail at once instead of waiting for its turn.
    beginTransaction: () => execute("begin immediate"),
    commitTransaction: () => execute("commit"),
    rollbackTransaction: () => execute("rollback"),
    releaseConnection: () => Promise.resolve(),
    destroy: async () => {
      if (database.isOpen) database.close();
    },
  };
}

interface Prepared {
  readonly statement: StatementSync;
  readonly reads: boolean;
}

function createConnection(database: DatabaseSync): DatabaseConnection {
  const statements = new Map<string, Prepared>();
  const prepare = (text: string): Prepared => {
    const known = statements.get(text);
    if (known) return known;
    const statement = database.prepare(text);
    const prepared = { statement, reads: statement.columns().length > 0 };
    if (statements.size >= mostStatements) statements.delete(statements.keys().next().value ?? "");
    statements.set(text, prepared);
    return prepared;
  };
  return {
    executeQuery: async <R>(query: CompiledQuery): Promise<QueryResult<R>> => {
      const { statement, reads } = prepare(query.sql);
      const values = query.parameters as readonly SQLInputValue[];
      if (reads) return { rows: statement.all(...values) as R[] };
      const { changes } = statement.run(...values);
      return { numAffectedRows: BigInt(changes), rows: [] };
    },
    async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
      const values = query.parameters as readonly SQLInputValue[];
      // Not from the cache: a cursor keeps its statement busy.
      for (const row of database.prepare(query.sql).iterate(...values)) yield { rows: [row as R] };
    },
  };
}
