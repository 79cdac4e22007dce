/** What an error is called in the logs and metrics of the trade: class names that dashboards already know. */

/** By our kind of error; a kind that is not here is an APIError. */
const classes: Readonly<Record<string, string>> = {
  "invalid-request": "BadRequestError",
  "unsupported-parameter": "UnsupportedParamsError",
  unauthenticated: "AuthenticationError",
  forbidden: "PermissionDeniedError",
  "not-found": "NotFoundError",
  "method-not-allowed": "BadRequestError",
  conflict: "ConflictError",
  "too-large": "RequestTooLargeError",
  "unsupported-media": "BadRequestError",
  unprocessable: "UnprocessableEntityError",
  "context-too-long": "ContextWindowExceededError",
  "content-blocked": "ContentPolicyViolationError",
  "budget-exceeded": "BudgetExceededError",
  "rate-limited": "RateLimitError",
  "client-closed": "ClientDisconnectedError",
  timeout: "Timeout",
  overloaded: "ServiceUnavailableError",
  "bad-gateway": "BadGatewayError",
  unreachable: "APIConnectionError",
  internal: "InternalServerError",
};

export const errorClass = (kind: string): string =>
  (Object.hasOwn(classes, kind) ? classes[kind] : undefined) ?? "APIError";
