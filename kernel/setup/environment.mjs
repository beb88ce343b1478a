// The variables that Python programs of ours see.

/** An environment in which the user's Python settings do not reach into ours. */
export function cleanEnvironment() {
  const env = { ...process.env };
  for (const name of ["PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__", "PIP_USER", "PIP_TARGET", "PIP_PREFIX"])
    delete env[name];
  return env;
}
