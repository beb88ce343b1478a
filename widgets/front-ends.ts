import { answerComms, type Comm } from "./comm.js";

/** The comm under which a front end says that it shows our widgets by itself. */
export const frontEndTarget = "gradbook.frontend";

const present = new Set<Comm>();

/** Whether a front end with our extension looks on: it needs no widget manager of another package. */
export function hasOwnFrontEnd(): boolean {
  return present.size > 0;
}

answerComms(frontEndTarget, comm => {
  present.add(comm);
  comm.onClose(() => present.delete(comm));
});
