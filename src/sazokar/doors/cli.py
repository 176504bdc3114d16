"""The command line: parses, calls `app.check`, renders. Judges nothing, draws nothing.

The engine, numpy and the renderers are imported where they are used: `sazokar --version` must not wait for them.
"""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sazokar.doors.desk.group import DeskGroup
from sazokar.errors import SazokarError
from sazokar.version import __version__

if TYPE_CHECKING:
    from sazokar.app.check import Report, Settings
    from sazokar.doors.presented import Presented

NO_CONFLICT, CONFLICTS, NOT_READ, INTERRUPTED = 0, 1, 2, 130
"""Exit codes of `check`; not read outranks the two before it."""

app = typer.Typer(
    cls=DeskGroup, name="sazokar",
    add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, no_args_is_help=True,
    help="Finds the conflicts among plans of sides that share a space but do not trust each other.",
)  # fmt: skip


class Format(StrEnum):
    """How a report is written."""

    TABLE = "table"
    JSON = "json"
    GEOJSON = "geojson"
    HTML = "html"
    CSV = "csv"


def _kernel_form() -> str:
    """Return whether the kernel was compiled on this machine, without loading it."""
    found = find_spec("sazokar.engine.kernel")
    origin = found.origin or "" if found else ""
    return "interpreted" if origin.endswith(".py") else "compiled"


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"sazokar {__version__} (sazokar-engine {__version__}, kernel {_kernel_form()})")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the versions, and exit.")
    ] = False,
) -> None:
    """Finds the conflicts among plans of sides that share a space but do not trust each other."""


@app.command()
def check(  # the one function with more than six parameters: each is an option that a person types
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="Plans and zones; - reads standard input.")],
    horizontal: Annotated[
        str | None, typer.Option(help="Least horizontal distance between operations.", show_default="10NM")
    ] = None,
    vertical: Annotated[
        str | None, typer.Option(help="Least vertical gap between operations.", show_default="2000ft")
    ] = None,
    time: Annotated[
        str | None, typer.Option(help="Instants less than this apart count as one.", show_default="60s")
    ] = None,
    rules: Annotated[str | None, typer.Option(metavar="RULES.toml", help="Clauses of the agreement.")] = None,
    area: Annotated[
        str | None,
        typer.Option(metavar="AREA", help="Area of interest: --area=W,S,E,N in degrees (= for a minus), or GeoJSON."),
    ] = None,
    ground: Annotated[
        str | None, typer.Option(metavar="LOW..HIGH", help="Heights of the ground above sea level: 0m..1200m.")
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="How the report is written.")] = Format.TABLE,
    output: Annotated[
        str | None, typer.Option(metavar="PATH", help="Write there instead of to standard output.")
    ] = None,
    proposals: Annotated[
        bool, typer.Option("--proposals/--no-proposals", help="Search for the least changes that free each conflict.")
    ] = True,
    same_party: Annotated[bool, typer.Option("--same-party", help="Judge pairs of one party too.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Where something could not be read, show nothing else.")
    ] = False,
    redact: Annotated[bool, typer.Option("--redact", help="Leave out whatever is no part of a conflict.")] = False,
) -> None:
    """Find every conflict among the plans in FILE…: where, when, by how much, and what would free it.

    Exit code: 0 no conflict among the plans given; 1 conflicts; 2 something could not be read (outranks 0 and 1).
    """
    with _Faults():
        from sazokar.doors import options
        from sazokar.doors.files import require_writable
        from sazokar.doors.presented import present

        if output is not None:
            require_writable(output, [*files, *filter(None, [rules, area])])
        settings = _settings(
            rules=options.rules_of(rules, horizontal, vertical, time), area=options.area_of(area),
            ground=options.ground_of(ground), same_party=same_party, proposals=proposals,
        )  # fmt: skip
        report = _checked(files, settings)
        presented = present(report, redact=redact, strict=strict)
        _write(_rendered(presented, format_, output), output)
    raise typer.Exit(NOT_READ if report.unreadable else CONFLICTS if report.conflicts else NO_CONFLICT)


