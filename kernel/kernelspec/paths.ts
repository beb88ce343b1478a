import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** What decides where Jupyter looks; the real machine by default. */
export interface Machine {
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
  home: string;
}

export const thisMachine = (): Machine => ({ platform: process.platform, env: process.env, home: homedir() });

/** The user's data folder of Jupyter, by the rules of jupyter_core. */
export function userDataFolder({ platform, env, home }: Machine = thisMachine()): string {
  if (env.JUPYTER_DATA_DIR) return env.JUPYTER_DATA_DIR;
  if (platform === "darwin") return join(home, "Library", "Jupyter");
  if (platform === "win32") return join(env.APPDATA || join(home, "AppData", "Roaming"), "jupyter");
  return join(env.XDG_DATA_HOME || join(home, ".local", "share"), "jupyter");
}

/** The data folder inside a Python environment or another prefix. */
export const prefixDataFolder = (prefix: string): string => join(prefix, "share", "jupyter");

/** Every data folder that a Jupyter of this user may read, best first, without those of Python environments that we are not told of. */
export function dataFolders(prefixes: string[] = [], machine: Machine = thisMachine()): string[] {
  const { platform, env } = machine;
  const extra = (env.JUPYTER_PATH ?? "").split(delimiter).filter(Boolean);
  const system =
    platform === "win32"
      ? env.PROGRAMDATA
        ? [join(env.PROGRAMDATA, "jupyter")]
        : []
      : ["/usr/local/share/jupyter", "/usr/share/jupyter"];
  return [...new Set([...extra, ...prefixes.map(prefixDataFolder), userDataFolder(machine), ...system])];
}
