"""`[adapters.legacy.commands.<name>]`: what a command calls, and how that call may be repeated."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from tidegate.config_base import Positive, RepeatName, Table

FunctionName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$")
]
ProcedureName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*$", max_length=257),
]


class LegacyCommand(Table):
    """One command: a Python function in a child process, or a stored procedure."""

    call: FunctionName | None = Field(
        default=None, description="The function that writes, `module:function`."
    )
    procedure: ProcedureName | None = Field(
        default=None, description="The stored procedure that writes, `schema.name`."
    )
    repeat: RepeatName = Field(
        default_factory=lambda data: "transactional" if data.get("procedure") else "never",
        description="How it may be repeated: a function by key, probe or never.",
    )
    in_doubt: Positive | None = Field(
        default=None,
        description="Seconds after which an abandoned call can no longer take effect (probe, key).",
    )
    probe: FunctionName | None = Field(
        default=None, description="The function that only looks (probe), `module:function`."
    )

    @model_validator(mode="after")
    def _calls_one_thing(self) -> LegacyCommand:
        if (self.call is None) == (self.procedure is None):
            raise ValueError("a command needs either call or procedure")
        return self

    @model_validator(mode="after")
    def _repeats_as_it_can(self) -> LegacyCommand:
        allowed = ("key", "probe", "never") if self.call else ("transactional",)
        if self.repeat not in allowed:
            kind = "a function" if self.call else "a procedure"
            raise ValueError(f"{kind} repeats by {' or '.join(allowed)}, not {self.repeat}")
        if self.repeat == "probe" and (self.probe is None or self.in_doubt is None):
            raise ValueError("repeat = probe needs probe and in_doubt")
        if self.repeat not in ("probe", "key") and self.in_doubt is not None:
            raise ValueError("in_doubt belongs to repeat = probe or key")
        return self
