/** How often is looked whether the parent lives, in milliseconds. */
const period = 1000;

/**
 * Calls `gone` when the process that started the kernel ends, so that no kernel outlives its server. Does nothing when that
 * process is not on this machine.
 *
 * @param parent the id that Jupyter gives in JPY_PARENT_PID
 */
export function watchParent(parent: string | undefined, gone: () => void): void {
  const pid = Number(parent);
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return;
  // An id is given again; our own parent's cannot be while we are its child.
  const isDirect = process.ppid === pid;
  const timer = setInterval(() => {
    if (isDirect ? process.ppid === pid : isAlive(pid)) return;
    clearInterval(timer);
    gone();
  }, period);
  timer.unref();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
