/** The thread that follows the journal, so that the database costs the requests nothing. Started by writer.ts. */

import { setTimeout as wait } from "node:timers/promises";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { Secret } from "../../canonical/secret.ts";
import { type Database, openDatabase } from "../database/open.ts";
import type { FromWorker, ToWorker, WorkerOptions } from "./messages.ts";
import { createTail, type Tail } from "./tail.ts";

const pause = 100;
const longestPause = 5000;

async function work(port: MessagePort, { folder, url, dataDir }: WorkerOptions): Promise<void> {
  const say = (message: FromWorker): void => port.postMessage(message);
  const onTrouble = (text: string): void => say({ kind: "trouble", text });
  let asked: number[] = [];
  let stopping = false;
  let wake = new AbortController();
  port.on("message", (message: ToWorker) => {
    if (message.kind === "drain") asked.push(message.id);
    else stopping = true;
    wake.abort();
  });

  let open: { readonly database: Database; readonly tail: Tail } | undefined;
  const catchUp = async (): Promise<void> => {
    if (!open) {
      const database = await openDatabase({
        dataDir,
        second: true,
        ...(url === undefined ? {} : { url: new Secret(url) }),
      });
      open = { database, tail: createTail(folder, database, onTrouble) };
    }
    await open.tail.catchUp();
  };

  let rest = pause;
  for (;;) {
    wake = new AbortController();
    const last = stopping;
    const answered = asked;
    asked = [];
    try {
      await catchUp();
      for (const id of answered) say({ kind: "drained", id });
      rest = pause;
    } catch (error) {
      asked = [...answered, ...asked];
      rest = Math.min(rest * 2, longestPause);
      onTrouble(
        `The database accepts no records at the moment; they are kept in the journal. ${error instanceof Error ? error.message : "No reason was given."}`,
      );
    }
    if (last) break;
    await wait(rest, undefined, { signal: wake.signal }).catch(() => undefined);
  }
  await open?.database.close();
  port.close();
}

if (parentPort) void work(parentPort, workerData as WorkerOptions);
