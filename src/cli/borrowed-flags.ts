/** Flags that stand in the start commands of other gateways, where this one takes the place of one: those that cost nothing are taken and answered for, the others are refused with what to do instead. */

import { type Command, Option } from "commander";

interface Flag {
  /** As commander wants it. */
  readonly form: string;
  readonly says: string;
}

const noWorkers = "One process serves all requests: the flag has no effect.";
const tables = "Tables are created and migrated at every start: the flag has no effect.";
const server = "There is only the built-in server: the flag has no effect.";

/** Nothing to do: what they ask for is so anyway, or there is nothing that it could be about. */
const idle: readonly Flag[] = [
  { form: "--num_workers <count>", says: noWorkers },
  { form: "--timeout_worker_healthcheck <seconds>", says: noWorkers },
  { form: "--max_requests_before_restart <count>", says: noWorkers },
  { form: "--telemetry <flag>", says: "No telemetry is ever sent: the flag has no effect." },
  { form: "--run_gunicorn", says: server },
  { form: "--run_hypercorn", says: server },
  { form: "--run_granian", says: server },
  { form: "--use_queue", says: server },
  { form: "--local", says: server },
  {
    form: "--keepalive_timeout <seconds>",
    says: "Idle connections are kept open for 75 seconds: the flag has no effect.",
  },
  {
    form: "--log_config <file>",
    says: "The log is JSON on standard error, and GATEHOUSE_LOG sets its level: the flag has no effect.",
  },
  { form: "--use_prisma_db_push", says: tables },
  { form: "--use_v2_migration_resolver", says: tables },
  { form: "--enforce_prisma_migration_check", says: tables },
];

const verbose: readonly Flag[] = ["--debug", "--detailed_debug"].map((form) => ({
  form,
  says: "The log level is debug. GATEHOUSE_LOG=debug does the same.",
}));

const tls = "TLS is not supported: put a reverse proxy in front (see docs/deployment.md), and leave the flag out.";
const inFile = "Write it into the configuration file, and leave the flag out.";
const modelInFile = "Write the model into `model_list` of the configuration file, and leave the flag out.";

/** To go on without what they ask for would be worse than not to start. */
const refused: readonly Flag[] = [
  { form: "--ssl_keyfile_path <file>", says: tls },
  { form: "--ssl_certfile_path <file>", says: tls },
  { form: "--ssl_keyfile_password <password>", says: tls },
  { form: "--ciphers <list>", says: tls },
  { form: "-m, --model <name>", says: modelInFile },
  { form: "--alias <name>", says: modelInFile },
  { form: "--api_base <url>", says: modelInFile },
  { form: "--api_version <version>", says: modelInFile },
  { form: "--headers <json>", says: modelInFile },
  { form: "--temperature <value>", says: modelInFile },
  { form: "--max_tokens <count>", says: modelInFile },
  { form: "--request_timeout <seconds>", says: inFile },
  { form: "--max_budget <dollars>", says: inFile },
  { form: "--drop_params", says: inFile },
  { form: "--add_function_to_prompt", says: inFile },
  {
    form: "--iam_token_db_auth",
    says: "Database tokens of AWS IAM are not supported: put user and password into DATABASE_URL, and leave the flag out.",
  },
  {
    form: "--skip_server_startup",
    says: "Tables are created and migrated at every start: a migration of its own is not needed, and can be left out.",
  },
];

export function addBorrowedFlags(command: Command): void {
  for (const { form } of [...idle, ...verbose, ...refused]) command.addOption(new Option(form).hideHelp());
}

export interface Borrowed {
  /** What the flags that were given do, for the log. */
  readonly remarks: readonly string[];
  readonly debug: boolean;
}

/** Throws for what cannot be done. */
export function readBorrowed(given: Readonly<Record<string, unknown>>): Borrowed {
  const isGiven = ({ form }: Flag): boolean => given[nameOf(form)] !== undefined;
  const wrong = refused.filter(isGiven);
  if (wrong.length > 0) throw new Error(wrong.map(remark).join("\n"));
  return { remarks: [...idle, ...verbose].filter(isGiven).map(remark), debug: verbose.some(isGiven) };
}

const nameOf = (form: string): string => /--(\w+)/.exec(form)?.[1] ?? "";

const remark = ({ form, says }: Flag): string => `--${nameOf(form)}: ${says}`;
