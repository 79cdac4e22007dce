/** How AWS is told who asks, and in which region: settings and environment variables that all of its services share. */

import type { Auth, EnvironmentSettings } from "./provider.ts";

/** https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html; the names that begin as the settings do are those of other gateways. */
const credentials: EnvironmentSettings = {
  credential: true,
  unless: ["aws_profile_name", "aws_web_identity_token"],
  names: {
    aws_access_key_id: ["AWS_ACCESS_KEY_ID"],
    aws_secret_access_key: ["AWS_SECRET_ACCESS_KEY"],
    aws_session_token: ["AWS_SESSION_TOKEN"],
  },
};

/** What else lends keys, where none are given. */
const lent: EnvironmentSettings = {
  credential: true,
  unless: ["aws_access_key_id", "aws_profile_name", "aws_web_identity_token"],
  names: {
    aws_profile_name: ["AWS_PROFILE_NAME", "AWS_PROFILE"],
    aws_role_arn: ["AWS_ROLE_ARN"],
    aws_web_identity_token_file: ["AWS_WEB_IDENTITY_TOKEN_FILE"],
    aws_container_credentials_relative_uri: ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"],
    aws_container_credentials_full_uri: ["AWS_CONTAINER_CREDENTIALS_FULL_URI"],
    aws_container_authorization_token: ["AWS_CONTAINER_AUTHORIZATION_TOKEN"],
    aws_container_authorization_token_file: ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"],
  },
};

const role: EnvironmentSettings = {
  credential: true,
  unless: ["aws_access_key_id", "aws_profile_name"],
  names: {
    aws_role_name: ["AWS_ROLE_NAME"],
    aws_web_identity_token: ["AWS_WEB_IDENTITY_TOKEN"],
    aws_external_id: ["AWS_EXTERNAL_ID"],
  },
};

const places: EnvironmentSettings = {
  names: {
    aws_session_name: ["AWS_SESSION_NAME", "AWS_ROLE_SESSION_NAME"],
    aws_sts_endpoint: ["AWS_STS_ENDPOINT", "AWS_ENDPOINT_URL_STS"],
    aws_credentials_file: ["AWS_SHARED_CREDENTIALS_FILE"],
    aws_config_file: ["AWS_CONFIG_FILE"],
    aws_ec2_metadata_disabled: ["AWS_EC2_METADATA_DISABLED"],
    aws_ec2_metadata_service_endpoint: ["AWS_EC2_METADATA_SERVICE_ENDPOINT"],
  },
};

/** The region in a setting, from variables of the service's own before the usual ones. */
export const awsSettings = (
  region: string,
  usual: string,
  names: readonly string[] = [],
): readonly EnvironmentSettings[] => [
  credentials,
  lent,
  role,
  places,
  {
    names: { [region]: [...names, "AWS_REGION_NAME", "AWS_REGION", "AWS_DEFAULT_REGION"] },
    like: region === "aws_region_name" ? { aws_region_name: "region_name" } : { [region]: "aws_region_name" },
    usual: { [region]: usual },
  },
];

export const awsSigned = (service: string, region: string, orKey = false): Auth => ({
  scheme: "aws-sigv4",
  service,
  region,
  orKey,
});
