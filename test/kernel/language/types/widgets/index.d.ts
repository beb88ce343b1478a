export * from "../engine/index.js";
/** Shows values below the cell. */
export declare function show(...values: unknown[]): void;
export declare function display(bundle: Record<string, unknown>): void;
