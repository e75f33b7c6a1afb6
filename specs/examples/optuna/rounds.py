#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets Optuna choose the runs of a sweep, round by round, through files.

    rounds.py ask N               write the N points of a round into points.csv
    rounds.py tell SWEEP LOSSES   give Optuna the loss of each run: a CSV file with the columns "id" and "loss"
    rounds.py best                print the best point so far

A round:

    ./rounds.py ask 4
    sweepctl generate optuna.json -o queue     # prints the sweep directory of the round
    ...                                        # submit it, and wait until its runs are done
    ./rounds.py tell queue/optuna-DIGEST losses.csv

`tell` finds the trial of a run by its row in run_mapping.csv of the sweep directory. The study is kept in
study.log, so that each command can run by itself. Needs Optuna 4: pip install optuna.
"""
import csv
import sys
from pathlib import Path

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

HERE = Path.cwd()
POINTS = HERE / "points.csv"
KEYS = ["lr", "batch_size", "optimizer.weight_decay"]


def open_study():
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna.create_study(study_name="sweep", direction="minimize", load_if_exists=True,
                               sampler=optuna.samplers.TPESampler(n_startup_trials=4),
                               storage=JournalStorage(JournalFileBackend(str(HERE / "study.log"))))


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def ask(n):
    study = open_study()
    rows = []
    for _ in range(n):
        trial = study.ask()
        rows.append({
            "lr": float("%.3g" % trial.suggest_float("lr", 1e-5, 1e-3, log=True)),
            "batch_size": trial.suggest_int("batch_size", 1, 8),
            "optimizer.weight_decay": round(trial.suggest_float("weight_decay", 0, 0.1), 3),
        })
        trial.set_user_attr("point", {key: str(value) for key, value in rows[-1].items()})
    with open(POINTS, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, KEYS)
        writer.writeheader()
        writer.writerows(rows)


def same(point, row, columns):
    return all(float(point[key]) == float(row[column]) for key, column in columns.items())


def tell(sweep, losses):
    """Gives the loss of each run to the trial with its point."""
    study = open_study()
    columns = {"lr": "optimizer.lr", "batch_size": "batch_size",
               "optimizer.weight_decay": "optimizer.weight_decay"}
    loss_of = {row["id"]: float(row["loss"]) for row in read(Path(losses))}
    waiting = study.get_trials(deepcopy=False, states=[optuna.trial.TrialState.RUNNING])
    for row in read(Path(sweep) / "run_mapping.csv"):
        for trial in waiting:
            if row["id"] in loss_of and same(trial.user_attrs["point"], row, columns):
                study.tell(trial.number, loss_of[row["id"]])
                waiting.remove(trial)
                break


def main(words):
    if len(words) == 2 and words[0] == "ask":
        ask(int(words[1]))
    elif len(words) == 3 and words[0] == "tell":
        tell(words[1], words[2])
    elif words == ["best"]:
        best = open_study().best_trial
        print(best.value, best.user_attrs["point"])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
