/** Azure's identity service: who has no key is known by an application's id and secret, or by the token of a workload. */

import type { Auth, EnvironmentSettings, KeyAuth } from "./provider.ts";

/** https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow */
export const entraClient = (key: KeyAuth): Auth => ({
  scheme: "client-credentials",
  id: "client_id",
  secret: "client_secret",
  assertion: "azure_federated_token_file",
  tenant: "tenant_id",
  at: {
    base: "https://login.microsoftonline.com",
    setting: "azure_authority_host",
    path: "/{tenant}/oauth2/v2.0/token",
  },
  scope: "https://cognitiveservices.azure.com/.default",
  scopeSetting: "azure_scope",
  key,
});

/** https://learn.microsoft.com/dotnet/api/azure.identity.environmentcredential */
export const entraSettings: readonly EnvironmentSettings[] = [
  {
    credential: true,
    whole: true,
    unless: ["azure_ad_token"],
    names: {
      tenant_id: ["AZURE_TENANT_ID"],
      client_id: ["AZURE_CLIENT_ID"],
      client_secret: ["AZURE_CLIENT_SECRET"],
    },
  },
  {
    credential: true,
    whole: true,
    unless: ["tenant_id", "client_id", "client_secret"],
    names: { azure_ad_token: ["AZURE_AD_TOKEN"] },
  },
  {
    credential: true,
    unless: ["azure_ad_token", "client_secret"],
    names: { azure_federated_token_file: ["AZURE_FEDERATED_TOKEN_FILE"] },
  },
  { names: { azure_scope: ["AZURE_SCOPE"], azure_authority_host: ["AZURE_AUTHORITY_HOST"] } },
];
