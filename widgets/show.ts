import { display } from "./display.js";
/** The views by name, as values to pass to `display`. */
export const views = {};
/** Shows a value where the cell's output is. */
export const show = (value: unknown): void => void display(value);
