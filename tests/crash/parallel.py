# SPDX-License-Identifier: Apache-2.0
"""Cases, two at a time: that many processors CI has."""
import concurrent.futures
import multiprocessing

import spool

WORKERS = 2


def each(function, cases):
    """Calls the function with each case. It returns (result, violations). Returns all of both."""
    results, wrong = [], []
    with concurrent.futures.ProcessPoolExecutor(
            WORKERS, multiprocessing.get_context("fork"), spool.become_reaper) as pool:
        try:
            for result, violations in pool.map(function, cases):
                results.append(result)
                wrong += violations
        except BaseException:
            # Told to stop: what they have mounted goes with them.
            for worker in multiprocessing.active_children():
                worker.kill()
            raise
    return results, wrong
