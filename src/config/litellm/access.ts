/** Reads who may call, what every request must say, and how keys may be made. */

import { isIP } from "node:net";
import type { AccessConfig, Demands, NewKeys } from "../config.ts";
import type { Notices } from "../notices.ts";
import { readSection, served, type Values } from "../section.ts";
import { type Mapping, plain } from "../tree.ts";
import type { Context } from "./context.ts";
import type { generalKeys } from "./keys/general.ts";
import type { settingsKeys } from "./keys/settings.ts";

type General = Values<typeof generalKeys>;
type Settings = Values<typeof settingsKeys>;

export function readAccess(general: General, settings: Settings, { variables, notices }: Context): AccessConfig {
  const adminKey = general.master_key ?? variables.adminKey;
  const { allowed_routes: routes, allowed_ips: addresses } = general;
  return {
    ...(adminKey ? { adminKey } : {}),
    ...(general.litellm_key_header_name ? { keyHeader: general.litellm_key_header_name.toLowerCase() } : {}),
    open: general.dangerously_permit_weak_or_unset_master_key ?? variables.open ?? false,
    ...(routes ? { routes: readRoutes(routes, "allowed_routes", notices) } : {}),
    adminRoutes: readRoutes(general.admin_only_routes ?? [], "admin_only_routes", notices),
    openRoutes: readRoutes(general.public_routes ?? [], "public_routes", notices),
    ...(addresses ? { addresses: readAddresses(addresses, notices) } : {}),
    behindProxy: general.use_x_forwarded_for ?? false,
    demands: readDemands(general, notices),
    newKeys: readNewKeys(general, settings),
  };
}

/** LiteLLM's word for what needs no key anyway. */
const alwaysOpen = "LiteLLMRoutes.public_routes";

/** Paths, or names of groups. */
function readRoutes(names: readonly string[], key: string, notices: Notices): readonly string[] {
  const path = `general_settings.${key}`;
  for (const name of names)
    if (!/^(?:\/|[a-z_]+$)/.test(name) && name !== alwaysOpen)
      notices.error(undefined, path, `"${name}" is no route.`, 'Write "/v1/models", "/v1/*" or "llm_api_routes".');
    else if (/\*./.test(name))
      notices.error(undefined, path, `"${name}" has a star within.`, "A star may only stand at the end: `/v1/*`.");
  return names.filter((name) => name !== alwaysOpen);
}

function readAddresses(names: readonly string[], notices: Notices): readonly string[] {
  for (const name of names) {
    const [, address = "", bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(name) ?? [];
    const family = isIP(address);
    if (family === 0 || Number(bits ?? 0) > (family === 4 ? 32 : 128))
      notices.error(
        undefined,
        "general_settings.allowed_ips",
        `"${name}" is no address.`,
        "Write 192.0.2.7, or a range: 192.0.2.0/24.",
      );
  }
  return names;
}

const serviceKeys = {
  enforced_params: served("texts", "Fields without which a request is refused."),
} as const;

function readDemands(general: General, notices: Notices): Demands {
  const path = "general_settings.service_account_settings";
  const service = readSection(general.service_account_settings, path, serviceKeys, notices);
  return {
    endUser: general.enforce_user_param ?? false,
    fields: general.enforced_params ?? [],
    serviceFields: service.enforced_params ?? [],
    noTags: general.reject_clientside_metadata_tags ?? false,
  };
}

const readNewKeys = (general: General, settings: Settings): NewKeys => ({
  defaults: fields(settings.default_key_generate_params),
  most: fields(settings.upperbound_key_generate_params),
  needsTeam: general.default_team_disabled ?? false,
  plainAliases: settings.enable_key_alias_format_validation ?? false,
});

/** Null is as good as nothing. They are checked where keys are made, by the same rules as a request to make one. */
function fields(map: Mapping | undefined): Readonly<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const [name, { value }] of map?.entries ?? []) {
    const said = plain(value);
    if (said !== null && said !== undefined && name !== "__proto__") found[name] = said;
  }
  return found;
}
