"""What the house tells about itself: log lines on stderr always, traces where somebody listens.

Logfire is imported only where a token or an OTLP endpoint is set: it costs half a second, and
nothing may leave the machine unasked.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TextIO, TypeAlias, cast

import structlog
from structlog.typing import FilteringBoundLogger

from tidegate import lines
from tidegate.clock import SystemClock
from tidegate.redact import redact
from tidegate.tracing import (
    CarryingTracer,
    ExportingTracer,
    Span,
    Tracer,
    new_traceparent,
)

__all__ = [
    "Line",
    "Span",
    "captured",
    "configure",
    "current_traceparent",
    "logger",
    "new_traceparent",
    "span",
    "span_from",
    "together",
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


class Line:
    """A line that is told very often: `logger(name).info(event, **fields)`, its names fixed.

    Args:
        names: of its fields, in alphabetical order.
        wild: the one whose text comes from outside; all others are ids and words of ours.
    """

    def __init__(self, name: str, event: str, names: tuple[str, ...], wild: str) -> None:
        self._logger = logger(name)
        self._event = event
        self._names = names
        self._wild = names.index(wild)
        self._console = lines.template(event, name, names, "info")

    def tell(self, *values: str | int | None) -> None:
        """Told as the logger would; one value for each name."""
        given = values[self._wild]
        if isinstance(given, str) and lines.plain_text(given) and self._quick():
            _stderr.msg(self._console % (_timestamp(), *values))
        else:
            self._logger.info(self._event, **dict(zip(self._names, values, strict=True)))

    def tell_all(self, lines_values: Iterable[tuple[str | int | None, ...]]) -> None:
        """The same for many at once: they are told in one piece, and of one moment."""
        with together():
            if not self._quick():
                for values in lines_values:
                    self.tell(*values)
                return
            now = _timestamp()
            for values in lines_values:
                given = values[self._wild]
                if isinstance(given, str) and lines.plain_text(given):
                    _stderr.msg(self._console % (now, *values))
                else:
                    self.tell(*values)

    def _quick(self) -> bool:
        return (
            _state.export is None
            and _state.render is _console_line
            and _state.tracer.current() is None
            and not _on_terminal()
        )


def span(name: str, **attributes: object) -> AbstractContextManager[Span]:
    """A span within the current one."""
    return _state.tracer.open(name, None, attributes)


def span_from(
    traceparent: str | None, name: str, **attributes: object
) -> AbstractContextManager[Span]:
    """A span within the one that `traceparent` names, wherever that was opened.

    Text that is no traceparent is passed over, as the W3C recommendation asks.
    """
    return _state.tracer.open(name, traceparent, attributes)


def current_traceparent() -> str | None:
    """What to keep on a row so that whoever works on it goes on with this trace."""
    return _state.tracer.current()


class _Gathering(threading.local):
    """Lines of one thread that are not written yet: a batch's, and those of a turn of its loop."""

    def __init__(self) -> None:
        self.lines: list[str] | None = None
        self.turn: list[str] = []

    def write(self, *more: str) -> None:
        """Write what has gathered, then `more`, in their order."""
        lines = [*self.turn, *more]
        self.turn.clear()
        if lines:
            with suppress(OSError, ValueError, AttributeError):
                sys.stderr.write("\n".join(lines) + "\n")


@contextmanager
def together() -> Iterator[None]:
    """Lines of this thread within it are written at its end, in one piece: a batch's lines."""
    if _gathering.lines is not None:
        yield
        return
    gathered = _gathering.lines = []
    try:
        yield
    finally:
        _gathering.lines = None
        _gathering.write(*gathered)


@contextmanager
def captured() -> Iterator[list[str]]:
    """Lines of this thread within it are kept in what it gives, and written nowhere."""
    before, kept = _gathering.lines, list[str]()
    _gathering.lines = kept
    try:
        yield kept
    finally:
        _gathering.lines = before


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


def _told(_logger: object, method: str, event: _Event) -> str:
    """One line, by the quick way where nothing in it needs care."""
    traceparent = _state.tracer.current()
    if traceparent is not None:
        event["trace_id"] = traceparent[3:35]
    if _state.export is None and lines.plain(event):
        now = _timestamp()
        if _state.render is _json_line:
            return lines.as_json(event, now, method, _state.service)
        if not _on_terminal():
            return lines.console(event, now, method)
    for process in _CAREFUL:
        event = process(_logger, method, event)
    return _rendered(_logger, method, event)


def _timestamp() -> str:
    now = _clock.now()
    second = _to_second(now.year, now.month, now.day, now.hour, now.minute, now.second)
    return f"{second}.{now.microsecond:06d}Z"


@lru_cache(8)
def _to_second(*parts: int) -> str:
    # Many lines share a second, and isoformat is the dearest part of a line.
    return "{:04d}-{:02d}-{:02d}T{:02d}:{:02d}:{:02d}".format(*parts)


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
        return _is_terminal(sys.stderr)
    except (AttributeError, ValueError):
        # There is no stderr, or it has been closed.
        return False


@lru_cache(1)
def _is_terminal(stream: TextIO) -> bool:
    return stream.isatty()


def _json_line(_logger: object, method: str, event: _Event) -> str:
    line = _JSON(_logger, method, {"service": _state.service, **event})
    return line if isinstance(line, str) else line.decode()


class _Stderr:
    """Writes lines to whatever stderr is at that moment; a log line that fails is no failure."""

    def msg(self, line: str) -> None:
        if _gathering.lines is not None:
            _gathering.lines.append(line)
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            _gathering.write(line)
            return
        # Whatever else runs in this turn of the loop tells its lines in the same piece.
        if not _gathering.turn:
            loop.call_soon(_gathering.write)
        _gathering.turn.append(line)

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

_clock = SystemClock()
_gathering = _Gathering()
_stderr = _Stderr()
# A loop that ends with its last turn's lines unwritten must not take them with it.
atexit.register(_gathering.write)
_CAREFUL: tuple[_Processor, ...] = (
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    _redacted,
    _exported,
)


def _straight(bound: Any, method: str, event: str | None = None, **fields: Any) -> None:
    bound._logger.msg(_told(None, method, {**bound._context, **fields, "event": event}))


_Bound = structlog.make_filtering_bound_logger(logging.INFO)
# With one processor the chain's own bookkeeping would cost more than the line.
setattr(_Bound, "_proxy_to_logger", _straight)  # noqa: B010 - mypy knows it as a method

structlog.configure(
    processors=[_told],
    wrapper_class=_Bound,
    logger_factory=lambda *_: _stderr,
    cache_logger_on_first_use=True,
)
