import { type Magic, MagicError } from "./magic.js";

const secret = /key|token|secret|passw|credential/i;

export const env: Magic = {
  name: "env",
  line: "%env [NAME[=VALUE]]",
  summary: "Lists the environment variables, shows one, or sets one for this notebook and the programs it starts.",
  details: "In the list, values whose names tell of keys, tokens and passwords are hidden. process.env has them all.",
  run({ args }, host) {
    if (args === "") {
      const names = Object.keys(process.env).sort();
      host.print(names.map(name => `${name}=${secret.test(name) ? "<hidden>" : process.env[name]}\n`).join(""));
      return;
    }
    const [, name = "", sign, value = ""] = /^([^\s=]+)(\s*=\s*|\s+)?(.*)$/s.exec(args) ?? [];
    if (name === "") throw new MagicError("%env: a name is missing before the =. Write %env NAME=VALUE.");
    if (sign !== undefined) process.env[name] = value;
    else if (process.env[name] === undefined)
      throw new MagicError(`%env: ${name} is not set. %env ${name}=VALUE sets it.`);
    host.print(`${name}=${process.env[name]}\n`);
  },
};
