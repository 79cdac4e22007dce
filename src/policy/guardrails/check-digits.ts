/** Numbers that check out: payment cards by prefix and Luhn's sum, bank accounts by ISO 13616. */

import type { Matcher, Span } from "./matcher.ts";

/** Nineteen digits with a space or dash between any two, and a character on either side. */
const cardReach = 39;

/** Runs of digits with single spaces or dashes between them; cards begin and end where groups do. */
const run = /\d(?:[ -]?\d){12,}/g;

/** `brand` tells by the digits alone. */
export const cardNumber = (brand: (digits: string) => boolean): Matcher => ({
  reach: cardReach,
  find(text) {
    const spans: Span[] = [];
    for (const { index, 0: found } of text.matchAll(run)) findInRun(found, index, brand, spans);
    return spans;
  },
});

function findInRun(found: string, offset: number, brand: (digits: string) => boolean, spans: Span[]): void {
  const groups = [...found.matchAll(/\d+/g)];
  for (let first = 0; first < groups.length; first++) {
    let digits = "";
    let last = first;
    for (; last < groups.length && digits.length < 19; last++) {
      digits += groups[last]?.[0] ?? "";
      if (digits.length >= 13 && digits.length <= 19 && brand(digits) && luhn(digits)) break;
    }
    const from = groups[first];
    const to = groups[last];
    if (!from || !to || digits.length < 13 || digits.length > 19 || !brand(digits) || !luhn(digits)) continue;
    spans.push({ from: offset + from.index, to: offset + to.index + to[0].length });
    first = last;
  }
}

/** https://en.wikipedia.org/wiki/Luhn_algorithm */
function luhn(digits: string): boolean {
  let sum = 0;
  for (let at = 0; at < digits.length; at++) {
    const digit = digits.charCodeAt(digits.length - 1 - at) - 48;
    const doubled = digit * 2;
    sum += at % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** https://en.wikipedia.org/wiki/Payment_card_number#Issuer_identification_number_(IIN) */
export const brands = {
  visa: (digits: string) => /^4(?:\d{12}|\d{15}|\d{18})$/.test(digits),
  mastercard: (digits: string) =>
    /^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/.test(digits) && digits.length === 16,
  amex: (digits: string) => /^3[47]\d{13}$/.test(digits),
  discover: (digits: string) => /^6(?:011|4[4-9]|5)/.test(digits) && digits.length >= 16,
  /** Of any issuer: cards of every network begin with 2 to 6. */
  any: (digits: string) => /^(?:[3-6]|2[2-7])/.test(digits),
} as const;

/** Lengths by country: https://www.swift.com/standards/data-standards/iban-international-bank-account-number */
const ibanLengths: Readonly<Record<string, number>> = Object.fromEntries(
  "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
    .split(" ")
    .map((one) => [one.slice(0, 2), Number(one.slice(2))]),
);

/** The longest, with a space or dash after every character, and one character on either side. */
const ibanReach = 69;

export const iban: Matcher = {
  reach: ibanReach,
  find(text) {
    const spans: Span[] = [];
    for (const { index, 0: found } of text.matchAll(/(?<![A-Z0-9])[A-Z]{2}[ -]?\d[ -]?\d/gi)) {
      const to = ibanEnd(text, index, ibanLengths[found.slice(0, 2).toUpperCase()] ?? 0);
      if (to > 0) spans.push({ from: index, to });
    }
    return spans;
  },
};

/** Where the account number that begins at `from` ends; 0 when it is none. */
function ibanEnd(text: string, from: number, length: number): number {
  let letters = "";
  let at = from;
  for (; letters.length < length && at < text.length; at++) {
    const letter = text[at] ?? "";
    if (/[A-Za-z0-9]/.test(letter)) letters += letter.toUpperCase();
    else if ((letter !== " " && letter !== "-") || !/[A-Za-z0-9]/.test(text[at - 1] ?? "")) return 0;
  }
  const ends = letters.length === length && length > 0 && !/[A-Za-z0-9]/.test(text[at] ?? "");
  return ends && checksOut(letters) ? at : 0;
}

/** ISO 7064: the number with its head at its tail, letters as 10 to 35, is 1 modulo 97. */
function checksOut(letters: string): boolean {
  let rest = 0;
  for (const letter of letters.slice(4) + letters.slice(0, 4)) {
    const value = Number.parseInt(letter, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}
