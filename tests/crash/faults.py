# SPDX-License-Identifier: Apache-2.0
"""System calls that fail, once or from then on, or that transfer fewer bytes than requested.

After each fault and a restart nothing may be lost, partial or duplicated. A storage error while a file
is written must not move a good spec to failed/. Other faults may, because the report has the reason;
how often is counted.
"""
import errno
import os
import random
import shutil

import parallel
import spool
import workloads

ERRORS = ["EIO", "ENOSPC", "EDQUOT", "EINTR", "EACCES", "ENOENT", "ESTALE", "EMFILE"]
STICKY = ["ENOSPC", "EIO"]
NOT_THE_SPEC = {"EIO", "ENOSPC", "EDQUOT"}
CHANGES = 1  # a kind of strike's
MOVING = {0: "read", 1: "write", 17: "pread64", 18: "pwrite64"}
# Calls that do not return: rt_sigreturn, exit, exit_group; brk, which reports failure differently; and
# calls that cannot fail: getpid, umask, getuid, geteuid, getppid, gettid.
NEVER_FAIL = {15, 60, 231, 12, 39, 95, 102, 107, 110, 186}
SAMPLE = {False: 1250, True: 12500}  # by --long; at least 80 % must be reached


def inject(case):
    templates, index, (workload, role, n, number, kind, how, sticky) = case
    root = "%s/fault-%d" % (os.path.dirname(templates[workload].root), index)
    action = ["--short"] if how == "short" else ["--fail", str(getattr(errno, how))]
    where = ["--sticky", role, n] if sticky else [role, n]
    try:
        struck, _, wrong = workloads.strike(templates[workload], workload, root, action, *where)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    # With several threads, call n is not always the one that was recorded.
    if struck is not None:
        _, _, number, kind = struck
    excused = []
    if number in NEVER_FAIL:
        return (False, False), []
    if kind != CHANGES or how not in NOT_THE_SPEC:
        excused = [fault for fault in wrong if ": condemned: " in fault]
        wrong = [fault for fault in wrong if fault not in excused]
    label = "workload %d, %s's call %d (%s) %s%s" % (
        workload, "generator" if role else "daemon", n, workloads.name_of(number), how,
        " from then on" if sticky else "")
    refused = any("idle:" in fault for fault in excused)
    return (struck is not None, refused), ["%s: %s" % (label, fault) for fault in wrong]


def all_faults(calls):
    for workload, role, n, number, kind in calls:
        # The generators of workload 4 all make the same calls.
        if number in NEVER_FAIL or (workload == 4 and role > 2):
            continue
        site = workload, role, n, number, kind
        yield from (site + (error, False) for error in ERRORS)
        if number in MOVING:
            yield site + ("short", False)
        if kind == CHANGES:
            yield from (site + (error, True) for error in STICKY)


def run(options):
    top = spool.scratch()
    try:
        templates = workloads.make_templates(top)
        calls = list(workloads.record_calls(templates, top))
        faults = list(all_faults(calls))
        total = len(faults)
        faults = random.Random(options.seed).sample(faults, min(len(faults), SAMPLE[options.long]))
        results, wrong = parallel.each(
            inject, [(templates, index, fault) for index, fault in enumerate(faults)])
    finally:
        shutil.rmtree(top, ignore_errors=True)
    struck = sum(one for one, _ in results)
    if struck < 0.8 * len(faults):
        wrong.append("only %d of %d faults were reached" % (struck, len(faults)))
    return ("4 workloads, %d system calls, %d of %d faults injected (%d short, %d lasting; %d too "
            "late), %d good specs refused with a reason" % (
                len(calls), struck, total, sum(fault[-2] == "short" for fault in faults),
                sum(fault[-1] for fault in faults), len(faults) - struck,
                sum(refused for _, refused in results))), wrong
