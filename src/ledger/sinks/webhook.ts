/** Records as JSON to an address of the operator's choice: as a list, line by line, or each by itself. */

import { z } from "zod";
import { payloadOf } from "./payload.ts";
import { batchSize, define, flushInterval, headers, httpUrl, revealed } from "./sink.ts";

const types = { "json-array": "application/json", ndjson: "application/x-ndjson", single: "application/json" } as const;

export const webhook = define({
  id: "webhook",
  options: z.object({
    endpoint: httpUrl,
    headers,
    format: z.enum(["json-array", "ndjson", "single"]).default("json-array"),
    batchSize: batchSize(100),
    flushInterval: flushInterval(5),
  }),
  create: ({ endpoint, headers: given, format, ...options }, { fieldPrefix, version }) => {
    const sent = { "content-type": types[format], "user-agent": `gatehouse/${version}`, ...revealed(given) };
    const body = bodies[format];
    return {
      batch: {
        records: format === "single" ? 1 : options.batchSize,
        seconds: options.flushInterval,
        // Records that travel alone would wait for each other's answers.
        parallel: format === "single" ? 16 : 4,
      },
      encode: (record) => JSON.stringify(payloadOf(record, fieldPrefix)),
      target: {
        kind: "http",
        draft: (texts) => ({ method: "POST", url: endpoint, headers: sent, body: body(texts) }),
      },
    };
  },
});

const bodies: Readonly<Record<keyof typeof types, (texts: readonly string[]) => string>> = {
  "json-array": (texts) => `[${texts.join(",")}]`,
  ndjson: (texts) => `${texts.join("\n")}\n`,
  single: (texts) => texts.join(""),
};
