"""What the house tells about itself: log lines on stderr always, traces where somebody listens.

Logfire is imported only where a token or an OTLP endpoint is set: it costs half a second, and
nothing may leave the machine unasked.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Callable, MutableMapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import structlog
from structlog.typing import FilteringBoundLogger

from tidegate.redact import redact
from tidegate.tracing import (
    CarryingTracer,
    ExportingTracer,
    Span,
    Tracer,
    new_traceparent,
    valid_traceparent,
)

__all__ = [
    "Span",
    "configure",
    "current_traceparent",
    "logger",
    "new_traceparent",
    "span",
    "span_from",
]

_Event: TypeAlias = MutableMapping[str, Any]
_Processor: TypeAlias = Callable[[Any, str, _Event], Any]

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(slots=True)
class _State:
    """What `configure` sets; loggers and spans look here at each call, so order is no matter."""

    tracer: Tracer
    render: _Processor
    export: _Processor | None = None
    service: str = "tidegate"


def configure(log_format: str, logfire_token: str | None, service: str) -> None:
    """Set up logs and traces; to be called before anything else is imported or opened.

    Args:
        log_format: `console` for people, `json` for machines; a line per event either way, save
            that `console` writes a traceback below its line.
        logfire_token: sends logs and traces to Logfire; None sends nothing there.
        service: the name that traces and JSON lines carry.

    Standard OpenTelemetry variables (`OTEL_EXPORTER_OTLP_ENDPOINT` and its kin) name another
    receiver, in place of Logfire or beside it. Without either no exporter is even imported.
    """
    _state.service = service
    _state.render = _json_line if log_format == "json" else _console_line
    _bridge_standard_logging()
    if logfire_token or any(os.environ.get(name) for name in _ENDPOINTS):
        _start_export(logfire_token, service)
    else:
        _state.tracer, _state.export = CarryingTracer(), None


def logger(name: str) -> FilteringBoundLogger:
    """A structured logger: `logger(__name__).info("event.name", key=value)`."""
    return cast(FilteringBoundLogger, structlog.get_logger().bind(logger=name))


def span(name: str, **attributes: object) -> AbstractContextManager[Span]:
    """A span within the current one."""
    return _state.tracer.open(name, None, attributes)


def span_from(
    traceparent: str | None, name: str, **attributes: object
) -> AbstractContextManager[Span]:
    """A span within the one that `traceparent` names, wherever that was opened.

    Text that is no traceparent is passed over, as the W3C recommendation asks.
    """
    return _state.tracer.open(name, valid_traceparent(traceparent), attributes)


def current_traceparent() -> str | None:
    """What to keep on a row so that whoever works on it goes on with this trace."""
    return _state.tracer.current()


def _start_export(token: str | None, service: str) -> None:
    import logfire

    exporter = logfire.configure(
        send_to_logfire=bool(token),
        token=token or None,
        service_name=service,
        console=False,
        inspect_arguments=False,
        distributed_tracing=True,
    )
    _state.tracer = ExportingTracer(exporter)
    _state.export = logfire.StructlogProcessor(logfire_instance=exporter)


def _add_context(_logger: object, _method: str, event: _Event) -> _Event:
    traceparent = _state.tracer.current()
    if traceparent is not None:
        event["trace_id"] = traceparent[3:35]
    return event


def _redacted(_logger: object, _method: str, event: _Event) -> _Event:
    return redact(dict(event))


def _exported(_logger: object, method: str, event: _Event) -> _Event:
    if _state.export is not None:
        _state.export(_logger, method, event)
    return event


def _rendered(_logger: object, method: str, event: _Event) -> str:
    line: str
    try:
        line = _state.render(_logger, method, event)
    except Exception as error:
        # A value's own __str__ failed: that must stop neither the line nor its caller.
        rest = {"event": str(event.get("event")), "unshown": type(error).__name__}
        line = _state.render(_logger, method, rest)
    return line


def _escaped(value: Any) -> Any:
    # A line break or escape sequence in a value would forge a line or drive the terminal.
    if not isinstance(value, str):
        return value
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", value)


def _console_line(_logger: object, method: str, event: _Event) -> str:
    shown = {key: value if key == "exception" else _escaped(value) for key, value in event.items()}
    return _CONSOLES[_on_terminal()](_logger, method, shown)


def _on_terminal() -> bool:
    try:
        return sys.stderr.isatty()
    except (AttributeError, ValueError):
        # There is no stderr, or it has been closed.
        return False


def _json_line(_logger: object, method: str, event: _Event) -> str:
    line = _JSON(_logger, method, {"service": _state.service, **event})
    return line if isinstance(line, str) else line.decode()


class _Stderr:
    """Writes lines to whatever stderr is at that moment; a log line that fails is no failure."""

    def msg(self, line: str) -> None:
        with suppress(OSError, ValueError, AttributeError):
            sys.stderr.write(line + "\n")

    debug = info = warning = error = critical = msg


class _Bridge(logging.Handler):
    """Lines of libraries that use the standard library's logging."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            logger(record.name).log(record.levelno, record.getMessage(), exc_info=record.exc_info)
        except Exception:
            self.handleError(record)


def _bridge_standard_logging() -> None:
    root = logging.getLogger()
    if not any(isinstance(handler, _Bridge) for handler in root.handlers):
        root.addHandler(_Bridge())
        root.setLevel(logging.WARNING)


_JSON = structlog.processors.JSONRenderer(default=str)
_CONSOLES = {
    colors: structlog.dev.ConsoleRenderer(
        colors=colors, exception_formatter=structlog.dev.plain_traceback
    )
    for colors in (False, True)
}
_state = _State(tracer=CarryingTracer(), render=_console_line)

structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _add_context,
        _redacted,
        _exported,
        _rendered,
    ],
    wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    logger_factory=lambda *_: _Stderr(),
    cache_logger_on_first_use=True,
)
