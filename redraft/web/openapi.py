"""The OpenAPI description, with every problem that a call can answer."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

from redraft.web.problems import PROBLEM_JSON

Spec = dict[str, Any]
ONE_OF = "x-one-of"
"""Where a field's schema names shapes that its module cannot import, until the description is whole."""


class ProblemField(BaseModel):
    """One field that is wrong."""

    field: str = Field(examples=["messages.0.content"], description="Path in the body, or the parameter's name")
    message: str


class Problem(BaseModel):
    """An error, after RFC 9457. `code` is for programs and never changes; the texts are for people."""

    model_config = ConfigDict(json_schema_extra={"description": "An error (RFC 9457)."})

    type: str = "about:blank"
    title: str
    status: int
    code: str = Field(examples=["not_found"])
    detail: str
    request_id: str | None = Field(None, description="Also in the `X-Request-ID` header, and in every log line")
    errors: list[ProblemField] | None = None


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses=`: the problems that cannot be told from its signature (say, 409 or 429)."""
    content = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


def problem_shaped(status: int, model: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """The same where one problem of this status has further names."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    either = {"anyOf": [schema, {"$ref": "#/components/schemas/Problem"}], "$defs": schema.pop("$defs", {})}
    return {status: {"description": HTTPStatus(status).phrase, "content": {PROBLEM_JSON: {"schema": either}}}}


def one_of(*names: str) -> dict[str, Any]:
    """For the `json_schema_extra` of a field that is null or one of the named shapes, which other calls answer."""
    return {ONE_OF: list(names)}


class Api(FastAPI):
    """FastAPI whose description lists, for each call, the problems that its kind can answer."""

    def openapi(self) -> Spec:
        """The description, made once."""
        if self.openapi_schema is None:
            spec = super().openapi()
            _add_problems(spec)
            _name_shapes(spec["components"]["schemas"])
        assert self.openapi_schema is not None  # noqa: S101  set by FastAPI
        return self.openapi_schema


def _add_problems(spec: Spec) -> None:
    schemas = spec.setdefault("components", {}).setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    for operations in spec["paths"].values():
        for operation in operations.values():
            responses = operation["responses"]
            responses.pop("422", None)
            for answer in responses.values():
                schema = answer.get("content", {}).get(PROBLEM_JSON, {}).get("schema", {})
                schemas.update(schema.pop("$defs", {}))
            for status, answer in problems(*_statuses(operation)).items():
                responses.setdefault(str(status), answer)
            operation["responses"] = dict(sorted(responses.items()))


def _name_shapes(schemas: Spec) -> None:
    for schema in schemas.values():
        for shape in schema.get("properties", {}).values():
            if names := shape.pop(ONE_OF, None):
                refs = [{"$ref": f"#/components/schemas/{name}"} for name in names if name in schemas]
                shape["anyOf"] = [*refs, {"type": "null"}]


def _statuses(operation: Spec) -> set[int]:
    """What can go wrong with any call of this shape; what a route declares itself comes on top."""
    parameters = operation.get("parameters", [])
    statuses = {500, 503}
    if "requestBody" in operation:
        statuses |= {400, 408, 413, 415, 422}
    if parameters:
        statuses |= {422}
    if any(parameter["in"] == "path" for parameter in parameters):
        statuses |= {404}
    if any(parameter["name"] == "Idempotency-Key" for parameter in parameters):
        statuses |= {409}
    if operation.get("security"):
        statuses |= {401}
    return statuses
