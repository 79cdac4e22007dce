/** Which calls go through the operator's proxy, however its variables are written. */
import { expect, it } from "vitest";
import { proxiesIn } from "./proxy.ts";

const noProxy = "Example.COM, .foo.com,10.0.0.0/8 bar.com:8080,*.x.y,[::1],fd00::/8";
const proxied = async (url: string, env: Record<string, string> = {}) =>
  (await proxiesIn({ HTTP_PROXY: "http://127.0.0.1:9", HTTPS_PROXY: "127.0.0.1:9", NO_PROXY: noProxy, ...env }))?.(
    new URL(url),
  ) !== undefined;

it.each([
  "http://vendor.test/",
  "https://vendor.test/",
  "http://notexample.com/",
  "http://bar.com/",
  "http://11.0.0.1/",
  "http://[fc00::1]/",
])("%s goes through it", async (url) => expect(await proxied(url)).toBe(true));

it.each([
  "http://example.com/",
  "http://sub.example.com/",
  "http://a.foo.com/",
  "http://foo.com/",
  "http://bar.com:8080/",
  "http://a.b.x.y/",
  "http://10.1.2.3/",
  "http://[fd00::1]/",
  "http://localhost:11434/",
  "http://169.254.169.254/latest/",
])("%s does not", async (url) => expect(await proxied(url)).toBe(false));

it("nothing does where none is named, or all are exempt", async () => {
  expect(await proxiesIn({ HTTPS_PROXY: " " })).toBeUndefined();
  expect(await proxied("http://vendor.test/", { NO_PROXY: "*" })).toBe(false);
});

it.each(["http://", "socks5://x:1", "a b"])("a proxy at %j is told at the start", async (address) =>
  expect(proxiesIn({ HTTPS_PROXY: address })).rejects.toThrow("HTTPS_PROXY must be"),
);

it("a password in it is not repeated", async () =>
  expect(proxiesIn({ HTTPS_PROXY: "http://u:hush@:x" })).rejects.toThrow(/^(?!.*hush)/));
