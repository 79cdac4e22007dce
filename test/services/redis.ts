/** Redis for the tests: REDIS_URL, else a redis-server or valkey-server of this machine. Every suite gets an empty numbered database of it. */
import { connect } from "node:net";
import { join } from "node:path";
import { folderWith, freePort, places, startChild, until } from "./child.ts";
import type { Service } from "./setup.ts";

interface Server {
  readonly port: number;
  stop(): Promise<void>;
}

const databases = 4096;

export const createRedis = (given: string | undefined): Service => {
  let server: Promise<Server> | undefined;
  let made = 0;
  return {
    give: async () => {
      if (given) return { at: given };
      const binary = findBinary();
      if (binary === undefined) return { missing: "no REDIS_URL and no redis-server on the PATH" };
      server ??= start(binary);
      const { port } = await server;
      made += 1;
      return { at: `redis://127.0.0.1:${port}/${made % databases}` };
    },
    stop: async () => {
      const running = await server?.catch(() => undefined);
      await running?.stop();
    },
  };
};

const findBinary = (): string | undefined => {
  for (const name of ["redis-server", "valkey-server"]) {
    const folder = folderWith([name], places(["/usr/bin", "/usr/sbin", "/usr/local/bin"]));
    if (folder !== undefined) return join(folder, name);
  }
  return undefined;
};

const start = async (binary: string): Promise<Server> => {
  const port = await freePort();
  const options = { port, bind: "127.0.0.1", save: "", appendonly: "no", databases, dir: "/tmp" };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = startChild(binary, args, { stopSignal: "TERM" });
  await until(child, () => ping(port)).catch(async (error: unknown) => {
    await child.stop();
    throw error;
  });
  return { port, stop: child.stop };
};

const ping = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    socket.setTimeout(1000, () => socket.destroy(new Error("no answer")));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed")));
    socket.once("data", (answer) => {
      if (String(answer).startsWith("+PONG")) resolve();
      socket.destroy();
    });
  });
