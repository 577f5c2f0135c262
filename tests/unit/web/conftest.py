from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web_hospital import loaded, opened
from yishu.kernel import Settings
from yishu.web import House


@pytest.fixture(scope="session")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return loaded(tmp_path_factory.mktemp("hospital"))


@pytest.fixture(scope="module")
def house(hospital: Settings) -> Iterator[House]:
    made = opened(hospital)
    yield made
    made.close()
