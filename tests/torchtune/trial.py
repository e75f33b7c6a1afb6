"""One run of a recipe, watched: what happens in a forked child of the judge.

`conduct()` does to a config what `tune run RECIPE --config FILE` does, in a
process in which everything is imported already, and says what came of it.
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

MAX_STEPS = 300  # a run that logs more is counted as endless
MEMORY = 3 << 30  # address space beyond what the imports took
FILE_SIZE = 256 << 20
MESSAGE = 300
PHASE_WIDTH = 10


class Endless(BaseException):
    """More steps than any working config takes; nothing catches this."""


class Watch:
    """How far the run has come, and what it learned."""

    def __init__(self, file):
        self.file = os.open(file, os.O_WRONLY)
        self.losses = {}
        self.first_weights = self.weights = None
        self.enter("parse")

    def enter(self, phase):
        """Note the phase, also in a file, for the case that the run is killed."""
        self.phase = phase
        os.pwrite(self.file, phase.ljust(PHASE_WIDTH).encode(), 0)


def load_recipe(site, name):
    """The module of a recipe; `recipes` itself refuses to be imported."""
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
    """Note each logged loss, whatever the logger then does with it."""
    log = recipe._metric_logger.log_dict

    def log_dict(payload, step, *rest, **named):
        if "loss" in payload:
            watch.losses[int(step)] = f"{float(payload['loss']):.7g}"
        if len(watch.losses) > MAX_STEPS:
            raise Endless
        return log(payload, step, *rest, **named)

    recipe._metric_logger.log_dict = log_dict


def follow(owner, method, watch, phase, after=None, before=None, done=None):
    """Wrap OWNER.METHOD: PHASE while it runs, AFTER (a phase) once it has returned.

    BEFORE and DONE are called with the object, ahead of it and behind it.
    """
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
    """Have the recipe of MODULE tell WATCH where it is."""
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
    """No run may take the machine down."""
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
        # Loading takes a tenth of a run; the recipe's parser gets the same object.
        OmegaConf.load = staticmethod(lambda _: loaded)
        config.validate(loaded)
    except ConfigError:
        return "refused"
    except BaseException:  # a traceback is all that the user gets
        return "crashed"
    return "ok"


def own_frame(error):
    """Where in torchtune or its recipes an exception came up, as file:line function."""
    place = None
    for frame in traceback.extract_tb(error.__traceback__):
        for package in ("/recipes/", "/torchtune/"):
            if "site-packages" + package in frame.filename:
                name = frame.filename.split("site-packages/")[1]
                place = f"{name}:{frame.lineno} {frame.name}"
    return place


def forget_data(directory):
    """Have data sets converted anew: one in the cache hides what is wrong with its arguments."""
    import datasets

    datasets.config.HF_DATASETS_CACHE = Path(directory) / "converted"


def conduct(module, file, directory, phase_file, fresh=False, show=False):
    """Run the recipe on FILE; return the verdict as a dictionary."""
    if fresh:
        forget_data(directory)
    gc.disable()  # would touch, and so copy, all pages shared with the parent
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
