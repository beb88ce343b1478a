import { randomUUID } from "node:crypto";
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { CommandError } from "./command.js";
import { formatNotebook, type Notebook, NotebookError, parseNotebook } from "./notebook.js";

/** A notebook with the file that it was read from. */
export interface NotebookFile {
  /** As the user wrote it; messages use it. */
  path: string;
  notebook: Notebook;
  /** What the file held, to notice that someone else changed it meanwhile. */
  text: string;
}

/** Languages of notebooks that this kernel runs. */
const languages = ["typescript", "javascript"];

/**
 * Reads a notebook that this kernel can run.
 *
 * @throws CommandError naming the file, what is wrong with it and what to do
 */
export function readNotebookFile(path: string): NotebookFile {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new CommandError(`${path}: no such file (looked in ${dirname(resolve(path))})`);
    if (code === "EISDIR") throw new CommandError(`${path} is a folder; name one notebook in it`);
    throw new CommandError(`${path} cannot be read: ${message}`);
  }
  try {
    const notebook = parseNotebook(text);
    checkLanguage(notebook);
    return { path, notebook, text };
  } catch (error) {
    if (error instanceof NotebookError) throw new CommandError(`${path} ${error.message}`);
    throw error;
  }
}

function checkLanguage({ metadata }: Notebook): void {
  const name = metadata.kernelspec?.name;
  const language =
    metadata.kernelspec?.language ??
    metadata.language_info?.name ??
    (/^(python|ir$|julia)/.test(String(name)) ? name : undefined);
  if (language === undefined || languages.includes(String(language).toLowerCase())) return;
  throw new NotebookError(
    `is a notebook in ${language} (kernel ${name ?? "not named"}); gradbook runs TypeScript notebooks`,
  );
}

/**
 * Writes the notebook so that at every moment the file holds either the old notebook or the whole new one.
 * When the target is the notebook's own file and someone changed that during the run, the result goes beside it.
 *
 * @returns the path that was written
 * @throws CommandError when it cannot be written; what was there stays as it was
 */
export function writeNotebookFile(file: NotebookFile, output: string): string {
  let target = existsSync(output) ? realpathSync(output) : resolve(output);
  const inPlace = existsSync(file.path) && target === realpathSync(file.path);
  let written = output;
  if (inPlace && readFileSync(target, "utf8") !== file.text) {
    written = freeName(file.path);
    target = resolve(written);
  }
  if (existsSync(target) && !statSync(target).isFile()) return writeThrough(file, output);
  const draft = join(dirname(target), `.${basename(target)}.${randomUUID().slice(0, 8)}`);
  try {
    const mode = existsSync(target) ? statSync(target).mode & 0o777 : undefined;
    const handle = openSync(draft, "wx");
    try {
      const bytes = Buffer.from(formatNotebook(file.notebook));
      for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    if (mode !== undefined) chmodSync(draft, mode);
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { force: true });
    throw new CommandError(`cannot write ${output}: ${(error as Error).message}. Name another file with -o.`);
  }
  return written;
}

/** Writes to what is no file, such as `/dev/stdout`: renaming over it would replace it. */
function writeThrough(file: NotebookFile, output: string): string {
  try {
    writeFileSync(output, formatNotebook(file.notebook));
    return output;
  } catch (error) {
    throw new CommandError(`cannot write ${output}: ${(error as Error).message}. Name another file with -o.`);
  }
}

/** `x.ipynb` -> `x.run.ipynb`, `x.run-2.ipynb`, ...: the first that does not exist. */
function freeName(path: string): string {
  const stem = path.replace(/\.ipynb$/, "");
  for (let n = 1; ; n++) {
    const name = `${stem}.run${n > 1 ? `-${n}` : ""}.ipynb`;
    if (!existsSync(name)) return name;
  }
}
