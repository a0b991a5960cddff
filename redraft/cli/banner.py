"""What `redraft serve` says first: where it is, and what it stands on."""

from pymongo.uri_parser import parse_uri

from redraft import __version__
from redraft.config import Settings
from redraft.embedded.model import EmbeddedModel


def show_banner(settings: Settings, port: int, model: EmbeddedModel | None, *, own_database: bool) -> None:
    """Print it to standard output; logs go to standard error."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"http://{host}:{port}"
    name = f"embedded: {model.name} (loading; {address}/readyz tells)" if model else settings.model
    database = "embedded" if own_database else hosts(settings)
    print(f"redraft {__version__}  {address}", flush=True)
    print(f"  API docs  {address}/docs")
    print(f"  model     {name}")
    print(f"  database  {database}")
    print(f"  data      {settings.data_dir}", flush=True)


def hosts(settings: Settings) -> str:
    """Where the configured database is, without its user and password."""
    url = settings.mongodb_url.get_secret_value() if settings.mongodb_url else ""
    if url.startswith("mongodb+srv://"):
        return url.rpartition("@")[2].partition("/")[0].removeprefix("mongodb+srv://")
    return ", ".join(f"{host}:{port}" for host, port in parse_uri(url)["nodelist"])
