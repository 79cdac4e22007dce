/** The words in which the operator's policies speak of errors ("TimeoutError" in TimeoutErrorRetries and TimeoutErrorAllowedFails), by their kind. */

import type { ErrorKind } from "../canonical/error.ts";

export const policyNames: Partial<Record<ErrorKind, string>> = {
  unauthenticated: "AuthenticationError",
  timeout: "TimeoutError",
  "rate-limited": "RateLimitError",
  "content-blocked": "ContentPolicyViolationError",
  "invalid-request": "BadRequestError",
  "not-found": "NotFoundError",
  internal: "InternalServerError",
  "bad-gateway": "BadGatewayError",
  overloaded: "ServiceUnavailableError",
  unreachable: "ServiceUnavailableError",
};
