"""``shiage install`` and ``shiage package``: the plugins into their hosts."""

from __future__ import annotations

import sys
from pathlib import Path

import click

_PLACE = click.Path(path_type=Path)
_pythons = click.option(
    "--python", "pythons", multiple=True, help="The Python inside Krita, such as 3.12, where it is not found by itself."
)


@click.group()
def install() -> None:
    """Install the plugin into a host on this machine."""


@install.command("krita")
@click.option("--uninstall", is_flag=True, help="Take it out again.")
@click.option("--resources", type=_PLACE, help="Krita's resource folder, where it is not found by itself.")
@click.option("--kritarc", type=_PLACE, help="Krita's settings file, likewise.")
@_pythons
@click.option("--wheels", type=_PLACE, help="A folder with grpcio and protobuf wheels, instead of the network.")
def install_krita(
    uninstall: bool, resources: Path | None, kritarc: Path | None, pythons: tuple[str, ...], wheels: Path | None
) -> None:
    """Install the plugin into every Krita of this user."""
    from ..hosts import krita

    if uninstall:
        krita.uninstall(resources=resources, kritarc=kritarc, say=click.echo)
    else:
        krita.install(resources=resources, kritarc=kritarc, pythons=pythons, wheels=wheels, say=click.echo)


@install.command("blender")
@click.option("--blender", type=_PLACE, help="Blender's executable, where it is not on the path.")
@click.option("--wheels", type=_PLACE, help="A folder to keep fetched wheels in.")
def install_blender(blender: Path | None, wheels: Path | None) -> None:
    """Install the add-on into Blender."""
    from ..hosts import blender as packaging

    click.echo(packaging.install(blender, wheels))


@click.group()
def package() -> None:
    """Make a file for a host's own installer."""


@package.command("krita")
@click.option("-o", "--out", type=_PLACE, default=Path("shiage-krita.zip"), show_default=True)
@click.option("--platform", type=click.Choice(["linux", "win32", "darwin"]), default=None, help="Default: this one.")
@_pythons
@click.option("--wheels", type=_PLACE, help="A folder with grpcio and protobuf wheels, instead of the network.")
def package_krita(out: Path, platform: str | None, pythons: tuple[str, ...], wheels: Path | None) -> None:
    """Make the .zip for Krita's Tools > Scripts > Import Python Plugin."""
    from ..hosts import krita

    krita.package(out, pythons=pythons, platform=platform or sys.platform, wheels=wheels, say=click.echo)


@package.command("blender")
@click.option("-o", "--out", type=_PLACE, default=Path("dist"), show_default=True, help="A folder.")
@click.option("--platform", "platforms", multiple=True, help="linux-x64, windows-x64, macos-arm64 or macos-x64.")
@click.option("--wheels", type=_PLACE, help="A folder to keep fetched wheels in.")
def package_blender(out: Path, platforms: tuple[str, ...], wheels: Path | None) -> None:
    """Make the extension's .zip, one for each platform."""
    from ..hosts import blender

    for built in blender.package(out, platforms, wheels=wheels):
        click.echo(built.path)
