import { styleText } from "node:util";
import type { Finding } from "./checks.js";
import type { Command } from "./command.js";

const marks = { good: "ok", advice: "note", broken: "BROKEN" } as const;
const colors = { good: "green", advice: "yellow", broken: "red" } as const;

export const doctor: Command = {
  name: "doctor",
  summary: "tell what is installed and in use, what is missing, and the command that mends it",
  flags: {},
  async run() {
    const checks = await import("./checks.js");
    const prefixes = await checks.pythonPrefixes();
    const findings = [
      checks.checkBuild(),
      checks.checkNode(),
      checks.checkTypeScript(),
      await checks.checkZeromq(),
      ...(await checks.checkEngine()),
      ...checks.checkKernelspecs(prefixes),
      ...checks.checkLabs(prefixes),
    ];
    for (const finding of findings) console.log(describeFinding(finding, process.stdout.isTTY));
    const count = findings.filter(f => f.state === "broken").length;
    console.log(
      count === 0 ? "\nEverything that gradbook needs works." : `\n${count} of these must be mended; see above.`,
    );
    return count === 0 ? 0 : 1;
  },
};

/** One finding as `doctor` prints it. */
export function describeFinding({ state, text, mend }: Finding, color: boolean): string {
  const mark = marks[state].padEnd(7);
  const shown = color ? styleText(colors[state], mark) : mark;
  return `${shown}${text}${mend ? `\n       -> ${mend}` : ""}`;
}
