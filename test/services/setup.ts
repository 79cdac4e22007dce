/** Starts what a suite needs beside the gateway, when the first suite asks for it, and stops all of it at the end. */
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestProject } from "vitest/node";
import { findChromium } from "./chromium.ts";
import { createPostgres } from "./postgres.ts";
import { createRedis } from "./redis.ts";

/** What a suite gets: where the thing is, or why there is none. */
export type Found = { readonly at: string } | { readonly missing: string };

/** Something that suites need. `give` may be called often; each call yields a place of its own where that is possible. */
export interface Service {
  give(): Promise<Found>;
  stop(): Promise<void>;
}

export type ServiceName = "postgres" | "redis" | "chromium";

declare module "vitest" {
  export interface ProvidedContext {
    /** Where the workers ask for services. */
    services: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const services: Readonly<Record<ServiceName, Service>> = {
    postgres: createPostgres(process.env.DATABASE_URL),
    redis: createRedis(process.env.REDIS_URL),
    chromium: { give: () => Promise.resolve(findChromium()), stop: () => Promise.resolve() },
  };
  const secret = randomBytes(12).toString("hex");
  const broker = createServer((request, response) => {
    const [, given, name] = (request.url ?? "").split("/");
    const service = given === secret ? services[name as ServiceName] : undefined;
    const found = service?.give() ?? Promise.resolve({ missing: "there is no such service" });
    found
      .catch((error: unknown) => ({ missing: String(error) }))
      .then((answer) => response.end(JSON.stringify(answer)))
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve, reject) => {
    broker.once("error", reject);
    broker.listen(0, "127.0.0.1", resolve);
  });
  broker.unref();
  project.provide("services", `http://127.0.0.1:${(broker.address() as AddressInfo).port}/${secret}`);

  return async () => {
    broker.close();
    broker.closeAllConnections();
    await Promise.all(Object.values(services).map((service) => service.stop()));
  };
}
