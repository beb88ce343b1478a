export { type Completeness, isComplete } from "./complete-check.js";
export { createLanguageService, type LanguageServiceOptions } from "./language-service.js";
export type * from "./service.js";
