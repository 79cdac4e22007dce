/** Admin keys that everybody knows or anybody can guess. */

/** Why the key is weak; undefined when it is not. */
export function weakKey(key: string): string | undefined {
  if (key.trim() === "") return "it is empty";
  const word = key.toLowerCase().replace(/^sk-/, "");
  if (wellKnown.has(word)) return "it stands in every tutorial";
  if (word.length < 12) return "it is too short";
  if (new Set(word).size < 5) return "it repeats itself";
  return undefined;
}

const wellKnown: ReadonlySet<string> = new Set([
  "1234",
  "12345",
  "123456",
  "12345678",
  "1234567890",
  "admin",
  "change-me",
  "changeme",
  "gatehouse",
  "key",
  "master",
  "master-key",
  "my-master-key",
  "password",
  "secret",
  "test",
  "your-master-key",
]);
