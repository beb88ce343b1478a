import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ownPackage } from "../cli/package-root.js";
import { type JsonObject, protocolVersion } from "../wire/message.js";
import type { Session } from "./session.js";

/** `kernel_info_request`: answered as soon as the sockets are there, whether or not anything else is. */
export function kernelInfo(session: Session): JsonObject {
  const { version } = ownPackage();
  const typescript = typescriptVersion();
  const { ready } = session.evaluators;
  const node = ready?.node ?? process.version;
  const engine = ready?.engine ? `\n${ready.engine}` : "";
  return {
    status: "ok",
    protocol_version: protocolVersion,
    implementation: "gradbook",
    implementation_version: version,
    language_info: session.dialect === "jslab" ? javascriptInfo : languageInfo(typescript),
    banner: `gradbook ${version}: TypeScript ${typescript}, Node ${node}${engine}`,
    help_links: [{ text: "TypeScript", url: "https://www.typescriptlang.org/docs/" }],
    supported_features: ["kernel subshells"],
    debugger: false,
  };
}

/** `connect_request`: where the kernel listens; nothing for a kernel without sockets. Old clients still ask. */
export function connectInfo({ ports }: Session): JsonObject {
  const named = Object.entries(ports).map(([name, port]) => [`${name}_port`, port]);
  return { status: "ok", ...Object.fromEntries(named) };
}

/** What a notebook keeps about its language, so that front ends colour it without a kernel. */
export function languageInfo(typescript = typescriptVersion()): JsonObject {
  return {
    name: "typescript",
    version: typescript,
    mimetype: "text/typescript",
    file_extension: ".ts",
    pygments_lexer: "typescript",
    codemirror_mode: "typescript",
    nbconvert_exporter: "script",
  };
}

/** The same for notebooks in JavaScript. */
const javascriptInfo: JsonObject = {
  name: "javascript",
  version: process.version.slice(1),
  mimetype: "text/javascript",
  file_extension: ".js",
  pygments_lexer: "javascript",
  codemirror_mode: "javascript",
  nbconvert_exporter: "script",
};

function typescriptVersion(): string {
  try {
    const file = join(ownPackage().root, "node_modules", "typescript", "package.json");
    return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
  } catch {
    // Installed as somebody's dependency, TypeScript lies elsewhere; ours is pinned.
    return "7.0.2";
  }
}
