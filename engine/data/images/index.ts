export { type DecodeOptions, decode, read } from "./decode.js";
