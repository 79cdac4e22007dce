/** The patterns that can be named in a configuration. Each is bounded in length and takes linear time; each says how far it reaches. */

import { brands, cardNumber, iban } from "./check-digits.ts";
import { anyOf, byPattern, type Matcher } from "./matcher.ts";

const octet = "(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)";
const quad = "[0-9a-f]{1,4}";

const ipv4 = byPattern(new RegExp(`(?<![\\d.])(?:${octet}\\.){3}${octet}(?!\\d|\\.\\d)`, "g"), 18, ".");
const ipv6 = byPattern(
  new RegExp(
    `(?<![0-9a-z:])(?:(?:${quad}:){7}${quad}|(?:${quad}:){1,7}:(?:${quad}(?::${quad}){0,5})?|::${quad}(?::${quad}){0,6})(?![0-9a-z:])`,
    "gi",
  ),
  48,
  ":",
);

const usPhone = byPattern(/(?<![\w-])(?:\+?1[-. ]?)?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\w-])/g, 24);
/** E.164 with its plus: at most 15 digits. */
const worldPhone = byPattern(/\+(?:[-. ]?\(?\d\)?){8,15}(?!\d)/g, 64, "+");

const openaiKey = byPattern(/(?<![A-Za-z0-9])sk-(?!ant-)[A-Za-z0-9_-]{20,220}/g, 226, "sk-");
const anthropicKey = byPattern(/(?<![A-Za-z0-9])sk-ant-[A-Za-z0-9_-]{20,220}/g, 230, "sk-ant-");
const awsAccessKey = byPattern(
  /(?<![A-Za-z0-9])(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA|ANVA|AIPA)[A-Z0-9]{16}(?![A-Za-z0-9])/g,
  22,
);
const awsSecretKey = byPattern(
  /aws[a-z_ -]{0,20}(?:secret|key)[a-z_ -]{0,20}["']?\s{0,4}[:=]\s{0,4}["']?[A-Za-z0-9/+=]{40}(?![A-Za-z0-9/+=])/gi,
  110,
);
const githubToken = byPattern(
  /(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})/g,
  270,
  "gh",
);
const slackToken = byPattern(/(?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{10,250}/g, 260, "xox");
const googleKey = byPattern(/(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{35}/g, 42, "AIza");
const stripeKey = byPattern(/(?<![A-Za-z0-9])[sr]k_(?:live|test)_[A-Za-z0-9]{16,250}/g, 262, "k_");
const privateKey = byPattern(
  /-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY-----[A-Za-z0-9+/=\s\\]{0,4000}(?:-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY-----)?/g,
  4200,
  "PRIVATE KEY",
);

const apiKey = anyOf([
  openaiKey,
  anthropicKey,
  awsAccessKey,
  awsSecretKey,
  githubToken,
  slackToken,
  googleKey,
  stripeKey,
]);

/** By the names that configurations use. */
export const patterns: ReadonlyMap<string, Matcher> = new Map(
  Object.entries({
    email: byPattern(/[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,189}\.[A-Za-z]{2,24}/g, 282, "@"),
    us_ssn: byPattern(/(?<!\d)(?!000|666|9\d\d)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?!\d)/g, 13),
    us_ssn_no_dash: byPattern(/(?<!\d)(?!000|666|9\d\d)\d{3}(?!00)\d{2}(?!0000)\d{4}(?!\d)/g, 11),
    credit_card: cardNumber(brands.any),
    visa: cardNumber(brands.visa),
    mastercard: cardNumber(brands.mastercard),
    amex: cardNumber(brands.amex),
    discover: cardNumber(brands.discover),
    phone: anyOf([usPhone, worldPhone]),
    us_phone: usPhone,
    ip: anyOf([ipv4, ipv6]),
    ip_address: anyOf([ipv4, ipv6]),
    ipv4,
    ipv6,
    iban,
    api_key: apiKey,
    generic_api_key: apiKey,
    openai_api_key: openaiKey,
    anthropic_api_key: anthropicKey,
    aws_access_key: awsAccessKey,
    aws_secret_key: awsSecretKey,
    github_token: githubToken,
    slack_token: slackToken,
    google_api_key: googleKey,
    stripe_key: stripeKey,
    private_key: privateKey,
  }),
);
