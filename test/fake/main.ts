/** Starts the fake vendor by itself: `node test/fake/main.ts --port 4010`. Prints one JSON line when it listens. */
import { parseArgs } from "node:util";
import { startFakeVendor } from "./fake-vendor.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    host: { type: "string", default: "127.0.0.1" },
    keep: { type: "string", default: "0" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) {
  console.log(
    "node test/fake/main.ts [--port N] [--host H] [--keep N]\nSteer answers with the header x-fake or the model's name: gpt-fake+tokens=64,pace=20. GET /_fake/stats tells the counters.",
  );
} else {
  const vendor = await startFakeVendor({ port: Number(values.port), host: values.host, keep: Number(values.keep) });
  console.log(JSON.stringify({ url: vendor.url, pid: process.pid }));
  const stop = (): void => void vendor.stop().then(() => process.exit(0));
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}
