import { describe, expect, test } from "vitest";
import { type Command, commandHelp, parseInvocation, UsageError } from "../../../kernel/cli/command.js";
import { suggest } from "../../../kernel/cli/suggest.js";

const command: Command = {
  name: "run",
  summary: "executes",
  operands: "NOTEBOOK.ipynb",
  count: { least: 1, most: 1 },
  flags: {
    output: { value: "OUT", short: "o", help: "where to" },
    timeout: { value: "S", help: "how long" },
    quiet: { help: "says less" },
  },
  run: async () => 0,
};

describe("parseInvocation", () => {
  test("reads flags in every spelling, before and after operands", () => {
    for (const args of [
      ["a.ipynb", "-o", "b", "--quiet"],
      ["--quiet", "--output=b", "a.ipynb"],
      ["-ob", "--quiet", "--", "a.ipynb"],
    ]) {
      expect(parseInvocation(command, args)).toEqual({ flags: { output: "b", quiet: true }, operands: ["a.ipynb"] });
    }
  });

  test("takes everything after -- as operands", () => {
    expect(parseInvocation(command, ["--", "--odd.ipynb"]).operands).toEqual(["--odd.ipynb"]);
  });

  test.each([
    [["a", "--outptu", "b"], "unknown flag --outptu; did you mean --output?"],
    [["a", "-x"], "unknown flag -x"],
    [["a", "--output"], "--output needs a value: --output OUT"],
    [["a", "--output", "--quiet"], "--output needs a value"],
    [["a", "--quiet=yes"], "--quiet takes no value"],
    [[], "NOTEBOOK.ipynb is missing"],
    [["a", "b"], "unexpected b"],
  ])("refuses %j", (args, why) => {
    expect(() => parseInvocation(command, args)).toThrow(UsageError);
    expect(() => parseInvocation(command, args)).toThrow(why);
  });
});

test("the help names every flag", () => {
  const help = commandHelp(command);
  for (const part of ["-o, --output OUT", "--timeout S", "--quiet", "usage: gradbook run NOTEBOOK.ipynb [flags]"]) {
    expect(help).toContain(part);
  }
});

test("suggest finds typing errors and keeps silent about what is far", () => {
  const names = ["install", "uninstall", "doctor", "run"];
  expect(suggest("isntall", names)).toBe("install");
  expect(suggest("doc", names)).toBe("doctor");
  expect(suggest("rnu", names)).toBe("run");
  expect(suggest("frobnicate", names)).toBeUndefined();
});
