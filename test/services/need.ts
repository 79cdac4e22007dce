/** Describes suites that need something beside the gateway: they run where it is, and are skipped by name with a reason where it is not. */
import { describe, inject, it } from "vitest";
import type { Found, ServiceName } from "./setup.ts";

/** Asks for a service and waits until it is there. A database or Redis number is the caller's alone and empty, unless REDIS_URL names a foreign one. */
export const find = async (name: ServiceName): Promise<Found> => {
  const answer = await fetch(`${inject("services")}/${name}`);
  return (await answer.json()) as Found;
};

/** A suite that needs a service; `await` it at the top of a test file. */
export const describeWith = async (name: ServiceName, title: string, suite: (at: string) => void): Promise<void> => {
  const found = await find(name);
  describe(title, () => {
    if ("at" in found) suite(found.at);
    else it(`needs ${name}`, ({ skip }) => skip(found.missing));
  });
};
