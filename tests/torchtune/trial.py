"""One observed run of a recipe, in a forked child of judge.py.

`conduct()` does what `tune run RECIPE --config FILE` does, in a process that has imported everything, and
returns how it ended.
"""

import functools
import gc
import hashlib
import importlib.util
import inspect
import os
import resource
import sys
import traceback
from pathlib import Path

MAX_STEPS = 300  # a run that logs more counts as endless
MEMORY = 3 << 30  # address space, in addition to that of the imports
FILE_SIZE = 256 << 20
MESSAGE = 300
PHASE_WIDTH = 10


class Endless(BaseException):
    """More steps than any working config has. Not an Exception, so that recipes do not catch it."""


class Watch:
    """The phase of the run, and what it logged."""

    def __init__(self, file):
        self.file = os.open(file, os.O_WRONLY)
        self.losses = {}
        self.first_weights = self.weights = None
        self.enter("parse")

    def enter(self, phase):
        """Records the phase, also in a file, in case the run is killed."""
        self.phase = phase
        os.pwrite(self.file, phase.ljust(PHASE_WIDTH).encode(), 0)


def load_recipe(site, name):
    """The module of a recipe; `recipes` itself cannot be imported."""
    module_name = "recipe_" + name.replace("/", "_")
    file = Path(site) / "recipes" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(module_name, file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    spec.loader.exec_module(module)
    return module


def recipe_class(module):
    return next(value for value in vars(module).values()
                if inspect.isclass(value) and value.__module__ == module.__name__
                and hasattr(value, "train") and hasattr(value, "setup"))


def fingerprint(recipe):
    """A hash of all weights of the models that were trained."""
    digest = hashlib.sha1()
    for name in ("_model", "_policy_model", "_value_model"):
        model = getattr(recipe, name, None)
        for _, weight in sorted(model.named_parameters()) if model is not None else ():
            digest.update(weight.detach().float().numpy().tobytes())
    return digest.hexdigest()[:12]


def spy_on_logger(recipe, watch):
    """Records each logged loss."""
    log = recipe._metric_logger.log_dict

    def log_dict(payload, step, *rest, **named):
        if "loss" in payload:
            watch.losses[int(step)] = f"{float(payload['loss']):.7g}"
        if len(watch.losses) > MAX_STEPS:
            raise Endless
        return log(payload, step, *rest, **named)

    recipe._metric_logger.log_dict = log_dict


def follow(owner, method, watch, phase, after=None, before=None, done=None):
    """Wraps OWNER.METHOD: PHASE while it runs, then AFTER. Calls BEFORE and DONE with the object before and
    after it."""
    original = getattr(owner, method)

    @functools.wraps(original)
    def wrapper(self, *args, **named):
        if phase:
            watch.enter(phase)
        if before:
            before(self)
        result = original(self, *args, **named)
        if done:
            done(self)
        if after and (phase or watch.phase == "setup"):
            watch.enter(after)
        return result

    setattr(owner, method, wrapper)


def instrument(module, watch):
    """Makes the recipe of MODULE report its phases to WATCH."""
    from torchtune import training

    owner = recipe_class(module)

    def untrained(recipe):
        watch.first_weights = fingerprint(recipe)

    def trained(recipe):
        watch.weights = fingerprint(recipe)

    def set_up(recipe):
        if hasattr(getattr(recipe, "_metric_logger", None), "log_dict"):
            spy_on_logger(recipe, watch)

    follow(owner, "__init__", watch, "startup")
    follow(owner, "setup", watch, "setup", done=set_up)
    follow(owner, "train", watch, "training", before=untrained, done=trained)
    follow(owner, "save_checkpoint", watch, "saving", after="training")
    for name in ("FullModelHFCheckpointer", "FullModelMetaCheckpointer",
                 "FullModelTorchTuneCheckpointer"):
        follow(getattr(training, name), "load_checkpoint", watch, None, after="loaded")


def limit():
    """Limits memory and CPU time of the run."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    space = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_SIZE, FILE_SIZE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def tune_validate(file):
    """What `tune validate FILE` would do: "ok", "refused" or "crashed"."""
    from omegaconf import OmegaConf
    from torchtune import config
    from torchtune.config._errors import ConfigError

    try:
        loaded = OmegaConf.load(file)
        # Loading takes a tenth of a run, so the recipe's parser gets the same object.
        OmegaConf.load = staticmethod(lambda _: loaded)
        config.validate(loaded)
    except ConfigError:
        return "refused"
    except BaseException:  # the user would get a traceback
        return "crashed"
    return "ok"


def own_frame(error):
    """Where in torchtune or its recipes an exception was raised: file:line function."""
    place = None
    for frame in traceback.extract_tb(error.__traceback__):
        for package in ("/recipes/", "/torchtune/"):
            if "site-packages" + package in frame.filename:
                name = frame.filename.split("site-packages/")[1]
                place = f"{name}:{frame.lineno} {frame.name}"
    return place


def forget_data(directory):
    """Disables the cache of data sets, which would hide errors in their arguments."""
    import datasets

    datasets.config.HF_DATASETS_CACHE = Path(directory) / "converted"


def conduct(module, file, directory, phase_file, fresh=False, show=False):
    """Runs the recipe with a config file; returns the verdict as a dictionary."""
    if fresh:
        forget_data(directory)
    gc.disable()  # would write to, and so copy, all pages shared with the parent
    watch = Watch(phase_file)
    verdict = {"validate": tune_validate(file)}
    instrument(module, watch)
    sys.argv = [module.__name__, "--config", str(file)]
    sys.path.append(os.getcwd())
    error = None
    try:
        module.recipe_main()
    except Endless:
        verdict["verdict"] = "timeout"
    except SystemExit as stop:
        error = stop if stop.code not in (None, 0) else None
    except BaseException as raised:
        error = raised
        if show:
            traceback.print_exc()
    if error is not None:
        message = str(error).replace(str(directory), "@DIR@")
        verdict.update(verdict="failed", error=type(error).__name__, message=message[:MESSAGE],
                       frame=own_frame(error))
    verdict.setdefault("verdict", "finished")
    verdict.update(phase=watch.phase, losses=watch.losses, weights=watch.weights,
                   moved=watch.weights != watch.first_weights)
    return verdict
