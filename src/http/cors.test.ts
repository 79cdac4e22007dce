/** Who may call from a page in a browser. */
import { request } from "node:http";
import { afterEach, expect, it } from "vitest";
import { deploymentOf, type House, houseOf } from "../../test/house.ts";
import { modelRoutes } from "./models.ts";
import { createDoor, type Door } from "./server.ts";
import { createTable } from "./table.ts";

let house: House;
let door: Door;
afterEach(async () => {
  await door.drain(0.1);
  await house.close();
});

const quiet = (): undefined => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };

/** Over `node:http`: fetch sends no such headers of its own. */
async function ask(method: string, headers: Record<string, string>, open = false) {
  house = houseOf({ deployments: [deploymentOf("http://127.0.0.1:9")] });
  const { config } = house.gateway;
  const gateway = { ...house.gateway, config: { ...config, access: { ...config.access, open } } };
  door = createDoor({ table: createTable(modelRoutes), gateway: () => gateway, log, root: "", connections: 10 });
  const { port } = await door.listen("127.0.0.1", 0);
  return await new Promise<{ status: number | undefined; headers: NodeJS.Dict<string | string[]>; body: string }>(
    (resolve, reject) => {
      const asked = request({ port, host: "127.0.0.1", path: "/v1/models", method, headers }, (answer) => {
        let body = "";
        answer.on("data", (piece: Buffer) => (body += piece.toString()));
        answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, body }));
      });
      asked.on("error", reject).end();
    },
  );
}

const page = { origin: "https://app.example" };
const preflight = {
  ...page,
  "access-control-request-method": "POST",
  "access-control-request-headers": "authorization,x-mine",
};

it("a browser that asks first hears that any page may send a key", async () => {
  const { status, headers, body } = await ask("OPTIONS", preflight);
  expect([status, body, headers["content-type"]]).toEqual([200, "OK", "text/plain; charset=utf-8"]);
  expect(headers).toMatchObject({
    "access-control-allow-origin": "*",
    "access-control-allow-headers": "authorization,x-mine",
    "access-control-max-age": "600",
  });
  expect(headers["access-control-allow-methods"]).toContain("POST");
  expect(headers["access-control-allow-credentials"]).toBeUndefined();
});

it("a page may read its answer, refusals too; others are told nothing of pages", async () => {
  const told = await ask("GET", page);
  expect([told.status, told.headers["access-control-allow-origin"]]).toEqual([401, "*"]);
  await door.drain(0.1);
  expect((await ask("GET", {})).headers["access-control-allow-origin"]).toBeUndefined();
});

it("a gateway that asks for no key is closed to pages", async () => {
  const { status, headers } = await ask("OPTIONS", preflight, true);
  expect([status, headers["access-control-allow-origin"]]).toEqual([405, undefined]);
});
