"""What tests of a document against its application share: a real socket, and the checks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
import uvicorn
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import (
    ChecksConfig,
    CoveragePhaseConfig,
    GenerationConfig,
    PhasesConfig,
    PositiveDataAcceptanceConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from starlette.routing import Route
from starlette.types import ASGIApp

from tests.e2e.wait import eventually

A_FEW = settings(
    max_examples=5,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
# What is well formed may still be refused for what it means, or for what is there already.
_TAKEN_OR_REFUSED = ["2xx", "401", "403", "404", "409", "422"]


def checks(*, every_edge: bool) -> SchemathesisConfig:
    """The same requests each time; `every_edge` of every parameter beside them."""
    return SchemathesisConfig(
        projects=ProjectsConfig(
            default=ProjectConfig(
                phases=PhasesConfig(coverage=CoveragePhaseConfig(enabled=every_edge)),
                generation=GenerationConfig(deterministic=True, no_shrink=True),
                checks=ChecksConfig(
                    positive_data_acceptance=PositiveDataAcceptanceConfig(
                        expected_statuses=list(_TAKEN_OR_REFUSED)
                    )
                ),
            )
        )
    )


@contextmanager
def listening(app: ASGIApp) -> Iterator[str]:
    """Where the application listens."""
    config = uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    eventually("it listens", 10, lambda: server.started or None)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@contextmanager
def connected() -> Iterator[requests.Session]:
    """A session that knows no proxy."""
    with requests.Session() as made:
        made.trust_env = False
        yield made


def routes_of(app: Any) -> list[Route]:
    """The routes of an application, under whatever is wrapped around it."""
    while not hasattr(app, "router"):
        app = app._app
    return [each for each in app.router.routes if isinstance(each, Route)]
