/** An entry of `guardrails`, and the keys of `callback_settings`. */

import { type Keys, moot, served, unserved } from "../../section.ts";

export const guardrailKeys = {
  guardrail_name: served("text", "The name that requests and keys use."),
  litellm_params: served("map", "What it checks, and when."),
  guardrail_info: moot("A description, for people."),
  guardrail_id: moot("A name in a database."),
} as const satisfies Keys;

/** Everything else in it is an option of the guardrail. */
export const guardrailParamKeys = {
  guardrail: served("text", "What kind of guardrail it is: `litellm_content_filter`."),
  mode: served("any", "When it runs: `pre_call`, `post_call`, `during_call`, or a list of them."),
  default_on: served("flag", "It runs on every request (true), or on those that ask for it (false, the default)."),
  unreachable_fallback: served("text", "When the guardrail itself fails: `fail_closed` (default) or `fail_open`."),
  fail_on_error: served(
    "flag",
    "When the guardrail itself fails the request is refused (true, the default) or passes.",
  ),
  guardrail_timeout: served("seconds", "Seconds that it may take; default 10."),
  skip_system_message_in_guardrail: served("flag", "It does not look at system and developer texts."),
  mask_request_content: moot("What the guardrail's own actions say is done."),
  mask_response_content: moot("What the guardrail's own actions say is done."),
  order: unserved("an order of guardrails.", "They run as they stand in the file."),
  weight: unserved("load shared by guardrails of one name.", "Give each a name of its own."),
} as const satisfies Keys;

export const callbackKeys = {
  callback_type: served("text", "`generic_api`, for a callback of any other name."),
  endpoint: served("text", "Where records are sent to."),
  headers: served("map", "Headers to send with them."),
  event_types: served("texts", "`llm_api_success`, `llm_api_failure`; default both."),
  log_format: served("text", "`json_array` (default), `ndjson` or `single`."),
  batch_size: served("count", "Records in one delivery."),
  flush_interval: served("seconds", "The longest wait for a delivery."),
  path: served("text", "Of the callback `file`: where records are written, in the data directory or absolute."),
  exporter: served("text", "Of the callback `otel`: `otlp_http`."),
  message_logging: moot("No record holds prompts and answers."),
  turn_off_message_logging: moot("No record holds prompts and answers."),
} as const satisfies Keys;