def _settings(**given: object) -> Settings:
    import time

    import msgspec

    from sazokar.app.check import Settings

    return msgspec.structs.replace(Settings(now_ms=time.time_ns() // 1_000_000), **given)


def _checked(paths: list[str], settings: Settings) -> Report:
    """Return the report on all that could be opened, with what could not be among the unreadable."""
    import msgspec

    from sazokar.app import check as job
    from sazokar.doors.files import read_all
    from sazokar.doors.progress import ProgressBar

    read, unreadable = read_all(paths)
    with ProgressBar() as progress:
        report = job.check(read, settings, progress)
    return msgspec.structs.replace(report, unreadable=(*unreadable, *report.unreadable))


def _rendered(presented: Presented, format_: Format, output: str | None) -> bytes:
    match format_:
        case Format.TABLE:
            return _table(presented, output)
        case Format.JSON:
            from sazokar.doors import report_json

            text = report_json.render(presented)
        case Format.GEOJSON:
            from sazokar.doors import report_geojson

            text = report_geojson.render(presented)
        case Format.HTML:
            from sazokar.doors import report_html

            text = report_html.render(presented)
        case Format.CSV:
            from sazokar.doors import report_csv

            text = report_csv.render(presented)
    return text.encode("utf-8", "replace")


def _table(presented: Presented, output: str | None) -> bytes:
    import shutil

    from sazokar.doors import table

    to_terminal = output is None and sys.stdout.isatty()
    colour = to_terminal and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    text = table.render(presented, width=shutil.get_terminal_size((80, 24)).columns, colour=colour)
    encoding = "utf-8" if output is not None else sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "replace")


def _write(content: bytes, output: str | None) -> None:
    from sazokar.doors.files import write_atomically, write_standard_output

    if output is None:
        write_standard_output(content)
    else:
        write_atomically(output, content)


@app.command()
def convert(
    source: Annotated[str, typer.Argument(metavar="IN", help="Plans in any dialect; - reads standard input.")],
    target: Annotated[str, typer.Argument(metavar="OUT", help="A .geojson, .json, .kml or .csv file.")],
) -> None:
    """Write the volumes of IN in the dialect that the name of OUT tells.

    Exit code: 0 all written; 2 something could not be read or written (what could be read is written all the same).
    """
    with _Faults():
        from sazokar.doors.conversion import convert as job

        lines, whole = job(source, target)
        for line in lines:
            typer.echo(line, err=True)
    raise typer.Exit(NO_CONFLICT if whole else NOT_READ)


@app.command()
def example(
    directory: Annotated[str, typer.Argument(metavar="DIR", help="Folder to write to; made where it is not there.")],
) -> None:
    """Write the bundled examples, all invented, and a page that tells what to try. Overwrites nothing."""
    with _Faults():
        from sazokar.doors.examples import write_examples

        for name in write_examples(directory):
            typer.echo(name)


@app.command()
def verify(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A proof bundle.")],
    roots: Annotated[str, typer.Option(metavar="ROOTS.toml", help="The root keys that you trust, by party.")],
) -> None:
    """Say what a proof bundle proves to someone who trusts nothing but root keys, and what it does not prove.

    Exit code: 0 proven; 1 not proven; 2 a file cannot be read.
    """
    with _Faults():
        from sazokar.doors.testimony import verify_file

        text, code = verify_file(file, roots)
        _write(text.encode("utf-8", "replace"), None)
    raise typer.Exit(code)


@app.command()
def audit(
    ledger: Annotated[str, typer.Argument(metavar="LEDGER_OR_DIR", help="A ledger's file, or the folder it lies in.")],
) -> None:
    """Verify a whole ledger and judge all of it again: every signature, hash, proof, verdict and conflict.

    Exit code: 0 all is as recorded; 1 differences or damage; 2 the ledger cannot be read.
    """
    with _Faults():
        from sazokar.doors.audit_words import audit_path

        text, code = audit_path(ledger)
        _write(text.encode("utf-8", "replace"), None)
    raise typer.Exit(code)


@app.command()
def serve(  # each parameter is an option that a person types
    directory: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the ledger.", show_default=".")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0: any that is free.", show_default="8470")] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", envvar="SAZOKAR_CONFIG", help="Settings, TOML (docs/serve.md).")
    ] = None,
    certificate: Annotated[str | None, typer.Option(metavar="FILE", help="TLS certificate chain, PEM.")] = None,
    certificate_key: Annotated[str | None, typer.Option(metavar="FILE", help="Its private key, PEM.")] = None,
    behind_proxy: Annotated[bool, typer.Option("--behind-proxy", help="A proxy on this machine ends TLS.")] = False,
    public_url: Annotated[list[str] | None, typer.Option(metavar="URL", help="Address that officers use.")] = None,
    log_format: Annotated[str | None, typer.Option(help="json or text.", show_default="text")] = None,
) -> None:
    """Serve the ledger of DIR to officers and machines of every party over HTTP, until it is told to stop.

    Exit code: 0 stopped; 2 the settings, the ledger or the address cannot be used.
    """
    typed = {
        "directory": str(directory) if directory else None, "host": host, "port": port, "certificate": certificate,
        "certificate_key": certificate_key, "behind_proxy": behind_proxy or None, "public_urls": public_url or None,
        "log_format": log_format,
    }  # fmt: skip
    with _Faults():
        from sazokar.doors.serving import serve_folder

        serve_folder({name: value for name, value in typed.items() if value is not None}, config)


@app.command()
def demo(
    headless: Annotated[
        bool, typer.Option("--headless", help="Serve nothing: play once, leave a ledger and a proof bundle, and end.")
    ] = False,
    directory: Annotated[
        str | None, typer.Option(metavar="DIR", help="Keep the ledger and the keys there.", show_default="new")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to serve on; 0: any that is free.")] = 8470,
) -> None:
    """Serve a node on which two air forces, a mediator and an agency act day after day on a fast clock, until Ctrl-C.

    Exit code: 0 played; 2 the folder or the port cannot be used.
    """
    with _Faults():
        if headless:
            from sazokar.doors.demo import play

            play(directory, typer.echo)
        else:
            from sazokar.doors.live_demo import serve_demo

            serve_demo(directory, port, typer.echo)


class _Faults:
    """Turns what the world did wrong into a sentence on standard error and exit code 2."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, BrokenPipeError):
            raise typer.Exit(NOT_READ)
        if isinstance(error, (SazokarError, OSError, MemoryError)):
            from sazokar.doors.wording import clean

            typer.echo(f"sazokar: {clean(str(error) or type(error).__name__, 2000)}", err=True)
            raise typer.Exit(NOT_READ)


def main() -> None:
    """Run the command line; the process's edge, where no traceback may pass."""
    try:
        app()
    except KeyboardInterrupt:  # outside of a command: while something is imported
        sys.exit(INTERRUPTED)
    except Exception as error:
        print(f"sazokar: a fault of our own: {type(error).__name__}: {error}. Please report it.", file=sys.stderr)
        sys.exit(NOT_READ)


if __name__ == "__main__":
    main()
