import type { LanguageService } from "../language/service.js";
import { type Dialect, isTslab } from "../tslab/dialect.js";

/** Whether code can be run as it is, or what is missing. */
export interface Completeness {
  status: "complete" | "incomplete" | "invalid";
  /** What the next line begins with, when the code is incomplete. */
  indent?: string;
}

/** What a session knows about the language. */
export interface LanguageTools {
  service: LanguageService;
  isComplete(code: string): Completeness;
}

/** Loads the language tools; called once, after the session can answer. */
export type LoadLanguage = () => Promise<LanguageTools>;

/**
 * Makes the function that loads the TypeScript language service of a folder. The import is late, so that a kernel answers
 * before any of it is read.
 *
 * @param options.cwd the notebook's folder
 * @param options.dialect whose notebooks they are; decides how strictly types are checked
 */
export function languageLoader(options: { cwd: string; dialect?: Dialect }): LoadLanguage {
  return async () => {
    const [{ createLanguageService, isComplete }, { withMagics, isCompleteWithMagics }] = await Promise.all([
      import("../language/index.js"),
      import("../magics/language.js"),
    ]);
    return {
      service: withMagics(createLanguageService({ cwd: options.cwd, loose: isTslab(options.dialect ?? "gradbook") })),
      isComplete: code => isCompleteWithMagics(code, isComplete),
    };
  };
}
