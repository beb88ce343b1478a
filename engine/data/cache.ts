/**
 * The folder where downloads are kept: `GRADBOOK_CACHE`, else the platform's own place for caches
 * (`$XDG_CACHE_HOME/gradbook`, `~/.cache/gradbook`, `~/Library/Caches/gradbook`, `%LOCALAPPDATA%\gradbook\Cache`).
 * It is not created here.
 */
export async function cacheFolder(environment: Record<string, string | undefined> = process.env): Promise<string> {
  const { join } = await import("node:path");
  if (environment.GRADBOOK_CACHE) return environment.GRADBOOK_CACHE;
  if (environment.XDG_CACHE_HOME) return join(environment.XDG_CACHE_HOME, "gradbook");
  const { homedir } = await import("node:os");
  if (process.platform === "win32") {
    return join(environment.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), "gradbook", "Cache");
  }
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches", "gradbook");
  return join(homedir(), ".cache", "gradbook");
}

/** SHA-256 of a file in lower-case hexadecimal digits; undefined when there is no such file. */
export async function fileSha256(path: string): Promise<string | undefined> {
  const { createHash } = await import("node:crypto");
  const { createReadStream } = await import("node:fs");
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  return hash.digest("hex");
}
