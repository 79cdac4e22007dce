/** What is known of deployments, kept while the configuration is read anew: one that stays as it was keeps its rest, and its calls go on being counted. */

import { hash } from "node:crypto";
import { Secret } from "../canonical/secret.ts";
import type { DeploymentConfig } from "../config/config.ts";
import { type Health, unknownHealth } from "./deployment.ts";

export interface HealthBook {
  /** From now on these are the deployments. What is found for one that was there before, just so, is what was known of it. */
  open(deployments: readonly DeploymentConfig[]): HealthOf;
}

type HealthOf = (deployment: DeploymentConfig) => Health;

/** Of those that patterns stand for, as many as are kept at hand; clients choose their names. */
const mostFound = 2_000;

export function createHealthBook(): HealthBook {
  let known: ReadonlyMap<string, Health> = new Map();
  const found = new Map<string, Health>();

  const findOf = (name: string): Health => {
    const health = found.get(name) ?? unknownHealth();
    if (!found.has(name) && found.size >= mostFound) {
      const [oldest] = found.keys();
      if (oldest !== undefined) found.delete(oldest);
    }
    found.set(name, health);
    return health;
  };

  return {
    open(deployments) {
      const listed = new Map<string, Health>();
      for (const name of deployments.map(nameOf)) listed.set(name, known.get(name) ?? unknownHealth());
      known = listed;
      return (deployment) => {
        const name = nameOf(deployment);
        return listed.get(name) ?? findOf(name);
      };
    },
  };
}

/** Equal for deployments that are set up alike, secrets included, which nobody can read in it. */
function nameOf(config: DeploymentConfig): string {
  const text = JSON.stringify(config, function (this: Record<string, unknown>, key: string, value: unknown) {
    // A secret has already made itself unreadable in `value`.
    const held = this[key];
    return held instanceof Secret ? held.reveal() : value;
  });
  return hash("sha256", text, "base64");
}
