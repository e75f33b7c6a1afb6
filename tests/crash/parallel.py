# SPDX-License-Identifier: Apache-2.0
"""Cases, two at a time: that many processors CI has."""
import concurrent.futures
import multiprocessing

import spool

WORKERS = 2
MOST_SHOWN = 40


def each(function, cases):
    """Calls the function with each case. It returns (result, violations). Returns all of both."""
    results, wrong = [], []
    with concurrent.futures.ProcessPoolExecutor(
            WORKERS, multiprocessing.get_context("fork"), spool.become_reaper) as pool:
        for result, violations in pool.map(function, cases):
            results.append(result)
            wrong += violations
    return results, wrong
