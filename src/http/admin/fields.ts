/** The kinds of fields that the administration reads: bounded, never negative, without NUL, and as lenient about numbers in texts as clients expect. */

import { z } from "zod";
import { missing } from "./validation.ts";

const mostText = 1024;
const mostItems = 1000;
const mostJson = 64 * 1024;
/** US$; numbers of nano-dollars are exact up to here. */
const mostMoney = 9_000_000;
const mostCount = 1e12;

export const text = z
  .string({ error: ({ input }) => (input === undefined ? missing : "Input should be a valid string") })
  .max(mostText)
  .refine((value) => !value.includes("\0"), "Input should hold no NUL character");

/** A name; the empty one means none. */
export const name = text.max(256);

/** "10" is 10; "NaN", "Infinity" and "" are nothing. */
const fromText = (value: unknown): unknown =>
  typeof value === "string" && /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(value) ? Number(value) : value;
const truthFromText = (value: unknown): unknown => {
  if (value === "true" || value === "True" || value === "1") return true;
  return value === "false" || value === "False" || value === "0" ? false : value;
};

export const money = z.preprocess(fromText, z.number().min(0).max(mostMoney));
export const count = z.preprocess(fromText, z.int().min(0).max(mostCount));
export const truth = z.preprocess(truthFromText, z.boolean());
export const between = (least: number, most: number) => z.preprocess(fromText, z.int().min(least).max(most));

export const names = z.array(name).max(mostItems);

const isSmall = (value: unknown): boolean => JSON.stringify(value).length <= mostJson;
const tooLarge = `Input should be at most ${mostJson} characters of JSON`;
export const record = z.record(z.string(), z.unknown()).refine(isSmall, tooLarge);
export const list = z.array(z.unknown()).max(mostItems).refine(isSmall, tooLarge);
export const nameByName = z
  .record(name, name)
  .refine((value) => Object.keys(value).length <= mostItems, `Input should have at most ${mostItems} entries`);

export const nano = (dollars: number): number => Math.round(dollars * 1e9);
export const dollars = (nanoDollars: number): number => nanoDollars / 1e9;
