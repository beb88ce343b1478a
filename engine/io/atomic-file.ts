/**
 * Writes a file as a whole or not at all: what was there stays until the new one is complete on the disk, also when the
 * process ends in between.
 */
export async function writeAtomically(path: string | URL, parts: Iterable<Uint8Array>): Promise<void> {
  const { open, rename, rm } = await import("node:fs/promises");
  const { randomUUID } = await import("node:crypto");
  const { fileURLToPath } = await import("node:url");
  const target = typeof path === "string" ? path : fileURLToPath(path);
  const partial = `${target}.${randomUUID().slice(0, 8)}.partial`;
  try {
    const file = await open(partial, "wx");
    try {
      for (const part of parts) await file.writeFile(part);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
