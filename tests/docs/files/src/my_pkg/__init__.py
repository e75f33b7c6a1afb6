"""A package that the manual scans: never imported."""
from typing import Literal


def jokes_dataset(tokenizer, *, source: str = "jokes.json", max_rows: int = 1000,
                  mood: Literal["dry", "silly"] = "dry", packed: bool = False):
    """Jokes, a line each."""
