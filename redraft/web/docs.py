"""`/docs`: Swagger UI over `/openapi.json`, every file of it served from here; it works without the internet.

The files come from the package `fastapi-offline`, of which nothing else is used.
"""

import importlib.resources
from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse

from redraft.errors import NotFound

router = APIRouter(include_in_schema=False)

# No script stands in the page itself, so that the content security policy need not allow any that does.
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>redraft: the API</title>
<link rel="icon" href="docs/favicon.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
START = """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  layout: "BaseLayout",
  presets: [SwaggerUIBundle.presets.apis],
});
"""


FILES = ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png")


@router.get("/docs")
async def docs() -> Response:
    """The page."""
    return Response(PAGE, media_type="text/html; charset=utf-8")


@router.get("/docs/start.js")
async def start() -> Response:
    """The script that begins it."""
    return Response(START, media_type="text/javascript; charset=utf-8")


@router.get("/docs/{name}")
async def file(name: str) -> FileResponse:
    """A file of Swagger UI."""
    if name not in FILES:
        raise NotFound
    return FileResponse(Path(str(importlib.resources.files("fastapi_offline"))) / "static" / name)
