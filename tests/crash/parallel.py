# SPDX-License-Identifier: Apache-2.0
"""Runs cases in parallel, as many as CI has CPUs."""
import concurrent.futures
import multiprocessing

import spool

WORKERS = 2


def each(function, cases, workers=WORKERS):
    """Calls the function, which returns (result, violations), with each case; returns lists of both.
    More workers are for cases that mostly wait."""
    results, wrong = [], []
    with concurrent.futures.ProcessPoolExecutor(
            workers, multiprocessing.get_context("fork"), spool.become_reaper) as pool:
        try:
            for result, violations in pool.map(function, cases):
                results.append(result)
                wrong += violations
        except BaseException:
            # When interrupted, killed workers take their mounts with them.
            for worker in multiprocessing.active_children():
                worker.kill()
            raise
    return results, wrong
