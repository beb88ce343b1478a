"""PyTorch's side of a round: reads {threads, seconds, cases: [{name, source}]} and writes {version, blas, results} as JSON.

Each source defines run() and check(result). It mirrors measure.mjs: three warm-ups, batches of half a millisecond to one.
"""

import json
import os
import re
import sys
import time

request = json.load(sys.stdin)
for name in ("OMP", "MKL", "OPENBLAS"):
    os.environ[f"{name}_NUM_THREADS"] = str(request["threads"])

import torch  # noqa: E402

torch.set_num_threads(request["threads"])


def values(count, seed):
    """The same numbers as values() in measure.mjs, in [-0.5, 0.5)."""
    x = (torch.arange(count, dtype=torch.int64) * 2654435761 + seed * 97) & 0xFFFFFFFF
    x = ((x ^ (x >> 15)) * 2246822519) & 0xFFFFFFFF
    x = x ^ (x >> 13)
    return (x.to(torch.float64) / 2**32 - 0.5).to(torch.float32)


def reset(model):
    with torch.no_grad():
        for i, p in enumerate(model.parameters()):
            scale = 0.1 if p.dim() == 1 else 2 / p.shape[1] ** 0.5
            p.copy_((values(p.numel(), 100 + i).to(torch.float64) * scale).to(torch.float32).reshape(p.shape))


SHORTEST = 0.0005
"""Seconds that a batch takes at least."""


def measure(source, seconds):
    scope = {"torch": torch, "values": values, "reset": reset}
    exec(source, scope)
    run, check = scope["run"], scope["check"]
    for _ in range(3):
        result = run()
    flat = check(result).detach().reshape(-1).to(torch.float64)
    sample = flat[:: max(1, flat.numel() // 64)].tolist()
    inner = 1
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter()
        for _ in range(inner):
            run()
        took = time.perf_counter() - start
        if took < SHORTEST:
            inner *= 2
        else:
            times.append(took / inner)
    times.sort()
    return {"best": times[0], "median": times[len(times) // 2], "sample": sample}


def linear_algebra():
    """Which BLAS computes: it decides more than PyTorch's version does."""
    built = re.search(r"BLAS_INFO=(\w+)", torch.__config__.show())
    if built and built.group(1) not in ("generic", "open"):
        return built.group(1)
    try:
        with open("/proc/self/maps", encoding="utf-8") as maps:
            files = {os.path.realpath(line.split()[-1]) for line in maps if ".so" in line}
    except OSError:
        return "an unknown BLAS"
    names = sorted(os.path.basename(f) for f in files if re.match(r"lib(openblas|blas|blis)", os.path.basename(f)))
    if any("openblas" in f for f in files):
        return "OpenBLAS"
    if names:
        return (
            f"{', '.join(names)}: the reference BLAS, which nobody should train with (Debian: apt install libopenblas0)"
        )
    return "an unknown BLAS"


results = {}
for case in request["cases"]:
    results[case["name"]] = measure(case["source"], request["seconds"])
try:
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
except ImportError:
    peak = None
json.dump({"version": torch.__version__, "blas": linear_algebra(), "results": results, "peak": peak}, sys.stdout)
