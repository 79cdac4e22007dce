/** The floor: the least a JSON proxy can do. node:http and undici's dispatch: parse the body, change the model, forward, parse the answer. */
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { Pool } from "undici";
import { upstreamModels } from "./models.mjs";

const { values } = parseArgs({ options: { port: { type: "string" }, vendor: { type: "string" } } });
const pool = new Pool(values.vendor, { connections: 1024, pipelining: 1 });

createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const body = JSON.parse(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
    body.model = upstreamModels[body.model] ?? body.model;
    const answer = new Relay(response);
    response.on("close", () => {
      if (!response.writableFinished) answer.leave();
    });
    pool.dispatch(
      {
        path: request.url,
        method: "POST",
        headers: { "content-type": "application/json", authorization: "Bearer fake-vendor-key" },
        body: JSON.stringify(body),
      },
      answer,
    );
  });
}).listen(Number(values.port), "127.0.0.1");

/** Passes a stream on as it comes; reads a whole answer before it goes out. */
class Relay {
  constructor(response) {
    this.response = response;
    this.chunks = [];
  }
  onRequestStart(controller) {
    this.controller = controller;
  }
  onResponseStart(_, status, headers) {
    this.status = status;
    this.streams = String(headers["content-type"]).startsWith("text/event-stream");
    if (this.streams) this.response.writeHead(status, { "content-type": headers["content-type"] });
  }
  onResponseData(_, chunk) {
    if (this.streams) this.response.write(chunk);
    else this.chunks.push(chunk);
  }
  onResponseEnd() {
    if (this.streams) return this.response.end();
    const bytes = this.chunks.length === 1 ? this.chunks[0] : Buffer.concat(this.chunks);
    JSON.parse(bytes);
    this.response.writeHead(this.status, ["content-type", "application/json", "content-length", String(bytes.length)]);
    this.response.end(bytes);
  }
  onResponseError() {
    if (this.response.headersSent) this.response.destroy();
    else this.response.writeHead(502).end();
  }
  leave() {
    this.controller?.abort(new Error("the client left"));
  }
}
