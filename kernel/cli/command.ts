import { parseArgs } from "node:util";
import { suggest } from "./suggest.js";

/** The user wrote something that we do not have: exit code 2, one message, no stack. */
export class UsageError extends Error {}

/** The work cannot be done as things are: exit code 1, one message that says what to do, no stack. */
export class CommandError extends Error {}

export interface Flag {
  /** The name of the value in the help; without it the flag is a switch. */
  value?: string;
  short?: string;
  help: string;
}

export interface Command {
  name: string;
  /** One line for the list of commands. */
  summary: string;
  /** After the name: `NOTEBOOK.ipynb`. */
  operands?: string;
  /** How many operands there may be: none by default. */
  count?: { least: number; most: number };
  flags: Record<string, Flag>;
  /** Passes everything on instead of parsing it. */
  raw?: boolean;
  /** Loads and runs it. Resolves to the exit code. */
  run(invocation: Invocation): Promise<number>;
}

export interface Invocation {
  flags: Record<string, string | boolean | undefined>;
  operands: string[];
}

/**
 * Reads what stands after the command's name.
 *
 * @throws UsageError for an unknown flag (with the one that was probably meant), a missing value, too few or many operands
 */
export function parseInvocation(command: Command, args: string[]): Invocation {
  if (command.raw) return { flags: {}, operands: args };
  const options = Object.fromEntries(
    Object.entries(command.flags).map(([name, { value, short }]) => [
      name,
      { type: value ? ("string" as const) : ("boolean" as const), ...(short ? { short } : {}) },
    ]),
  );
  const { tokens } = parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true });
  const invocation: Invocation = { flags: {}, operands: [] };
  for (const token of tokens) {
    if (token.kind === "positional") invocation.operands.push(token.value);
    if (token.kind !== "option") continue;
    const flag = command.flags[token.name];
    if (!flag) throw unknownFlag(command, token.rawName);
    if (flag.value && (token.value === undefined || (!token.inlineValue && token.value.startsWith("-")))) {
      throw new UsageError(`${token.rawName} needs a value: ${token.rawName} ${flag.value}`);
    }
    if (!flag.value && token.value !== undefined) throw new UsageError(`${token.rawName} takes no value`);
    invocation.flags[token.name] = flag.value ? token.value : true;
  }
  const { least, most } = command.count ?? { least: 0, most: 0 };
  const given = invocation.operands.length;
  if (given < least) throw new UsageError(`gradbook ${command.name}: ${command.operands} is missing`);
  if (given > most) throw new UsageError(`gradbook ${command.name}: unexpected ${invocation.operands[most]}`);
  return invocation;
}

function unknownFlag(command: Command, written: string): UsageError {
  const names = [...Object.keys(command.flags).map(n => `--${n}`), "--help"];
  const meant = suggest(written, names);
  return new UsageError(`gradbook ${command.name}: unknown flag ${written}${meant ? `; did you mean ${meant}?` : ""}`);
}

/** The help of one command. */
export function commandHelp(command: Command): string {
  const flags = Object.entries(command.flags).map(([name, { value, short, help }]) => [
    `${short ? `-${short}, ` : ""}--${name}${value ? ` ${value}` : ""}`,
    help,
  ]);
  flags.push(["-h, --help", "this text"]);
  const width = Math.max(...flags.map(([name]) => name!.length));
  const usage = [`gradbook ${command.name}`, command.operands, command.raw ? "[flags]" : "[flags]"]
    .filter(Boolean)
    .join(" ");
  return `${command.summary}\n\nusage: ${usage}\n\n${flags.map(([n, h]) => `  ${n!.padEnd(width)}  ${h}`).join("\n")}\n`;
}
