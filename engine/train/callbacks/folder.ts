/** Makes the folder in which a file is to be written. */
export async function makeFolderOf(path: string): Promise<void> {
  const { mkdir } = await import("node:fs/promises");
  const { dirname } = await import("node:path");
  await mkdir(dirname(path), { recursive: true });
}
