/** The gate: what is not the public internet is reached only where the operator says so. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { GatewayError } from "../canonical/error.ts";
import { checkUrl, publicAddresses } from "./egress.ts";
import { createWire } from "./send.ts";

const isPublic = publicAddresses();

it.each([
  "127.0.0.1",
  "10.1.2.3",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "169.254.169.254",
  "100.64.0.1",
  "0.0.0.0",
  "224.0.0.1",
  "255.255.255.255",
  "198.18.0.1",
  "::",
  "::1",
  "fe80::1",
  "fd00::1",
  "fc00::1",
  "ff02::1",
  "::ffff:127.0.0.1",
  "::ffff:10.0.0.1",
  "::ffff:7f00:1",
  "64:ff9b::a00:1",
  "2002:7f00:1::",
  "64:ff9b:1::7f00:1",
  "::127.0.0.1",
  "::ffff:0:127.0.0.1",
  "fec0::1",
  "fe80::1%lo",
  "2001:db8::1",
  "not an address",
  "",
])("%s is not public", (address) => expect(isPublic(address)).toBe(false));

it.each(["1.1.1.1", "8.8.8.8", "172.15.0.1", "172.32.0.1", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8"])(
  "%s is public",
  (address) => expect(isPublic(address)).toBe(true),
);

it("no IPv4 address of a private network passes, however it is dressed as IPv6", () => {
  const byte = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(fc.constantFrom("10", "127", "169.254", "192.168"), byte, byte, byte, (head, a, b, c) => {
      const address = [...head.split("."), a, b, c].slice(0, 4).join(".");
      expect(isPublic(address)).toBe(false);
      expect(isPublic(`::ffff:${address}`)).toBe(false);
    }),
  );
});

it.each(["file:///etc/passwd", "ftp://example.com/", "gopher://example.com/", "data:text/plain,x"])(
  "%s is no address to call, not even for the operator",
  (url) => expect(() => checkUrl(new URL(url), "configured", isPublic)).toThrow(GatewayError),
);

it.each([
  "http://127.0.0.1:80/",
  "http://[::1]/",
  "http://2130706433/",
  "http://0x7f.1/",
  "http://user:pass@example.com/",
])("a public call to %s is refused before anything is opened", (url) =>
  expect(() => checkUrl(new URL(url), "public", isPublic)).toThrow(GatewayError),
);

let port = 0;
let asked = 0;
const server = createServer((_, response) => {
  asked++;
  response.writeHead(302, { location: "http://127.0.0.1:1/elsewhere" }).end();
});
beforeAll(
  () =>
    new Promise<void>((resolve) =>
      server.listen(0, "127.0.0.1", () => {
        port = (server.address() as AddressInfo).port;
        resolve();
      }),
    ),
);
afterAll(() => new Promise((resolve) => server.close(resolve)));

const options = { headTimeout: 2000, idleTimeout: 2000, maxBytes: 1000 } as const;

it("a name that means a private address is refused when it is looked up, and nothing is sent", async () => {
  const wire = createWire();
  const sent = wire.send(
    { method: "GET", url: `http://localhost:${port}/`, headers: {} },
    { ...options, egress: "public" },
  );
  await expect(sent).rejects.toMatchObject({ message: expect.stringContaining("not a public address") });
  expect(asked).toBe(0);
  await wire.close();
});

it("a redirect is an answer, and is not followed", async () => {
  const wire = createWire();
  const answer = await wire.send(
    { method: "GET", url: `http://127.0.0.1:${port}/`, headers: {} },
    { ...options, egress: "configured" },
  );
  expect(answer.status).toBe(302);
  await answer.bytes();
  expect(asked).toBe(1);
  await wire.close();
});

it("a closed port is told as unreachable, without the address", async () => {
  const wire = createWire();
  const sent = wire.send(
    { method: "GET", url: "http://127.0.0.1:1/", headers: {} },
    { ...options, egress: "configured" },
  );
  await expect(sent).rejects.toMatchObject({
    kind: "unreachable",
    source: "upstream",
    message: expect.not.stringContaining("127.0.0.1"),
  });
  await wire.close();
});
