"""What every test shares: the folder of the corpus, and how long hypothesis looks."""

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("test", deadline=None, derandomize=True, database=None, max_examples=100)
settings.register_profile("slow", deadline=None, max_examples=2_000)
settings.load_profile("test")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder with `ai/`, `smf/` and their manifests."""
    return Path(__file__).parent / "corpus"
