// `npm run docs`: the API reference as HTML, from the doc comments. An export without one fails it.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { runQuietly, runScript, SetupError } from "./spawn.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const cache = join(root, ".cache", "docs");

// TypeDoc reads programs with the compiler's older interface, which TypeScript 7 does not have: it gets a compiler of its own,
// in a folder of its own.
const tools = { typedoc: "0.28.20", typescript: "5.9.3" };

/** Installs the tools once. @throws SetupError when npm cannot */
async function ensureTools() {
  const manifest = `${JSON.stringify({ private: true, dependencies: tools }, null, 2)}\n`;
  const file = join(cache, "package.json");
  const done = join(cache, "node_modules", "typedoc", "package.json");
  if (existsSync(done) && existsSync(file) && readFileSync(file, "utf8") === manifest) return;
  console.log("gradbook: installing TypeDoc for the reference (47 MB)");
  mkdirSync(cache, { recursive: true });
  writeFileSync(file, manifest);
  const installed = await runQuietly("npm", ["install", "--ignore-scripts"], { cwd: cache });
  if (installed.code !== 0) throw new SetupError(`could not install TypeDoc:\n${installed.output}`);
}

/** The compiler's options for the tools. */
function writeCompilerOptions() {
  const file = join(cache, "tsconfig.json");
  const options = {
    extends: join(root, "tsconfig.base.json"),
    compilerOptions: {
      composite: false,
      emitDeclarationOnly: false,
      noEmit: true,
      types: ["node"],
      typeRoots: [join(root, "node_modules", "@types")],
    },
    include: ["engine", "widgets"].map(folder => join(root, folder, "**", "*.ts")),
    exclude: [join(root, "widgets", "client")],
  };
  writeFileSync(file, JSON.stringify(options));
  return file;
}

/**
 * What is written once counts everywhere: a method of a tensor has the text of the function of its name, a layer's `forward`
 * that of `Module`.
 */
function shareComments(/** @type {any} */ project) {
  const top = new Map(project.children.map((/** @type {any} */ child) => [child.name, child]));
  for (const member of top.get("Tensor")?.children ?? []) {
    const comment = commentOf(top.get(member.name));
    if (comment && !commentOf(member)) member.comment = comment.clone();
  }
  const layers = top.get("nn")?.children ?? [];
  const base = layers.find((/** @type {any} */ child) => child.name === "Module");
  for (const layer of layers) {
    for (const member of layer.children ?? []) {
      const original = base?.children.find((/** @type {any} */ child) => child.name === member.name);
      const comment = commentOf(original);
      if (!comment || commentOf(member)) continue;
      for (const part of partsOf(member)) {
        part.comment = comment.clone();
        // A layer's method need not take, or name, what the original does.
        part.comment.removeTags("@param");
      }
    }
  }
}

/** A reflection's signatures, or itself. */
const partsOf = (/** @type {any} */ reflection) => {
  const accessors = [reflection.getSignature, reflection.setSignature].filter(Boolean);
  if (accessors.length > 0) return accessors;
  return reflection.signatures?.length ? reflection.signatures : [reflection];
};

const commentOf = (/** @type {any} */ reflection) =>
  reflection && (reflection.comment ?? partsOf(reflection).find((/** @type {any} */ part) => part.comment)?.comment);

await runScript(async () => {
  await ensureTools();
  const { Application, Converter } = await import(
    pathToFileURL(join(cache, "node_modules", "typedoc", "dist", "index.js")).href
  );
  const app = await Application.bootstrap({
    name: "gradbook",
    entryPoints: [join(root, "widgets", "index.ts")],
    tsconfig: writeCompilerOptions(),
    readme: "none",
    // Where the sources lie on the web is not known here.
    disableSources: true,
    excludePrivate: true,
    excludeProtected: true,
    excludeExternals: true,
    // The project's own compiler has checked the types.
    skipErrorChecking: true,
    validation: { notDocumented: true, notExported: false, invalidLink: true },
    requiredToBeDocumented: ["Variable", "Function", "Class", "Interface", "TypeAlias", "Method"],
    logLevel: "Warn",
  });
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (/** @type {any} */ context) => shareComments(context.project));
  const project = await app.convert();
  if (!project) return 1;
  app.validate(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) return 1;
  const out = join(cache, "reference");
  await app.generateDocs(project, out);
  console.log(`gradbook: the reference is in ${join(out, "index.html")}`);
  return 0;
});
