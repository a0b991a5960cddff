"""The command line: `redraft serve`, and what an operator or a writer does at a prompt."""


def main() -> None:
    """The `redraft` program."""
    from redraft.cli.app import app

    app()
