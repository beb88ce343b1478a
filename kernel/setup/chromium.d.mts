/** The path of an installed Chromium or Chrome; GRADBOOK_CHROMIUM names one. */
export function findChromium(): string | undefined;
