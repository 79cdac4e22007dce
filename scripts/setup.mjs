/** Makes a checkout ready to run: installs what the lock file names and builds what changed. It has no dependencies and runs on Node 18. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const at = (...path) => join(root, ...path);
const windows = process.platform === "win32";

/** The runtime the lock file pins. Everything but this script runs on it. */
const pinnedNode = at("node_modules", "node", "bin", windows ? "node.exe" : "node");
const installedMark = at("node_modules", ".installed");
const builtMark = at("dist", ".built");

const say = (text) => process.stdout.write(`setup: ${text}\n`);
const fail = (text) => {
  process.stderr.write(`setup: ${text}\n`);
  release();
  process.exit(1);
};
const read = (path) => (existsSync(path) ? readFileSync(path, "utf8") : "");
const digest = (text) => createHash("sha256").update(text).digest("hex");
const changedAt = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

// One at a time: `npm start` and `npm test` in two terminals must not install over each other.
const lock = at(".setup.lock");
let held = false;
const alive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
};
const hold = () => {
  for (let waited = 0; ; waited += 1) {
    try {
      const file = openSync(lock, "wx");
      writeFileSync(file, String(process.pid));
      closeSync(file);
      held = true;
      return;
    } catch (error) {
      if (error.code !== "EEXIST") fail(`cannot write ${lock}: ${error.message}`);
    }
    const owner = Number(read(lock));
    const fresh = Date.now() - changedAt(lock) < 2000;
    if (owner > 0 ? !alive(owner) : !fresh) rmSync(lock, { force: true });
    else if (waited === 0) say("waiting for another setup of this checkout to end");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
};
const release = () => {
  if (held) rmSync(lock, { force: true });
};
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => fail("stopped"));

const run = (command, args, env = {}) => {
  const shell = windows && !command.endsWith(".exe");
  const child = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    maxBuffer: 1 << 26,
    shell,
  });
  const output = child.error ? String(child.error.message) : `${child.stdout}${child.stderr}`.trim();
  return { ok: child.status === 0, output };
};

/** Calls npm, the one that called us if there is one, on the given Node. */
const npm = (node, args) => {
  const cli = process.env.npm_execpath;
  const env = { NODE_ENV: "development" };
  if (cli && /npm-cli\.[cm]?js$/.test(cli) && existsSync(cli)) return run(node, [cli, ...args], env);
  return run("npm", args, { ...env, PATH: `${join(node, "..")}${delimiter}${process.env.PATH}` });
};

const installed = () => {
  if (!existsSync(pinnedNode)) return false;
  if (read(installedMark) === digest(read(at("package-lock.json")))) return true;
  // Somebody ran npm by hand since.
  return changedAt(at("node_modules", ".package-lock.json")) > changedAt(at("package-lock.json"));
};

const flags = [
  "--include=dev",
  "--include=optional",
  "--ignore-scripts=false",
  "--no-audit",
  "--no-fund",
  "--loglevel=error",
];

const install = () => {
  const began = Date.now();
  say("installing what package-lock.json names (npm ci); the first time takes about a minute");
  const clean = npm(process.execPath, ["ci", ...flags]);
  if (!clean.ok)
    fail(
      `npm ci failed:\n\n${clean.output}\n\nIt needs the npm registry; behind a proxy set HTTPS_PROXY, or "registry" in .npmrc.`,
    );
  if (!existsSync(pinnedNode)) {
    fail(
      `npm ci did not bring Node (${pinnedNode} is missing): its install script was kept from running. Allow the script of the package "node" and try again.`,
    );
  }
  // An old npm leaves out, in silence, optional packages that refuse the Node it runs on: the compiled parts of the test runner.
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19) || (major === 22 && minor < 12) || major === 21) {
    const rest = npm(pinnedNode, ["install", "--no-save", ...flags]);
    if (!rest.ok) fail(`npm install failed:\n\n${rest.output}`);
  }
  writeFileSync(installedMark, digest(read(at("package-lock.json"))));
  say(`installed in ${Math.round((Date.now() - began) / 1000)} s`);
};

const filesUnder = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const path = join(folder, entry.name);
        return entry.isDirectory() ? filesUnder(path) : [path];
      })
    : [];

const isBuilt = (path) => path.endsWith(".ts") && !path.endsWith(".test.ts") && !path.endsWith(".d.ts");

/** What the build depends on: changes when a source is edited, added, renamed or removed, or the compiler or its settings change. */
const fingerprint = () => {
  const settings = ["tsconfig.core.json", "tsconfig.json", "tsconfig.build.json", "package-lock.json"];
  const facts = settings.map((file) => digest(read(at(file))));
  for (const path of filesUnder(at("src")).filter(isBuilt).sort()) {
    const { mtimeMs, size } = statSync(path);
    facts.push(`${path} ${mtimeMs} ${size}`);
  }
  return digest(facts.join("\n"));
};

const build = (mark) => {
  const began = Date.now();
  const compiled = run(pinnedNode, [at("node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.build.json"]);
  if (!compiled.ok) fail(`the build failed:\n\n${compiled.output}`);
  for (const path of filesUnder(at("dist"))) {
    const source = path.replace(/\.(js|d\.ts)(\.map)?$/, ".ts").replace(at("dist"), at("src"));
    if (source.endsWith(".ts") && !existsSync(source)) rmSync(path);
  }
  mkdirSync(at("dist"), { recursive: true });
  writeFileSync(builtMark, mark);
  say(`built in ${((Date.now() - began) / 1000).toFixed(1)} s`);
};

const stale = () => {
  if (!installed()) return true;
  return !process.argv.includes("--no-build") && read(builtMark) !== fingerprint();
};

if (stale()) {
  hold();
  if (!installed()) install();
  if (!process.argv.includes("--no-build")) {
    const mark = fingerprint();
    if (read(builtMark) !== mark) build(mark);
  }
  release();
}
