#!/usr/bin/env node
import { type Command, CommandError, commandHelp, parseInvocation, UsageError } from "./cli/command.js";
import { doctor } from "./cli/doctor.js";
import { install } from "./cli/install.js";
import { kernel } from "./cli/kernel.js";
import { lab } from "./cli/lab.js";
import { ownPackage } from "./cli/package-root.js";
import { run } from "./cli/run.js";
import { suggest } from "./cli/suggest.js";
import { types } from "./cli/types.js";
import { uninstall } from "./cli/uninstall.js";

const commands: readonly Command[] = [install, uninstall, doctor, lab, run, types, kernel];

function help(): string {
  const list = commands.map(c => `  ${c.name.padEnd(10)} ${c.summary}`).join("\n");
  return `gradbook ${ownPackage().version}: deep learning in a TypeScript notebook\n\nusage: gradbook COMMAND [flags]\n\n${list}\n\n\`gradbook COMMAND --help\` tells its flags.\n`;
}

/** Runs the command line and resolves to the exit code: 0 done, 1 it failed, 2 the command line is wrong. */
async function main(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined) {
    process.stderr.write(help());
    return 2;
  }
  if (name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(help());
    return 0;
  }
  if (name === "--version" || name === "-V") {
    process.stdout.write(`gradbook ${ownPackage().version}\n`);
    return 0;
  }
  const command = commands.find(c => c.name === name);
  if (!command) {
    const names = [...commands.map(c => c.name), "--help", "--version"];
    const meant = suggest(name, names);
    const kind = name.startsWith("-") ? "flag" : "command";
    throw new UsageError(
      `unknown ${kind} ${name}${meant ? `; did you mean ${meant}?` : `; there are ${names.join(", ")}`}`,
    );
  }
  const beforeDashes = rest.includes("--") ? rest.slice(0, rest.indexOf("--")) : rest;
  if (!command.raw && beforeDashes.some(a => a === "--help" || a === "-h")) {
    process.stdout.write(commandHelp(command));
    return 0;
  }
  return command.run(parseInvocation(command, rest));
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const known = error instanceof UsageError || error instanceof CommandError;
  console.error(`gradbook: ${known ? error.message : error instanceof Error ? error.stack : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
