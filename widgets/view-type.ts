/**
 * The type that marks a bundle as one of our views. The view itself is the `text/html` beside it, so that no byte is stored
 * twice; our extension draws it, without scripts, also where a notebook is not trusted.
 */
export const viewType = "application/vnd.gradbook.view+json";

/** What stands under the type: the version of the styles. A front end that does not have these shows the `text/html`. */
export const viewMark = { version: 1 } as const;
