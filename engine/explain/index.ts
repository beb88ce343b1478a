export { type FgsmOptions, fgsm } from "./fgsm.js";
