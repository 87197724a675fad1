"""The settings, as they are read on a machine of which one knows all."""

import pytest

from core.settings import Settings, load_settings


@pytest.fixture
def load(monkeypatch, tmp_path):
    """Read the settings of a machine on which nothing else is set."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)

    def read(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return load_settings()

    return read
