/** Which vendor a model's name means in this dialect: LiteLLM calls another gateway of its kind by its own name. */

import type { SplitModel, VendorInEnvironment } from "../given.ts";
import type { Context } from "./context.ts";

/** What it is called there, and here. */
const theirs = "litellm_proxy";
const ours = "gateway";
const prefix = `${theirs}/`;

export function splitName(
  name: string,
  about: Parameters<SplitModel>[1],
  elsewhere: boolean | undefined,
  { splitModel, variables }: Pick<Context, "splitModel" | "variables">,
): ReturnType<SplitModel> {
  const named = name.startsWith(prefix) || about.provider === theirs;
  if (!named && !(elsewhere ?? variables.useGateway)) return splitModel(name, about);
  return { provider: ours, model: name.startsWith(prefix) ? name.slice(prefix.length) : name };
}

/** The same vendor, with the variables that it has there. */
export const withGateway = (vendors: readonly VendorInEnvironment[]): readonly VendorInEnvironment[] =>
  vendors.map((vendor) =>
    vendor.id === ours
      ? {
          ...vendor,
          keys: [...vendor.keys, "LITELLM_PROXY_API_KEY"],
          bases: [...(vendor.bases ?? []), "LITELLM_PROXY_API_BASE"],
        }
      : vendor,
  );
