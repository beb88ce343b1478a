/** How far a download is. */
export interface DownloadProgress {
  /** The file's name. */
  name: string;
  received: number;
  /** Absent when the server does not say. */
  total?: number;
  done: boolean;
}

/** Least time between two prints, in milliseconds. */
const interval = 250;

/** A listener that prints one line and rewrites it in place, also in a notebook. */
export function printProgress(): (progress: DownloadProgress) => void {
  let printed = 0;
  return ({ name, received, total, done }) => {
    const now = Date.now();
    if (!done && now - printed < interval) return;
    printed = now;
    const share =
      total === undefined ? "" : ` of ${megabytes(total)} (${Math.floor((100 * received) / Math.max(1, total))} %)`;
    process.stdout.write(`\rdownloading ${name}: ${megabytes(received)}${share}${done ? "\n" : ""}`);
  };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e5 ? 2 : 1)} MB`;
}
